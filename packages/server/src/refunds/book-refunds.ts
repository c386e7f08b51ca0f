/**
 * Books what became of a charge's refunds: the sums in the charge, refunds that somebody else made
 * at the provider, and requests for which no money is left then. The charge is locked.
 */
import type { ProviderRefund } from "@maedal/gateways";
import { insertFoundRefunds } from "../charges/charge-result-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { newId } from "../ids/id.ts";
import { refundedElsewhere, unaffordable, type RefundDecision } from "./refund.ts";
import { failWaiting, listWaiting, saveSums, type RefundedCharge } from "./refund-store.ts";

/** A refund of Maedal's, as it has just been decided and saved. */
export interface DecidedRefund {
  readonly id: string;
  readonly amountMinor: number;
  readonly decision: RefundDecision;
}

/** @returns The events of it all, in order. */
export async function bookRefunds(
  tx: Transaction,
  { effects }: Pick<Engine, "effects">,
  charge: RefundedCharge,
  foreign: readonly ProviderRefund[],
  ours: DecidedRefund | undefined,
): Promise<NewEvent[]> {
  const named = foreign.map((refund) => ({ ...refund, id: newId("rfd", effects.random) }));
  await insertFoundRefunds(
    tx,
    named.map((refund) => foundRecord(charge, refund)),
  );
  const booked: Booked[] = named.map(({ id, amountMinor }) => ({
    id,
    amountMinor,
    origin: "provider",
  }));
  if (ours?.decision.to === "refunded") booked.push({ ...ours, origin: "maedal" });

  const isOver = ours?.decision.to === "refunded" || ours?.decision.to === "failed";
  const refundedMinor = charge.refundedMinor + sumOf(booked);
  const promisedMinor = charge.refundingMinor - (isOver ? ours.amountMinor : 0);
  const waiting = await listWaiting(tx, charge);
  const leftMinor = charge.captured.amountMinor - refundedMinor;
  const dropped = unaffordable(waiting, leftMinor - (promisedMinor - sumOf(waiting)));
  const failure = refundedElsewhere(leftMinor);
  const droppedIds = dropped.map(({ id }) => id);
  if (dropped.length > 0) await failWaiting(tx, charge.accountId, droppedIds, failure);
  await saveSums(tx, charge, refundedMinor, promisedMinor - sumOf(dropped));

  return [
    ...refundedEvents(charge, booked),
    ...(ours === undefined ? [] : endEvents(charge, ours)),
    ...dropped.map((refund) => eventOf(charge, "refund.failed", refund, { ...failure })),
  ];
}

interface Booked {
  readonly id: string;
  readonly amountMinor: number;
  readonly origin: "maedal" | "provider";
}

function foundRecord(charge: RefundedCharge, refund: ProviderRefund & { readonly id: string }) {
  const { accountId, id: chargeId, connectionId, captured, now } = charge;
  if (connectionId === undefined) throw new Error(`charge ${chargeId} was paid nowhere`);
  const { amountMinor, id, reason, refundedAt = now, transactionId } = refund;
  const { currency } = captured;
  const owner = { accountId, id, chargeId, connectionId };
  return { ...owner, amountMinor, currency, transactionId, reason, refundedAt };
}

/** Each tells the sum so far, so that whoever reads only the last one knows it too. */
function refundedEvents(charge: RefundedCharge, booked: readonly Booked[]): NewEvent[] {
  let { refundedMinor } = charge;
  return booked.map((refund) => {
    refundedMinor += refund.amountMinor;
    const { origin } = refund;
    return eventOf(charge, "charge.refunded", refund, { origin, refundedMinor });
  });
}

function endEvents(charge: RefundedCharge, refund: DecidedRefund): NewEvent[] {
  const { decision } = refund;
  switch (decision.to) {
    case "failed":
      return [eventOf(charge, "refund.failed", refund, { ...decision.failure })];
    case "in_review": {
      const { code, reason } = decision;
      return [eventOf(charge, "refund.in_review", refund, { reason, code })];
    }
    case "refunded":
    case "requested":
    case "reconciling":
      return [];
  }
}

function eventOf(
  charge: RefundedCharge,
  type: "charge.refunded" | "refund.failed" | "refund.in_review",
  refund: { readonly id: string; readonly amountMinor: number },
  more: Readonly<Record<string, unknown>>,
): NewEvent {
  const { accountId, captured, id: chargeId, now: occurredAt, subscriptionId } = charge;
  const { amountMinor: amount, id: refundId } = refund;
  const data = { chargeId, refundId, amount, currency: captured.currency, ...more };
  return { accountId, subscriptionId, type, data, occurredAt };
}

function sumOf(refunds: readonly { readonly amountMinor: number }[]): number {
  return refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
