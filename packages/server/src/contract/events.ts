/** Event: something that happened. The events of one subscription are numbered without gaps. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, pageOf, pageQuery } from "./values.ts";

export const eventQuerySchema = z.strictObject({
  ...pageQuery,
  subscriptionId: idOf("sub").optional(),
});

export const eventSchema = z
  .object({
    id: idOf("evt"),
    type: z.string(),
    subscriptionId: idOf("sub").nullable(),
    sequence: z.int().nullable(),
    data: z.record(z.string(), z.unknown()),
    occurredAt: instantSchema.openapi({ description: "On the test clock where there is one." }),
  })
  .openapi("Event", {
    example: {
      id: exampleId("evt"),
      type: "charge.captured",
      subscriptionId: exampleId("sub"),
      sequence: 3,
      data: { chargeId: exampleId("chg") },
      occurredAt: "2026-01-31T03:12:46Z",
    },
  });

export const eventPageSchema = pageOf("Event", eventSchema);

export type EventJson = z.infer<typeof eventSchema>;
