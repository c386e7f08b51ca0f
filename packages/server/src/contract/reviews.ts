/**
 * Review: a charge or refund that waits for a person, on one page: what was sent and answered, what the
 * provider says at this moment, and what can be decided.
 */
import { z } from "@hono/zod-openapi";
import { chargeWithEvidenceSchema, lookUpSchema } from "./charges.ts";
import { refundWithEvidenceSchema } from "./refunds.ts";
import { amountSchema, currencySchema, exampleId, idOf, instantSchema, pageOf } from "./values.ts";

const reviewFields = {
  id: z.union([idOf("chg"), idOf("rfd")]).openapi({ description: "Of the charge or the refund." }),
  kind: z.enum(["charge", "refund"]),
  chargeId: idOf("chg"),
  subscriptionId: idOf("sub"),
  customerId: idOf("cus"),
  connectionId: idOf("gwy"),
  reason: z.string(),
  amount: amountSchema,
  currency: currencySchema,
  createdAt: instantSchema,
  updatedAt: instantSchema,
};

export const reviewSchema = z.object(reviewFields).openapi("Review", {
  example: {
    id: exampleId("chg"),
    kind: "charge",
    chargeId: exampleId("chg"),
    subscriptionId: exampleId("sub"),
    customerId: exampleId("cus"),
    connectionId: exampleId("gwy"),
    reason: "outcome_unresolved",
    amount: 9900,
    currency: "KRW",
    createdAt: "2026-01-31T03:12:45Z",
    updatedAt: "2026-02-07T03:12:46Z",
  },
});

export const reviewPageSchema = pageOf("Review", reviewSchema);

const orderNowSchema = z.object({
  chargeId: idOf("chg"),
  connectionId: idOf("gwy"),
  orderId: z.string(),
  finding: lookUpSchema.shape.finding.openapi({
    description: "`no_answer`: unknown. Everything else is what the provider says at this moment.",
  }),
  detail: z.string().nullable(),
  paymentId: z.string().nullable(),
  amount: z.int().nullable(),
  currency: currencySchema.nullable(),
  refundedAmount: z.int(),
});

const foundRefundSchema = z.object({
  transactionId: z.string(),
  amount: z.int(),
  refundedAt: instantSchema.nullable(),
});

const providerNowSchema = z
  .object({
    askedAt: instantSchema,
    orders: z.array(orderNowSchema).openapi({
      description: "Of a charge: every order id that was sent for its invoice.",
    }),
    payment: z
      .object({
        finding: z.enum(["payment", "unclear", "mismatch", "no_answer"]),
        detail: z.string().nullable(),
        refundedAmount: z.int().nullable(),
        unbooked: z.array(foundRefundSchema).openapi({
          description: "Refunds that the provider lists and our books lack.",
        }),
      })
      .nullable()
      .openapi({ description: "Of a refund: its payment. Null of a charge." }),
  })
  .openapi("ProviderNow");

const choiceSchema = z.object({
  decision: z.string(),
  objection: z.enum(["contradicted", "provider_silent"]).nullable().openapi({
    description:
      "`contradicted`: it would be refused, the provider shows the payment or refund. `provider_silent`: it needs `despite`.",
  }),
});

const decidedSchema = z.object({
  id: z.string(),
  actor: z.string(),
  action: z.string(),
  reason: z.string(),
  recordedAt: instantSchema,
});

export const reviewWithEvidenceSchema = z
  .object({
    id: reviewFields.id,
    kind: reviewFields.kind,
    charge: chargeWithEvidenceSchema,
    refunds: z.array(refundWithEvidenceSchema),
    now: providerNowSchema.openapi({
      description: "What the provider says: asked at `askedAt`, ten seconds ago at most.",
    }),
    choices: z.array(choiceSchema).openapi({ description: "Empty when it is not in review." }),
    decided: z.array(decidedSchema).openapi({ description: "Decisions before, oldest first." }),
  })
  .openapi("ReviewWithEvidence");

export type ReviewJson = z.infer<typeof reviewSchema>;
export type ReviewWithEvidenceJson = z.infer<typeof reviewWithEvidenceSchema>;
