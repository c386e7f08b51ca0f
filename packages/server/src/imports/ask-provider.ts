/**
 * Asks the provider of a connection about keys, patiently: an import asks thousands of times, and one
 * answer that is lost on the way should not end it.
 */
import { GatewayError, type FailureClass } from "@maedal/gateways";
import type { Timers } from "../effects.ts";

/** An import that cannot go on; nothing is lost, and running it again goes on. */
export class ImportStopped extends Error {
  override readonly name = "ImportStopped";
}

export interface Patience {
  readonly timers: Timers;
  /** Waits before each further try; their number limits the tries. */
  readonly retryDelaysMs: readonly number[];
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Waits about a minute and a half in all. */
export const usualRetryDelaysMs: readonly number[] = [1_000, 3_000, 10_000, 25_000, 50_000];

const longestWaitMs = 60_000;

/** No clear answer, and asking again changes nothing. */
const passing: ReadonlySet<FailureClass> = new Set(["outcome_unknown", "outage", "not_sent"]);

/** @throws {ImportStopped} when the provider gives no answer in all that time, or refuses us. */
export async function askPatiently<T>(
  { retryDelaysMs, signal, timers }: Patience,
  ask: () => Promise<T>,
): Promise<T> {
  for (const delayMs of [...retryDelaysMs, undefined]) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      if (delayMs === undefined || signal.aborted || !passing.has(error.failure)) {
        throw new ImportStopped(reasonOf(error), { cause: error });
      }
      const askedMs = (error.retryAfterSeconds ?? 0) * 1_000;
      await timers.sleep(Math.min(Math.max(delayMs, askedMs), longestWaitMs), signal);
    }
  }
  throw new Error("the last try returns or throws");
}

function reasonOf({ failure, message }: GatewayError): string {
  if (passing.has(failure)) return `The provider gives no clear answer now: ${message}`;
  if (failure === "configuration") {
    return `The provider does not let this connection ask: ${message} Run \`maedal doctor\`.`;
  }
  return `The provider refused the question (${failure}): ${message}`;
}
