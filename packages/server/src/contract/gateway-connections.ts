/**
 * Gateway connection: an account's credentials at one provider. They go in and never come out. What
 * a connection is made of differs between providers: `provider` says which fields there are.
 */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, textOf } from "./values.ts";

const addressSchema = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(500, "must have at most 500 characters");

const concurrencySchema = z
  .int("must be a whole number")
  .min(1, "must be at least 1")
  .max(1000, "must be at most 1000")
  .openapi({ description: "Most charges on their way at once, over all workers." });

const newTossConnectionSchema = z
  .strictObject({
    provider: z.literal("toss"),
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
    concurrency: concurrencySchema.default(10),
  })
  .openapi("NewTossConnection", {
    example: {
      provider: "toss",
      name: "Toss Payments, MID of the milk shop",
      clientKey: "test_ck_D5GePWvyJnrK0W0k6q8gLzN97Eoq",
      secretKey: "test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R",
    },
  });

/** Left out, they are what the server thinks right: the defaults are its own. */
const linePaySettings = {
  checksCardAuthorization: z.boolean("must be true or false").openapi({
    description:
      "A key check also authorizes a smallest amount on the card. `false`, unless told: in Taiwan only, and by arrangement with LINE Pay.",
  }),
  unusedKeyLifetimeDays: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(3650, "must be at most 3650")
    .openapi({
      description:
        "After so many days without a payment LINE Pay drops a key. 180, unless your contract says otherwise; in LINE Pay's sandbox 1.",
    }),
  keyCheckDaysAhead: z
    .int("must be a whole number")
    .min(0, "must be at least 0")
    .max(60, "must be at most 60")
    .openapi({
      description:
        "So many days before a charge is due its key is checked, so that a customer who deleted it is asked for a method in time. 3, unless told; 0 checks none ahead.",
    }),
};

const newLinePayConnectionSchema = z
  .strictObject({
    provider: z.literal("line_pay"),
    name: textOf(100),
    channelId: textOf(100).openapi({ description: "Public." }),
    channelSecret: textOf(200).openapi({ description: "Stored encrypted." }),
    apiHost: addressSchema.optional().openapi({
      description:
        "Left out: `https://api-pay.line.me` in live accounts, `https://sandbox-api-pay.line.me` in test accounts. Another one only for an emulator.",
    }),
    apiVersion: z.enum(["v3", "v4"], "must be v3 or v4").default("v3").openapi({
      description: "Which of LINE Pay's two equal APIs is spoken.",
    }),
    checksCardAuthorization: linePaySettings.checksCardAuthorization.optional(),
    unusedKeyLifetimeDays: linePaySettings.unusedKeyLifetimeDays.optional(),
    keyCheckDaysAhead: linePaySettings.keyCheckDaysAhead.optional(),
    concurrency: concurrencySchema.default(10),
  })
  .openapi("NewLinePayConnection", {
    example: {
      provider: "line_pay",
      name: "LINE Pay Taiwan, channel of the milk shop",
      channelId: "1234567890",
      channelSecret: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
    },
  });

const newPortOneConnectionSchema = z
  .strictObject({
    provider: z.literal("portone"),
    name: textOf(100),
    impCode: textOf(30).openapi({
      description: "Merchant identification code (가맹점 식별코드), `imp…`. Public.",
    }),
    apiKey: textOf(200).openapi({ description: "REST API key. Stored encrypted." }),
    apiSecret: textOf(400).openapi({ description: "REST API secret. Stored encrypted." }),
    channel: textOf(100).openapi({
      description:
        "The payment company behind it: `chai`, `kakaopay`, `settle_acc`, `html5_inicis` …, with a dot and your merchant id there where the account has several: `chai.{public_key}`.",
    }),
    channelKey: textOf(100).optional().openapi({
      description: "Of the channel, from PortOne's console. Windows are opened with it then.",
    }),
    apiHost: addressSchema
      .default("https://api.iamport.kr")
      .openapi({ description: "Another one only for an emulator." }),
    scriptUrl: addressSchema
      .default("https://cdn.iamport.kr/v1/iamport.js")
      .openapi({ description: "PortOne's browser script." }),
    concurrency: concurrencySchema.default(5),
  })
  .openapi("NewPortOneConnection", {
    example: {
      provider: "portone",
      name: "KakaoPay by PortOne, the milk shop",
      impCode: "imp37739582",
      apiKey: "1234567890123456",
      apiSecret: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      channel: "kakaopay",
    },
  });

export const newConnectionSchema = z
  .discriminatedUnion(
    "provider",
    [newTossConnectionSchema, newLinePayConnectionSchema, newPortOneConnectionSchema],
    { error: "must be toss, line_pay or portone" },
  )
  .openapi("NewGatewayConnection", {
    example: {
      provider: "toss",
      name: "Toss Payments, MID of the milk shop",
      clientKey: "test_ck_D5GePWvyJnrK0W0k6q8gLzN97Eoq",
      secretKey: "test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R",
    },
  });

