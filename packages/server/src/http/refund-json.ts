/** Refunds as JSON. */
import type { RefundJson, RefundWithEvidenceJson } from "../contract/refunds.ts";
import type { RefundView } from "../refunds/refund-reads.ts";

export function refundJson(refund: RefundView): RefundJson {
  const { failure } = refund;
  return {
    id: refund.id,
    chargeId: refund.chargeId,
    connectionId: refund.connectionId,
    origin: refund.origin,
    status: refund.status,
    waitsFor: refund.waitsFor ?? null,
    amount: refund.amount.amountMinor,
    currency: refund.amount.currency,
    reason: refund.reason ?? null,
    requestedBy: refund.requestedBy ?? null,
    lookUpAt: refund.lookUpAt?.toString() ?? null,
    transactionId: refund.transactionId ?? null,
    refundedAt: refund.refundedAt?.toString() ?? null,
    failure:
      failure === undefined
        ? null
        : { class: failure.class, code: failure.code ?? null, message: failure.message ?? null },
    reviewReason: refund.reviewReason ?? null,
    createdAt: refund.createdAt.toString(),
    updatedAt: refund.updatedAt.toString(),
  };
}

export function evidenceJson(refund: RefundView): RefundWithEvidenceJson {
  return { ...refundJson(refund), sends: refund.sends, exchange: refund.exchange ?? null };
}
