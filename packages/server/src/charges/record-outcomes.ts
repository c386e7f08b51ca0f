/**
 * Records what became of open calls, many in one transaction. Safe to run twice: a result whose lease
 * token is gone changes nothing, is logged, and does not hold up the others it came with (rule 8).
 */
import { Temporal } from "temporal-polyfill";
import { startWith } from "../billing-keys/attach-billing-key.ts";
import { findBillingKey, saveMethodLabels } from "../billing-keys/billing-key-store.ts";
import type { BillingKey } from "../billing-keys/billing-key.ts";
import { collectOwed } from "../billing-keys/collect-owed.ts";
import { saveKeysPaid } from "../billing-keys/key-health-store.ts";
import { loseBillingKey } from "../billing-keys/lose-billing-key.ts";
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { requestRefund } from "../refunds/request-refund.ts";
import {
  getPrices,
  lockSubscription,
  lockSubscriptions,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import type { Price, Subscription, SubscriptionState } from "../subscriptions/subscription.ts";
import type { CallResult } from "./call-result.ts";
import {
  insertFoundRefunds,
  insertLookUps,
  saveAttemptResults,
  saveChargeResults,
  saveInvoiceResults,
} from "./charge-result-store.ts";
import { lockOpenCharges, subscriptionsOf, type OpenCharge } from "./charge-store.ts";
import { decideAll, type Decided } from "./decide-results.ts";
import { isMethodReplaced } from "./follow-up.ts";
import { giveBackLate } from "./give-back-late.ts";
import {
  attemptResults,
  chargeResult,
  invoiceResult,
  lookUpRecords,
  refundRecords,
} from "./result-rows.ts";
import { withoutTakenPayments } from "./taken-payments.ts";

/**
 * @returns The results that were too late: their charge had been taken over meanwhile.
 * @throws whatever the database throws; then nothing was recorded, and the leases run out.
 */
export async function recordOutcomes(
  engine: Engine,
  results: readonly CallResult[],
): Promise<readonly CallResult[]> {
  const late = await engine.database.transaction((tx) => recordResults(tx, engine, results));
  tellOfLate(engine, late);
  return late;
}

function tellOfLate(engine: Engine, late: readonly CallResult[]): void {
  for (const { lease, of } of late) {
    engine.log.warn({ chargeId: lease.chargeId, of }, "a result came after its lease: ignored");
  }
}

/** The same inside a transaction that has more to write. @returns The results that were too late. */
export async function recordResults(
  tx: Transaction,
  engine: Engine,
  results: readonly CallResult[],
): Promise<readonly CallResult[]> {
  const { random } = engine.effects;
  const leases = results.map(({ lease }) => lease);
  // Subscriptions first, as a cancel does, so that the two wait for each other and never cross.
  const subscriptions = await lockSubscriptions(tx, await subscriptionsOf(tx, leases));
  const charges = await lockOpenCharges(tx, leases);
  const prices = await pricesOf(tx, subscriptions);
  const believed = await withoutTakenPayments(tx, results, charges);
  const decided = decideAll(engine, believed, charges, subscriptions, prices);

  const saved = await saveChargeResults(tx, decided.map(chargeResult));
  if (saved !== decided.length) throw new Error(`saved ${saved} of ${decided.length} charges`);
  await saveAttemptResults(tx, decided.flatMap(attemptResults));
  await insertLookUps(tx, decided.flatMap(lookUpRecords(random)));
  await saveInvoiceResults(tx, decided.map(invoiceResult));
  await insertFoundRefunds(tx, decided.flatMap(refundRecords(random)));
  await saveSubscriptions(tx, lastStates(decided));
  await saveAround(tx, engine, decided);
  await collectWithReplacements(tx, engine, decided, subscriptions);
  await startAfterWindows(tx, engine, decided);
  await giveBackRegistrations(tx, engine, decided);
  await giveBackLate(tx, engine, decided, subscriptions);

  const recorded = new Set(decided.map(({ result }) => result.lease.leaseToken));
  return results.filter(({ lease }) => !recorded.has(lease.leaseToken));
}

async function pricesOf(
  tx: Transaction,
  subscriptions: readonly Subscription[],
): Promise<Map<string, Price>> {
  const byAccount = Map.groupBy(subscriptions, ({ accountId }) => accountId);
  const found = new Map<string, Price>();
  for (const [accountId, theirs] of byAccount) {
    const prices = await getPrices(
      tx,
      accountId,
      theirs.map(({ priceId }) => priceId),
    );
    for (const [id, price] of prices) found.set(id, price);
  }
  return found;
}

/** Some keys die of disuse: money that moved, or is held, keeps them alive. */
function keyPaid({ charge, decision }: Decided) {
  const { accountId, billingKeyId, now: paidAt, via } = charge;
  const isPaid = decision.to === "captured" || decision.to === "authorized";
  const isByKey = via === "key" && billingKeyId !== undefined;
  return isPaid && isByKey ? [{ accountId, billingKeyId, paidAt }] : [];
}

/** One state per subscription: the last decided one has seen those before it. */
function lastStates(
  decided: readonly Decided[],
): { accountId: string; id: string; state: SubscriptionState }[] {
  const states = new Map(
    decided.map(({ charge, followUp: { subscription } }) => [
      charge.subscriptionId,
      { accountId: charge.accountId, id: charge.subscriptionId, state: subscription },
    ]),
  );
  return [...states.values()];
}

/** A call that began before the present method came has ended, unpaid: that method is next. */
async function collectWithReplacements(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
  subscriptions: readonly Subscription[],
): Promise<void> {
  for (const { charge, decision } of decided) {
    const subscription = subscriptions.find(({ id }) => id === charge.subscriptionId);
    const isOver = ["failed", "scheduled", "awaiting_customer"].includes(decision.to);
    if (!isOver || subscription === undefined) continue;
    if (charge.via === "key" && !isMethodReplaced(charge, subscription)) continue;
    const key = await findBillingKey(tx, charge.accountId, subscription.billingKeyId ?? "");
    if (key?.status !== "active" || !isNewerThanSend(charge, key)) continue;
    const { random } = engine.effects;
    const events = await collectOwed(tx, random, subscription, key, charge.now);
    await appendEvents(tx, random, events);
  }
}

/** A window names no key that another could replace: what counts is when the present one came. */
function isNewerThanSend(charge: OpenCharge, key: BillingKey): boolean {
  if (charge.via === "key") return true;
  const claimedAt = charge.attempts.at(-1)?.claimedAt;
  return claimedAt !== undefined && Temporal.Instant.compare(key.createdAt, claimedAt) > 0;
}

/**
 * A window's outcome is known at last, and a method came while it was not: the subscription starts
 * with that, unless what the window paid was its first period.
 */
async function startAfterWindows(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
): Promise<void> {
  for (const { charge, decision } of decided) {
    const isOver = ["awaiting_customer", "canceled", "voided"].includes(decision.to);
    const onlyRegistered = decision.to === "captured" && charge.periodIndex === undefined;
    if (charge.via !== "window" || !(isOver || onlyRegistered)) continue;
    const { accountId, now, subscriptionId } = charge;
    const subscription = await lockSubscription(tx, accountId, subscriptionId);
    const { anchorOn, billingKeyId, status } = subscription ?? {};
    if (subscription === undefined || status === "canceled" || anchorOn !== undefined) continue;
    const key = await findBillingKey(tx, accountId, billingKeyId ?? "");
    if (key?.status !== "active") continue;
    const events = await startWith(tx, engine, subscription, key, now);
    await appendEvents(tx, engine.effects.random, events);
  }
}

/** What a window took only to register a method goes back at once, whether or not the key came. */
async function giveBackRegistrations(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
): Promise<void> {
  for (const { charge, decision, followUp } of decided) {
    if (decision.to !== "captured" || charge.periodIndex !== undefined) continue;
    if (followUp.refundedMinor >= followUp.capturedMinor) continue;
    const { accountId, id: chargeId } = charge;
    const reason = "taken only to register a payment method";
    const wanted = {
      accountId,
      chargeId,
      reason,
      amountMinor: "all",
      requestedBy: "maedal",
    } as const;
    await requestRefund(tx, engine, wanted);
  }
}

/** Keys, connection, observations and events around the charges. */
async function saveAround(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
): Promise<void> {
  const events: NewEvent[] = decided.flatMap((it) => it.followUp.events);
  const labels = decided.flatMap(({ charge, followUp: { methodLabel } }) =>
    methodLabel === undefined || charge.billingKeyId === undefined
      ? []
      : [{ accountId: charge.accountId, billingKeyId: charge.billingKeyId, methodLabel }],
  );
  await saveMethodLabels(tx, labels);
  await saveKeysPaid(tx, decided.flatMap(keyPaid));
  const sightings = decided.flatMap(({ charge, followUp: { observations } }) =>
    observations.map(({ code, detail }) => ({
      accountId: charge.accountId,
      connectionId: charge.connectionId,
      code,
      detail,
    })),
  );
  await saveObservations(tx, sightings);
  for (const { charge, followUp: next } of decided) {
    const { accountId, connectionId, billingKeyId, now } = charge;
    if (next.pauseReason !== undefined) {
      const paused = await pauseConnection(tx, accountId, connectionId, next.pauseReason);
      const data = { connectionId, reason: next.pauseReason };
      const type = "gateway_connection.paused";
      if (paused)
        events.push({ accountId, subscriptionId: undefined, type, data, occurredAt: now });
    }
    if (next.lostKey !== undefined && billingKeyId !== undefined) {
      events.push(...(await loseBillingKey(tx, { accountId, billingKeyId, now, ...next.lostKey })));
    }
  }
  await appendEvents(tx, engine.effects.random, events);
}