/** What is left out stays. The settings are LINE Pay's: other providers have none. */
export const connectionChangeSchema = z
  .strictObject({
    name: textOf(100).optional(),
    concurrency: concurrencySchema.optional(),
    checksCardAuthorization: linePaySettings.checksCardAuthorization.optional(),
    unusedKeyLifetimeDays: linePaySettings.unusedKeyLifetimeDays.optional(),
    keyCheckDaysAhead: linePaySettings.keyCheckDaysAhead.optional(),
  })
  .openapi("GatewayConnectionChange", { example: { concurrency: 20, keyCheckDaysAhead: 7 } });

export const pauseSchema = z
  .strictObject({ reason: textOf(500) })
  .openapi("Pause", { example: { reason: "the bank announced maintenance" } });

const sharedFields = {
  id: idOf("gwy"),
  mode: z.enum(["test", "live"]),
  name: z.string(),
  state: z.enum(["active", "paused", "sunset"]),
  pausedReason: z.string().nullable(),
  pausedAt: instantSchema.nullable(),
  chargesUntil: instantSchema.nullable().openapi({
    description: "A connection that is `sunset` goes on charging until then; null: it has stopped.",
  }),
  apiHost: z.string(),
  concurrency: z.int(),
  createdAt: instantSchema,
};

const tossExample = {
  id: exampleId("gwy"),
  provider: "toss",
  mode: "test",
  name: "Toss Payments, MID of the milk shop",
  state: "active",
  pausedReason: null,
  pausedAt: null,
  chargesUntil: null,
  clientKey: "test_ck_D5GePWvyJnrK0W0k6q8gLzN97Eoq",
  apiHost: "https://api.tosspayments.com",
  scriptUrl: "https://js.tosspayments.com/v2/standard",
  apiVersion: null,
  concurrency: 10,
  notificationUrl: "https://pay.example.com/notifications/9gk2m7q1r8t3v6w0y5z2a4b5x4h9k2m7",
  createdAt: "2026-03-01T01:00:00Z",
} as const;

export const tossConnectionSchema = z
  .object({
    ...sharedFields,
    provider: z.literal("toss"),
    clientKey: z.string(),
    scriptUrl: z.string(),
    apiVersion: z.string().nullable(),
    notificationUrl: z.string().openapi({
      description: "Give it to the provider for its webhooks, and to nobody else.",
    }),
  })
  .openapi("TossConnection", { example: tossExample });

const linePayConnectionSchema = z
  .object({
    ...sharedFields,
    provider: z.literal("line_pay"),
    channelId: z.string(),
    apiVersion: z.string(),
    ...linePaySettings,
  })
  .openapi("LinePayConnection", {
    example: {
      id: exampleId("gwy"),
      provider: "line_pay",
      mode: "test",
      name: "LINE Pay Taiwan, channel of the milk shop",
      state: "active",
      pausedReason: null,
      pausedAt: null,
      chargesUntil: null,
      channelId: "1234567890",
      apiHost: "https://sandbox-api-pay.line.me",
      apiVersion: "v3",
      checksCardAuthorization: false,
      unusedKeyLifetimeDays: 180,
      keyCheckDaysAhead: 3,
      concurrency: 10,
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

const portOneConnectionSchema = z
  .object({
    ...sharedFields,
    provider: z.literal("portone"),
    impCode: z.string(),
    channel: z.string(),
    channelKey: z.string().nullable(),
    scriptUrl: z.string(),
    notificationUrl: z.string().openapi({
      description:
        "Enter it in PortOne's console as the webhook address, for the mode of this account.",
    }),
  })
  .openapi("PortOneConnection", {
    example: {
      id: exampleId("gwy"),
      provider: "portone",
      mode: "test",
      name: "KakaoPay by PortOne, the milk shop",
      state: "active",
      pausedReason: null,
      pausedAt: null,
      chargesUntil: null,
      impCode: "imp37739582",
      channel: "kakaopay",
      channelKey: null,
      apiHost: "https://api.iamport.kr",
      scriptUrl: "https://cdn.iamport.kr/v1/iamport.js",
      concurrency: 5,
      notificationUrl: "https://pay.example.com/notifications/9gk2m7q1r8t3v6w0y5z2a4b5x4h9k2m7",
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const connectionSchema = z
  .discriminatedUnion("provider", [
    tossConnectionSchema,
    linePayConnectionSchema,
    portOneConnectionSchema,
  ])
  .openapi("GatewayConnection", { example: tossExample });

export const connectionListSchema = z
  .object({ items: z.array(connectionSchema) })
  .openapi("GatewayConnectionList");

export type NewConnectionJson = z.output<typeof newConnectionSchema>;
export type ConnectionJson = z.infer<typeof connectionSchema>;
export type TossConnectionJson = z.infer<typeof tossConnectionSchema>;
