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
  /** Wakes everyone who waits now. */
  wake(): void;
  /** Resolves when woken, after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWakeUp(timers: Timers): WakeUp {
  let bell = new AbortController();
  return {
    wake() {
      const ringing = bell;
      bell = new AbortController();
      ringing.abort();
    },
    async wait(ms, signal) {
      await timers.sleep(ms, AbortSignal.any([bell.signal, signal]));
    },
  };
}
