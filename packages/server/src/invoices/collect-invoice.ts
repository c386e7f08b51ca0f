/**
 * Charges an open invoice that nothing collects: its money was held and not captured in time, or its
 * charge was given up. The new charge is due now, under the invoice's next order id.
 */
import { AppError } from "../app-error.ts";
import { findBillingKey } from "../billing-keys/billing-key-store.ts";
import { chargeFor } from "../billing-keys/collect-owed.ts";
import type { Engine } from "../engine.ts";
import { effectiveNowOf, lockSubscription } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { findInvoiceView } from "./invoice-reads.ts";
import { insertCharges, lockOpenInvoices } from "./invoice-store.ts";

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
  const { database, effects } = engine;
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
    if (invoice.liveCharge !== undefined) {
      const { id, status } = invoice.liveCharge;
      throw new AppError(
        "invoice_not_collectible",
        `Charge ${id} of invoice ${invoiceId} is ${status}: an invoice has one live charge at a time.`,
      );
    }
    const key = await findBillingKey(tx, accountId, subscription.billingKeyId ?? "");
    if (key?.status !== "active") {
      const message = "The subscription has no usable method: open a registration for another one.";
      throw new AppError("billing_key_not_usable", message);
    }
    const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const charge = chargeFor(effects.random, subscription, key, invoice, now);
    await insertCharges(tx, [charge]);
    await notifyWork(tx);
    return charge.id;
  });
}
