/**
 * Refund: captured money that Maedal gives back, at most once for each request. While it is not
 * decided its amount is counted in the charge, so that no two refunds promise the same money.
 *
 *   requested ──► in_flight ──► refunded | failed        answered
 *       ▲             ├───────► in_review                refused, while an earlier call is unresolved
 *       ├─────────────┴───────► reconciling ──► refunded | failed | in_review
 *       │                            ▲                   │
 *       │                            └───────────────────┘ a person decided, or there is news
 *       └── nothing was booked: proved, or seen twice in the provider's own list
 *
 * The rules are those of docs/charge-protocol.md, with one difference: a refund has no order id of
 * its own, so the payment is looked up, and its list of refunds judges. One refund of a charge is
 * open at a time: only then can an entry that we do not know be told to be ours.
 * Pure module: requesting is in request-refund.ts, claiming and sending in send-refunds.ts, looking
 * up in look-up-refunds.ts, recording in record-refund.ts; SQL is in refund-store.ts.
 */
import type { ProviderPayment, ProviderRefund } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { FailureWords } from "../charges/outcome.ts";
import type { ProtocolWindows } from "../charges/windows.ts";
import type { RefundFinding, RefundOutcome } from "./refund-outcome.ts";

export const refundStatuses = [
  "requested",
  "in_flight",
  "reconciling",
  "in_review",
  "refunded",
  "failed",
] as const;

export type RefundStatus = (typeof refundStatuses)[number];

export const refundReviewReasons = [
  "mismatch",
  "outcome_unresolved",
  "resends_exhausted",
  "provider_record_unclear",
  "refund_of_other_amount",
  "several_refunds_found",
] as const;

export type RefundReviewReason = (typeof refundReviewReasons)[number];

/** What a person can decide about a refund in review; resolve-refund.ts says what each does. */
export const refundReviewDecisions = ["look_up_again", "not_refunded", "give_up"] as const;

export type RefundReviewDecision = (typeof refundReviewDecisions)[number];

/** A person's word on what the provider's list shows: none of it is this refund. */
export type RefundResolution = Exclude<RefundReviewDecision, "look_up_again">;

/** What our books say of the payment, in its currency. */
export interface Books {
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** Of every refund in the books. */
  readonly transactionIds: ReadonlySet<string>;
}

export interface OpenRefund {
  readonly amountMinor: number;
  /** Calls whose outcome is or was unknown, the present one included, since a person's last word. */
  readonly sends: number;
  /** Look-ups made since the latest send, the one being decided not included. */
  readonly lookUps: number;
  /** How often, in a row and well spaced, the provider's list showed nothing of it. */
  readonly notFoundCount: number;
  readonly notFoundAt: Temporal.Instant | undefined;
  /** After this no request of ours for it can still be on its way. */
  readonly lastSendOverAt: Temporal.Instant;
  readonly resolution: RefundResolution | undefined;
}

/** What a refund becomes. Durations of real time are relative; the store adds the database's now. */
export type RefundDecision =
  | { readonly to: "refunded"; readonly refund: ProviderRefund }
  | { readonly to: "requested"; readonly heldForMs: number; readonly sends: number }
  | {
      readonly to: "reconciling";
      readonly lookUpInMs: number;
      /** The list showed nothing of it, late enough to prove something. */
      readonly countsAsNotFound: boolean;
    }
  | { readonly to: "failed"; readonly failure: FailureWords & { readonly failure: string } }
  | ({ readonly to: "in_review"; readonly reason: RefundReviewReason } & FailureWords);

export interface RefundContext {
  readonly windows: ProtocolWindows;
  /** On the database's clock, before the question was asked. */
  readonly realNow: Temporal.Instant;
}

/** A decision, and the entries of the provider's list that are somebody else's refunds. */
export interface RefundJudgement {
  readonly decision: RefundDecision;
  readonly foreign: readonly ProviderRefund[];
}

/** Decides what a refund becomes once its call has ended. */
export function afterCall(
  refund: OpenRefund,
  outcome: RefundOutcome,
  windows: ProtocolWindows,
): RefundDecision {
  switch (outcome.kind) {
    case "refunded":
      return { to: "refunded", refund: outcome.refund };
    case "refused": {
      const { failure, code, message } = outcome;
      // An earlier call may still have been booked: whoever asks again must not do so blindly.
      if (refund.sends > 1) return { to: "in_review", reason: "outcome_unresolved", code, message };
      return { to: "failed", failure: { failure, code, message } };
    }
    case "put_off":
      return {
        to: "requested",
        heldForMs: holdOf(outcome.failure, windows),
        sends: refund.sends - 1,
      };
    case "unknown":
      return { to: "reconciling", lookUpInMs: rung(windows, 0), countsAsNotFound: false };
  }
}

