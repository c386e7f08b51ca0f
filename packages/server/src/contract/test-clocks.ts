/** Test clock: frozen time for some customers of a test account, advanced by hand. */
import { z } from "@hono/zod-openapi";
import { exampleId, idOf, instantSchema, textOf } from "./values.ts";

export const newTestClockSchema = z
  .strictObject({ name: textOf(100), now: instantSchema })
  .openapi("NewTestClock", { example: { name: "a year of milk", now: "2026-01-31T00:00:00Z" } });

export const advanceSchema = z
  .strictObject({ to: instantSchema })
  .openapi("Advance", { example: { to: "2026-03-01T00:00:00Z" } });

export const testClockSchema = z
  .object({
    id: idOf("clk"),
    name: z.string(),
    now: instantSchema,
    target: instantSchema.nullable().openapi({ description: "Where it is on its way to." }),
    status: z.enum(["ready", "advancing"]).openapi({
      description: "`advancing` until the workers have done everything that fell due.",
    }),
    createdAt: instantSchema,
  })
  .openapi("TestClock", {
    example: {
      id: exampleId("clk"),
      name: "a year of milk",
      now: "2026-01-31T00:00:00Z",
      target: null,
      status: "ready",
      createdAt: "2026-11-20T08:00:00Z",
    },
  });

export const testClockListSchema = z
  .object({ items: z.array(testClockSchema) })
  .openapi("TestClockList");

export type TestClockJson = z.infer<typeof testClockSchema>;
