/**
 * Idempotency keys: the first answer to a POST, errors included, is given again to every repetition
 * for 15 days. A repetition is the same key, secret key, URL and method; the body is not compared.
 *
 * Toss Payments, "멱등키" (read 2026-11); that errors are replayed, byte for byte, was measured
 * with a test key (gj-kit, 2026-08).
 */
import type { EmulatorClock } from "../clock.ts";
import type { Table } from "../store.ts";
import type { Replay } from "./records.ts";

const lifetimeMs = 15 * 24 * 60 * 60 * 1000;

export interface IdempotencyKeys {
  /** The first answer, or that it is still being made; undefined when this request is the first. */
  find(tuple: string): Replay | "running" | undefined;
  /** From now until `settle` or `abandon`, repetitions are told to wait. */
  begin(tuple: string): void;
  settle(tuple: string, answer: Omit<Replay, "firstUsedAtMs">): void;
  /** The request was lost before Toss saw it; the key is as good as new. */
  abandon(tuple: string): void;
  /** Forgets what is running, for a reset. */
  forget(): void;
}

export function createIdempotencyKeys(
  replays: Table<Replay>,
  clock: EmulatorClock,
): IdempotencyKeys {
  const running = new Map<string, number>();
  const isOver = (replay: Replay) => clock.nowMs() - replay.firstUsedAtMs >= lifetimeMs;

  /** Deletes from the oldest on; replays are kept in the order of their first use, nearly. */
  function prune(): void {
    for (let oldest = replays.first(); oldest !== undefined; oldest = replays.first()) {
      if (!isOver(oldest[1])) return;
      replays.delete(oldest[0]);
    }
  }

  return {
    find(tuple) {
      if (running.has(tuple)) return "running";
      const replay = replays.get(tuple);
      return replay === undefined || isOver(replay) ? undefined : replay;
    },
    begin(tuple) {
      prune();
      replays.delete(tuple);
      running.set(tuple, clock.nowMs());
    },
    settle(tuple, answer) {
      const firstUsedAtMs = running.get(tuple) ?? clock.nowMs();
      running.delete(tuple);
      replays.put(tuple, { ...answer, firstUsedAtMs });
    },
    abandon: (tuple) => running.delete(tuple),
    forget: () => running.clear(),
  };
}
