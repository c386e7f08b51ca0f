/**
 * Charge: the promise to collect one invoice, at most once. A charge is what the customer sees; an
 * attempt is one gateway call. They are separate because a lost answer leaves an attempt unresolved
 * while the money may already have moved.
 *
 *   awaiting_customer ◄─► scheduled ──► in_flight ──► captured | authorized
 *          │                  ▲             ├───────► failed | scheduled    definite decline
 *          │                  │             ├───────► in_review             a person must look
 *          └─► in_flight      ├─────────────┴───────► reconciling ──► any of these
 *                             └──► canceled | failed                 while nothing is on its way
 *
 * A charge is collected with a billing key, or by confirming a payment window that the customer has
 * approved (`awaiting_customer`). No window is dunned: what it did not pay waits for the customer, or
 * goes back to the retries that it was taken from. What was only authorized is settled in
 * authorization.ts.
 *
 * Invariants: one live charge per invoice; an order id stays while any attempt under it has no
 * definite refusal of its own, and a charge fails only when every attempt has one; time never turns
 * unknown into failed.
 * Pure module: claiming is in claim-charges.ts, sending in send-charge.ts, recording in
 * record-outcomes.ts, looking up in look-up-charges.ts; SQL is in charge-store.ts.
 */
import type { Money, ProviderPayment, WindowState } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import {
  blockedCodes,
  declineOf,
  type AttemptOutcome,
  type DeclineClass,
  type FailureWords,
  type LookUpFinding,
} from "./outcome.ts";
import type { ProtocolWindows } from "./windows.ts";

/** How one attempt under the present order id ended. `unknown`: the money may have moved. */
export type AttemptEnd =
  "captured" | "authorized" | "declined" | "refused" | "not_sent" | "unknown";

export interface AttemptRecord {
  readonly n: number;
  readonly claimedAt: Temporal.Instant;
  /** Undefined while its call is open. */
  readonly outcome: AttemptEnd | undefined;
}

export interface ChargeFacts {
  readonly orderId: string;
  readonly amount: Money;
  /** What the latest attempt asked: a billing key, or a window that the customer had approved. */
  readonly via: "key" | "window";
  /** When the charge goes on with its billing key if no window pays it. */
  readonly resumesAt: Temporal.Instant | undefined;
  /** Times the provider refused the method. Unresolved and unsent attempts are not counted. */
  readonly declines: number;
  readonly resends: number;
  /** Attempts in a row that were provably not sent, the one being decided not included. */
  readonly unsent: number;
  /** Attempts under the present order id, oldest first, the one being decided included. */
  readonly attempts: readonly AttemptRecord[];
}

export interface ReconcilingCharge extends ChargeFacts {
  /** Look-ups made since the latest send, the one being decided not included. */
  readonly lookUps: number;
  readonly notFoundCount: number;
  readonly notFoundAt: Temporal.Instant | undefined;
  /** After this no request of ours for this order id can still be on its way. */
  readonly lastSendOverAt: Temporal.Instant;
}

export interface DunningPolicy {
  /** Wait after the first, second, … decline. After as many declines plus one, we give up. */
  readonly retryDelays: readonly Temporal.Duration[];
}

export const reviewReasons = [
  "mismatch",
  "invalid_request",
  "outcome_unresolved",
  "resends_exhausted",
  "cannot_be_sent",
  "provider_record_unclear",
] as const;

export type ReviewReason = (typeof reviewReasons)[number];

/** What a charge becomes. Durations of real time are relative; the store adds the database's now. */
export type ChargeDecision =
  | { readonly to: "captured"; readonly payment: ProviderPayment }
  | { readonly to: "authorized"; readonly payment: ProviderPayment }
  /** Held once, never taken, given back. */
  | { readonly to: "voided"; readonly payment: ProviderPayment }
  /** The window did not pay it: the customer may go through another one. */
  | {
      readonly to: "awaiting_customer";
      readonly orderId: "same" | "next";
      readonly failure: (FailureWords & { readonly failure: string }) | undefined;
    }
  | {
      readonly to: "scheduled";
      /** On the test clock where there is one. */
      readonly dueAt: Temporal.Instant;
      readonly heldForMs: number;
      readonly orderId: "same" | "next";
      readonly declines: number;
      readonly resends: number;
      readonly unsent: number;
      /** The refusal that led here; undefined when the outcome stayed unknown. */
      readonly failure: (FailureWords & { readonly failure: string }) | undefined;
    }
  | {
      readonly to: "reconciling";
      readonly lookUpInMs: number;
      /** What becomes of the count of "not found" answers. */
      readonly notFound: "counts" | "kept" | "forgotten";
    }
  | {
      readonly to: "failed";
      readonly failure: FailureWords & { readonly failure: DeclineClass };
      readonly declines: number;
    }
  | ({ readonly to: "in_review"; readonly reason: ReviewReason } & FailureWords)
  | { readonly to: "canceled" };

