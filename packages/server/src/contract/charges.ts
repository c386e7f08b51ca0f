/**
 * Charge: the promise to collect one invoice, at most once. Attempts are the calls that were made
 * for it, look-ups the questions that were asked about it: together, the evidence.
 */
import { z } from "@hono/zod-openapi";
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

export const chargeStatusSchema = z
  .enum([
    "awaiting_customer",
    "scheduled",
    "in_flight",
    "reconciling",
    "in_review",
    "authorized",
    "capturing",
    "voiding",
    "expired",
    "captured",
    "failed",
    "canceled",
    "voided",
  ])
  .openapi({
    description:
      "`in_flight`: a call is on its way. `reconciling`: its outcome is unknown, the provider is being asked. `in_review`: a person decides. `authorized`: the provider holds the money until it is captured or voided. `capturing`, `voiding`: that is on its way, or its outcome is being asked. `expired`: its date has passed, and the provider is being asked.",
  });

export const chargeQuerySchema = z.strictObject({
  ...pageQuery,
  status: chargeStatusSchema.optional(),
  subscriptionId: idOf("sub").optional(),
  customerId: idOf("cus").optional(),
});

const failureSchema = z.object({
  class: z.string(),
  code: z.string().nullable().openapi({ description: "The provider's own, verbatim." }),
  message: z.string().nullable(),
});

