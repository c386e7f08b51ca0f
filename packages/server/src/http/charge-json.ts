/** Charges, attempts and look-ups as the API shows them. */
import { listAuthorizationCalls, type CallView } from "../authorizations/authorization-reads.ts";
import type { Queryable } from "../db/database.ts";
import {
  listAttempts,
  listLookUps,
  type AttemptView,
  type ChargeView,
  type FailureView,
  type LookUpView,
} from "../charges/charge-reads.ts";
import type { ChargeJson, ChargeWithEvidenceJson } from "../contract/charges.ts";

export function chargeJson(charge: ChargeView): ChargeJson {
  return {
    id: charge.id,
    invoiceId: charge.invoiceId,
    subscriptionId: charge.subscriptionId,
    customerId: charge.customerId,
    connectionId: charge.connectionId,
    billingKeyId: charge.billingKeyId ?? null,
    status: charge.status,
    amount: charge.amount.amountMinor,
    currency: charge.amount.currency,
    orderName: charge.orderName,
    orderId: charge.orderId,
    paymentId: charge.paymentId ?? null,
    dueAt: charge.dueAt?.toString() ?? null,
    declines: charge.declines,
    lookUpAt: charge.lookUpAt?.toString() ?? null,
    capture: charge.capture,
    authorizedAt: charge.authorizedAt?.toString() ?? null,
    authorizationExpiresAt: charge.authorizationExpiresAt?.toString() ?? null,
    capturedAt: charge.capturedAt?.toString() ?? null,
    capturedAmount: charge.capturedMinor,
    refundedAmount: charge.refundedMinor,
    failure: failureJson(charge.failure),
    reviewReason: charge.reviewReason ?? null,
    createdAt: charge.createdAt.toString(),
    updatedAt: charge.updatedAt.toString(),
  };
}

/** With everything that was sent, answered, asked and found. */
export async function evidenceJson(
  db: Queryable,
  charge: ChargeView,
): Promise<ChargeWithEvidenceJson> {
  const attempts = await listAttempts(db, charge.accountId, charge.id);
  const lookUps = await listLookUps(db, charge.accountId, charge.id);
  const calls = await listAuthorizationCalls(db, charge.accountId, charge.id);
  return {
    ...chargeJson(charge),
    attempts: attempts.map(attemptJson),
    lookUps: lookUps.map(lookUpJson),
    authorizationCalls: calls.map(callJson),
  };
}

function attemptJson(attempt: AttemptView): ChargeWithEvidenceJson["attempts"][number] {
  return {
    n: attempt.n,
    orderId: attempt.orderId,
    billingKeyId: attempt.billingKeyId ?? null,
    claimedAt: attempt.claimedAt.toString(),
    endedAt: attempt.endedAt?.toString() ?? null,
    outcome: attempt.outcome ?? null,
    failure: failureJson(attempt.failure),
    httpStatus: attempt.httpStatus ?? null,
    exchange: attempt.exchange ?? null,
  };
}

function lookUpJson(lookUp: LookUpView): ChargeWithEvidenceJson["lookUps"][number] {
  return {
    orderId: lookUp.orderId,
    finding: lookUp.finding,
    detail: lookUp.detail ?? null,
    exchange: lookUp.exchange ?? null,
    lookedUpAt: lookUp.lookedUpAt.toString(),
  };
}

function callJson(call: CallView): ChargeWithEvidenceJson["authorizationCalls"][number] {
  return {
    n: call.n,
    kind: call.kind,
    amount: call.amountMinor,
    requestedBy: call.requestedBy,
    claimedAt: call.claimedAt.toString(),
    endedAt: call.endedAt?.toString() ?? null,
    outcome: call.outcome ?? null,
    failure: failureJson(call.failure),
    httpStatus: call.httpStatus ?? null,
    exchange: call.exchange ?? null,
  };
}

function failureJson(failure: FailureView | undefined): ChargeJson["failure"] {
  if (failure === undefined) return null;
  return { class: failure.class, code: failure.code ?? null, message: failure.message ?? null };
}