export interface DecisionContext {
  readonly dunning: DunningPolicy;
  readonly windows: ProtocolWindows;
  /** A provider proven to take a declined order id again (capability `declinedIdReusable`). */
  readonly declinedIdReusable: boolean;
  /** Now on the test clock where there is one: due dates and dunning. */
  readonly now: Temporal.Instant;
  /** Now on the database's clock: leases, settle window, ladder. */
  readonly realNow: Temporal.Instant;
  /** False once the subscription or the invoice no longer asks for the money. */
  readonly isWanted: boolean;
}

/** Nothing of it is on its way: no key is being charged, no window being confirmed. */
export function isWaiting(charge: { readonly status: string }): boolean {
  return charge.status === "scheduled" || charge.status === "awaiting_customer";
}

/** Decides what a charge becomes once its open call has ended. */
export function afterAttempt(
  charge: ChargeFacts,
  outcome: AttemptOutcome,
  context: DecisionContext,
): ChargeDecision {
  const { windows } = context;
  switch (outcome.kind) {
    case "captured":
    case "captured_before":
      return { to: "captured", payment: outcome.payment };
    case "authorized":
      return { to: "authorized", payment: outcome.payment };
    case "declined":
      return afterDecline(charge, outcome, context);
    case "not_sent":
      if (charge.via === "window") return afterWindow(charge, outcomeWords(outcome), context);
      return afterNotSent(charge, outcome, context);
    case "refused":
      if (charge.via === "window") return afterWindow(charge, outcomeWords(outcome), context);
      if (outcome.failure === "invalid_request") {
        return { to: "in_review", reason: "invalid_request", ...wordsOf(outcome) };
      }
      return sameIdAgain(charge, outcome.failure, outcome, windows.outageHoldMs, context);
    case "mismatch":
      return { to: "in_review", reason: "mismatch", ...wordsOf(outcome) };
    case "unknown":
      return { to: "reconciling", lookUpInMs: rung(windows, 0), notFound: "kept" };
  }
}

/**
 * Decides what a reconciling charge becomes after one more look-up. Asking again is always safe;
 * charging again is not, so only two well-spaced "not found", late enough, lead back to the gate.
 */
export function afterLookUp(
  charge: ReconcilingCharge,
  finding: LookUpFinding,
  context: DecisionContext,
): ChargeDecision {
  switch (finding.kind) {
    case "captured":
    case "authorized":
      return { to: finding.kind, payment: finding.payment };
    case "released":
      return { to: "voided", payment: finding.payment };
    case "mismatch":
      return {
        to: "in_review",
        reason: "mismatch",
        code: "look_up_differs",
        message: finding.detail,
      };
    case "failed":
      return afterFailedRecord(charge, finding.payment, context);
    case "not_found":
      return afterNotFound(charge, finding.window, context);
    case "pending":
      // It is there after all: what was not found before proves nothing any more.
      return askAgain(charge, "provider_record_unclear", context, "forgotten");
    case "no_answer":
      return afterNoAnswer(charge, context);
  }
}

/** Which attempt a failed record of the provider decides; undefined when it decides none. */
export function attemptDecidedBy(
  charge: ReconcilingCharge,
  payment: ProviderPayment,
  windows: ProtocolWindows,
): AttemptRecord | undefined {
  if (declineOf(payment.failure?.failure) === undefined) return undefined;
  const open = charge.attempts.filter(
    ({ outcome }) => outcome === undefined || outcome === "unknown",
  );
  const recordedAt = payment.requestedAt ?? payment.approvedAt;
  const [only] = open;
  // Two unresolved sends and one record: nobody can tell whose it is.
  if (only === undefined || open.length > 1 || recordedAt === undefined) return undefined;
  const earliest = only.claimedAt.subtract({ milliseconds: windows.recordToleranceMs });
  return recordedAt.epochMilliseconds >= earliest.epochMilliseconds ? only : undefined;
}

