/**
 * Collects what a subscription owes with the key that it has now: waiting charges are due at once,
 * given-up invoices get another charge, and what is on its way is left to its outcome.
 */
import type { Temporal } from "temporal-polyfill";
import { isWaiting } from "../charges/charge.ts";
import type { Transaction } from "../db/database.ts";
import type { Random } from "../effects.ts";
import type { NewEvent } from "../events/event.ts";
import { newId } from "../ids/id.ts";
import { orderIdOf } from "../ids/order-id.ts";
import {
  cancelWaitingCharges,
  hastenCharge,
  scheduleCharge,
  insertCharges,
  lockOpenInvoices,
  putInReview,
  type NewCharge,
  type UnpaidInvoice,
} from "../invoices/invoice-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { BillingKey } from "./billing-key.ts";

/** The subscription must be locked. @returns The events to append. */
export async function collectOwed(
  tx: Transaction,
  random: Random,
  subscription: Subscription,
  key: BillingKey,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  const { accountId, id } = subscription;
  const events: NewEvent[] = [];
  for (const invoice of await lockOpenInvoices(tx, accountId, id)) {
    events.push(...(await collectInvoice(tx, random, subscription, key, invoice, now)));
  }
  return events;
}

async function collectInvoice(
  tx: Transaction,
  random: Random,
  subscription: Subscription,
  key: BillingKey,
  invoice: UnpaidInvoice,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  const { accountId, id: subscriptionId } = subscription;
  const live = invoice.liveCharge;
  if (live !== undefined && !isWaiting(live)) return [];
  if (live?.connectionId === key.connectionId) {
    if (live.status === "scheduled") await hastenCharge(tx, accountId, live.id, now);
    else await scheduleCharge(tx, accountId, live.id, key.id, now);
    return [];
  }
  const about = { accountId, subscriptionId, occurredAt: now };
  if (live?.isUnresolved === true) {
    const message = "the method moved to another connection while a send's outcome was open";
    const reason = "outcome_unresolved";
    await putInReview(tx, accountId, live.id, reason, message);
    const data = { chargeId: live.id, invoiceId: invoice.id, reason, code: reason };
    return [{ ...about, type: "charge.in_review", data }];
  }
  if (live !== undefined) await cancelWaitingCharges(tx, accountId, [live.id]);
  await insertCharges(tx, [chargeFor(random, subscription, key, invoice, now)]);
  if (live === undefined) return [];
  return [
    { ...about, type: "charge.canceled", data: { chargeId: live.id, invoiceId: invoice.id } },
  ];
}

/** Another charge for an unpaid invoice, under its next order id. */
export function chargeFor(
  random: Random,
  subscription: Subscription,
  key: BillingKey,
  invoice: UnpaidInvoice,
  dueAt: Temporal.Instant,
): NewCharge {
  const generation = invoice.hasHadCharge ? invoice.generation + 1 : invoice.generation;
  const { id: invoiceId, periodIndex } = invoice;
  return {
    accountId: subscription.accountId,
    id: newId("chg", random),
    invoiceId,
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    connectionId: key.connectionId,
    billingKeyId: key.id,
    amount: invoice.amount,
    capture: invoice.capture,
    orderName: invoice.description,
    generation,
    orderId: orderIdOf({ invoiceId, subscriptionId: subscription.id, periodIndex }, generation),
    testClockId: subscription.testClockId,
    dueAt,
  };
}
