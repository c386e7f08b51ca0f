/** Lock queue: statements that wait for a row somebody else has locked, until the lock is let go. */
import type { Backends, Running, Settled } from "./backends.ts";

export interface LockQueue {
  /** @param onSettled Called once, when the statement has ended after all. */
  park(running: Running, onSettled: (settled: Settled) => void): void;
  /** Somebody may have let a lock go: finds out who goes on. */
  release(): Promise<void>;
  /** Ends a waiting statement, and tells nobody. */
  abandon(running: Running): Promise<void>;
  /** Ends a waiting statement as PostgreSQL's own limit would. */
  giveUp(running: Running): Promise<void>;
}

interface Parked {
  readonly running: Running;
  readonly onSettled: (settled: Settled) => void;
}

export function createLockQueue(backends: Backends): LockQueue {
  let parked: Parked[] = [];

  async function release(): Promise<void> {
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      for (const one of parked) {
        await backends.lookAt(one.running);
        const { settled } = one.running;
        if (settled === undefined) continue;
        hasChanged = true;
        parked = parked.filter((other) => other !== one);
        one.onSettled(settled);
      }
    }
  }

  return {
    park(running, onSettled) {
      parked.push({ running, onSettled });
    },
    release,
    async abandon(running) {
      parked = parked.filter((one) => one.running !== running);
      await backends.cancel(running);
    },
    async giveUp(running) {
      if (running.settled !== undefined) return;
      await backends.cancel(running);
      await release();
    },
  };
}
