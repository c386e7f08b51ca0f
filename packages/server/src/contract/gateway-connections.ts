/** Gateway connection: an account's credentials at one provider. They go in and never come out. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, textOf } from "./values.ts";

const addressSchema = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(500, "must have at most 500 characters");

export const newConnectionSchema = z
  .strictObject({
    provider: z.literal("toss", "must be toss"),
    name: textOf(100),
    clientKey: textOf(200).openapi({ description: "`test_ck_…` or `live_ck_…`. Public." }),
    secretKey: textOf(200).openapi({
      description: "`test_sk_…` or `live_sk_…`. Stored encrypted.",
    }),
    apiHost: addressSchema
      .default("https://api.tosspayments.com")
      .openapi({ description: "Another one only for an emulator." }),
    scriptUrl: addressSchema
      .default("https://js.tosspayments.com/v2/standard")
      .openapi({ description: "The provider's browser script." }),
    apiVersion: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a version such as 2022-11-16")
      .optional()
      .openapi({ description: "API version of the keys, so that another one is noticed." }),
    concurrency: z
      .int("must be a whole number")
      .min(1, "must be at least 1")
      .max(1000, "must be at most 1000")
      .default(10)
      .openapi({ description: "Most charges on their way at once, over all workers." }),
  })
  .openapi("NewGatewayConnection", {
    example: {
      provider: "toss",
      name: "Toss Payments, MID of the milk shop",
      clientKey: "test_ck_D5GePWvyJnrK0W0k6q8gLzN97Eoq",
      secretKey: "test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R",
    },
  });

export const pauseSchema = z
  .strictObject({ reason: textOf(500) })
  .openapi("Pause", { example: { reason: "the bank announced maintenance" } });

export const connectionSchema = z
  .object({
    id: idOf("gwy"),
    provider: z.literal("toss"),
    mode: z.enum(["test", "live"]),
    name: z.string(),
    state: z.enum(["active", "paused", "sunset"]),
    pausedReason: z.string().nullable(),
    pausedAt: instantSchema.nullable(),
    clientKey: z.string(),
    apiHost: z.string(),
    scriptUrl: z.string(),
    apiVersion: z.string().nullable(),
    concurrency: z.int(),
    notificationUrl: z.string().openapi({
      description: "Give it to the provider for its webhooks, and to nobody else.",
    }),
    createdAt: instantSchema,
  })
  .openapi("GatewayConnection", {
    example: {
      id: exampleId("gwy"),
      provider: "toss",
      mode: "test",
      name: "Toss Payments, MID of the milk shop",
      state: "active",
      pausedReason: null,
      pausedAt: null,
      clientKey: "test_ck_D5GePWvyJnrK0W0k6q8gLzN97Eoq",
      apiHost: "https://api.tosspayments.com",
      scriptUrl: "https://js.tosspayments.com/v2/standard",
      apiVersion: null,
      concurrency: 10,
      notificationUrl: "https://pay.example.com/notifications/9gk2m7q1r8t3v6w0y5z2a4b5x4h9k2m7",
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const connectionListSchema = z
  .object({ items: z.array(connectionSchema) })
  .openapi("GatewayConnectionList");

export type ConnectionJson = z.infer<typeof connectionSchema>;
