/** Refund: captured money given back, by Maedal or by somebody at the provider. */
import { z } from "@hono/zod-openapi";
import { despiteSchema } from "./charges.ts";
import {
  amountSchema,
  currencySchema,
  exampleId,
  idOf,
  instantSchema,
  pageOf,
  pageQuery,
  textOf,
} from "./values.ts";

export const newRefundSchema = z
  .strictObject({
    amount: amountSchema.optional().openapi({
      description: "Absent: all that is neither refunded nor asked for yet.",
    }),
    reason: textOf(200).openapi({ description: "The provider gets it, and may show it." }),
  })
  .openapi("NewRefund", { example: { amount: 4000, reason: "품절" } });

export const refundStatusSchema = z
  .enum(["requested", "in_flight", "reconciling", "in_review", "refunded", "failed"])
  .openapi({
    description:
      "`in_flight`: a call is on its way. `reconciling`: its outcome is unknown, the provider is being asked. `in_review`: a person decides.",
  });

export const refundQuerySchema = z.strictObject({
  ...pageQuery,
  status: refundStatusSchema.optional(),
  chargeId: idOf("chg").optional(),
});

export const refundsOfChargeQuerySchema = z.strictObject(pageQuery);

const refundFields = {
  id: idOf("rfd"),
  chargeId: idOf("chg"),
  connectionId: idOf("gwy"),
  origin: z.enum(["maedal", "provider"]).openapi({
    description: "`provider`: made at the provider by somebody else, and found there.",
  }),
  status: refundStatusSchema,
  waitsFor: z.enum(["connection", "emergency_stop", "other_refund"]).nullable().openapi({
    description:
      "Why a request is not sent: its connection is paused, everything is stopped, or another refund of the charge is not decided.",
  }),
  amount: amountSchema,
  currency: currencySchema,
  reason: z.string().nullable(),
  requestedBy: z.string().nullable(),
  lookUpAt: instantSchema.nullable(),
  transactionId: z.string().nullable().openapi({ description: "The provider's name for it." }),
  refundedAt: instantSchema.nullable(),
  failure: z
    .object({ class: z.string(), code: z.string().nullable(), message: z.string().nullable() })
    .nullable()
    .openapi({ description: "What went wrong last, in the provider's own words." }),
  reviewReason: z.string().nullable(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
};

const exampleRefund = {
  id: exampleId("rfd"),
  chargeId: exampleId("chg"),
  connectionId: exampleId("gwy"),
  origin: "maedal" as const,
  status: "refunded" as const,
  waitsFor: null,
  amount: 4000,
  currency: "KRW" as const,
  reason: "품절",
  requestedBy: "key_5x4h9k2m7q1r8t3v6w0y5z2a4b",
  lookUpAt: null,
  transactionId: "090A796806E726BBB929F4A2CA7DB9A7",
  refundedAt: "2026-02-02T01:00:02Z",
  failure: null,
  reviewReason: null,
  createdAt: "2026-02-02T01:00:00Z",
  updatedAt: "2026-02-02T01:00:02Z",
};

export const refundSchema = z.object(refundFields).openapi("Refund", { example: exampleRefund });

export const refundWithEvidenceSchema = z
  .object({
    ...refundFields,
    sends: z.int().openapi({ description: "Calls whose outcome is or was unknown." }),
    exchange: z.unknown().openapi({
      description: "The latest call or look-up: what was sent and answered, without secrets.",
    }),
  })
  .openapi("RefundWithEvidence", { example: { ...exampleRefund, sends: 1, exchange: null } });

export const refundPageSchema = pageOf("Refund", refundSchema);

export const refundResolutionSchema = z
  .strictObject({
    decision: z
      .enum(
        ["look_up_again", "not_refunded", "give_up"],
        "must be look_up_again, not_refunded or give_up",
      )
      .openapi({
        description:
          "`not_refunded`: you have made sure that nothing at the provider is this refund; it is sent again. `give_up`: the same, and it is not.",
      }),
    note: textOf(1000).openapi({ description: "What the decision rests on; kept for the audit." }),
    despite: despiteSchema.optional(),
  })
  .openapi("RefundResolution", {
    example: { decision: "not_refunded", note: "The console shows our own test refund only" },
  });

export type RefundJson = z.infer<typeof refundSchema>;
export type RefundWithEvidenceJson = z.infer<typeof refundWithEvidenceSchema>;