function holdOf(
  failure: Extract<RefundOutcome, { kind: "put_off" }>["failure"],
  { notSentHoldMs, outageHoldMs }: ProtocolWindows,
): number {
  return failure === "not_sent" ? notSentHoldMs : outageHoldMs;
}

/**
 * Decides what a reconciling refund becomes after one more look-up. Asking again is always safe;
 * refunding again is not, so only a list that shows nothing, twice and late enough, leads back.
 */
export function afterLookUp(
  refund: OpenRefund,
  books: Books,
  finding: RefundFinding,
  context: RefundContext,
): RefundJudgement {
  if (finding.kind === "payment") {
    const unbooked = unbookedIn(finding.payment, books);
    if (typeof unbooked !== "string") return judge(refund, books, unbooked, context);
    return alone(refund, askAgain(refund, unbooked, context));
  }
  switch (finding.kind) {
    case "unclear":
      return alone(refund, askAgain(refund, finding.detail, context));
    case "no_answer":
      return alone(refund, afterNoAnswer(refund, context));
    case "mismatch": {
      const words = { code: "look_up_differs", message: finding.detail };
      return alone(refund, { to: "in_review", reason: "mismatch", ...words });
    }
  }
}

/** Nothing was learnt of other refunds. A refund that a person gave up needs no answer to end. */
function alone({ resolution }: OpenRefund, decision: RefundDecision): RefundJudgement {
  return { decision: resolution === "give_up" ? givenUp : decision, foreign: [] };
}

/**
 * What a payment's list of refunds shows beyond our books, each entry once.
 *
 * @returns The entries; or, in words, why the list cannot be believed: it does not add up.
 */
export function unbookedIn(
  payment: Pick<ProviderPayment, "refundedMinor" | "refunds">,
  books: Books,
): readonly ProviderRefund[] | string {
  const byId = new Map(payment.refunds.map((refund) => [refund.transactionId, refund]));
  const listed = [...byId.values()];
  const unbooked = listed.filter(({ transactionId }) => !books.transactionIds.has(transactionId));
  const { refundedMinor: total } = payment;
  if (sumOf(listed) !== total) {
    return `the provider says that ${total} were refunded, and lists refunds of ${sumOf(listed)}`;
  }
  if (books.refundedMinor + sumOf(unbooked) !== total) {
    return `the provider's list lacks refunds that are in our books`;
  }
  if (total > books.capturedMinor) {
    return `the provider says that ${total} of ${books.capturedMinor} were refunded`;
  }
  return unbooked;
}

/** Tells ours among the entries that are not in our books. Everything follows from this. */
function judge(
  refund: OpenRefund,
  books: Books,
  unbooked: readonly ProviderRefund[],
  context: RefundContext,
): RefundJudgement {
  const { amountMinor, resolution } = refund;
  const ours = unbooked.filter((entry) => entry.amountMinor === amountMinor);
  const others = unbooked.filter((entry) => entry.amountMinor !== amountMinor);
  const [only] = ours;
  if (only !== undefined && ours.length === 1) {
    return { decision: { to: "refunded", refund: only }, foreign: others };
  }
  const leftMinor = books.capturedMinor - books.refundedMinor - sumOf(unbooked);
  if (resolution !== undefined) return asResolved(refund, resolution, leftMinor, unbooked, context);
  if (ours.length > 1) {
    const message = `${ours.length} refunds of ${amountMinor} are new at the provider`;
    return { decision: review("several_refunds_found", message), foreign: [] };
  }
  if (leftMinor < amountMinor) return { decision: overtaken(leftMinor), foreign: others };
  if (others.length > 0) {
    const amounts = others.map((entry) => entry.amountMinor).join(", ");
    const message = `refunds of ${amounts} are new at the provider, ours is ${amountMinor}`;
    return { decision: review("refund_of_other_amount", message), foreign: [] };
  }
  return { decision: afterNothing(refund, context), foreign: [] };
}