function afterFailedRecord(
  charge: ReconcilingCharge,
  payment: ProviderPayment,
  context: DecisionContext,
): ChargeDecision {
  const decided = attemptDecidedBy(charge, payment, context.windows);
  const failure = declineOf(payment.failure?.failure);
  if (decided === undefined || failure === undefined || payment.failure === undefined) {
    return askAgain(charge, "provider_record_unclear", context);
  }
  const { code, message } = payment.failure;
  const attempts = charge.attempts.map((attempt) =>
    attempt.n === decided.n ? { ...attempt, outcome: "declined" as const } : attempt,
  );
  return afterDecline({ ...charge, attempts }, { failure, code, message }, context);
}

function afterDecline(
  charge: ChargeFacts,
  decline: FailureWords & { readonly failure: DeclineClass },
  context: DecisionContext,
): ChargeDecision {
  const { failure, code, message } = decline;
  if (charge.via === "window") return afterWindow(charge, { failure, code, message }, context);
  const declines = charge.declines + 1;
  if (!context.isWanted) return { to: "canceled" };
  const wait = context.dunning.retryDelays[charge.declines];
  if (failure !== "soft_decline" || wait === undefined) {
    // Given up while a sender's outcome is still open: the invoice must not get another order id.
    if (!isWhollyRefused(charge)) {
      return { to: "in_review", reason: "outcome_unresolved", code, message };
    }
    return { to: "failed", failure: { failure, code, message }, declines };
  }
  return {
    to: "scheduled",
    dueAt: context.now.toZonedDateTimeISO("UTC").add(wait).toInstant(),
    heldForMs: 0,
    orderId: context.declinedIdReusable || !isWhollyRefused(charge) ? "same" : "next",
    declines,
    resends: 0,
    unsent: 0,
    failure: { failure, code, message },
  };
}

/**
 * The window took no money, and its refusal is not the billing key's: no decline is counted. The
 * charge goes back to where it was before somebody went through the window.
 */
function afterWindow(
  charge: ChargeFacts,
  failure: (FailureWords & { readonly failure: string }) | undefined,
  { declinedIdReusable, isWanted, now }: DecisionContext,
): ChargeDecision {
  if (!isWanted) return { to: "canceled" };
  const isRefused = failure !== undefined && failure.failure !== "not_sent";
  const keepsId = !isRefused || declinedIdReusable || !isWhollyRefused(charge);
  const orderId = keepsId ? "same" : "next";
  if (charge.resumesAt === undefined) return { to: "awaiting_customer", orderId, failure };
  const isPast = charge.resumesAt.epochMilliseconds < now.epochMilliseconds;
  const { declines } = charge;
  return {
    to: "scheduled",
    dueAt: isPast ? now : charge.resumesAt,
    heldForMs: 0,
    orderId,
    declines,
    resends: 0,
    unsent: 0,
    failure,
  };
}

/** True when every attempt under the present order id ended in a definite "no money moved". */
function isWhollyRefused(charge: ChargeFacts): boolean {
  return charge.attempts.every(({ outcome }) => {
    return outcome === "declined" || outcome === "refused" || outcome === "not_sent";
  });
}

/** How often in a row a charge may stay unsent for a reason of ours before a person hears of it. */
const blockedLimit = 10;
/** The wait after each unsent attempt doubles so many times at most. */
const mostDoublings = 4;

function afterNotSent(
  charge: ChargeFacts,
  outcome: FailureWords,
  context: DecisionContext,
): ChargeDecision {
  const unsent = charge.unsent + 1;
  if (blockedCodes.includes(outcome.code) && unsent >= blockedLimit && context.isWanted) {
    return { to: "in_review", reason: "cannot_be_sent", ...wordsOf(outcome) };
  }
  const heldForMs = context.windows.notSentHoldMs * 2 ** Math.min(charge.unsent, mostDoublings);
  return sameIdAgain({ ...charge, unsent }, "not_sent", outcome, heldForMs, context);
}

/** No money moved and it was not the method's fault: the same id, later, no decline counted. */
function sameIdAgain(
  charge: ChargeFacts,
  failure: string,
  { code, message }: FailureWords,
  heldForMs: number,
  { now, isWanted }: DecisionContext,
): ChargeDecision {
  if (!isWanted) return { to: "canceled" };
  const { declines, resends, unsent } = charge;
  return {
    to: "scheduled",
    dueAt: now,
    heldForMs,
    orderId: "same",
    declines,
    resends,
    unsent: failure === "not_sent" ? unsent : 0,
    failure: { failure, code, message },
  };
}

