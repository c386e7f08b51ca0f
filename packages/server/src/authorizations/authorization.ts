/**
 * Authorization: money that a provider holds for a charge until somebody captures or voids it, or the
 * provider's own date passes.
 *
 *   authorized ──► capturing ──► captured
 *       ▲ │ │          └───────► voided     the provider let it go instead, or its date had passed
 *       │ │ └────► voiding ────► voided | captured (in the provider's console, a moment before)
 *       │ └──────► expired ────► voided | captured
 *       └─ nothing changed: refused, not sent, or still held when asked late enough, twice
 *
 * Any of the three open states ends `in_review` when the provider's word stays unclear.
 *
 * Invariants: one call is open per charge, and it was committed before its first byte left; what
 * became of a call that was not answered is looked up by the payment's id before anything else is
 * sent; time never turns unknown into "nothing changed".
 * Pure module: asking for a capture or a void is in settle-authorization.ts, looking up, expiry and
 * reminders in tend-authorizations.ts, recording in record-settlement.ts; SQL is in
 * authorization-store.ts and tend-store.ts.
 */
import { money, type FailureClass, type Money, type ProviderPayment } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { ReviewReason } from "../charges/charge.ts";
import type { FailureWords, LookUpFinding } from "../charges/outcome.ts";
import type { ProtocolWindows } from "../charges/windows.ts";
import type { Refusal, SettleKind, SettleOutcome } from "./settle-outcome.ts";

/** How the latest call about a charge ended; undefined while it is open. */
export type CallEnd = "done" | "refused" | "released" | "not_sent" | "no_effect" | "unknown";

export interface SettlingCharge {
  readonly status: "capturing" | "voiding" | "expired";
  /** What is held, of which the provider takes all or a part. */
  readonly amount: Money;
  readonly expiresAt: Temporal.Instant | undefined;
  /** How the latest call ended; undefined while it is open, or when there was none. */
  readonly latestCallEnd: CallEnd | undefined;
  /** Look-ups made since the latest call or expiry, the one being decided not included. */
  readonly lookUps: number;
  /** How often, late enough and apart, the provider said that the money is still held. */
  readonly unchangedCount: number;
  readonly unchangedAt: Temporal.Instant | undefined;
  /** After this no request of ours can still be on its way. */
  readonly lastSendOverAt: Temporal.Instant;
}

/**
 * Why the money is no longer held: we asked for it; the provider let it go when asked to capture; its
 * date passed; somebody voided it at the provider.
 */
export type VoidReason = "asked" | "released" | "expired" | "elsewhere";

/** What a charge becomes. Durations of real time are relative; the store adds the database's now. */
export type SettleDecision =
  | { readonly to: "captured"; readonly payment: ProviderPayment; readonly amount: Money }
  | {
      readonly to: "voided";
      readonly because: VoidReason;
      readonly payment: ProviderPayment;
      readonly failure: Refusal | undefined;
    }
  /** Held as before. */
  | {
      readonly to: "authorized";
      readonly expiresAt: Temporal.Instant | undefined;
      /** Real time in which its date is not asked about again. */
      readonly heldForMs: number;
      /** What whoever asked is told; undefined when nobody asked. */
      readonly failure: Refusal | undefined;
    }
  /** The provider is asked, again. */
  | {
      readonly to: "asking";
      readonly lookUpInMs: number;
      /** What becomes of the count of answers that the money is still held. */
      readonly unchanged: "counts" | "kept";
      readonly failure: Refusal | undefined;
    }
  | ({ readonly to: "in_review"; readonly reason: ReviewReason } & FailureWords);

