/** What an emergency stop, or the pause of a connection, would hold back; and runs that wait. */
import { z } from "@hono/zod-openapi";
import { amountSchema, currencySchema, exampleId, idOf, instantSchema } from "./values.ts";

const heldBackSchema = z.object({
  currency: currencySchema,
  count: z.int().openapi({ description: "Charges." }),
  amount: amountSchema.openapi({ description: "Of all of them together." }),
});

const example = { currency: "KRW", count: 120, amount: 1188000 } as const;

export const stopPreviewSchema = z
  .object({
    now: z.array(heldBackSchema).openapi({ description: "Due already. One for each currency." }),
    withinDay: z.array(heldBackSchema).openapi({
      description:
        "With what falls due within 24 hours; of each subscription, its next period counts.",
    }),
    withinWeek: z.array(heldBackSchema).openapi({ description: "The same within seven days." }),
    subscriptions: z.int().openapi({ description: "How many would have to wait." }),
    refunds: z.int().openapi({ description: "Requested and not sent: they would wait too." }),
  })
  .openapi("StopPreview", {
    example: {
      now: [],
      withinDay: [example],
      withinWeek: [{ ...example, count: 340, amount: 3366000 }],
      subscriptions: 1280,
      refunds: 0,
    },
  });

export type StopPreviewJson = z.infer<typeof stopPreviewSchema>;

export const confirmedRunSchema = z
  .object({
    connectionId: idOf("gwy"),
    charges: z.int().openapi({ description: "Charges of the day when the run was held." }),
    usual: z.int().openapi({ description: "The most of any day of the five weeks before." }),
    heldAt: instantSchema,
  })
  .openapi("ConfirmedRun", {
    example: {
      connectionId: exampleId("gwy"),
      charges: 3000,
      usual: 1000,
      heldAt: "2026-03-01T01:00:00Z",
    },
  });
