/** SQL of invoices, and of the charges that are opened for them. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";

export interface NewInvoice {
  readonly accountId: string;
  readonly id: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly periodIndex: number;
  readonly status: "open" | "void";
  readonly amount: Money;
  readonly description: string;
  readonly startsOn: Temporal.PlainDate;
  readonly endsOn: Temporal.PlainDate;
  readonly dueAt: Temporal.Instant;
}

const insert = statement(
  "invoices_insert",
  `insert into invoices (account_id, id, subscription_id, customer_id, period_index, status,
     amount_minor, currency, lines, period_starts_on, period_ends_on, due_at)
   select account_id, id, subscription_id, customer_id, period_index, status, amount_minor, currency,
     jsonb_build_array(jsonb_build_object(
       'description', description, 'amount', amount_minor, 'currency', currency)),
     starts_on, ends_on, due_at
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, subscription_id text,
     customer_id text, period_index int, status text, amount_minor bigint, currency text,
     description text, starts_on date, ends_on date, due_at timestamptz)`,
);

export async function insertInvoices(
  tx: Transaction,
  invoices: readonly NewInvoice[],
): Promise<void> {
  if (invoices.length === 0) return;
  const rows = invoices.map((it) => ({
    account_id: it.accountId,
    id: it.id,
    subscription_id: it.subscriptionId,
    customer_id: it.customerId,
    period_index: it.periodIndex,
    status: it.status,
    amount_minor: it.amount.amountMinor,
    currency: it.amount.currency,
    description: it.description,
    starts_on: it.startsOn.toString(),
    ends_on: it.endsOn.toString(),
    due_at: it.dueAt.toString(),
  }));
  await tx.execute(insert, [jsonRows(rows)]);
}

export interface NewCharge {
  readonly accountId: string;
  readonly id: string;
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly connectionId: string;
  readonly billingKeyId: string;
  readonly amount: Money;
  readonly orderName: string;
  readonly generation: number;
  readonly orderId: string;
  readonly testClockId: string | undefined;
  readonly dueAt: Temporal.Instant;
}

const insertCharge = statement(
  "charges_insert",
  `with r as materialized (
     select * from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, invoice_id text,
       subscription_id text, customer_id text, connection_id text, billing_key_id text,
       amount_minor bigint, currency text, order_name text, generation int, order_id text,
       test_clock_id text, due_at timestamptz)
   ), counted as (
     update invoices i set generation = r.generation from r
     where i.account_id = r.account_id and i.id = r.invoice_id and i.generation <> r.generation
   )
   insert into charges (account_id, id, invoice_id, subscription_id, customer_id, connection_id,
     billing_key_id, status, amount_minor, currency, order_name, generation, order_id,
     test_clock_id, due_at)
   select account_id, id, invoice_id, subscription_id, customer_id, connection_id, billing_key_id,
     'scheduled', amount_minor, currency, order_name, generation, order_id, test_clock_id, due_at
   from r`,
);

/** Opens charges; the database refuses a second live one for an invoice. */
export async function insertCharges(tx: Transaction, charges: readonly NewCharge[]): Promise<void> {
  if (charges.length === 0) return;
  const rows = charges.map((it) => ({
    account_id: it.accountId,
    id: it.id,
    invoice_id: it.invoiceId,
    subscription_id: it.subscriptionId,
    customer_id: it.customerId,
    connection_id: it.connectionId,
    billing_key_id: it.billingKeyId,
    amount_minor: it.amount.amountMinor,
    currency: it.amount.currency,
    order_name: it.orderName,
    generation: it.generation,
    order_id: it.orderId,
    test_clock_id: it.testClockId,
    due_at: it.dueAt.toString(),
  }));
  await tx.execute(insertCharge, [jsonRows(rows)]);
}