/** Decides what a charge becomes once its open capture or void has ended. */
export function afterCall(
  { amount, expiresAt }: Pick<SettlingCharge, "amount" | "expiresAt">,
  kind: SettleKind,
  outcome: SettleOutcome,
  windows: ProtocolWindows,
): SettleDecision {
  switch (outcome.kind) {
    case "done":
      return kind === "capture"
        ? captured(amount, outcome.payment)
        : { to: "voided", because: "asked", payment: outcome.payment, failure: undefined };
    case "released": {
      const { failure, payment } = outcome;
      return { to: "voided", because: "released", payment, failure };
    }
    case "refused": {
      const failure = refusalOf(outcome.failure, outcome);
      // What we believe of the authorization may be wrong: it was settled elsewhere, or ran out.
      if (outcome.failure === "invalid_request") {
        return { to: "asking", lookUpInMs: 0, unchanged: "kept", failure };
      }
      return { to: "authorized", expiresAt, heldForMs: 0, failure };
    }
    case "not_sent": {
      const failure = refusalOf("not_sent", outcome);
      return { to: "authorized", expiresAt, heldForMs: 0, failure };
    }
    case "mismatch":
      return { to: "in_review", reason: "mismatch", code: outcome.code, message: outcome.message };
    case "unknown": {
      const failure = refusalOf("outcome_unknown", outcome);
      return { to: "asking", lookUpInMs: rung(windows, 0), unchanged: "kept", failure };
    }
  }
}

/**
 * Decides what a charge becomes after one more look-up. What was taken or given back is believed at
 * once; that nothing happened is believed only when nothing can be on its way any more.
 *
 * @param realNow By the database's clock, from before the question.
 */
export function afterSettleLookUp(
  charge: SettlingCharge,
  finding: LookUpFinding,
  windows: ProtocolWindows,
  realNow: Temporal.Instant,
): SettleDecision {
  switch (finding.kind) {
    case "captured":
      return captured(charge.amount, finding.payment);
    case "released":
      return released(charge, finding.payment);
    case "authorized":
      return charge.status === "expired"
        ? afterExtension(charge, finding.payment, windows, realNow)
        : afterUnchanged(charge, finding.payment, windows, realNow);
    case "mismatch":
      return {
        to: "in_review",
        reason: "mismatch",
        code: "look_up_differs",
        message: finding.detail,
      };
    case "not_found":
      return askAgain(charge, "outcome_unresolved", windows);
    case "failed":
    case "pending":
      return askAgain(charge, "provider_record_unclear", windows);
    case "no_answer":
      return afterNoAnswer(charge, windows);
  }
}

/** The provider's word on the amount, where it gives one. */
function captured(amount: Money, payment: ProviderPayment): SettleDecision {
  return { to: "captured", payment, amount: payment.amount ?? amount };
}

/** A void that was asked for has come true, whoever did it. */
function released({ status }: SettlingCharge, payment: ProviderPayment): SettleDecision {
  const failure = payment.failure;
  if (status === "voiding") return { to: "voided", because: "asked", payment, failure: undefined };
  if (payment.state === "expired") {
    return { to: "voided", because: "expired", payment, failure: undefined };
  }
  const because = status === "capturing" ? "released" : "elsewhere";
  return { to: "voided", because, payment, failure };
}

/**
 * Still held when asked because of its date: the provider has prolonged it, its clock is behind the
 * test clock, or it has not noticed yet.
 */
function afterExtension(
  charge: SettlingCharge,
  { authorizationExpiresAt }: ProviderPayment,
  windows: ProtocolWindows,
  realNow: Temporal.Instant,
): SettleDecision {
  const expiresAt = authorizationExpiresAt ?? charge.expiresAt;
  if (expiresAt === undefined || expiresAt.epochMilliseconds <= realNow.epochMilliseconds) {
    return askAgain(charge, "provider_record_unclear", windows);
  }
  return { to: "authorized", expiresAt, heldForMs: rung(windows, 2), failure: undefined };
}

