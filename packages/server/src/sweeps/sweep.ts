/**
 * Sweep: what was sent through one connection in some time, compared both ways with what its provider
 * has (rule 14 of docs/charge-protocol.md). It asks and compares; it never charges and never refunds.
 *
 *   running ──► finished
 *      │ ▲
 *      └─┴────► failed     given back too often
 *
 * It goes slice by slice: what is compared stays so when a process dies, and another goes on there.
 * Theirs → ours, where the provider lists its payments, is in compare-listed.ts; ours → theirs in
 * check-orders.ts; what differs becomes a finding (finding.ts), once, in record-finding.ts.
 * Pure module: running is in run-sweep.ts, planning in tend-sweeps.ts, SQL in sweep-store.ts.
 */
import { Temporal } from "temporal-polyfill";

/** Half-open, in real time. */
export interface TimeRange {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

const day = Temporal.Duration.from({ hours: 24 });
const sliceLength = Temporal.Duration.from({ hours: 6 });
/** A payment is listed by the provider's clock, and sent by ours. */
const listMargin = Temporal.Duration.from({ hours: 1 });
/** Longest look back of the first sweep that a connection ever has. */
const firstReach = Temporal.Duration.from({ hours: 31 * 24 });
/** Most that may be asked for at once. */
export const longestSweepDays = 366;

/** The slices of a sweep that are left, oldest first. */
export function* slicesOf({ from, to }: TimeRange): Generator<TimeRange, void, undefined> {
  let start = from;
  while (Temporal.Instant.compare(start, to) < 0) {
    const end = earlier(start.add(sliceLength), to);
    yield { from: start, to: end };
    start = end;
  }
}

/** What the provider is asked to list for a slice. */
export function listedFor({ from, to }: TimeRange): TimeRange {
  return { from: from.subtract(listMargin), to: to.add(listMargin) };
}

/** Of payments made so many days before, a provider without a list is asked once more. */
const echoDays = [7, 30, 60] as const;

/**
 * What a daily sweep asks about beside its own slice where the provider has no list: a refund in its
 * console shows by nothing else, and may be made long after the payment.
 */
export function echoesOf({ from, to }: TimeRange): readonly TimeRange[] {
  return echoDays.map((days) => {
    const before = { hours: 24 * days };
    return { from: from.subtract(before), to: to.subtract(before) };
  });
}

export function isWithin({ from, to }: TimeRange, instant: Temporal.Instant): boolean {
  return Temporal.Instant.compare(from, instant) <= 0 && Temporal.Instant.compare(instant, to) < 0;
}

/** What decides whether a connection is due for its daily sweep. */
export interface SweptConnection {
  readonly createdAt: Temporal.Instant;
  /** End of its latest finished daily sweep; undefined before the first. */
  readonly sweptUntil: Temporal.Instant | undefined;
  readonly now: Temporal.Instant;
}

/**
 * The daily sweep that is due: everything since the last one, however many days that is, and the day
 * before once more, because a provider's list may lag.
 *
 * @returns undefined while the last one is not a day old.
 */
export function dueDaily({ createdAt, now, sweptUntil }: SweptConnection): TimeRange | undefined {
  const since = sweptUntil ?? later(createdAt, now.subtract(firstReach));
  if (Temporal.Instant.compare(since.add(day), now) > 0) return undefined;
  return { from: sweptUntil === undefined ? since : since.subtract(day), to: now };
}

/** Of a sweep that somebody asks for without saying of when. */
export function usualRange(now: Temporal.Instant): TimeRange {
  return { from: now.subtract(day).subtract(day), to: now };
}

/** How often in all a sweep is taken up again before it is given up: most of a day. */
const mostFailures = 24;
const firstHoldMs = 60_000;
const longestHoldMs = 60 * 60_000;

/**
 * @param failures How often it was given back before.
 * @returns How long nobody takes the sweep up again; undefined when it is given up.
 */
export function holdAfterFailure(failures: number): number | undefined {
  if (failures + 1 >= mostFailures) return undefined;
  return Math.min(firstHoldMs * 2 ** Math.min(failures, 10), longestHoldMs);
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b;
}

function later(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}
