/**
 * Worker: every background effect of the server, as loops over one database. Any number of workers
 * may run; what they must not do twice is settled by row locks and constraints, never by who runs.
 */
import { tendAuthorizations } from "../authorizations/tend-authorizations.ts";
import { deleteRevokedKeys } from "../billing-keys/delete-revoked-keys.ts";
import { tendBillingKeys } from "../billing-keys/tend-billing-keys.ts";
import { reconcileCharges } from "../charges/look-up-charges.ts";
import type { CallResult } from "../charges/call-result.ts";
import { recordOrLeave } from "../charges/record-or-leave.ts";
import { listChargingConnections } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { forgetOldRuns } from "../http/idempotency-store.ts";
import { processNotifications } from "../notifications/process-notifications.ts";
import { tendPaymentWindows } from "../payment-windows/tend-payment-windows.ts";
import { tendRefunds } from "../refunds/tend-refunds.ts";
import { tendRegistrations } from "../registrations/tend-registrations.ts";
import { rollSubscriptions } from "../subscriptions/roll-subscriptions.ts";
import { tendSunsets } from "../sunsets/tend-sunsets.ts";
import { tendSweeps } from "../sweeps/tend-sweeps.ts";
import { advanceTestClocks } from "../test-clocks/advance-test-clocks.ts";
import { createGroupCommit } from "./group-commit.ts";
import { runLane } from "./lane.ts";
import { runLoop, type Loop } from "./loop.ts";
import { createWakeUp, workChannel, type WakeUp } from "./wake-up.ts";

export interface Worker {
  /** Claims nothing more, waits for open calls and their results. Safe to call twice. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** How long a loop sleeps when nothing wakes it; 1 s unless told. */
  readonly pollMs?: number;
}

const defaultPollMs = 1_000;
const maximumBatch = 100;
const forgettingMs = 10 * 60_000;
/** So many polls of the other loops to one of the keys in real time: 5 min, where it is 1 s. */
const keyPolls = 300;
/** The same for sunsets: 5 s; and 1 min to one that had nothing to do. */
const sunsetPolls = 5;
const sunsetRestPolls = 60;
/** Who asks for a sweep wakes it; a day and a failure's wait are not told by the second. */
const sweepPolls = 20;

export function startWorker(engine: Engine, options: WorkerOptions = {}): Worker {
  const { pollMs = defaultPollMs } = options;
  const wakeUp = createWakeUp(engine.effects.timers);
  const stopping = new AbortController();
  const { signal } = stopping;

  const clockEar = wakeUp.ear();
  const afterResults = () => clockEar.ring();
  const loops = [
    ...backgroundLoops(engine, wakeUp, pollMs).map((loop) =>
      runLoop(loop, wakeUp.ear(), engine.log, signal),
    ),
    runLoop(clockLoop(engine, wakeUp, pollMs), clockEar, engine.log, signal),
    runLoop(sweepLoop(engine, wakeUp, pollMs, signal), wakeUp.ear(), engine.log, signal),
    ...[forgettingLoop(engine), keyLoop(engine, pollMs), sunsetLoop(engine, pollMs)].map((loop) =>
      runLoop(loop, createWakeUp(engine.effects.timers).ear(), engine.log, signal),
    ),
    runLanes({ engine, wakeUp, pollMs, signal, afterResults }),
  ];
  const listening = engine.database.listen(workChannel, () => wakeUp.wake());
  listening.catch((error: unknown) => {
    engine.log.warn({ error }, "no wake-ups from other processes; polling goes on");
  });

  let stopped: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(loops);
    const unlisten = await listening.catch(() => undefined);
    await unlisten?.();
  };
  return { stop: () => (stopped ??= end()) };
}

function backgroundLoops(engine: Engine, wakeUp: WakeUp, pollMs: number): Loop[] {
  const loop = (name: string, work: () => Promise<number>) => loopOf(name, work, wakeUp, pollMs);
  return [
    loop("roll", () => rollSubscriptions(engine)),
    loop("reconcile", () => reconcileCharges(engine)),
    loop("refunds", () => tendRefunds(engine)),
    loop("registrations", () => tendRegistrations(engine)),
    loop("payment windows", () => tendPaymentWindows(engine)),
    loop("notifications", () => processNotifications(engine)),
    loop("authorizations", () => tendAuthorizations(engine)),
    loop("revoked keys", () => deleteRevokedKeys(engine)),
    loop("keys on test clocks", () => tendBillingKeys(engine, "test")),
  ];
}

