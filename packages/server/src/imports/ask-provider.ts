/**
 * Asks the provider of a connection about keys, patiently: an import asks thousands of times, and one
 * answer that is lost on the way should not end it.
 */
import { GatewayError, type ExistingKey, type FailureClass } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import type { Timers } from "../effects.ts";
import type { GatewayCapabilities } from "@maedal/gateways";
import { checkPrice, withoutTrial } from "../plans/check-limits.ts";
import type { Plan } from "../plans/plan.ts";
import type { Refusal } from "./refusal.ts";

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

/** Whether a key can be taken over, as its provider knows it. */
export function keyRefusal(key: ExistingKey | undefined, unschedule: boolean): Refusal | undefined {
  if (key === undefined) {
    const message =
      "The provider has no key of this customer_uid: mend it, or let the customer register a new method.";
    return { code: "key_not_found", message };
  }
  if (key.problems.length > 0) return { code: "key_not_usable", message: key.problems.join(" ") };
  const [next] = key.scheduled;
  if (next === undefined || unschedule) return undefined;
  const count = key.scheduled.length;
  const times = count === 1 ? "once more" : `${count} times more`;
  const message = `The provider is to charge this key by itself ${times}, next at ${next.at.toString()} (order ${next.orderId}), and the customer would pay twice: revoke that there, or import with --unschedule.`;
  return { code: "scheduled_at_provider", message };
}

/** Whether a key's method can pay a plan. */
export function priceRefusal(
  capabilities: GatewayCapabilities,
  method: string,
  plan: Plan | undefined,
): Refusal | undefined {
  if (plan === undefined) return undefined;
  try {
    checkPrice(capabilities, method, withoutTrial(plan));
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: "plan_not_payable", message: error.message };
  }
}
