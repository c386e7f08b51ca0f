/** SQL of payments that come after the end: the charge that adopts one, and what is done with its money. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Transaction } from "../db/database.ts";
import { orderIdOf } from "../ids/order-id.ts";
import type { EndedCharge } from "./late-payment-store.ts";
import type { LatePolicy } from "./late-policy.ts";

const locked = statement(
  "late_invoice_locked",
  `select i.id, i.period_index, i.generation, i.amount_minor, i.currency,
     exists (select 1 from events e where e.account_id = i.account_id
             and e.subscription_id = i.subscription_id and e.type = 'invoice.opened'
             and e.data->>'invoiceId' = i.id) as was_opened,
     s.anchor_on is not null as has_begun
   from charges c join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
   join subscriptions s on s.account_id = i.account_id and s.id = i.subscription_id
   where c.account_id = $1 and c.id = $2
   for no key update of i`,
);

export interface LateInvoice {
  readonly id: string;
  readonly periodIndex: number | undefined;
  readonly generation: number;
  readonly amount: Money;
  /** Somebody was told that it is owed. */
  readonly wasOpened: boolean;
  /** A window offered it, and its subscription has begun with another period since: it is for nothing. */
  readonly isReplaced: boolean;
}

/** The invoice of a charge that has ended, locked after its subscription. */
export async function lockLateInvoice(
  tx: Transaction,
  accountId: string,
  chargeId: string,
): Promise<LateInvoice> {
  const [row] = await tx.query<{
    id: string;
    period_index: number | null;
    generation: number;
    amount_minor: string;
    currency: Currency;
    was_opened: boolean;
    has_begun: boolean;
  }>(locked, [accountId, chargeId]);
  if (row === undefined) throw new Error(`charge ${chargeId} has no invoice`);
  return {
    id: row.id,
    periodIndex: row.period_index ?? undefined,
    generation: row.generation,
    amount: money(safeInteger(row.amount_minor), row.currency),
    wasOpened: row.was_opened,
    isReplaced: row.period_index !== null && !row.was_opened && row.has_begun,
  };
}

// Born with a call open, because only such a charge can be given a payment.
const insert = statement(
  "late_charge_insert",
  `insert into charges (account_id, id, invoice_id, subscription_id, customer_id, connection_id,
     billing_key_id, status, amount_minor, currency, order_name, capture, generation, order_id,
     test_clock_id, look_up_at, lease_token, lease_until, last_send_over_at)
   select c.account_id, $3, c.invoice_id, c.subscription_id, c.customer_id, $4, c.billing_key_id,
     'reconciling', c.amount_minor, c.currency, c.order_name, c.capture, $7, $8, c.test_clock_id,
     protocol_now(), $6, protocol_now() + interval '1 minute', protocol_now()
   from charges c
   where c.account_id = $1 and c.id = $2
     and not exists (select 1 from charges t where t.account_id = $1 and t.paid_connection_id = $4
                     and t.payment_id = $5)
   on conflict do nothing`,
);

export interface Adopter {
  readonly accountId: string;
  readonly id: string;
  /** Where the payment was made. */
  readonly connectionId: string;
  readonly paymentId: string;
  readonly leaseToken: string;
}

/**
 * Opens the charge, under an order id that is never sent.
 *
 * @returns false when the payment or the invoice has a charge.
 */
export async function insertAdopter(
  tx: Transaction,
  ended: EndedCharge,
  invoice: LateInvoice,
  { accountId, connectionId, id, leaseToken, paymentId }: Adopter,
): Promise<boolean> {
  const generation = invoice.generation + 1;
  const { id: invoiceId, periodIndex } = invoice;
  const order = { invoiceId, subscriptionId: ended.subscriptionId, periodIndex };
  const named = [accountId, ended.id, id, connectionId, paymentId, leaseToken];
  const values = [...named, generation, orderIdOf(order, generation)];
  return (await tx.execute(insert, values)) === 1;
}

const facts = statement(
  "late_payment_facts",
  `select a.late_payments, i.period_ends_on, s.zone
   from invoices i
   join accounts a on a.id = i.account_id
   join subscriptions s on s.account_id = i.account_id and s.id = i.subscription_id
   where i.account_id = $1 and i.id = $2`,
);

/** What decides whether late money goes back. @throws {Error} for an invoice of no period. */
export async function findLateFacts(
  tx: Transaction,
  accountId: string,
  invoiceId: string,
): Promise<{ policy: LatePolicy; endsOn: Temporal.PlainDate; zone: string }> {
  const [row] = await tx.query<{
    late_payments: LatePolicy;
    period_ends_on: Temporal.PlainDate;
    zone: string;
  }>(facts, [accountId, invoiceId]);
  if (row === undefined) throw new Error(`there is no invoice ${invoiceId}`);
  return { policy: row.late_payments, endsOn: row.period_ends_on, zone: row.zone };
}
