/**
 * Plan: what can be subscribed to, at one price. Prices never change: a plan moves to a new one, and
 * running subscriptions stay where they are until their plan is changed.
 */
import { z } from "@hono/zod-openapi";
import {
  amountSchema,
  currencySchema,
  exampleId,
  idOf,
  instantSchema,
  pageOf,
  textOf,
} from "./values.ts";

/** The longest interval of each unit: about a hundred years. */
export const longestIntervals = { day: 36_500, week: 5_200, month: 1_200, year: 100 } as const;

const priceFields = {
  amount: amountSchema,
  currency: currencySchema,
  interval: z.enum(["day", "week", "month", "year"], "must be day, week, month or year"),
  intervalCount: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .default(1)
    .openapi({ description: "How many intervals one period lasts: 3 with `month` is a quarter." }),
  trialDays: z
    .int("must be a whole number")
    .min(0, "must be at least 0")
    .max(3650, "must be at most 3650")
    .default(0)
    .openapi({ description: "Days from the registration to the first charge." }),
  capture: z
    .enum(["automatic", "manual"], "must be automatic or manual")
    .default("automatic")
    .openapi({
      description:
        "`manual`: a charge only holds the money, until you capture or void it. Not every provider can.",
    }),
  registrationAmount: amountSchema.optional().openapi({
    description:
      "What a window that must take money takes to register a method while nothing is owed, such as before a trial. Given back at once. Left out: the currency's smallest usual coin.",
    example: 100,
  }),
  outlivesUnusedKeys: z.boolean("must be true or false").default(false).openapi({
    description:
      "Some providers drop a billing key that is not charged for months. `true`: you know that, and ask customers for a new method when it happens. `false`: a registration or subscription whose payments lie further apart than a key lives is refused.",
  }),
};

function checkInterval(context: {
  readonly value: {
    readonly interval: keyof typeof longestIntervals;
    readonly intervalCount: number;
  };
  readonly issues: unknown[];
}): void {
  const { interval, intervalCount } = context.value;
  const longest = longestIntervals[interval];
  if (intervalCount <= longest) return;
  context.issues.push({
    code: "custom",
    path: ["intervalCount"],
    message: `must be at most ${longest} with ${interval}`,
    input: intervalCount,
  });
}

export const newPlanSchema = z
  .strictObject({
    name: textOf(100).openapi({ description: "What the payer reads on the bank's statement." }),
    ...priceFields,
  })
  .check(checkInterval)
  .openapi("NewPlan", {
    example: { name: "하늘우유 정기배송", amount: 9900, currency: "KRW", interval: "month" },
  });

export const newPriceSchema = z
  .strictObject(priceFields)
  .check(checkInterval)
  .openapi("NewPrice", { example: { amount: 11_900, currency: "KRW", interval: "month" } });

export const retirementSchema = z
  .strictObject({
    subscriptions: z
      .enum(["keep", "cancel_at_period_end"], "must be keep or cancel_at_period_end")
      .optional()
      .openapi({
        description:
          "`keep`, unless told: those that run go on. `cancel_at_period_end`: each ends with the period that is paid for, or now when none is.",
      }),
  })
  .openapi("Retirement", { example: { subscriptions: "cancel_at_period_end" } });

export const planSchema = z
  .object({
    id: idOf("plan"),
    name: z.string(),
    status: z.enum(["active", "retired"]).openapi({
      description: "A retired plan takes no new subscriptions; those that run go on.",
    }),
    priceId: idOf("price"),
    amount: amountSchema,
    currency: currencySchema,
    interval: priceFields.interval,
    intervalCount: z.int(),
    trialDays: z.int(),
    capture: z.enum(["automatic", "manual"]),
    registrationAmount: amountSchema.nullable(),
    outlivesUnusedKeys: z.boolean(),
    createdAt: instantSchema,
  })
  .openapi("Plan", {
    example: {
      id: exampleId("plan"),
      name: "하늘우유 정기배송",
      status: "active",
      priceId: exampleId("price"),
      amount: 9900,
      currency: "KRW",
      interval: "month",
      intervalCount: 1,
      trialDays: 0,
      capture: "automatic",
      registrationAmount: null,
      outlivesUnusedKeys: false,
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const planPageSchema = pageOf("Plan", planSchema);

export type PlanJson = z.infer<typeof planSchema>;
