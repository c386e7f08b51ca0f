/** Sweeps and findings as JSON: the same for the API and for `maedal verify --json`. */
import type { FindingJson, SweepJson } from "../contract/sweeps.ts";
import { readOrderId } from "../ids/order-id.ts";
import { advice } from "../sweeps/finding.ts";
import type { FindingView } from "../sweeps/finding-store.ts";
import type { SweepView } from "../sweeps/sweep-reads.ts";

export function sweepJson(sweep: SweepView): SweepJson {
  return {
    id: sweep.id,
    connectionId: sweep.connectionId,
    status: sweep.status,
    from: sweep.from.toString(),
    to: sweep.to.toString(),
    doneUntil: sweep.doneUntil.toString(),
    requestedBy: sweep.requestedBy,
    listed: sweep.listed,
    foreignListed: sweep.foreignListed,
    asked: sweep.asked,
    found: sweep.found,
    open: sweep.open,
    failure: sweep.failure ?? null,
    createdAt: sweep.createdAt.toString(),
    finishedAt: sweep.finishedAt?.toString() ?? null,
  };
}

export function findingJson(finding: FindingView): FindingJson {
  const named = readOrderId(finding.orderId ?? "");
  const period = named?.kind === "period" ? named : undefined;
  return {
    id: finding.id,
    sweepId: finding.sweepId,
    connectionId: finding.connectionId,
    kind: finding.kind,
    orderId: finding.orderId ?? null,
    subscriptionId: period?.subscriptionId ?? null,
    periodIndex: period?.periodIndex ?? null,
    chargeId: finding.chargeId ?? null,
    paymentId: finding.paymentId ?? null,
    transactionId: finding.transactionId ?? null,
    amount: finding.amount?.amountMinor ?? null,
    currency: finding.amount?.currency ?? null,
    detail: finding.detail,
    action: finding.action,
    advice: advice[finding.kind],
    refundableChargeId: finding.refundableChargeId ?? null,
    settledAt: finding.settledAt?.toString() ?? null,
    settledBy: finding.settledBy ?? null,
    note: finding.note ?? null,
    createdAt: finding.createdAt.toString(),
  };
}
