/** Reviews as JSON. */
import type { OrderNow } from "../charges/review.ts";
import type { ReviewJson, ReviewWithEvidenceJson } from "../contract/reviews.ts";
import type { Queryable } from "../db/database.ts";
import type { RefundNow } from "../refunds/refund-review.ts";
import type { ReviewCase } from "../reviews/read-case.ts";
import type { ReviewLine } from "../reviews/review-reads.ts";
import { evidenceJson as chargeEvidenceJson } from "./charge-json.ts";
import { evidenceJson as refundEvidenceJson } from "./refund-json.ts";

export function reviewJson(line: ReviewLine): ReviewJson {
  const { amount, chargeId, connectionId, customerId, id, kind, reason, subscriptionId } = line;
  return {
    id,
    kind,
    chargeId,
    subscriptionId,
    customerId,
    connectionId,
    reason,
    amount: amount.amountMinor,
    currency: amount.currency,
    createdAt: line.createdAt.toString(),
    updatedAt: line.updatedAt.toString(),
  };
}

export async function caseJson(db: Queryable, it: ReviewCase): Promise<ReviewWithEvidenceJson> {
  const { charge, choices, decided, orders, payment, refund, refunds } = it;
  const askedAt = orders?.askedAt ?? payment?.askedAt;
  if (askedAt === undefined) throw new Error(`nothing was asked about ${charge.id}`);
  return {
    id: refund?.id ?? charge.id,
    kind: refund === undefined ? "charge" : "refund",
    charge: await chargeEvidenceJson(db, charge),
    refunds: refunds.map(refundEvidenceJson),
    now: {
      askedAt: askedAt.toString(),
      orders: (orders?.orders ?? []).map(orderJson),
      payment: payment === undefined ? null : paymentJson(payment),
    },
    choices: choices.map(({ decision, objection }) => ({
      decision,
      objection: objection === "silent" ? "provider_silent" : (objection ?? null),
    })),
    decided: decided.map(({ action, actor, id, reason, recordedAt }) => {
      return { id, actor, action, reason, recordedAt: recordedAt.toString() };
    }),
  };
}

function orderJson(order: OrderNow): ReviewWithEvidenceJson["now"]["orders"][number] {
  const { amount, chargeId, connectionId, detail, finding, orderId, paymentId } = order;
  return {
    chargeId,
    connectionId,
    orderId,
    finding,
    detail: detail ?? null,
    paymentId: paymentId ?? null,
    amount: amount?.amountMinor ?? null,
    currency: amount?.currency ?? null,
    refundedAmount: order.refundedMinor,
  };
}

function paymentJson({
  detail,
  finding,
  refundedMinor,
  unbooked,
}: RefundNow): ReviewWithEvidenceJson["now"]["payment"] {
  return {
    finding,
    detail: detail ?? null,
    refundedAmount: refundedMinor ?? null,
    unbooked: unbooked.map(({ amountMinor, refundedAt, transactionId }) => {
      return { transactionId, amount: amountMinor, refundedAt: refundedAt?.toString() ?? null };
    }),
  };
}
