/** Waiting: for a while, and for something to become true. */
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

const lookMs = 100;

/** Asks again and again; an answer that throws counts as "not yet". @throws {Error} after `limitMs`. */
export async function until(
  what: string,
  limitMs: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const end = performance.now() + limitMs;
  let cause: unknown;
  for (;;) {
    const isThere = await isSo().catch((error: unknown) => {
      cause = error;
      return false;
    });
    if (isThere) return;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`, { cause });
    await pause(lookMs);
  }
}