/** Still held after a call whose answer never came, or that the provider refused. */
function afterUnchanged(
  charge: SettlingCharge,
  { authorizationExpiresAt }: ProviderPayment,
  windows: ProtocolWindows,
  realNow: Temporal.Instant,
): SettleDecision {
  const { latestCallEnd, unchangedCount } = charge;
  const isAnswered = latestCallEnd === "refused" || latestCallEnd === "not_sent";
  if (!isAnswered && !countsAsUnchanged(charge, windows, realNow)) {
    return askAgain(charge, "outcome_unresolved", windows);
  }
  if (!isAnswered && unchangedCount === 0) {
    // Whoever asked is waiting to ask again: no longer than the answers must be apart.
    const lookUpInMs = Math.max(windows.notFoundSpacingMs, rung(windows, 1));
    return { to: "asking", lookUpInMs, unchanged: "counts", failure: undefined };
  }
  const message = "the provider still holds the money: nothing happened";
  const failure: Refusal = { failure: "not_sent", code: "no_effect", message };
  const expiresAt = authorizationExpiresAt ?? charge.expiresAt;
  return { to: "authorized", expiresAt, heldForMs: 0, failure };
}

/** "Still held" proves something only late enough, and the second time well after the first. */
function countsAsUnchanged(
  { lastSendOverAt, unchangedAt }: SettlingCharge,
  windows: ProtocolWindows,
  realNow: Temporal.Instant,
): boolean {
  const now = realNow.epochMilliseconds;
  if (now <= lastSendOverAt.epochMilliseconds + windows.settleWindowMs) return false;
  return (
    unchangedAt === undefined || now >= unchangedAt.epochMilliseconds + windows.notFoundSpacingMs
  );
}

/** How often the ladder's last rung repeats while the provider gives no answer at all. */
const silentRepeats = 7;

/** Nothing was learnt: the ladder's last rung repeats, for a week, before a person is asked. */
function afterNoAnswer({ lookUps }: SettlingCharge, windows: ProtocolWindows): SettleDecision {
  const next = lookUps + 1;
  if (next >= windows.lookUpLadderMs.length + silentRepeats) {
    const message = `no clear answer to ${next} look-ups`;
    return { to: "in_review", reason: "outcome_unresolved", code: "outcome_unresolved", message };
  }
  return { to: "asking", lookUpInMs: rung(windows, next), unchanged: "kept", failure: undefined };
}

/** One rung further up the ladder; past its end a person decides. */
function askAgain(
  { lookUps }: SettlingCharge,
  reason: ReviewReason,
  windows: ProtocolWindows,
): SettleDecision {
  const next = lookUps + 1;
  if (next >= windows.lookUpLadderMs.length) {
    return {
      to: "in_review",
      reason,
      code: reason,
      message: `still unclear after ${next} look-ups`,
    };
  }
  return { to: "asking", lookUpInMs: rung(windows, next), unchanged: "kept", failure: undefined };
}

function rung({ lookUpLadderMs }: ProtocolWindows, step: number): number {
  return lookUpLadderMs[Math.min(step, lookUpLadderMs.length - 1)] ?? 0;
}

function refusalOf(failure: FailureClass, { code, message }: FailureWords): Refusal {
  return { failure, code, message };
}

/** How the latest call ended, once a decision says so; undefined while that stays unknown. */
export function callEndAfter(kind: SettleKind, decision: SettleDecision): CallEnd | undefined {
  switch (decision.to) {
    case "captured":
      return kind === "capture" ? "done" : "refused";
    case "voided":
      return kind === "void" ? "done" : "released";
    case "authorized":
      return "no_effect";
    case "asking":
    case "in_review":
      return undefined;
  }
}

/**
 * What a capture takes.
 *
 * @param amountMinor Undefined takes all that is held.
 * @returns undefined when it is not between 1 and what is held.
 */
export function amountToCapture(held: Money, amountMinor: number | undefined): Money | undefined {
  if (amountMinor === undefined) return held;
  const isPart = Number.isSafeInteger(amountMinor) && amountMinor >= 1;
  return isPart && amountMinor <= held.amountMinor ? money(amountMinor, held.currency) : undefined;
}
