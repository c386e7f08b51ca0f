/** Control calls that are about no provider in particular: ledger, requests, faults, clock, reset. */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { faultOrderSchema } from "../faults.ts";
import { ledgerKinds } from "../ledger.ts";
import { ControlProblem, get, post, remove, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

const nothing = z.strictObject({});

const ledgerQuery = z.strictObject({
  orderId: z.string().optional(),
  key: z.string().optional().describe("a billing key"),
  kind: z.enum(ledgerKinds).optional(),
  provider: z.string().optional(),
  after: z.coerce.number().int().optional().describe("only entries with a greater sequence"),
});

const requestsQuery = z.strictObject({
  operation: z.string().optional(),
  orderId: z.string().optional(),
  provider: z.string().optional(),
});

const clockSchema = z.union(
  [
    z.strictObject({ by: z.iso.duration().describe("ISO 8601, such as P1M or PT90S") }),
    z.strictObject({ to: z.iso.datetime({ offset: true }) }),
  ],
  { error: 'Send { "by": "P1D" } or { "to": "2027-01-01T00:00:00Z" }.' },
);

export function worldCalls(world: World): ControlCall[] {
  return [
    get("/ledger", "Every movement of money, oldest first.", ledgerQuery, (filter) =>
      world.ledger.list(filter),
    ),
    get("/requests", "The last 10,000 requests and what became of them.", requestsQuery, (filter) =>
      world.requests.list(filter),
    ),
    post("/requests/clear", "Empties the call log.", nothing, () => {
      world.requests.clear();
      return { cleared: true };
    }),
    ...faultCalls(world),
    get("/clock", "The emulator's time.", undefined, () => clockNow(world)),
    post(
      "/clock",
      "Moves the time forward and sends the webhook retries that fall due, in order. Never back.",
      clockSchema,
      async (move) => {
        const now = world.clock.now();
        const target = "by" in move ? addDuration(now, move.by) : Temporal.Instant.from(move.to);
        if (Temporal.Instant.compare(target, now) < 0) {
          const message = `The clock reads ${now.toString()} and never goes back.`;
          throw new ControlProblem(400, "clock_goes_back", message);
        }
        await world.clock.advanceTo(target);
        return clockNow(world);
      },
    ),
    post("/reset", "Back to the seed: everything is forgotten but the time.", nothing, () => {
      world.reset();
      return { reset: true };
    }),
  ];
}

function clockNow({ clock }: World): { now: string } {
  return { now: clock.now().toString() };
}

/** Calendar units are added in Korean time. */
function addDuration(now: Temporal.Instant, duration: string): Temporal.Instant {
  return now.toZonedDateTimeISO("+09:00").add(duration).toInstant();
}

function faultCalls({ faults }: World): ControlCall[] {
  return [
    get("/faults", "Faults with what is left of them and whom they hit.", undefined, () =>
      faults.list(),
    ),
    post(
      "/faults",
      "Orders a fault; the oldest one that matches a request is applied.",
      faultOrderSchema,
      (order) => faults.add(order),
    ),
    remove("/faults", "Removes all faults.", () => {
      faults.removeAll();
      return { removed: true };
    }),
    remove("/faults/:id", "Removes one fault.", (id) => {
      if (!faults.remove(id)) throw new ControlProblem(404, "not_found", `No fault ${id}.`);
      return { removed: true };
    }),
  ];
}
