/** Subscription: the agreement to bill a customer each period. */
import { z } from "@hono/zod-openapi";
import { dateSchema, exampleId, idOf, instantSchema, pageOf, pageQuery, textOf } from "./values.ts";

export const subscriptionStatusSchema = z.enum([
  "incomplete",
  "trialing",
  "active",
  "past_due",
  "paused",
  "unpaid",
  "canceled",
]);

export const newSubscriptionSchema = z
  .strictObject({
    customerId: idOf("cus"),
    planId: idOf("plan"),
    billingKeyId: idOf("bk").optional().openapi({
      description:
        "With a usable key the first charge is due at once; without, the subscription waits for a registration.",
    }),
    chargeTime: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day, such as 10:00")
      .optional()
      .openapi({ description: "Local time of the charges, 10:00 unless told." }),
  })
  .openapi("NewSubscription", {
    example: { customerId: exampleId("cus"), planId: exampleId("plan"), chargeTime: "10:00" },
  });

export const cancellationSchema = z
  .strictObject({
    when: z.enum(["now", "period_end"], "must be now or period_end"),
    reason: textOf(500).optional(),
  })
  .openapi("Cancellation", { example: { when: "period_end", reason: "moved abroad" } });

export const planChangeSchema = z
  .strictObject({ planId: idOf("plan") })
  .openapi("PlanChange", { example: { planId: exampleId("plan") } });

export const subscriptionQuerySchema = z.strictObject({
  ...pageQuery,
  status: subscriptionStatusSchema.optional(),
  customerId: idOf("cus").optional(),
});

export const subscriptionSchema = z
  .object({
    id: idOf("sub"),
    customerId: idOf("cus"),
    planId: idOf("plan"),
    priceId: idOf("price"),
    nextPriceId: idOf("price").nullable().openapi({ description: "From the next period on." }),
    billingKeyId: idOf("bk").nullable(),
    status: subscriptionStatusSchema,
    anchorOn: dateSchema.nullable().openapi({
      description: "First day of the calendar that periods are counted from. Null until it starts.",
    }),
    zone: z.string(),
    chargeTime: z.string(),
    nextPeriod: z.int().openapi({ description: "Periods billed so far: the index of the next." }),
    nextDueAt: instantSchema.nullable().openapi({
      description: "When the next period is charged. Null: nothing is due until something happens.",
    }),
    methodRequired: z.boolean().openapi({ description: "The customer must bring a method." }),
    cancelsAtPeriodEnd: z.boolean(),
    canceledAt: instantSchema.nullable(),
    cancelReason: z.string().nullable(),
    testClockId: idOf("clk").nullable(),
    createdAt: instantSchema,
  })
  .openapi("Subscription", {
    example: {
      id: exampleId("sub"),
      customerId: exampleId("cus"),
      planId: exampleId("plan"),
      priceId: exampleId("price"),
      nextPriceId: null,
      billingKeyId: exampleId("bk"),
      status: "active",
      anchorOn: "2026-01-31",
      zone: "Asia/Seoul",
      chargeTime: "10:00",
      nextPeriod: 1,
      nextDueAt: "2026-02-28T01:00:00Z",
      methodRequired: false,
      cancelsAtPeriodEnd: false,
      canceledAt: null,
      cancelReason: null,
      testClockId: null,
      createdAt: "2026-01-31T03:12:45Z",
    },
  });

export const subscriptionPageSchema = pageOf("Subscription", subscriptionSchema);

export type SubscriptionJson = z.infer<typeof subscriptionSchema>;