/** How often the ladder's last rung repeats while the provider gives no answer at all. */
const silentRepeats = 7;

/** Nothing was learnt: the ladder's last rung repeats, for a week, before a person is asked. */
function afterNoAnswer(charge: ReconcilingCharge, context: DecisionContext): ChargeDecision {
  const { lookUpLadderMs } = context.windows;
  const next = charge.lookUps + 1;
  if (next >= lookUpLadderMs.length + silentRepeats) {
    const message = `no clear answer to ${next} look-ups`;
    return { to: "in_review", reason: "outcome_unresolved", code: "outcome_unresolved", message };
  }
  return { to: "reconciling", lookUpInMs: rung(context.windows, next), notFound: "kept" };
}

function afterNotFound(
  charge: ReconcilingCharge,
  window: WindowState | undefined,
  context: DecisionContext,
): ChargeDecision {
  const { windows, now, isWanted } = context;
  if (window === "paid") return askAgain(charge, "provider_record_unclear", context, "forgotten");
  // It waits for its confirmation, which can be repeated: under its order id it is paid once. That it
  // is over says no more than "not found": the provider may have forgotten one that was paid.
  if (window === "approved" && isWanted && isSendOver(charge, context)) {
    return afterWindow(charge, undefined, context);
  }
  if (!countsAsNotFound(charge, context)) return askAgain(charge, "outcome_unresolved", context);
  if (charge.notFoundCount === 0) {
    const lookUpInMs = Math.max(windows.notFoundSpacingMs, rung(windows, charge.lookUps + 1));
    return { to: "reconciling", lookUpInMs, notFound: "counts" };
  }
  if (!isWanted) return { to: "canceled" };
  if (charge.via === "window") return afterWindow(charge, undefined, context);
  if (charge.resends >= windows.maximumResends) {
    const message = `sent ${charge.resends + 1} times, and the provider knows nothing of it`;
    return { to: "in_review", reason: "resends_exhausted", code: "resends_exhausted", message };
  }
  const { declines } = charge;
  return {
    to: "scheduled",
    dueAt: now,
    heldForMs: 0,
    orderId: "same",
    declines,
    resends: charge.resends + 1,
    unsent: 0,
    failure: undefined,
  };
}

function isSendOver(charge: ReconcilingCharge, { realNow }: DecisionContext): boolean {
  return realNow.epochMilliseconds > charge.lastSendOverAt.epochMilliseconds;
}

/** "Not found" proves something only late enough, and the second time well after the first. */
function countsAsNotFound(charge: ReconcilingCharge, context: DecisionContext): boolean {
  const { windows, realNow } = context;
  const settledAt = charge.lastSendOverAt.add({ milliseconds: windows.settleWindowMs });
  if (realNow.epochMilliseconds <= settledAt.epochMilliseconds) return false;
  if (charge.notFoundAt === undefined) return true;
  const spaced = charge.notFoundAt.add({ milliseconds: windows.notFoundSpacingMs });
  return realNow.epochMilliseconds >= spaced.epochMilliseconds;
}

/** One rung further up the ladder; past its end a person decides. */
function askAgain(
  charge: ReconcilingCharge,
  reason: ReviewReason,
  { windows }: DecisionContext,
  notFound: "kept" | "forgotten" = "kept",
): ChargeDecision {
  const next = charge.lookUps + 1;
  if (next >= windows.lookUpLadderMs.length) {
    const message = `still unclear after ${next} look-ups`;
    return { to: "in_review", reason, code: reason, message };
  }
  return { to: "reconciling", lookUpInMs: rung(windows, next), notFound };
}

function rung({ lookUpLadderMs }: ProtocolWindows, step: number): number {
  const last = lookUpLadderMs.length - 1;
  return lookUpLadderMs[Math.min(step, last)] ?? 0;
}

function wordsOf({ code, message }: FailureWords): FailureWords {
  return { code, message };
}

function outcomeWords(
  outcome: FailureWords & ({ readonly failure: string } | { readonly kind: "not_sent" }),
): FailureWords & { readonly failure: string } {
  return { failure: "failure" in outcome ? outcome.failure : outcome.kind, ...wordsOf(outcome) };
}
