/** Invoice: what is owed for one period of one subscription. Frozen once it is open. */
import { z } from "@hono/zod-openapi";
import {
  amountSchema,
  currencySchema,
  dateSchema,
  exampleId,
  idOf,
  instantSchema,
  pageOf,
  pageQuery,
} from "./values.ts";

export const invoiceStatusSchema = z.enum(["draft", "open", "paid", "void", "uncollectible"]);

export const invoiceQuerySchema = z.strictObject({
  ...pageQuery,
  status: invoiceStatusSchema.optional(),
  subscriptionId: idOf("sub").optional(),
  customerId: idOf("cus").optional(),
});

export const invoiceSchema = z
  .object({
    id: idOf("inv"),
    subscriptionId: idOf("sub"),
    customerId: idOf("cus"),
    kind: z.enum(["period", "registration"]).openapi({
      description:
        "`registration`: what a provider's window took to register a method while nothing was owed. It belongs to no period, and is given back.",
    }),
    periodIndex: z.int().nullable(),
    periodStartsOn: dateSchema.nullable(),
    periodEndsOn: dateSchema
      .nullable()
      .openapi({ description: "Exclusive: first day of the next period." }),
    status: invoiceStatusSchema,
    amount: amountSchema,
    currency: currencySchema,
    lines: z.array(
      z.object({ description: z.string(), amount: z.int(), currency: currencySchema }),
    ),
    dueAt: instantSchema,
    paidAt: instantSchema.nullable(),
    createdAt: instantSchema,
  })
  .openapi("Invoice", {
    example: {
      id: exampleId("inv"),
      subscriptionId: exampleId("sub"),
      customerId: exampleId("cus"),
      kind: "period",
      periodIndex: 0,
      periodStartsOn: "2026-01-31",
      periodEndsOn: "2026-02-28",
      status: "paid",
      amount: 9900,
      currency: "KRW",
      lines: [{ description: "하늘우유 정기배송", amount: 9900, currency: "KRW" }],
      dueAt: "2026-01-31T03:12:45Z",
      paidAt: "2026-01-31T03:12:46Z",
      createdAt: "2026-01-31T03:12:45Z",
    },
  });

export const invoicePageSchema = pageOf("Invoice", invoiceSchema);

export type InvoiceJson = z.infer<typeof invoiceSchema>;