const chargeFields = {
  id: idOf("chg"),
  invoiceId: idOf("inv"),
  subscriptionId: idOf("sub"),
  customerId: idOf("cus"),
  connectionId: idOf("gwy"),
  billingKeyId: idOf("bk").nullable().openapi({ description: "Null for what a window pays." }),
  status: chargeStatusSchema,
  amount: amountSchema,
  currency: currencySchema,
  orderName: z.string(),
  orderId: z.string().openapi({ description: "What the provider knows the charge by." }),
  paymentId: z.string().nullable(),
  dueAt: instantSchema.nullable(),
  declines: z.int(),
  lookUpAt: instantSchema.nullable(),
  capture: z.enum(["automatic", "manual"]).openapi({
    description:
      "`manual`: the money is only held, and captured or voided by a request of its own.",
  }),
  authorizedAt: instantSchema.nullable(),
  authorizationExpiresAt: instantSchema.nullable().openapi({
    description: "Until when the provider holds the money, by its own clock.",
  }),
  capturedAt: instantSchema.nullable(),
  capturedAmount: z.int().openapi({ description: "Less than `amount` after a partial capture." }),
  refundedAmount: z.int(),
  failure: failureSchema.nullable().openapi({ description: "The latest refusal." }),
  reviewReason: z.string().nullable(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
};

const exampleCharge = {
  id: exampleId("chg"),
  invoiceId: exampleId("inv"),
  subscriptionId: exampleId("sub"),
  customerId: exampleId("cus"),
  connectionId: exampleId("gwy"),
  billingKeyId: exampleId("bk"),
  status: "captured" as const,
  amount: 9900,
  currency: "KRW" as const,
  orderName: "하늘우유 정기배송",
  orderId: "5X4H9K2M7Q1R8T3V6W0Y5Z2A4B0000000",
  paymentId: "tviva20260131031246Ab1C2",
  dueAt: null,
  declines: 0,
  lookUpAt: null,
  capture: "automatic" as const,
  authorizedAt: null,
  authorizationExpiresAt: null,
  capturedAt: "2026-01-31T03:12:46Z",
  capturedAmount: 9900,
  refundedAmount: 0,
  failure: null,
  reviewReason: null,
  createdAt: "2026-01-31T03:12:45Z",
  updatedAt: "2026-01-31T03:12:46Z",
};

export const chargeSchema = z.object(chargeFields).openapi("Charge", { example: exampleCharge });

export const attemptSchema = z
  .object({
    n: z.int(),
    orderId: z.string(),
    billingKeyId: idOf("bk").nullable().openapi({ description: "Null for what a window pays." }),
    claimedAt: instantSchema,
    endedAt: instantSchema.nullable(),
    outcome: z
      .enum(["captured", "authorized", "declined", "refused", "not_sent", "unknown"])
      .nullable()
      .openapi({
        description: "Null while its call is open. `unknown`: the money may have moved.",
      }),
    failure: failureSchema.nullable(),
    httpStatus: z.int().nullable(),
    exchange: z.unknown().openapi({ description: "What was sent and answered, without secrets." }),
  })
  .openapi("Attempt");

export const lookUpSchema = z
  .object({
    orderId: z.string(),
    finding: z
      .enum([
        "captured",
        "authorized",
        "released",
        "failed",
        "pending",
        "not_found",
        "no_answer",
        "mismatch",
      ])
      .openapi({ description: "`released`: it was held once, and is given back." }),
    detail: z.string().nullable(),
    exchange: z.unknown(),
    lookedUpAt: instantSchema,
  })
  .openapi("LookUp");

export const authorizationCallSchema = z
  .object({
    n: z.int(),
    kind: z.enum(["capture", "void"]),
    amount: z.int(),
    requestedBy: z.string().openapi({ description: "Who asked: an API key, an operator." }),
    claimedAt: instantSchema,
    endedAt: instantSchema.nullable(),
    outcome: z
      .enum(["done", "refused", "released", "not_sent", "no_effect", "unknown"])
      .nullable()
      .openapi({
        description:
          "Null while it is open. `released`: the provider gave the money up. `no_effect`: a look-up showed that nothing came of it.",
      }),
    failure: failureSchema.nullable(),
    httpStatus: z.int().nullable(),
    exchange: z.unknown().openapi({ description: "What was sent and answered, without secrets." }),
  })
  .openapi("AuthorizationCall");

export const captureSchema = z
  .strictObject({
    amount: amountSchema.optional().openapi({
      description: "At most what is held; the rest is released. All of it when absent.",
    }),
  })
  .openapi("Capture", { example: { amount: 9900 } });

export const chargeWithEvidenceSchema = z
  .object({
    ...chargeFields,
    attempts: z.array(attemptSchema),
    lookUps: z.array(lookUpSchema),
    authorizationCalls: z.array(authorizationCallSchema),
  })
  .openapi("ChargeWithEvidence", {
    example: {
      ...exampleCharge,
      attempts: [
        {
          n: 1,
          orderId: exampleCharge.orderId,
          billingKeyId: exampleId("bk"),
          claimedAt: "2026-01-31T03:12:45Z",
          endedAt: "2026-01-31T03:12:46Z",
          outcome: "captured",
          failure: null,
          httpStatus: 200,
          exchange: null,
        },
      ],
      lookUps: [],
      authorizationCalls: [],
    },
  });

export const chargePageSchema = pageOf("Charge", chargeSchema);

/** Of a decision: the person has made sure by other means. */
export const despiteSchema = z
  .enum(["provider_silent"], "must be provider_silent")
  .openapi({ description: "You made sure in the provider's console, though its API is silent." });

export const resolutionSchema = z
  .strictObject({
    decision: z
      .enum(["look_up_again", "not_paid", "give_up"], "must be look_up_again, not_paid or give_up")
      .openapi({
        description:
          "`not_paid`: you have made sure, at the provider, that no money moved; it is sent again. `give_up`: it is not.",
      }),
    note: textOf(1000).openapi({ description: "What the decision rests on; kept for the audit." }),
    by: textOf(200).openapi({ description: "Who decided." }),
    despite: despiteSchema.optional(),
  })
  .openapi("Resolution", {
    example: { decision: "look_up_again", note: "Toss has mended its record", by: "J. Park" },
  });

export type ChargeJson = z.infer<typeof chargeSchema>;
export type ChargeWithEvidenceJson = z.infer<typeof chargeWithEvidenceSchema>;
