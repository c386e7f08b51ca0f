/** How long to wait for LINE Pay, and why its patience must not be undercut. */
import type { LinePayOperation } from "./transport.ts";

export interface LinePayTimeouts {
  readonly connectMs: number;
  /** For the calls that take money (confirm, charge, capture); the others wait 20 s at most. */
  readonly readMs: number;
}

/**
 * LINE Pay Online API v3 (read 2026-11): wait at least 60 s for a capture, 40 s for a confirm, 20 s
 * for a charge (40 s in the older manual, which also says 5 s to connect), 20 s for everything else.
 * Giving up on a card earlier than it answers only makes outcomes unknown: 60 s for all three.
 */
export const linePayTimeouts: LinePayTimeouts = { connectMs: 5_000, readMs: 60_000 };

const otherReadMs = 20_000;

const slowOperations: readonly LinePayOperation[] = ["confirm", "charge", "capture"];

export function readMsOf(operation: LinePayOperation, { readMs }: LinePayTimeouts): number {
  return slowOperations.includes(operation) ? readMs : Math.min(readMs, otherReadMs);
}

/**
 * The longest that one call of the gateway can take once its first connection stands: a charge, and
 * the question about the key that follows certain declines.
 */
export function longestReadMs(timeouts: LinePayTimeouts): number {
  return timeouts.readMs + timeouts.connectMs + readMsOf("check_key", timeouts);
}

/** What is wrong with the timeouts of a live connection, as sentences that name the fix. */
export function timeoutProblems({ connectMs, readMs }: LinePayTimeouts): readonly string[] {
  const problems: string[] = [];
  if (connectMs < linePayTimeouts.connectMs) {
    problems.push(
      `LINE Pay asks for 5 s to connect: set the connect timeout to ${linePayTimeouts.connectMs} ms or more.`,
    );
  }
  if (readMs < linePayTimeouts.readMs) {
    problems.push(
      `A capture may take 60 s: set the read timeout to ${linePayTimeouts.readMs} ms or more.`,
    );
  }
  return problems;
}