/** A person says that none of the entries is ours: they are somebody else's, and ours goes on. */
function asResolved(
  refund: OpenRefund,
  resolution: RefundResolution,
  leftMinor: number,
  unbooked: readonly ProviderRefund[],
  context: RefundContext,
): RefundJudgement {
  if (resolution === "give_up") return { decision: givenUp, foreign: unbooked };
  if (leftMinor < refund.amountMinor) return { decision: overtaken(leftMinor), foreign: unbooked };
  if (isSettled(refund, context)) {
    return { decision: { to: "requested", heldForMs: 0, sends: 0 }, foreign: unbooked };
  }
  const lookUpInMs = context.windows.settleWindowMs;
  return { decision: { to: "reconciling", lookUpInMs, countsAsNotFound: false }, foreign: [] };
}

const givenUp: RefundDecision = {
  to: "failed",
  failure: { failure: "given_up", code: "given_up", message: "a person gave it up" },
};

/** The failure of a refund whose money was given back in another way before it was booked. */
export function refundedElsewhere(leftMinor: number): FailureWords & { readonly failure: string } {
  const code = "refunded_elsewhere";
  const message = `another refund was faster: ${leftMinor} is left`;
  return { failure: code, code, message };
}

function overtaken(leftMinor: number): RefundDecision {
  return { to: "failed", failure: refundedElsewhere(leftMinor) };
}

function review(reason: RefundReviewReason, message: string): RefundDecision {
  return { to: "in_review", reason, code: reason, message };
}

/** The list shows nothing that could be ours: it counts only late enough, and twice. */
function afterNothing(refund: OpenRefund, context: RefundContext): RefundDecision {
  const { windows, realNow } = context;
  const { notFoundAt, sends } = refund;
  const isSpaced =
    notFoundAt === undefined ||
    realNow.epochMilliseconds >= notFoundAt.epochMilliseconds + windows.notFoundSpacingMs;
  if (!isSettled(refund, context) || !isSpaced) {
    return askAgain(refund, "no refund of ours is in its list yet", context, "outcome_unresolved");
  }
  if (refund.notFoundCount === 0) {
    const lookUpInMs = Math.max(windows.notFoundSpacingMs, rung(windows, refund.lookUps + 1));
    return { to: "reconciling", lookUpInMs, countsAsNotFound: true };
  }
  if (sends > windows.maximumResends) {
    return review("resends_exhausted", `sent ${sends} times, and the provider shows nothing of it`);
  }
  return { to: "requested", heldForMs: 0, sends };
}

/** Nothing of ours can still be on its way, nor still be about to be booked. */
function isSettled({ lastSendOverAt }: OpenRefund, { realNow, windows }: RefundContext): boolean {
  const settledAtMs = lastSendOverAt.epochMilliseconds + windows.settleWindowMs;
  return realNow.epochMilliseconds > settledAtMs;
}

/** One rung further up the ladder; past its end a person decides. */
function askAgain(
  refund: OpenRefund,
  detail: string,
  { windows }: RefundContext,
  reason: RefundReviewReason = "provider_record_unclear",
): RefundDecision {
  const next = refund.lookUps + 1;
  if (next >= windows.lookUpLadderMs.length) {
    return review(reason, `still unclear after ${next} look-ups: ${detail}`);
  }
  return { to: "reconciling", lookUpInMs: rung(windows, next), countsAsNotFound: false };
}

/** How often the ladder's last rung repeats while the provider gives no answer at all. */
const silentRepeats = 7;

function afterNoAnswer({ lookUps }: OpenRefund, { windows }: RefundContext): RefundDecision {
  const next = lookUps + 1;
  if (next >= windows.lookUpLadderMs.length + silentRepeats) {
    return review("outcome_unresolved", `no clear answer to ${next} look-ups`);
  }
  return { to: "reconciling", lookUpInMs: rung(windows, next), countsAsNotFound: false };
}

function rung({ lookUpLadderMs }: ProtocolWindows, step: number): number {
  return lookUpLadderMs[Math.min(step, lookUpLadderMs.length - 1)] ?? 0;
}

export interface WaitingRefund {
  readonly id: string;
  readonly amountMinor: number;
}

/**
 * Which requests, oldest first, find no money any more once so much is left.
 *
 * @param leftMinor Captured, less what is refunded and what open calls may be refunding.
 */
export function unaffordable<Refund extends WaitingRefund>(
  requested: readonly Refund[],
  leftMinor: number,
): Refund[] {
  let left = leftMinor;
  return requested.filter(({ amountMinor }) => {
    const fits = amountMinor <= left;
    if (fits) left -= amountMinor;
    return !fits;
  });
}

function sumOf(refunds: readonly { readonly amountMinor: number }[]): number {
  return refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
