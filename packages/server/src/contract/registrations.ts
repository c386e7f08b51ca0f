/** Registration: one trip of one customer through a provider's window, to register a method. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema } from "./values.ts";

export const methodSchema = z
  .enum(
    ["TRANSFER", "CARD", "EASY_PAY", "LINE_PAY"],
    "must be TRANSFER, CARD, EASY_PAY or LINE_PAY",
  )
  .openapi({
    description:
      "With Toss Payments quick account transfer or card; with PortOne what its channel registers: `TRANSFER` (CHAI, 내통장결제), `CARD`, or `EASY_PAY` (KakaoPay, Naver Pay and other wallets); with LINE Pay `LINE_PAY`.",
  });

export const newRegistrationSchema = z
  .strictObject({
    customerId: idOf("cus"),
    connectionId: idOf("gwy"),
    method: methodSchema,
    subscriptionId: idOf("sub").optional().openapi({
      description:
        "Starts, or pays from now on, with the method. LINE Pay registers no method without one: its window takes the first payment.",
    }),
    returnUrl: z
      .url({ protocol: /^https?$/, error: "must be an http or https address" })
      .max(2000, "must have at most 2000 characters")
      .optional()
      .openapi({ description: "Where the customer goes when the registration is over." }),
  })
  .openapi("NewRegistration", {
    example: {
      customerId: exampleId("cus"),
      connectionId: exampleId("gwy"),
      method: "TRANSFER",
      subscriptionId: exampleId("sub"),
    },
  });

export const registrationSchema = z
  .object({
    id: idOf("reg"),
    url: z.string().openapi({ description: "The page to send the customer to, once." }),
    customerId: idOf("cus"),
    connectionId: idOf("gwy"),
    subscriptionId: idOf("sub").nullable(),
    method: z.string(),
    status: z.enum(["open", "completed", "failed", "canceled", "expired"]),
    billingKeyId: idOf("bk").nullable(),
    failureCode: z.string().nullable(),
    failureMessage: z.string().nullable(),
    expiresAt: instantSchema,
    finishedAt: instantSchema.nullable(),
    createdAt: instantSchema,
  })
  .openapi("Registration", {
    example: {
      id: exampleId("reg"),
      url: `https://pay.example.com/register/${exampleId("reg")}`,
      customerId: exampleId("cus"),
      connectionId: exampleId("gwy"),
      subscriptionId: exampleId("sub"),
      method: "TRANSFER",
      status: "open",
      billingKeyId: null,
      failureCode: null,
      failureMessage: null,
      expiresAt: "2026-03-01T02:00:00Z",
      finishedAt: null,
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export type RegistrationJson = z.infer<typeof registrationSchema>;
