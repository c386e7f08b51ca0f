/** The account that an API key belongs to, its emergency stop and its policy. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema } from "./values.ts";

export const overduePeriodsSchema = z.enum(["collect_each", "collect_latest"]).openapi({
  description:
    "What happens when several periods fell due at once, after a long standstill: charge each of them, or only the latest and void the others.",
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
    createdAt: instantSchema,
  })
  .openapi("Account", {
    example: {
      id: exampleId("acct"),
      name: "Haneul Milk",
      mode: "test",
      chargingStoppedAt: null,
      overduePeriods: "collect_each",
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const accountChangeSchema = z
  .strictObject({ overduePeriods: overduePeriodsSchema })
  .openapi("AccountChange", { example: { overduePeriods: "collect_latest" } });

export type AccountJson = z.infer<typeof accountSchema>;
