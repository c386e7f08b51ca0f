/** Decided results as the rows that charge-result-store.ts writes. Pure but for the ids. */
import type { ProviderPayment } from "@maedal/gateways";
import type { Random } from "../effects.ts";
import { newId } from "../ids/id.ts";
import { paidOrderOf } from "./call-result.ts";
import type {
  AttemptResult,
  ChargeResult,
  InvoiceResult,
  LookUpRecord,
  RefundRecord,
} from "./charge-result-store.ts";
import type { OpenCharge } from "./charge-store.ts";
import type { AttemptEnd, ChargeDecision } from "./charge.ts";
import { attemptEndOf, type Decided } from "./decide-results.ts";
import type { AttemptOutcome, LookUpFinding } from "./outcome.ts";

/** Where a charge may still go back to the date that a window took it from. */
const keptIn: readonly ChargeDecision["to"][] = ["awaiting_customer", "reconciling", "in_review"];

export function chargeResult({ charge, result, decision, followUp: next }: Decided): ChargeResult {
  const scheduled = decision.to === "scheduled" ? decision : undefined;
  const reconciling = decision.to === "reconciling" ? decision : undefined;
  const payment = "payment" in decision ? decision.payment : undefined;
  const paid = payment && paidOrderOf(result, charge);
  const failure =
    decision.to === "in_review"
      ? { failure: decision.reason, code: decision.code, message: decision.message }
      : "failure" in decision
        ? decision.failure
        : undefined;
  return {
    accountId: charge.accountId,
    chargeId: charge.id,
    leaseToken: charge.leaseToken,
    status: decision.to,
    dueAt: scheduled?.dueAt,
    heldForMs: scheduled?.heldForMs ?? 0,
    orderId: next.orderId,
    generation: next.generation,
    declines: "declines" in decision ? decision.declines : charge.declines,
    resends: scheduled?.resends ?? charge.resends,
    unsent: scheduled?.unsent ?? 0,
    lookUpInMs: reconciling?.lookUpInMs,
    lookUps: result.of === "look_up" ? charge.lookUps + 1 : 0,
    notFound: reconciling?.notFound ?? "kept",
    paymentId: payment?.paymentId,
    paidOrderId: paid?.orderId,
    paidConnectionId: paid?.connectionId,
    capturedAt: next.capturedAt,
    capturedMinor: next.capturedMinor,
    authorizedAt: next.authorization?.authorizedAt,
    authorizationExpiresAt: next.authorization?.expiresAt,
    keepsResumption: keptIn.includes(decision.to),
    refundedMinor: next.refundedMinor,
    failureClass: failure?.failure,
    failureCode: failure?.code,
    failureMessage: failure?.message,
    reviewReason: decision.to === "in_review" ? decision.reason : undefined,
  };
}

export function attemptResults({ charge, result, decision }: Decided): AttemptResult[] {
  const base = { accountId: charge.accountId, chargeId: charge.id };
  if (result.of === "attempt") {
    const open = charge.attempts.find(({ outcome }) => outcome === undefined);
    if (open === undefined) return [];
    const words = wordsOf(result.outcome);
    const { exchange } = result;
    const outcome = attemptEndOf(result.outcome);
    return [{ ...base, n: open.n, outcome, ...words, httpStatus: exchange?.status, exchange }];
  }
  return decidedByLookUp(charge, result.finding, decision).map(({ n, outcome, failure }) => ({
    ...base,
    n,
    outcome,
    failureClass: failure?.failure,
    failureCode: failure?.code,
    failureMessage: failure?.message,
    httpStatus: undefined,
    exchange: undefined,
  }));
}

interface DecidedAttempt {
  readonly n: number;
  readonly outcome: AttemptEnd;
  readonly failure: ProviderPayment["failure"];
}

/** The one attempt that a look-up settles: only when there is no doubt whose record was found. */
function decidedByLookUp(
  charge: OpenCharge,
  finding: LookUpFinding,
  decision: ChargeDecision,
): DecidedAttempt[] {
  const unknown = charge.attempts.filter(({ outcome }) => outcome === "unknown");
  const [only] = unknown;
  const isTaken = finding.kind === "captured" || finding.kind === "authorized";
  if (isTaken && only !== undefined && unknown.length === 1) {
    return [{ n: only.n, outcome: finding.kind, failure: undefined }];
  }
  if (finding.kind !== "failed" || (decision.to !== "scheduled" && decision.to !== "failed")) {
    return [];
  }
  return only === undefined || unknown.length > 1
    ? []
    : [{ n: only.n, outcome: "declined", failure: finding.payment.failure }];
}

function wordsOf(
  outcome: AttemptOutcome,
): Pick<AttemptResult, "failureClass" | "failureCode" | "failureMessage"> {
  if ("payment" in outcome) {
    return { failureClass: undefined, failureCode: undefined, failureMessage: undefined };
  }
  const failureClass =
    "failure" in outcome
      ? outcome.failure
      : outcome.kind === "unknown"
        ? "outcome_unknown"
        : outcome.kind;
  return { failureClass, failureCode: outcome.code, failureMessage: outcome.message };
}

export const lookUpRecords =
  (random: Random) =>
  ({ charge, result }: Decided): LookUpRecord[] => {
    if (result.of === "attempt") return [];
    const { finding, exchange } = result;
    const detail =
      finding.kind === "no_answer"
        ? `${finding.code}: ${finding.message}`
        : finding.kind === "mismatch"
          ? finding.detail
          : undefined;
    const { accountId, id: chargeId, orderId } = charge;
    const id = newId("att", random);
    return [{ accountId, chargeId, id, orderId, finding: finding.kind, detail, exchange }];
  };

export function invoiceResult({ charge, followUp: { invoice } }: Decided): InvoiceResult {
  return { accountId: charge.accountId, invoiceId: charge.invoiceId, ...invoice };
}

export const refundRecords =
  (random: Random) =>
  ({ charge, result, followUp: { refunds, capturedAt } }: Decided): RefundRecord[] =>
    refunds.map((refund) => ({
      accountId: charge.accountId,
      id: newId("rfd", random),
      chargeId: charge.id,
      connectionId: paidOrderOf(result, charge).connectionId,
      amountMinor: refund.amountMinor,
      currency: charge.amount.currency,
      transactionId: refund.transactionId,
      reason: refund.reason,
      refundedAt: refund.refundedAt ?? capturedAt ?? charge.now,
    }));
