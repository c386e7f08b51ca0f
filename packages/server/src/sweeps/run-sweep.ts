/**
 * Runs a claimed sweep, slice by slice. Safe to die between any two lines and to run twice at once:
 * what is compared again finds nothing new. A provider that gives no clear answer puts it off.
 */
import { GatewayError } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { windowsFor } from "../charges/windows.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { checkOrders } from "./check-orders.ts";
import { compareListed } from "./compare-listed.ts";
import type { ListContext } from "./list-context.ts";
import { readNow } from "./our-orders-store.ts";
import { echoesOf, holdAfterFailure, slicesOf, type TimeRange } from "./sweep.ts";
import {
  releaseSweep,
  renewLease,
  saveFailure,
  saveSlice,
  type ClaimedSweep,
  type SweepCounts,
} from "./sweep-store.ts";

/** Much longer than one question takes; it is renewed between questions. */
export const sweepLeaseMs = 5 * 60_000;
const renewAfterMs = 60_000;
const mostOrphansAtOnce = 1_000;

/** `stopped`: somebody else goes on with it. */
export type SweepEnd =
  | { readonly kind: "finished" | "stopped" }
  | { readonly kind: "put_off" | "failed"; readonly failure: string };

export interface SweepRun {
  /** Ends the run between two questions. */
  readonly signal?: AbortSignal;
  /** So many orphans of a connection may wait for a person; 1,000 unless told. */
  readonly mostOrphans?: number;
  /** False: a failure ends the sweep at once instead of putting it off. */
  readonly isPatient?: boolean;
  /** Told after each slice: everything before `until` is compared. */
  readonly onSlice?: (until: Temporal.Instant, counts: SweepCounts) => void;
}

/** Thrown between two questions: the run is over, not the sweep. */
class SweepStopped extends Error {
  override readonly name = "SweepStopped";
}

export async function runSweep(
  engine: Engine,
  sweep: ClaimedSweep,
  run: SweepRun = {},
): Promise<SweepEnd> {
  try {
    await compareAll(engine, sweep, run);
    return { kind: "finished" };
  } catch (error) {
    if (error instanceof SweepStopped) {
      await releaseSweep(engine.database, sweep);
      return { kind: "stopped" };
    }
    return await giveBack(engine, sweep, run, error);
  }
}

async function compareAll(engine: Engine, sweep: ClaimedSweep, run: SweepRun): Promise<void> {
  const { database, gateways } = engine;
  const connection = await findConnection(database, sweep.accountId, sweep.connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${sweep.connectionId}`);
  const gateway = await gateways.of(database, connection);
  const goOn = watchOf(engine, sweep, run);
  const { mostOrphans = mostOrphansAtOnce } = run;
  const { settleWindowMs } = windowsFor(connection.mode, engine.windows);
  for (const slice of slicesOf(sweep.left)) {
    const settledBy = (await readNow(database)).subtract({ milliseconds: settleWindowMs });
    const common = { engine, connection, sweepId: sweep.id, gateway };
    const context = { ...common, settledBy, goOn, mostOrphans };
    const counts = await compareSlice(context, slice, sweep.isDaily);
    if (!(await saveSlice(database, sweep, slice.to, counts))) throw new SweepStopped();
    run.onSlice?.(slice.to, counts);
  }
}

async function compareSlice(
  context: ListContext,
  slice: TimeRange,
  isDaily: boolean,
): Promise<SweepCounts> {
  if (!context.gateway.capabilities.listByDate) {
    let asked = 0;
    for (const range of [slice, ...(isDaily ? echoesOf(slice) : [])]) {
      asked += await checkOrders(context, range, undefined);
    }
    return { listed: 0, foreignListed: 0, asked };
  }
  const listed = await compareListed(context, slice);
  const asked = await checkOrders(context, slice, listed);
  return {
    listed: listed.listed,
    foreignListed: listed.foreignListed,
    asked: listed.asked + asked,
  };
}

/** Between questions: ends the run when it is to end, and keeps the lease while it goes on. */
function watchOf(
  { database, effects }: Engine,
  sweep: ClaimedSweep,
  { signal }: SweepRun,
): () => Promise<void> {
  let renewedAt = effects.clock.monotonicMs();
  return async () => {
    if (signal?.aborted) throw new SweepStopped();
    const now = effects.clock.monotonicMs();
    if (now - renewedAt < renewAfterMs) return;
    renewedAt = now;
    if (!(await renewLease(database, sweep, sweepLeaseMs))) throw new SweepStopped();
  };
}

async function giveBack(
  engine: Engine,
  sweep: ClaimedSweep,
  { isPatient = true }: SweepRun,
  error: unknown,
): Promise<SweepEnd> {
  const isOurs = !(error instanceof GatewayError);
  if (isOurs) engine.log.error({ sweepId: sweep.id, error }, "a sweep failed in our own code");
  const failure = isOurs ? "our own code failed: see the log" : error.message;
  const heldForMs = isPatient ? holdAfterFailure(sweep.failures) : undefined;
  const isKept = await engine.database.transaction(async (tx) => {
    if (!(await saveFailure(tx, sweep, failure, heldForMs))) return false;
    if (heldForMs !== undefined) return true;
    const { accountId, connectionId, id: sweepId } = sweep;
    const data = { sweepId, connectionId, failure };
    const occurredAt = engine.effects.clock.now();
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId: undefined, type: "sweep.failed", data, occurredAt },
    ]);
    return true;
  });
  if (!isKept) return { kind: "stopped" };
  return { kind: heldForMs === undefined ? "failed" : "put_off", failure };
}
