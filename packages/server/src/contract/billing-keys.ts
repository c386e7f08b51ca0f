/** Billing key: what charges a registered method. Its secret never leaves the server. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, pageOf, pageQuery } from "./values.ts";

export const billingKeyQuerySchema = z.strictObject({
  ...pageQuery,
  customerId: idOf("cus").optional(),
});

export const billingKeySchema = z
  .object({
    id: idOf("bk"),
    customerId: idOf("cus"),
    connectionId: idOf("gwy"),
    status: z.enum(["active", "suspended", "dead", "revoked"]).openapi({
      description:
        "`active` can be charged; `suspended` was refused and waits for the customer; `dead` is gone at the provider; `revoked` was deleted by you.",
    }),
    statusReason: z.string().nullable(),
    method: z.string(),
    methodLabel: z.string().nullable().openapi({
      description: "For people, never an account number. Null until the first charge tells.",
    }),
    createdAt: instantSchema,
  })
  .openapi("BillingKey", {
    example: {
      id: exampleId("bk"),
      customerId: exampleId("cus"),
      connectionId: exampleId("gwy"),
      status: "active",
      statusReason: null,
      method: "TRANSFER",
      methodLabel: "토스뱅크 ****1234",
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const billingKeyPageSchema = pageOf("BillingKey", billingKeySchema);

export type BillingKeyJson = z.infer<typeof billingKeySchema>;
