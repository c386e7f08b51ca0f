/** One of the worker's loops: works while there is work, then waits for a wake-up or the next poll. */
import type { Log } from "../engine.ts";
import type { Ear } from "./wake-up.ts";

export interface Loop {
  readonly name: string;
  /** Does one round. @returns Whether there may be more to do at once. */
  readonly round: () => Promise<boolean>;
  readonly pollMs: number;
}

const errorPauseMs = 1_000;

/** Runs until the signal aborts. A round that throws is logged, and tried again after a pause. */
export async function runLoop(
  { name, round, pollMs }: Loop,
  ear: Ear,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const hasMore = await round();
      if (!hasMore) await ear.wait(pollMs, signal);
    } catch (error) {
      log.error({ loop: name, error }, "a round of the worker failed; it will be tried again");
      await ear.wait(errorPauseMs, signal);
    }
  }
}
