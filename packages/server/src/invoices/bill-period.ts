/** Bills a period: opens its invoice, and the charge that promises to collect it. */
import type { BillingKey } from "../billing-keys/billing-key.ts";
import type { Transaction } from "../db/database.ts";
import type { Random } from "../effects.ts";
import type { NewEvent } from "../events/event.ts";
import { newId, parseId } from "../ids/id.ts";
import { periodOrderId } from "../ids/order-id.ts";
import type { PeriodToBill, Subscription } from "../subscriptions/subscription.ts";
import { insertCharges, insertInvoices, type NewCharge, type NewInvoice } from "./invoice-store.ts";

export interface PeriodBilling {
  readonly subscription: Subscription;
  readonly bill: PeriodToBill;
  readonly invoice: "open" | "void";
  /** The key to collect with; undefined leaves the invoice waiting for a method. */
  readonly billingKey: Pick<BillingKey, "id" | "connectionId"> | undefined;
}

/** @returns The events to append, in the order of the billings. */
export async function billPeriods(
  tx: Transaction,
  random: Random,
  billings: readonly PeriodBilling[],
): Promise<NewEvent[]> {
  const made = billings.map((billing) => {
    const invoice = invoiceOf(billing, random);
    return { billing, invoice, charge: chargeOf(billing, invoice, random) };
  });
  await insertInvoices(
    tx,
    made.map(({ invoice }) => invoice),
  );
  await insertCharges(
    tx,
    made.flatMap(({ charge }) => (charge === undefined ? [] : [charge])),
  );
  return made.map(({ billing, invoice }) => ({
    accountId: invoice.accountId,
    subscriptionId: invoice.subscriptionId,
    type: invoice.status === "open" ? "invoice.opened" : "invoice.void",
    data: {
      invoiceId: invoice.id,
      periodIndex: billing.bill.periodIndex,
      amount: invoice.amount.amountMinor,
      currency: invoice.amount.currency,
      periodStartsOn: billing.bill.period.startsOn.toString(),
      periodEndsOn: billing.bill.period.endsOn.toString(),
    },
    occurredAt: billing.bill.dueAt,
  }));
}

function invoiceOf({ subscription, bill, invoice }: PeriodBilling, random: Random): NewInvoice {
  return {
    accountId: subscription.accountId,
    id: newId("inv", random),
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    period: {
      index: bill.periodIndex,
      startsOn: bill.period.startsOn,
      endsOn: bill.period.endsOn,
    },
    status: invoice,
    amount: bill.price.amount,
    capture: bill.price.capture,
    description: bill.price.planName,
    dueAt: bill.dueAt,
  };
}

function chargeOf(
  { subscription, bill, billingKey }: PeriodBilling,
  invoice: NewInvoice,
  random: Random,
): NewCharge | undefined {
  if (billingKey === undefined || invoice.status !== "open") return undefined;
  const generation = 0;
  return {
    accountId: invoice.accountId,
    id: newId("chg", random),
    invoiceId: invoice.id,
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    connectionId: billingKey.connectionId,
    billingKeyId: billingKey.id,
    amount: invoice.amount,
    capture: invoice.capture,
    orderName: invoice.description,
    generation,
    orderId: periodOrderId(parseId("sub", subscription.id), bill.periodIndex, generation),
    testClockId: subscription.testClockId,
    dueAt: bill.dueAt,
  };
}
