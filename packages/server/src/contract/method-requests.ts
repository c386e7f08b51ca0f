/** Method request: a lasting link that asks a subscription's customer for a method. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, pageOf, pageQuery } from "./values.ts";

export const methodRequestStatusSchema = z.enum(
  ["open", "completed", "withdrawn"],
  "must be open, completed or withdrawn",
);

export const newMethodRequestSchema = z
  .strictObject({
    subscriptionId: idOf("sub"),
    connectionId: idOf("gwy").optional().openapi({
      description:
        "Where the customer is to register. Unless told: where they are asked to already, else where their method is, else the only active connection that can charge the subscription.",
    }),
  })
  .openapi("NewMethodRequest", { example: { subscriptionId: exampleId("sub") } });

export const methodRequestQuerySchema = z.strictObject({
  ...pageQuery,
  subscriptionId: idOf("sub").optional(),
  status: methodRequestStatusSchema.optional(),
  sunsetConnectionId: idOf("gwy").optional(),
});

export const methodRequestSchema = z
  .object({
    id: idOf("mrq"),
    url: z.string().openapi({
      description:
        "For the customer, by mail or message: good until there is a method. Who has it sees the plan and its price, and can register.",
    }),
    subscriptionId: idOf("sub"),
    customerId: idOf("cus"),
    connectionId: idOf("gwy").openapi({ description: "Where the customer is to register." }),
    sunsetConnectionId: idOf("gwy").nullable().openapi({
      description: "The connection that is left behind; null when somebody just asked.",
    }),
    status: methodRequestStatusSchema.openapi({
      description:
        "`completed` once the subscription has a new billing key. `withdrawn` when it was taken back, or its subscription has ended.",
    }),
    visitedAt: instantSchema.nullable().openapi({
      description:
        "The first time that somebody chose a method on its page. Looking at the page is not noted: mail scanners look, too.",
    }),
    registrationId: idOf("reg").nullable().openapi({
      description: "The latest registration that came of it.",
    }),
    createdAt: instantSchema,
    finishedAt: instantSchema.nullable(),
  })
  .openapi("MethodRequest", {
    example: {
      id: exampleId("mrq"),
      url: `https://pay.example.com/m/${exampleId("mrq")}`,
      subscriptionId: exampleId("sub"),
      customerId: exampleId("cus"),
      connectionId: exampleId("gwy"),
      sunsetConnectionId: null,
      status: "open",
      visitedAt: null,
      registrationId: null,
      createdAt: "2026-03-01T01:00:00Z",
      finishedAt: null,
    },
  });

export const methodRequestPageSchema = pageOf("MethodRequest", methodRequestSchema);

export type MethodRequestJson = z.infer<typeof methodRequestSchema>;
