/**
 * Wake-ups: a worker sleeps between polls; whoever makes work wakes it, in this process or, through
 * LISTEN/NOTIFY, in another. Only ever a wake-up: one that is lost costs a poll's wait, no more.
 */
import type { Queryable } from "../db/database.ts";
import { statement } from "../db/database.ts";
import type { Timers } from "../effects.ts";

export const workChannel = "maedal_work";

const notify = statement("notify_work", `select pg_notify('${workChannel}', '')`);

/** Wakes all workers once the transaction has committed. */
export async function notifyWork(tx: Queryable): Promise<void> {
  await tx.query(notify);
}

export interface WakeUp {
  /** Rings every ear. */
  wake(): void;
  ear(): Ear;
}

/** One sleeper. A ring that comes while it is awake is not lost: its next wait ends at once. */
export interface Ear {
  ring(): void;
  /** Resolves when rung, after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWakeUp(timers: Timers): WakeUp {
  const ears: Ear[] = [];
  return {
    wake() {
      for (const ear of ears) ear.ring();
    },
    ear() {
      const ear = createEar(timers);
      ears.push(ear);
      return ear;
    },
  };
}

function createEar(timers: Timers): Ear {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    async wait(ms, signal) {
      await timers.sleep(ms, AbortSignal.any([rung.signal, signal]));
      rung = new AbortController();
    },
  };
}