/** An open invoice, with its live charge if it has one. */
export interface OpenInvoice {
  readonly id: string;
  readonly periodIndex: number;
  readonly amount: Money;
  readonly description: string;
  readonly generation: number;
  /** It was charged before: another charge needs the next generation. */
  readonly hasHadCharge: boolean;
  readonly liveCharge:
    | {
        readonly id: string;
        readonly status: string;
        readonly connectionId: string;
        /** An attempt under its order id has no definite end. */
        readonly isUnresolved: boolean;
      }
    | undefined;
}

const open = statement(
  "invoices_open_of_subscription",
  `select i.id, i.period_index, i.amount_minor, i.currency, i.lines -> 0 ->> 'description' as description,
     i.generation,
     exists (select 1 from charges c where c.account_id = i.account_id and c.invoice_id = i.id)
       as has_had_charge,
     l.id as charge_id, l.status as charge_status, l.connection_id,
     exists (select 1 from attempts a where a.account_id = l.account_id and a.charge_id = l.id
             and a.order_id = l.order_id and (a.outcome is null or a.outcome = 'unknown'))
       as is_unresolved
   from invoices i
   left join charges l on l.account_id = i.account_id and l.invoice_id = i.id
     and l.status not in ('failed', 'canceled', 'voided')
   where i.account_id = $1 and i.subscription_id = $2 and i.status = 'open'
   order by i.period_index
   for no key update of i`,
);

/** Oldest period first. The subscription must be locked, so that no claim runs meanwhile. */
export async function lockOpenInvoices(
  tx: Transaction,
  accountId: string,
  subscriptionId: string,
): Promise<OpenInvoice[]> {
  const rows = await tx.query<{
    id: string;
    period_index: number;
    amount_minor: string;
    currency: Currency;
    description: string;
    generation: number;
    has_had_charge: boolean;
    charge_id: string | null;
    charge_status: string | null;
    connection_id: string | null;
    is_unresolved: boolean;
  }>(open, [accountId, subscriptionId]);
  return rows.map((row) => ({
    id: row.id,
    periodIndex: row.period_index,
    amount: money(safeInteger(row.amount_minor), row.currency),
    description: row.description,
    generation: row.generation,
    hasHadCharge: row.has_had_charge,
    liveCharge:
      row.charge_id === null || row.charge_status === null || row.connection_id === null
        ? undefined
        : {
            id: row.charge_id,
            status: row.charge_status,
            connectionId: row.connection_id,
            isUnresolved: row.is_unresolved,
          },
  }));
}

const saveStatus = statement(
  "invoices_save_status",
  `update invoices set status = $3 where account_id = $1 and id = any($2::text[])
   and status = 'open'`,
);

export async function closeInvoices(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  status: "void" | "uncollectible",
): Promise<void> {
  if (ids.length > 0) await tx.execute(saveStatus, [accountId, ids, status]);
}

const cancelCharges = statement(
  "charges_cancel_scheduled",
  `update charges set status = 'canceled', due_at = null, held_until = null,
     updated_at = protocol_now()
   where account_id = $1 and id = any($2::text[]) and status = 'scheduled'`,
);

/** @returns How many were still only scheduled and are canceled now. */
export async function cancelScheduledCharges(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
): Promise<number> {
  return ids.length === 0 ? 0 : await tx.execute(cancelCharges, [accountId, ids]);
}

const hasten = statement(
  "charges_hasten",
  `update charges set due_at = least(due_at, $3), held_until = null, updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'scheduled'`,
);

/** A new method is there: a charge that waits for its next retry is due at once. */
export async function hastenCharge(
  tx: Transaction,
  accountId: string,
  id: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx.execute(hasten, [accountId, id, now]);
}

const review = statement(
  "charges_put_in_review",
  `update charges set status = 'in_review', due_at = null, held_until = null, review_reason = $3,
     failure_class = $3, failure_code = $3, failure_message = $4, updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'scheduled'`,
);

export async function putInReview(
  tx: Transaction,
  accountId: string,
  id: string,
  reason: string,
  message: string,
): Promise<void> {
  await tx.execute(review, [accountId, id, reason, message]);
}
