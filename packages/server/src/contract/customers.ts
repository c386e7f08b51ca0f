/** Customer: who pays. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, pageOf, textOf } from "./values.ts";

const emailSchema = z
  .email("must be an e-mail address")
  .max(254, "must have at most 254 characters");
const phoneSchema = z
  .string("must be text, such as 010-1234-5678")
  .min(7, "must have at least 7 characters")
  .max(20, "must have at most 20 characters")
  .regex(/^\+?\d[\d -]*\d$/, "must be digits, with + before them and - or spaces between them")
  .openapi({
    description:
      "Told to the payment companies that ask for it (some channels of PortOne), and to no other.",
  });
const localeSchema = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, "must be a language tag, such as ko or zh-TW")
  .openapi({ description: "Language of the customer's pages, such as `ko`, `en`, `ja`." });

export const newCustomerSchema = z
  .strictObject({
    externalId: textOf(200)
      .optional()
      .openapi({ description: "Your own id for this customer; unique in the account." }),
    name: textOf(100).optional(),
    email: emailSchema.optional(),
    phone: phoneSchema.optional(),
    locale: localeSchema.default("ko"),
    zone: textOf(100)
      .default("Asia/Seoul")
      .openapi({ description: "IANA time zone in which this customer's periods begin and end." }),
    testClockId: idOf("clk")
      .optional()
      .openapi({ description: "In test mode: this customer lives on that clock's time." }),
  })
  .openapi("NewCustomer", {
    example: {
      externalId: "user-1042",
      name: "김하늘",
      email: "haneul@example.com",
      phone: "010-1234-5678",
      locale: "ko",
    },
  });

/** `null` empties a field; what is left out stays. */
export const customerChangeSchema = z
  .strictObject({
    name: textOf(100).nullable().optional(),
    email: emailSchema.nullable().optional(),
    phone: phoneSchema.nullable().optional(),
    locale: localeSchema.optional(),
  })
  .openapi("CustomerChange", { example: { phone: "+82 10-1234-5678", name: null } });

export const customerSchema = z
  .object({
    id: idOf("cus"),
    externalId: z.string().nullable(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    locale: z.string(),
    zone: z.string(),
    testClockId: idOf("clk").nullable(),
    createdAt: instantSchema,
  })
  .openapi("Customer", {
    example: {
      id: exampleId("cus"),
      externalId: "user-1042",
      name: "김하늘",
      email: "haneul@example.com",
      phone: "010-1234-5678",
      locale: "ko",
      zone: "Asia/Seoul",
      testClockId: null,
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const customerPageSchema = pageOf("Customer", customerSchema);

export type CustomerJson = z.infer<typeof customerSchema>;
