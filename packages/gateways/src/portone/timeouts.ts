/** How long to wait for PortOne, which itself waits for the payment company behind a channel. */
import type { PortOneOperation } from "./operation.ts";

export interface PortOneTimeouts {
  readonly connectMs: number;
  /** For the calls that ask a payment company for money (charge, refund); the others wait 20 s at most. */
  readonly readMs: number;
}

/**
 * V1 documents no timeout. V2's overview (read 2026-08) advises at least 60 s, because answers of
 * payment companies are slow and a connection that is closed does not stop the work.
 */
export const portOneTimeouts: PortOneTimeouts = { connectMs: 5_000, readMs: 60_000 };

const otherReadMs = 20_000;

const slowOperations: readonly PortOneOperation[] = ["charge", "retry_schedule", "refund"];

export function readMsOf(operation: PortOneOperation, { readMs }: PortOneTimeouts): number {
  return slowOperations.includes(operation) ? readMs : Math.min(readMs, otherReadMs);
}

/**
 * The longest that one call of the gateway can take once its first connection stands: a charge whose
 * token was refused asks for one, charges, asks for another, charges again, and then asks what the
 * answer left open.
 */
export function longestReadMs(timeouts: PortOneTimeouts): number {
  const { connectMs } = timeouts;
  const askMs = readMsOf("token", timeouts);
  const chargeMs = readMsOf("charge", timeouts);
  return 2 * (askMs + chargeMs) + readMsOf("payment", timeouts) + 4 * connectMs;
}

/** What is wrong with the timeouts of a live connection, as sentences that name the fix. */
export function timeoutProblems({ readMs }: PortOneTimeouts): readonly string[] {
  if (readMs >= portOneTimeouts.readMs) return [];
  return [`A charge may take 60 s: set the read timeout to ${portOneTimeouts.readMs} ms or more.`];
}
