/**
 * Charges an open invoice that nothing collects: its money was held and not captured in time, its
 * charge was given up, or a customer has left the window that offers it. The charge is due now: a new one under
 * the invoice's next order id, except that one which a window offers keeps its own.
 */
import { AppError } from "../app-error.ts";
import type { Temporal } from "temporal-polyfill";
import type { BillingKey } from "../billing-keys/billing-key.ts";
import { findBillingKey } from "../billing-keys/billing-key-store.ts";
import { chargeFor } from "../billing-keys/collect-owed.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { effectiveNowOf, lockSubscription } from "../subscriptions/subscription-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { findInvoiceView } from "./invoice-reads.ts";
import {
  cancelWaitingCharges,
  insertCharges,
  lockOpenInvoices,
  scheduleCharge,
  type UnpaidInvoice,
} from "./invoice-store.ts";

export interface InvoiceToCollect {
  readonly accountId: string;
  readonly invoiceId: string;
}

/**
 * @returns The id of the new charge.
 * @throws {AppError} `not_found`; `invoice_not_collectible` when it is not open, or a charge of it is
 *   live; `subscription_canceled`; `billing_key_not_usable`.
 */
export async function collectInvoice(
  engine: Engine,
  { accountId, invoiceId }: InvoiceToCollect,
): Promise<string> {
  const { database } = engine;
  return await database.transaction(async (tx) => {
    const known = await findInvoiceView(tx, accountId, invoiceId);
    if (known === undefined) throw new AppError("not_found", `There is no invoice ${invoiceId}.`);
    const subscription = await lockSubscription(tx, accountId, known.subscriptionId);
    const invoices = await lockOpenInvoices(tx, accountId, known.subscriptionId);
    const invoice = invoices.find(({ id }) => id === invoiceId);
    if (subscription === undefined || invoice === undefined) {
      const { status } = (await findInvoiceView(tx, accountId, invoiceId)) ?? known;
      throw new AppError("invoice_not_collectible", `Invoice ${invoiceId} is ${status}, not open.`);
    }
    if (subscription.status === "canceled") {
      throw new AppError("subscription_canceled", "The subscription has ended; make a new one.");
    }
    const live = invoice.liveCharge;
    if (live !== undefined && live.status !== "awaiting_customer") throw hasCharge(invoiceId, live);
    const key = await findBillingKey(tx, accountId, subscription.billingKeyId ?? "");
    if (key?.status !== "active") {
      const message = "The subscription has no usable method: open a registration for another one.";
      throw new AppError("billing_key_not_usable", message);
    }
    const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const chargeId = await charge(tx, engine, { subscription, key, invoice, now });
    await notifyWork(tx);
    return chargeId;
  });
}

function hasCharge(invoiceId: string, { id, status }: LiveCharge): AppError {
  const message = `Charge ${id} of invoice ${invoiceId} is ${status}: an invoice has one live charge at a time.`;
  return new AppError("invoice_not_collectible", message);
}

type LiveCharge = NonNullable<UnpaidInvoice["liveCharge"]>;

/** A charge that a window offers is taken from there: nobody may ever come back. */
async function charge(
  tx: Transaction,
  { effects }: Engine,
  it: {
    readonly subscription: Subscription;
    readonly key: BillingKey;
    readonly invoice: UnpaidInvoice;
    readonly now: Temporal.Instant;
  },
): Promise<string> {
  const { invoice, key, now, subscription } = it;
  const { accountId } = subscription;
  const live = invoice.liveCharge;
  if (live?.connectionId === key.connectionId) {
    await scheduleCharge(tx, accountId, live.id, key.id, now);
    return live.id;
  }
  // Only where it was sent does its order id protect from paying twice (rule 12).
  if (live?.isUnresolved === true) throw hasCharge(invoice.id, live);
  if (live !== undefined) await cancelWaitingCharges(tx, accountId, [live.id]);
  const made = chargeFor(effects.random, subscription, key, invoice, now);
  await insertCharges(tx, [made]);
  return made.id;
}
