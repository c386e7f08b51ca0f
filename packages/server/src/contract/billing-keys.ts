/** Billing key: what charges a registered method. Its secret never leaves the server. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, pageOf, pageQuery } from "./values.ts";

const statusSchema = z.enum(["active", "suspended", "dead", "revoked"]);

export const billingKeyQuerySchema = z.strictObject({
  ...pageQuery,
  customerId: idOf("cus").optional(),
  connectionId: idOf("gwy").optional(),
  status: statusSchema.optional(),
});

export const billingKeySchema = z
  .object({
    id: idOf("bk"),
    customerId: idOf("cus"),
    connectionId: idOf("gwy"),
    status: statusSchema.openapi({
      description:
        "`active` can be charged; `suspended` was refused and waits for the customer; `dead` is gone at the provider; `revoked` is no longer wanted by us: revoked by you, replaced by another, or used by no subscription any more.",
    }),
    statusReason: z.string().nullable(),
    method: z.string(),
    methodLabel: z.string().nullable().openapi({
      description: "For people, never an account number. Null until the first charge tells.",
    }),
    lastPaidAt: instantSchema.nullable().openapi({
      description:
        "When money last moved with it, on the customer's clock. Some providers drop a key that is not paid with for long: see the event `billing_key.expiring`.",
    }),
    checkedAt: instantSchema.nullable().openapi({
      description:
        "When the provider was last asked whether it can be charged, on the customer's clock. Null: never.",
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
      lastPaidAt: "2026-03-01T01:00:02Z",
      checkedAt: null,
      createdAt: "2026-03-01T01:00:00Z",
    },
  });

export const keyHealthSchema = z
  .object({
    state: z.enum(["usable", "blocked", "gone"]).openapi({
      description:
        "`usable`: it can be charged. `blocked`: the key exists, its method cannot be charged now. `gone`: for good; the key is dead from now on, and its subscriptions ask for another method.",
    }),
    code: z.string().openapi({ description: "The provider's own code." }),
    message: z.string().openapi({ description: "The provider's own words." }),
  })
  .openapi("KeyHealth", { example: { state: "usable", code: "0000", message: "Success." } });

export const billingKeyPageSchema = pageOf("BillingKey", billingKeySchema);

export type BillingKeyJson = z.infer<typeof billingKeySchema>;
