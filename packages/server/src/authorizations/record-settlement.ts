/**
 * Records what became of a capture, a void or a look-up of an authorization, in one transaction. A
 * result whose lease token is gone changes nothing (rule 8 of docs/charge-protocol.md).
 */
import type { Exchange } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { findBillingKey } from "../billing-keys/billing-key-store.ts";
import { chargeFor } from "../billing-keys/collect-owed.ts";
import { loseBillingKey } from "../billing-keys/lose-billing-key.ts";
import {
  insertFoundRefunds,
  insertLookUps,
  saveInvoiceResults,
} from "../charges/charge-result-store.ts";
import { lockOpenCharges, subscriptionsOf } from "../charges/charge-store.ts";
import type { Lease, OpenCharge } from "../charges/charge-store.ts";
import { detailOf, type FailureWords, type LookUpFinding } from "../charges/outcome.ts";
import { windowsFor } from "../charges/windows.ts";
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import { isSerializationOrDeadlock } from "../db/database-errors.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { insertCharges, lockOpenInvoices } from "../invoices/invoice-store.ts";
import {
  getPrice,
  lockSubscriptions,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import {
  findOpenSettlement,
  saveCallEnd,
  saveSettledCharge,
  saveUnknownCallEnd,
  type OpenSettlement,
  type SettledCharge,
} from "./authorization-store.ts";
import {
  afterCall,
  afterSettleLookUp,
  callEndAfter,
  type CallEnd,
  type SettleDecision,
} from "./authorization.ts";
import type { SettleKind, SettleOutcome } from "./settle-outcome.ts";
import { settlementOf, type Settlement } from "./settlement.ts";

export type SettleResult = {
  readonly lease: Lease;
  readonly exchange: Exchange | undefined;
} & (
  | { readonly of: "call"; readonly kind: SettleKind; readonly outcome: SettleOutcome }
  | {
      readonly of: "look_up";
      /** The order id that the payment was authorized under. */
      readonly orderId: string;
      readonly finding: LookUpFinding;
      /** By the database's clock, before the question: what it proves, it proves of then. */
      readonly askedAt: Temporal.Instant;
    }
);

const recordTries = 3;

/**
 * @returns What the charge became; "late" when its lease was taken over meanwhile.
 * @throws whatever the database throws; then nothing was recorded, and the lease runs out.
 */
export async function recordSettlement(
  engine: Engine,
  result: SettleResult,
): Promise<SettleDecision | "late"> {
  for (let tries = 1; ; tries += 1) {
    try {
      const decision = await engine.database.transaction((tx) => recordIn(tx, engine, result));
      const { chargeId } = result.lease;
      if (decision === "late") {
        engine.log.warn({ chargeId, of: result.of }, "a result came after its lease: ignored");
      }
      return decision;
    } catch (error) {
      if (tries >= recordTries || !isSerializationOrDeadlock(error)) throw error;
    }
  }
}

async function recordIn(
  tx: Transaction,
  engine: Engine,
  result: SettleResult,
): Promise<SettleDecision | "late"> {
  const { lease } = result;
  // The subscription first, as a cancel and a claim do, so that nobody waits in a circle.
  const [subscription] = await lockSubscriptions(tx, await subscriptionsOf(tx, [lease]));
  const [charge] = await lockOpenCharges(tx, [lease]);
  const open = await findOpenSettlement(tx, lease);
  if (subscription === undefined || charge === undefined || open === undefined) return "late";

  const decision = decide(engine, charge, open, result);
  const price = await getPrice(tx, subscription.accountId, subscription.priceId);
  const { latestCall: call } = open;
  const context = { subscription, price, dunning: engine.dunning, call };
  const settlement = settlementOf(charge, decision, context);
  if (!(await saveSettledCharge(tx, settledCharge(open, result, decision, settlement)))) {
    return "late";
  }
  await saveEvidence(tx, engine, result, decision, open);
  await saveConsequences(tx, engine, charge, subscription, settlement);
  return decision;
}

function decide(
  engine: Engine,
  charge: OpenCharge,
  open: OpenSettlement,
  result: SettleResult,
): SettleDecision {
  const windows = windowsFor(charge.mode, engine.windows);
  return result.of === "call"
    ? afterCall(open, result.kind, result.outcome, windows)
    : afterSettleLookUp(open, result.finding, windows, result.askedAt);
}

function settledCharge(
  open: OpenSettlement,
  { lease, of }: SettleResult,
  decision: SettleDecision,
  settlement: Settlement,
): SettledCharge {
  const asking = decision.to === "asking" ? decision : undefined;
  const { capturedAt, capturedMinor, refundedMinor } = settlement;
  return {
    lease,
    status: decision.to === "asking" ? undefined : decision.to,
    isCallOver: of === "call",
    lookUpInMs: asking?.lookUpInMs,
    lookUps: of === "look_up" ? open.lookUps + 1 : 0,
    unchangedCounts: asking?.unchanged === "counts",
    heldForMs: decision.to === "authorized" ? decision.heldForMs : 0,
    expiresAt: decision.to === "authorized" ? decision.expiresAt : open.expiresAt,
    capturedAt,
    capturedMinor,
    refundedMinor,
    failure: failureOf(decision) ?? (asking === undefined ? undefined : open.latestCall?.failure),
    reviewReason: decision.to === "in_review" ? decision.reason : undefined,
  };
}

/** The latest refusal, as the charge shows it. */
function failureOf(
  decision: SettleDecision,
): (FailureWords & { readonly failure: string }) | undefined {
  if (decision.to === "captured") return undefined;
  if (decision.to !== "in_review") return decision.failure;
  const { code, message, reason } = decision;
  return { failure: reason, code, message };
}

/** How the call ended, or what was asked and found. */
async function saveEvidence(
  tx: Transaction,
  engine: Engine,
  result: SettleResult,
  decision: SettleDecision,
  { latestCall }: OpenSettlement,
): Promise<void> {
  const { exchange, lease } = result;
  if (result.of === "call") {
    const { outcome } = result;
    await saveCallEnd(tx, lease, callEndOf(outcome), wordsOf(outcome), exchange);
    return;
  }
  const { finding, orderId } = result;
  const id = newId("att", engine.effects.random);
  const { accountId, chargeId } = lease;
  const detail = detailOf(finding);
  const record = { accountId, chargeId, id, orderId, finding: finding.kind, detail, exchange };
  await insertLookUps(tx, [record]);
  const end = latestCall && callEndAfter(latestCall.kind, decision);
  if (end !== undefined) await saveUnknownCallEnd(tx, lease, end);
}

function callEndOf(outcome: SettleOutcome): CallEnd {
  return outcome.kind === "mismatch" ? "unknown" : outcome.kind;
}

function wordsOf(
  outcome: SettleOutcome,
): (FailureWords & { readonly failure: string }) | undefined {
  switch (outcome.kind) {
    case "done":
      return undefined;
    case "released":
      return outcome.failure;
    case "refused":
      return { failure: outcome.failure, code: outcome.code, message: outcome.message };
    case "unknown":
      return { failure: "outcome_unknown", code: outcome.code, message: outcome.message };
    case "not_sent":
    case "mismatch":
      return { failure: outcome.kind, code: outcome.code, message: outcome.message };
  }
}

async function saveConsequences(
  tx: Transaction,
  engine: Engine,
  charge: OpenCharge,
  subscription: Subscription,
  settlement: Settlement,
): Promise<void> {
  const { accountId, connectionId, invoiceId, now } = charge;
  await saveInvoiceResults(tx, [{ accountId, invoiceId, ...settlement.invoice }]);
  await saveSubscriptions(tx, [{ accountId, id: subscription.id, state: settlement.subscription }]);
  await saveRefunds(tx, engine, charge, settlement);
  const sightings = settlement.observations.map((seen) => ({ accountId, connectionId, ...seen }));
  await saveObservations(tx, sightings);
  const events: NewEvent[] = [...settlement.events];
  if (settlement.pauseReason !== undefined) {
    const reason = settlement.pauseReason;
    const data = { connectionId, reason };
    const type = "gateway_connection.paused";
    const paused = await pauseConnection(tx, accountId, connectionId, reason);
    if (paused) events.push({ accountId, subscriptionId: undefined, type, data, occurredAt: now });
  }
  if (settlement.lostKey !== undefined && charge.billingKeyId !== undefined) {
    const { billingKeyId } = charge;
    const lost = { accountId, billingKeyId, now, ...settlement.lostKey };
    events.push(...(await loseBillingKey(tx, lost)));
  }
  if (settlement.collectAgainAt !== undefined) {
    await collectAgain(tx, engine, charge, subscription, settlement.collectAgainAt);
  }
  await appendEvents(tx, engine.effects.random, events);
}

async function saveRefunds(
  tx: Transaction,
  { effects }: Engine,
  { accountId, amount, connectionId, id, now }: OpenCharge,
  { capturedAt, refunds }: Settlement,
): Promise<void> {
  await insertFoundRefunds(
    tx,
    refunds.map((refund) => ({
      accountId,
      id: newId("rfd", effects.random),
      chargeId: id,
      connectionId,
      amountMinor: refund.amountMinor,
      currency: amount.currency,
      transactionId: refund.transactionId,
      reason: refund.reason,
      refundedAt: refund.refundedAt ?? capturedAt ?? now,
    })),
  );
}

/** Another charge for the invoice, under its next order id, with the method of today. */
async function collectAgain(
  tx: Transaction,
  { effects }: Engine,
  { accountId, invoiceId }: OpenCharge,
  subscription: Subscription,
  dueAt: Temporal.Instant,
): Promise<void> {
  const key = await findBillingKey(tx, accountId, subscription.billingKeyId ?? "");
  const invoices = await lockOpenInvoices(tx, accountId, subscription.id);
  const invoice = invoices.find(({ id }) => id === invoiceId);
  if (key?.status !== "active" || invoice === undefined) return;
  await insertCharges(tx, [chargeFor(effects.random, subscription, key, invoice, dueAt)]);
}
