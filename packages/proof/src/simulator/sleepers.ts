/** Sleepers: loops between two rounds. Who called them, who is in vain, and who wakes next. */
import type { Owner } from "./scheduler.ts";

export interface Sleeper {
  readonly owner: Owner;
  readonly isInVain: () => boolean;
  readonly goOn: () => void;
  wakeMs: number;
  /** Somebody has called it; who calls it a second time is not heard. */
  isRung: boolean;
  isUp: boolean;
}

export function createSleepers(pollMs: number, startMs: number) {
  let sleepers: Sleeper[] = [];
  let hotUntilMs = startMs;
  let areRung = false;
  let version = -1;

  function wake(sleeper: Sleeper): void {
    sleeper.isUp = true;
    sleeper.goOn();
  }

  function clear(): void {
    sleepers = sleepers.filter(({ isUp, owner }) => !isUp && !owner.isDead);
  }

  return {
    add(sleeper: Sleeper): void {
      sleepers.push(sleeper);
    },
    wake,
    ring(sleeper: Sleeper): void {
      sleeper.isRung = true;
      areRung = true;
    },
    /** Since the last look at who may go on. */
    get areRung() {
      return areRung;
    },
    /**
     * Wakes who has been called and would not go round in vain.
     *
     * @param latest Grows with every change of the database.
     * @returns Whether there was any.
     */
    wakeRung(latest: number): boolean {
      if (!areRung && latest === version) return false;
      areRung = false;
      version = latest;
      clear();
      const called = sleepers.filter(({ isInVain, isRung }) => isRung && !isInVain());
      for (const sleeper of called) wake(sleeper);
      return called.length > 0;
    },
    /** Who wakes next, while it is hot. */
    next(nowMs: number): Sleeper | undefined {
      clear();
      const hot = sleepers.filter(({ wakeMs }) => wakeMs <= hotUntilMs);
      const useful = hot.filter((sleeper) => {
        const isInVain = sleeper.isInVain();
        if (isInVain && sleeper.wakeMs <= nowMs) sleeper.wakeMs = nowMs + pollMs; // As if it polled.
        return !isInVain;
      });
      return useful.reduce<Sleeper | undefined>((first, sleeper) => {
        return first === undefined || sleeper.wakeMs < first.wakeMs ? sleeper : first;
      }, undefined);
    },
    /**
     * Each sleeper polls once, all at the same instant: late enough that who was awake just now and
     * goes to sleep meanwhile polls once more as well, and early enough that nobody does so twice.
     */
    heat(nowMs: number): void {
      hotUntilMs = nowMs + 1.5 * pollMs;
      for (const sleeper of sleepers) {
        if (sleeper.wakeMs < nowMs) sleeper.wakeMs = nowMs + 0.75 * pollMs;
      }
    },
  };
}