/** Apart from the others, because every recorded result may be what a clock was waiting for. */
function clockLoop(engine: Engine, wakeUp: WakeUp, pollMs: number): Loop {
  return loopOf("test clocks", () => advanceTestClocks(engine), wakeUp, pollMs);
}

/** Asks providers one question after the other, for as long as it takes; a stop waits for one only. */
function sweepLoop(engine: Engine, wakeUp: WakeUp, pollMs: number, signal: AbortSignal): Loop {
  const work = () => tendSweeps(engine, signal);
  return loopOf("sweeps", work, wakeUp, pollMs * sweepPolls);
}

/** Throws away what nobody asks for any more; nobody waits for it, so nothing wakes it. */
function forgettingLoop({ database }: Engine): Loop {
  const round = async (): Promise<boolean> => (await forgetOldRuns(database, 1_000)) > 0;
  return { name: "old requests", pollMs: forgettingMs, round };
}

/**
 * Keys in real time are looked after days ahead, and each round looks through all of them: once in
 * a few minutes is often enough, and nothing wakes it.
 */
function keyLoop(engine: Engine, pollMs: number): Loop {
  const round = async (): Promise<boolean> => (await tendBillingKeys(engine, "real")) > 0;
  return { name: "keys", round, pollMs: pollMs * keyPolls };
}

/** A connection that was left is looked after for years: seconds are soon enough, and nothing wakes it. */
function sunsetLoop(engine: Engine, pollMs: number): Loop {
  const restMs = pollMs * sunsetRestPolls;
  const round = async (): Promise<boolean> => (await tendSunsets(engine, { restMs })) > 0;
  return { name: "sunsets", round, pollMs: pollMs * sunsetPolls };
}

/** What one loop did is often another's next work: a rolled period is a charge to send. */
function loopOf(name: string, work: () => Promise<number>, wakeUp: WakeUp, pollMs: number): Loop {
  const round = async (): Promise<boolean> => {
    const done = await work();
    if (done > 0) wakeUp.wake();
    return done > 0;
  };
  return { name, pollMs, round };
}

/** What a lane works with: a connection's identity never changes, the rest may. */
function laneKeyOf({ id, concurrency, settings }: Connection): string {
  return JSON.stringify([id, concurrency, settings]);
}

interface LanesOptions {
  readonly engine: Engine;
  readonly wakeUp: WakeUp;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly afterResults: () => void;
}

/**
 * Starts a lane for each active connection, and ends it when the connection no longer is. When its
 * budget or its settings change, another lane takes over, while the old one waits for its open calls.
 */
async function runLanes(options: LanesOptions): Promise<void> {
  const { engine, wakeUp, pollMs, signal, afterResults } = options;
  const commit = (batch: readonly CallResult[]) => recordOrLeave(engine, batch).then(afterResults);
  const results = createGroupCommit<CallResult>(commit, maximumBatch);
  const lanes = new Map<string, { end: AbortController; over: Promise<void> }>();

  const round = async (): Promise<boolean> => {
    const active = await listChargingConnections(engine.database);
    for (const connection of active) {
      const key = laneKeyOf(connection);
      if (lanes.has(key)) continue;
      const end = new AbortController();
      const both = AbortSignal.any([signal, end.signal]);
      const ear = wakeUp.ear();
      const over = runLane({ engine, connection, results, ear, pollMs, signal: both })
        .catch((error: unknown) => {
          engine.log.error({ connectionId: connection.id, error }, "a lane could not start");
        })
        .finally(() => lanes.delete(key));
      lanes.set(key, { end, over });
    }
    const wanted = new Set(active.map(laneKeyOf));
    for (const [key, lane] of lanes) if (!wanted.has(key)) lane.end.abort();
    return false;
  };
  await runLoop({ name: "lanes", round, pollMs }, wakeUp.ear(), engine.log, signal);
  await Promise.all([...lanes.values()].map(({ over }) => over));
}
