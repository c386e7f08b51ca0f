/** Asks for a sweep: the worker, or whoever asks, runs it. */
import { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import { listConnections } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { readNow } from "./our-orders-store.ts";
import { longestSweepDays, usualRange, type TimeRange } from "./sweep.ts";
import { insertSweep } from "./sweep-store.ts";

export interface WantedSweep {
  readonly accountId: string;
  /** Undefined: each of the account's connections. */
  readonly connectionId: string | undefined;
  /** Undefined: two days before `to`. */
  readonly from: Temporal.Instant | undefined;
  /** Undefined, or in the future: now. */
  readonly to: Temporal.Instant | undefined;
  /** An API key, an operator, the command line. */
  readonly requestedBy: string;
}

/**
 * @returns The sweeps' ids, one for each connection.
 * @throws {AppError} `not_found` when there is no such connection; `invalid_request` when the time is
 *   empty or too long.
 */
export async function requestSweep(engine: Engine, wanted: WantedSweep): Promise<string[]> {
  const { accountId, connectionId, requestedBy } = wanted;
  const { database, effects } = engine;
  const range = rangeOf(wanted, await readNow(database));
  const all = await listConnections(database, accountId);
  const chosen = all.filter(({ id }) => connectionId === undefined || id === connectionId);
  if (chosen.length === 0 && connectionId !== undefined) {
    const message = `There is no gateway connection ${connectionId.slice(0, 60)} in this account.`;
    throw new AppError("not_found", message);
  }
  return await database.transaction(async (tx) => {
    const ids: string[] = [];
    for (const connection of chosen) {
      const id = newId("swp", effects.random);
      await insertSweep(tx, { accountId, id, connectionId: connection.id, requestedBy, ...range });
      ids.push(id);
    }
    await notifyWork(tx);
    return ids;
  });
}

function rangeOf({ from, to }: WantedSweep, now: Temporal.Instant): TimeRange {
  const end = to === undefined || Temporal.Instant.compare(to, now) > 0 ? now : to;
  const start = from ?? usualRange(end).from;
  const longest = end.subtract({ hours: longestSweepDays * 24 });
  if (Temporal.Instant.compare(start, end) >= 0) {
    throw new AppError("invalid_request", "`from` must be before `to`, and in the past.");
  }
  if (Temporal.Instant.compare(start, longest) < 0) {
    const message = `A sweep takes at most ${longestSweepDays} days: ask for a shorter time.`;
    throw new AppError("invalid_request", message);
  }
  return { from: start, to: end };
}
