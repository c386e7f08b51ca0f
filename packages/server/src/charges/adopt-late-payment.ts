/**
 * A payment whose charge has ended without it gets another charge of its invoice, which has nothing left
 * to do but to have it: the same books, events and consequences as when an earlier order id turns out to
 * be paid before the next one is sent. Nothing is sent. What pays for nothing is given back at once.
 */
import type { ProviderPayment } from "@maedal/gateways";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { requestRestRefund } from "../refunds/request-refund.ts";
import { insertLookUps } from "./charge-result-store.ts";
import { insertAdopter, lockLateInvoice, type LateInvoice } from "./late-adoption-store.ts";
import type { EndedCharge } from "./late-payment-store.ts";
import { differsFrom, keepsMoney } from "./outcome.ts";
import { recordResults } from "./record-outcomes.ts";

/**
 * The subscription must be locked.
 *
 * @returns The charge that has the payment now; undefined when the payment is not plainly what is owed,
 *   or it or the invoice has a charge: that is for a person.
 */
export async function adoptLatePayment(
  tx: Transaction,
  engine: Engine,
  { accountId, id: connectionId }: Pick<Connection, "accountId" | "id">,
  ended: EndedCharge,
  payment: ProviderPayment & { readonly orderId: string },
): Promise<string | undefined> {
  const { exchange, orderId, paymentId } = payment;
  const invoice = await lockLateInvoice(tx, accountId, ended.id);
  const expected = { orderId, amount: invoice.amount };
  const difference = differsFrom(expected, payment, ["orderId", "amount", "currency"]);
  if (payment.state !== "captured" || difference !== undefined) return undefined;
  // Given back already, by somebody who knew of it: it pays for nothing.
  if (!keepsMoney(payment)) return undefined;
  const { random } = engine.effects;
  const id = newId("chg", random);
  const leaseToken = random.uuid();
  const adopter = { accountId, id, connectionId, paymentId, leaseToken };
  if (!(await insertAdopter(tx, ended, invoice, adopter))) return undefined;
  if (!invoice.wasOpened) await tellOpened(tx, engine, accountId, ended, invoice);
  const seen = { accountId, chargeId: id, id: newId("att", random), orderId };
  await insertLookUps(tx, [{ ...seen, finding: "captured", detail: undefined, exchange }]);
  const lease = { accountId, chargeId: id, leaseToken };
  const outcome = { kind: "captured_before", payment, orderId, connectionId } as const;
  const result = { of: "attempt", lease, outcome, exchange, declinedIdReusable: false } as const;
  const late = await recordResults(tx, engine, [result]);
  if (late.length > 0) throw new Error(`charge ${id} was not there to adopt ${paymentId}`);
  if (invoice.isReplaced) {
    const reason = "offered in a window, and paid for in another way since";
    await requestRestRefund(tx, engine, { accountId, chargeId: id, reason, requestedBy: "maedal" });
  }
  return id;
}

/** What a window offered, and nobody owed, is paid all the same. */
async function tellOpened(
  tx: Transaction,
  engine: Engine,
  accountId: string,
  { now, subscriptionId }: EndedCharge,
  { amount, id: invoiceId, periodIndex }: LateInvoice,
): Promise<void> {
  const data = { invoiceId, periodIndex, amount: amount.amountMinor, currency: amount.currency };
  await appendEvents(tx, engine.effects.random, [
    { accountId, subscriptionId, type: "invoice.opened", data, occurredAt: now },
  ]);
}
