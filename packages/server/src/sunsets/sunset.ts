/**
 * Sunset: a person's decision to leave a provider. No method is registered at the connection any
 * more, the customers that pay there are asked for one at its successor, and each subscription moves
 * when its new key is there.
 *
 *   charging ──► stopped ──► ended
 *       └────────────┴─────► taken back: the connection is as it was
 *
 * `charging` until `chargesUntil`; `ended` since the moment that its keys are given up from, and for
 * good. Nothing begins a sunset but a person: a date that a provider announced does not. Sunsets run
 * in real time, also for customers on a test clock. Pure module: SQL is in sunset-store.ts, effects
 * are in start-sunset.ts, take-back-sunset.ts and tend-sunsets.ts.
 */
import { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";

/** Of customers who bring no other method: `keep` goes on asking, and they owe; `cancel` ends. */
export const silentPolicies = ["keep", "cancel"] as const;
export type SilentPolicy = (typeof silentPolicies)[number];

/** What a person decides, and may change until the end. */
export interface SunsetTerms {
  readonly successorId: string;
  /** For people; kept with the events. */
  readonly reason: string;
  readonly chargesUntil: Temporal.Instant;
  readonly whenSilent: SilentPolicy;
  /** When subscriptions without another method are canceled; undefined with `keep`. */
  readonly cancelAt: Temporal.Instant | undefined;
}

export interface Sunset extends SunsetTerms {
  readonly accountId: string;
  readonly connectionId: string;
  readonly startedAt: Temporal.Instant;
  /** Undefined: its keys are not given up yet. */
  readonly endedAt: Temporal.Instant | undefined;
}

export interface WantedSunset extends Omit<SunsetTerms, "chargesUntil"> {
  /** Undefined: charging stops now. */
  readonly chargesUntil: Temporal.Instant | undefined;
}

/**
 * Checks what is wanted. Said again it means the same: without a `chargesUntil`, a connection that
 * has stopped already stopped when it did.
 *
 * @param present What was decided before; undefined at the start.
 * @throws {AppError} `invalid_request` for wrong times; `sunset_ended`.
 */
export function termsOf(
  connectionId: string,
  wanted: WantedSunset,
  present: Sunset | undefined,
  now: Temporal.Instant,
): SunsetTerms {
  const { reason, successorId, whenSilent } = wanted;
  if (successorId === connectionId) {
    throw invalid("successorId", "must be another connection than the one that is left");
  }
  const chargesUntil = stored(wanted.chargesUntil) ?? stoppedAt(present, now);
  const cancelAt = stored(wanted.cancelAt);
  const terms = { successorId, reason, chargesUntil, whenSilent, cancelAt };
  if (present !== undefined && isSame(terms, present)) return terms;
  if (present?.endedAt !== undefined) throw ended(present);
  const isKept = present !== undefined && chargesUntil.equals(present.chargesUntil);
  if (!isKept && isBefore(chargesUntil, now)) {
    throw invalid("chargesUntil", "must not be over: leave it out, and charging stops now");
  }
  if (whenSilent === "cancel" && cancelAt === undefined) {
    throw invalid("cancelAt", "must be there when whenSilent is cancel");
  }
  if (whenSilent === "keep" && cancelAt !== undefined) {
    throw invalid("cancelAt", "must be left out when whenSilent is keep");
  }
  if (cancelAt !== undefined && isBefore(cancelAt, chargesUntil)) {
    throw invalid("cancelAt", "must not be before chargesUntil");
  }
  return terms;
}

export function isSame(one: SunsetTerms, other: SunsetTerms): boolean {
  return (
    one.successorId === other.successorId &&
    one.reason === other.reason &&
    one.whenSilent === other.whenSilent &&
    one.chargesUntil.equals(other.chargesUntil) &&
    one.cancelAt?.toString() === other.cancelAt?.toString()
  );
}

export function ended({ connectionId, endedAt }: Sunset): AppError {
  const message = `The sunset of ${connectionId} ended at ${endedAt?.toString()}: its keys are given up, and nothing of it can change. Make another connection to go back to the provider.`;
  return new AppError("sunset_ended", message);
}

function stoppedAt(present: Sunset | undefined, now: Temporal.Instant): Temporal.Instant {
  const hasStopped = present !== undefined && isBefore(present.chargesUntil, now);
  return hasStopped ? present.chargesUntil : (stored(now) ?? now);
}

/** As the database keeps it: it knows no nanoseconds. */
function stored(instant: Temporal.Instant | undefined): Temporal.Instant | undefined {
  return instant?.round({ smallestUnit: "microsecond", roundingMode: "floor" });
}

function isBefore(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return Temporal.Instant.compare(one, stored(other) ?? other) < 0;
}

function invalid(path: string, message: string): AppError {
  return new AppError("invalid_request", `Mend this field: ${path} ${message}.`, {
    errors: [{ path, message }],
  });
}
