/**
 * Collects what a subscription owes with the key that it has now: waiting charges are due at once,
 * given-up invoices get another charge, and what is on its way is left to its outcome.
 */
import type { Temporal } from "temporal-polyfill";
import type { Transaction } from "../db/database.ts";
import type { Random } from "../effects.ts";
import { newId, parseId } from "../ids/id.ts";
import { periodOrderId } from "../ids/order-id.ts";
import {
  cancelScheduledCharges,
  hastenCharge,
  insertCharges,
  lockOpenInvoices,
  putInReview,
  type NewCharge,
  type OpenInvoice,
} from "../invoices/invoice-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { BillingKey } from "./billing-key.ts";

/** The subscription must be locked. */
export async function collectOwed(
  tx: Transaction,
  random: Random,
  subscription: Subscription,
  key: BillingKey,
  now: Temporal.Instant,
): Promise<void> {
  const { accountId, id } = subscription;
  for (const invoice of await lockOpenInvoices(tx, accountId, id)) {
    await collectInvoice(tx, random, subscription, key, invoice, now);
  }
}

async function collectInvoice(
  tx: Transaction,
  random: Random,
  subscription: Subscription,
  key: BillingKey,
  invoice: OpenInvoice,
  now: Temporal.Instant,
): Promise<void> {
  const { accountId } = subscription;
  const live = invoice.liveCharge;
  if (live !== undefined && live.status !== "scheduled") return;
  if (live?.connectionId === key.connectionId) {
    await hastenCharge(tx, accountId, live.id, now);
    return;
  }
  if (live?.isUnresolved === true) {
    const message = "the method moved to another connection while a send's outcome was open";
    await putInReview(tx, accountId, live.id, "outcome_unresolved", message);
    return;
  }
  if (live !== undefined) await cancelScheduledCharges(tx, accountId, [live.id]);
  await insertCharges(tx, [chargeFor(random, subscription, key, invoice, now)]);
}

function chargeFor(
  random: Random,
  subscription: Subscription,
  key: BillingKey,
  invoice: OpenInvoice,
  now: Temporal.Instant,
): NewCharge {
  const generation = invoice.hasHadCharge ? invoice.generation + 1 : invoice.generation;
  return {
    accountId: subscription.accountId,
    id: newId("chg", random),
    invoiceId: invoice.id,
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    connectionId: key.connectionId,
    billingKeyId: key.id,
    amount: invoice.amount,
    orderName: invoice.description,
    generation,
    orderId: periodOrderId(parseId("sub", subscription.id), invoice.periodIndex, generation),
    testClockId: subscription.testClockId,
    dueAt: now,
  };
}
