/**
 * Gives a subscription a billing key: the waiting one starts, a running one changes its method. Runs
 * in the transaction that stores the key, so that no key is ever stored and forgotten.
 */
import type { Temporal } from "temporal-polyfill";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { isWaiting } from "../charges/charge.ts";
import { billPeriods } from "../invoices/bill-period.ts";
import {
  cancelWaitingCharges,
  closeInvoices,
  lockUnpaidInvoices,
  type UnpaidInvoice,
} from "../invoices/invoice-store.ts";
import { completeMethodRequests } from "../method-requests/complete-method-request.ts";
import {
  effectiveNowOf,
  getPrice,
  lockSubscription,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import { start, stateOf, type Subscription } from "../subscriptions/subscription.ts";
import { notifyWork } from "../worker/wake-up.ts";
import {
  isUsedByOthers,
  lockBillingKey,
  saveBillingKeyStatus,
  wouldLeadBack,
} from "./billing-key-store.ts";
import type { BillingKey } from "./billing-key.ts";
import { collectOwed } from "./collect-owed.ts";

export interface BillingKeyToAttach {
  readonly accountId: string;
  readonly billingKeyId: string;
  /** Undefined: the key is only stored. */
  readonly subscriptionId: string | undefined;
  readonly customerId: string;
}

/**
 * @returns false when the key is only stored: the subscription was canceled meanwhile, or has moved away
 *   from the key's connection, which is being left.
 */
export async function attachBillingKey(
  tx: Transaction,
  engine: Engine,
  { accountId, billingKeyId, subscriptionId, customerId }: BillingKeyToAttach,
): Promise<boolean> {
  if (subscriptionId === undefined) return true;
  const subscription = await lockSubscription(tx, accountId, subscriptionId);
  const key = await lockBillingKey(tx, accountId, billingKeyId);
  if (subscription === undefined || key === undefined) throw new Error("nothing to attach to");
  if (subscription.customerId !== customerId || key.customerId !== customerId) {
    throw new Error(`billing key ${billingKeyId} is not of the customer of ${subscriptionId}`);
  }
  if (subscription.status === "canceled") return false;
  const { billingKeyId: present } = subscription;
  if (present !== undefined && (await wouldLeadBack(tx, accountId, key.connectionId, present))) {
    return false;
  }

  const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
  const events =
    subscription.anchorOn === undefined
      ? await startWith(tx, engine, subscription, key, now)
      : await replaceMethod(tx, engine, subscription, key, now);
  const answered = await completeMethodRequests(tx, subscription, key);
  await appendEvents(tx, engine.effects.random, [...events, ...answered]);
  await notifyWork(tx);
  return true;
}

/**
 * Starts a subscription that has not begun. While the outcome of a window's payment is open it only
 * takes the key, because that payment may be its first period.
 *
 * @returns The events to append.
 */
export async function startWith(
  tx: Transaction,
  engine: Engine,
  waiting: Subscription,
  billingKey: Pick<BillingKey, "id" | "connectionId">,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  const { accountId, id } = waiting;
  const drafts = await lockUnpaidInvoices(tx, accountId, id);
  if (drafts.some(({ liveCharge }) => liveCharge !== undefined && !isWaiting(liveCharge))) {
    const state = { ...stateOf(waiting), billingKeyId: billingKey.id, methodRequired: false };
    await saveSubscriptions(tx, [{ accountId, id, state }]);
    return [];
  }
  const subscription = await withdrawOffers(tx, waiting, drafts);
  const price = await getPrice(tx, accountId, subscription.priceId);
  const { state, bill } = start(subscription, price, billingKey.id, now);
  await saveSubscriptions(tx, [{ accountId, id, state }]);
  if (bill !== undefined) {
    const billing = { subscription, bill, billingKey, invoice: "open" as const };
    return await billPeriods(tx, engine.effects.random, [billing]);
  }
  const data = { subscriptionId: id, firstChargeAt: state.nextDueAt?.toString() };
  const type = "subscription.trial_started";
  return [{ accountId, subscriptionId: id, type, data, occurredAt: now }];
}

/** What windows offered is void; a period that was offered is not counted again. */
async function withdrawOffers(
  tx: Transaction,
  subscription: Subscription,
  drafts: readonly UnpaidInvoice[],
): Promise<Subscription> {
  const { accountId } = subscription;
  const charges = drafts.flatMap(({ liveCharge }) =>
    liveCharge === undefined ? [] : [liveCharge],
  );
  await cancelWaitingCharges(
    tx,
    accountId,
    charges.map(({ id }) => id),
  );
  await closeInvoices(
    tx,
    accountId,
    drafts.map(({ id }) => id),
    "void",
  );
  const periods = drafts.flatMap(({ periodIndex }) => periodIndex ?? []);
  return {
    ...subscription,
    nextPeriod: Math.max(subscription.nextPeriod, ...periods.map((n) => n + 1)),
  };
}

async function replaceMethod(
  tx: Transaction,
  engine: Engine,
  subscription: Subscription,
  key: BillingKey,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  const { accountId, id } = subscription;
  const state = { ...stateOf(subscription), billingKeyId: key.id, methodRequired: false };
  await saveSubscriptions(tx, [{ accountId, id, state }]);
  const fact = { accountId, occurredAt: now };
  const data = { subscriptionId: id, billingKeyId: key.id };
  const old = subscription.billingKeyId;
  // The key of a window that paid the first period replaces none.
  const replaced: NewEvent = {
    ...fact,
    subscriptionId: id,
    type: "subscription.method_replaced",
    data,
  };
  const events = old === undefined && !subscription.methodRequired ? [] : [replaced];
  // Locked before it is asked about: a subscription that takes it up at this moment is seen.
  if (old !== undefined) await lockBillingKey(tx, accountId, old);
  if (old !== undefined && old !== key.id && !(await isUsedByOthers(tx, accountId, old, id))) {
    const oldKey = { accountId, billingKeyId: old };
    const from = ["active", "suspended"] as const;
    if (await saveBillingKeyStatus(tx, oldKey, "revoked", "replaced by another method", from)) {
      const type = "billing_key.revoked";
      events.push({ ...fact, subscriptionId: undefined, type, data: { billingKeyId: old } });
    }
  }
  return [...events, ...(await collectOwed(tx, engine.effects.random, subscription, key, now))];
}
