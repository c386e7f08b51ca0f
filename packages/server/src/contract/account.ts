/** The account that an API key belongs to, its emergency stop and its policy. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema } from "./values.ts";

export const overduePeriodsSchema = z.enum(["collect_each", "collect_latest"]).openapi({
  description:
    "What happens when several periods fell due at once, after a long standstill: charge each of them, or only the latest and void the others.",
});

export const latePaymentsSchema = z.enum(["paid", "refund"]).openapi({
  description:
    "What happens to money that shows up after its charge, or its subscription, had ended: its invoice is paid; or the money goes back, unless it is still owed or pays a period that runs. A second payment is always left to a person.",
});

export const accountSchema = z
  .object({
    id: idOf("acct"),
    name: z.string(),
    mode: z.enum(["test", "live"]),
    chargingStoppedAt: instantSchema.nullable().openapi({
      description: "Set while the emergency stop is on: nothing of this account is charged.",
    }),
    overduePeriods: overduePeriodsSchema,
    latePayments: latePaymentsSchema,
    createdAt: instantSchema,
  })
  .openapi("Account", {
    example: {
      id: exampleId("acct"),
      name: "Haneul Milk",
      mode: "test",
      chargingStoppedAt: null,
      overduePeriods: "collect_each",
      latePayments: "paid",
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const accountChangeSchema = z
  .strictObject({
    overduePeriods: overduePeriodsSchema.optional(),
    latePayments: latePaymentsSchema.optional(),
  })
  .openapi("AccountChange", { example: { overduePeriods: "collect_latest" } });

export type AccountJson = z.infer<typeof accountSchema>;
