/** Sweep: our order ids compared with what a provider has, and what was found by it. */
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

export const newSweepSchema = z
  .strictObject({
    connectionId: idOf("gwy").optional().openapi({ description: "Absent: every connection." }),
    from: instantSchema.optional().openapi({ description: "Absent: two days before `to`." }),
    to: instantSchema.optional().openapi({ description: "Exclusive. Absent, or later: now." }),
  })
  .openapi("NewSweep", {
    example: { from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z" },
  });

export const sweepQuerySchema = z.strictObject({
  ...pageQuery,
  connectionId: idOf("gwy").optional(),
});

export const sweepSchema = z
  .object({
    id: idOf("swp"),
    connectionId: idOf("gwy"),
    status: z.enum(["running", "finished", "failed"]),
    from: instantSchema,
    to: instantSchema,
    doneUntil: instantSchema.openapi({ description: "All before this is compared." }),
    requestedBy: z.string().openapi({ description: "`daily`, or who asked for it." }),
    listed: z.int().openapi({ description: "Movements in the provider's list." }),
    foreignListed: z.int().openapi({ description: "Of them, those of no order id of Maedal's." }),
    asked: z.int().openapi({ description: "Payments and orders that were asked about singly." }),
    found: z.int().openapi({ description: "Findings that this sweep was the first to make." }),
    open: z.int().openapi({ description: "Of these, those that wait for a person." }),
    failure: z.string().nullable(),
    createdAt: instantSchema,
    finishedAt: instantSchema.nullable(),
  })
  .openapi("Sweep", {
    example: {
      id: exampleId("swp"),
      connectionId: exampleId("gwy"),
      status: "finished",
      from: "2026-03-01T00:00:00Z",
      to: "2026-03-03T00:00:00Z",
      doneUntil: "2026-03-03T00:00:00Z",
      requestedBy: "daily",
      listed: 1204,
      foreignListed: 12,
      asked: 3,
      found: 1,
      open: 1,
      failure: null,
      createdAt: "2026-03-03T00:00:00Z",
      finishedAt: "2026-03-03T00:00:09Z",
    },
  });

export const sweepPageSchema = pageOf("Sweep", sweepSchema);

export const sweepListSchema = z.object({ items: z.array(sweepSchema) }).openapi("SweepList");

export const findingKindSchema = z
  .enum([
    "late_success",
    "orphan",
    "second_payment",
    "refund_elsewhere",
    "amount_differs",
    "missing_at_provider",
    "state_differs",
  ])
  .openapi({
    description:
      "`late_success`: paid although the charge was refused or has ended. `orphan`: an order id of Maedal's form that this database never sent. `second_payment`: its invoice was paid twice. `refund_elsewhere`: refunded at the provider. `amount_differs`: amount, currency or order id. `missing_at_provider`: captured here, unknown there. `state_differs`: captured, held or refunded on one side only.",
  });

export const findingQuerySchema = z.strictObject({
  ...pageQuery,
  connectionId: idOf("gwy").optional(),
  sweepId: idOf("swp").optional(),
  open: z
    .enum(["true", "false"], "must be true or false")
    .optional()
    .openapi({ description: "Only those that are open, or only those that are settled." }),
});

export const findingSchema = z
  .object({
    id: idOf("swf"),
    sweepId: idOf("swp"),
    connectionId: idOf("gwy"),
    kind: findingKindSchema,
    orderId: z.string().nullable(),
    subscriptionId: idOf("sub").nullable().openapi({ description: "As the order id names it." }),
    periodIndex: z.int().nullable().openapi({ description: "As the order id names it." }),
    chargeId: idOf("chg").nullable(),
    paymentId: z.string().nullable(),
    transactionId: z.string().nullable().openapi({ description: "Of a refund." }),
    amount: amountSchema.nullable(),
    currency: currencySchema.nullable(),
    detail: z.string(),
    action: z.enum(["told", "looked_up", "connection_paused", "booked"]).openapi({
      description: "What Maedal did about it by itself. It never refunds by itself.",
    }),
    advice: z.string().openapi({ description: "What is left for a person to do." }),
    refundableChargeId: idOf("chg").nullable().openapi({
      description:
        "The charge that has the payment, which `POST /v1/sweep-findings/{id}/refund` refunds. Null: refund it in the provider's console.",
    }),
    settledAt: instantSchema.nullable(),
    settledBy: z.string().nullable(),
    note: z.string().nullable(),
    createdAt: instantSchema,
  })
  .openapi("SweepFinding", {
    example: {
      id: exampleId("swf"),
      sweepId: exampleId("swp"),
      connectionId: exampleId("gwy"),
      kind: "second_payment",
      orderId: "5X4H9K2M7Q1R8T3V6W0Y5Z2A4B0000200",
      subscriptionId: exampleId("sub"),
      periodIndex: 2,
      chargeId: exampleId("chg"),
      paymentId: "tgen_20260302100000Ab3d1",
      transactionId: null,
      amount: 9900,
      currency: "KRW",
      detail: "payment tgen_20260302100000Ab3d1 was taken beside tgen_20260302095958Qx7k2",
      action: "connection_paused",
      advice: "Refund the second payment in the provider's console.",
      refundableChargeId: null,
      settledAt: null,
      settledBy: null,
      note: null,
      createdAt: "2026-03-03T00:00:04Z",
    },
  });

export const findingPageSchema = pageOf("SweepFinding", findingSchema);

export const findingSettlementSchema = z
  .strictObject({
    note: textOf(1000).openapi({ description: "What was done about it; kept." }),
  })
  .openapi("FindingSettlement", { example: { note: "refunded in the console" } });

export const findingRefundSchema = z
  .strictObject({
    reason: textOf(200).openapi({ description: "The provider gets it, and may show it." }),
  })
  .openapi("FindingRefund", { example: { reason: "charged twice" } });

export type SweepJson = z.infer<typeof sweepSchema>;
export type FindingJson = z.infer<typeof findingSchema>;
