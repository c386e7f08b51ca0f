/** Sunset: leaving a provider. Its customers are asked for a method at another connection. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, pageOf, pageQuery, textOf } from "./values.ts";

export const sunsetTermsSchema = z
  .strictObject({
    successorId: idOf("gwy").openapi({
      description: "The active connection where customers are asked to register.",
    }),
    reason: textOf(500).openapi({ description: "For people; kept with the events." }),
    chargesUntil: instantSchema.optional().openapi({
      description:
        "Real time. Until then the connection goes on charging; then its billing keys are given up, for good. Left out: charging stops now.",
    }),
    whenSilent: z.enum(["keep", "cancel"], "must be keep or cancel").default("keep").openapi({
      description:
        "What becomes of subscriptions whose customers bring no other method: `keep` goes on asking, and what falls due is owed; `cancel` ends them at `cancelAt`.",
    }),
    cancelAt: instantSchema.optional().openapi({
      description: "Real time, not before `chargesUntil`. With `cancel`, and only then.",
    }),
  })
  .openapi("SunsetTerms", {
    example: {
      successorId: exampleId("gwy"),
      reason: "CHAI closes its service",
      chargesUntil: "2026-12-31T15:00:00Z",
      whenSilent: "cancel",
      cancelAt: "2027-02-28T15:00:00Z",
    },
  });

const keyCountsSchema = z.object({
  active: z.int(),
  suspended: z.int(),
  dead: z.int(),
  revoked: z.int(),
});

const termsFields = {
  successorId: idOf("gwy"),
  reason: z.string(),
  chargesUntil: instantSchema,
  whenSilent: z.enum(["keep", "cancel"]),
  cancelAt: instantSchema.nullable(),
};

const termsExample = {
  successorId: exampleId("gwy"),
  reason: "CHAI closes its service",
  chargesUntil: "2026-12-31T15:00:00Z",
  whenSilent: "keep",
  cancelAt: null,
} as const;

export const sunsetPreviewSchema = z
  .object({
    ...termsFields,
    keys: keyCountsSchema.openapi({ description: "Billing keys of the connection, by status." }),
    subscriptions: z.object({
      total: z.int(),
      ending: z.int().openapi({
        description: "Canceled at the end of a period that is paid for: they are asked nothing.",
      }),
      dueBefore: z.int().openapi({
        description: "Fall due before `chargesUntil`, each on its own clock: charged here again.",
      }),
      dueAfter: z
        .int()
        .openapi({ description: "Fall due later: they need another method by then." }),
    }),
    problems: z
      .array(
        z.object({
          code: z.string().openapi({
            description: "As problems of requests have them; `no_method` when there is none.",
          }),
          message: z.string(),
          planId: idOf("plan").nullable().openapi({ description: "Null: whatever they pay for." }),
          subscriptions: z.int(),
        }),
      )
      .openapi({ description: "Why customers could not move to the successor. Mend them first." }),
  })
  .openapi("SunsetPreview", {
    example: {
      ...termsExample,
      keys: { active: 1180, suspended: 12, dead: 3, revoked: 240 },
      subscriptions: { total: 1210, ending: 18, dueBefore: 700, dueAfter: 480 },
      problems: [],
    },
  });

export const sunsetSchema = z
  .object({
    connectionId: idOf("gwy"),
    state: z.enum(["charging", "stopped", "ended"]).openapi({
      description:
        "`charging` until `chargesUntil`. `stopped`: nothing is charged, and it can still be taken back. `ended`: its billing keys are given up, for good.",
    }),
    ...termsFields,
    startedAt: instantSchema,
    endedAt: instantSchema.nullable(),
    subscriptions: z
      .object({
        total: z.int(),
        switched: z.int(),
        waiting: z.int(),
        ending: z.int(),
        canceled: z.int(),
        asked: z.int(),
        visited: z.int(),
        silent: z.int(),
      })
      .openapi({
        description:
          "`total` is `switched` (pay elsewhere now) + `waiting` (need another method) + `ending` (paid for to their end, and asked nothing) + `canceled`. Of the waiting, `asked` have a link; of these, `visited` have chosen a method on its page, and of `silent` nothing was heard.",
      }),
    keys: keyCountsSchema,
    openCharges: z.int().openapi({
      description: "Charges of its keys whose outcome is not known, or whose money is only held.",
    }),
    nextDueAt: instantSchema.nullable().openapi({
      description: "When one of those that wait falls due next, each on its own clock.",
    }),
  })
  .openapi("Sunset", {
    example: {
      connectionId: exampleId("gwy"),
      state: "charging",
      ...termsExample,
      startedAt: "2026-11-22T01:00:00Z",
      endedAt: null,
      subscriptions: {
        total: 1210,
        switched: 640,
        waiting: 548,
        ending: 18,
        canceled: 4,
        asked: 548,
        visited: 31,
        silent: 517,
      },
      keys: { active: 545, suspended: 7, dead: 3, revoked: 880 },
      openCharges: 2,
      nextDueAt: "2026-12-01T01:00:00Z",
    },
  });

export const sunsetSubscriptionQuerySchema = z.strictObject({
  ...pageQuery,
  standing: z.enum(["waiting", "ending", "switched", "canceled"]).optional(),
});

const sunsetSubscriptionSchema = z
  .object({
    subscriptionId: idOf("sub"),
    customerId: idOf("cus"),
    customerName: z.string().nullable(),
    status: z.string(),
    standing: z.enum(["waiting", "ending", "switched", "canceled"]),
    nextDueAt: instantSchema.nullable(),
    requestUrl: z.string().nullable().openapi({
      description: "The lasting link that asks for a method. Null while nobody is asked.",
    }),
    visitedAt: instantSchema.nullable(),
    createdAt: instantSchema,
  })
  .openapi("SunsetSubscription", {
    example: {
      subscriptionId: exampleId("sub"),
      customerId: exampleId("cus"),
      customerName: "김매달",
      status: "active",
      standing: "waiting",
      nextDueAt: "2026-12-01T01:00:00Z",
      requestUrl: "https://pay.example.com/m/mrq_5x4h9k2m7q1r8t3v6w0y5z2a4b",
      visitedAt: null,
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const sunsetSubscriptionPageSchema = pageOf("SunsetSubscription", sunsetSubscriptionSchema);

export type SunsetTermsJson = z.output<typeof sunsetTermsSchema>;
export type SunsetPreviewJson = z.infer<typeof sunsetPreviewSchema>;
export type SunsetJson = z.infer<typeof sunsetSchema>;
export type SunsetSubscriptionJson = z.infer<typeof sunsetSubscriptionSchema>;
