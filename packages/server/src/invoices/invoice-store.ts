/** SQL of invoices, and of the charges that are opened for them. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import { afterForgotten } from "../journal/forgotten-orders.ts";

export interface NewInvoice {
  readonly accountId: string;
  readonly id: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  /** Undefined for what a window takes to register a method: it belongs to no period. */
  readonly period:
    | {
        readonly index: number;
        readonly startsOn: Temporal.PlainDate;
        readonly endsOn: Temporal.PlainDate;
      }
    | undefined;
  readonly status: "draft" | "open" | "void";
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
  readonly description: string;
  readonly dueAt: Temporal.Instant;
}

function invoiceLines(row: string): string {
  return `jsonb_build_array(jsonb_build_object('description', ${row}.description,
    'amount', ${row}.amount_minor, 'currency', ${row}.currency))`;
}

const insert = statement(
  "invoices_insert",
  `insert into invoices (account_id, id, subscription_id, customer_id, kind, period_index, status,
     amount_minor, currency, lines, capture, period_starts_on, period_ends_on, due_at)
   select account_id, id, subscription_id, customer_id, kind, period_index, status, amount_minor,
     currency, ${invoiceLines("r")}, capture, starts_on, ends_on, due_at
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, subscription_id text,
     customer_id text, kind text, period_index int, status text, amount_minor bigint, currency text,
     capture text, description text, starts_on date, ends_on date, due_at timestamptz)`,
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
    kind: it.period === undefined ? "registration" : "period",
    period_index: it.period?.index,
    status: it.status,
    amount_minor: it.amount.amountMinor,
    currency: it.amount.currency,
    capture: it.capture,
    description: it.description,
    starts_on: it.period?.startsOn.toString(),
    ends_on: it.period?.endsOn.toString(),
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
  /** Undefined for one that only a window can pay. */
  readonly billingKeyId: string | undefined;
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
  readonly orderName: string;
  readonly generation: number;
  readonly orderId: string;
  readonly testClockId: string | undefined;
  /** When it may be claimed; undefined while it waits for the customer in a window. */
  readonly dueAt: Temporal.Instant | undefined;
  /** When a billing key would be charged again if no window pays it. */
  readonly resumesAt?: Temporal.Instant | undefined;
}

const insertCharge = statement(
  "charges_insert",
  `with r as materialized (
     select * from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, invoice_id text,
       subscription_id text, customer_id text, connection_id text, billing_key_id text,
       amount_minor bigint, currency text, capture text, order_name text, generation int,
       order_id text, test_clock_id text, due_at timestamptz, resumes_at timestamptz)
   ), counted as (
     update invoices i set generation = r.generation from r
     where i.account_id = r.account_id and i.id = r.invoice_id and i.generation <> r.generation
   )
   insert into charges (account_id, id, invoice_id, subscription_id, customer_id, connection_id,
     billing_key_id, status, amount_minor, currency, capture, order_name, generation, order_id,
     test_clock_id, due_at, resumes_at)
   select account_id, id, invoice_id, subscription_id, customer_id, connection_id, billing_key_id,
     case when due_at is null then 'awaiting_customer' else 'scheduled' end,
     amount_minor, currency, capture, order_name, generation, order_id, test_clock_id, due_at,
     resumes_at
   from r`,
);

/**
 * Opens charges; the database refuses a second live one for an invoice.
 *
 * @returns What was opened. The order id is another one where a set-back database has forgotten sends.
 */
export async function insertCharges(
  tx: Transaction,
  wanted: readonly NewCharge[],
): Promise<readonly NewCharge[]> {
  if (wanted.length === 0) return [];
  const { charges, writeIn } = await afterForgotten(tx, wanted);
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
    capture: it.capture,
    order_name: it.orderName,
    generation: it.generation,
    order_id: it.orderId,
    test_clock_id: it.testClockId,
    due_at: it.dueAt?.toString(),
    resumes_at: it.resumesAt?.toString(),
  }));
  await tx.execute(insertCharge, [jsonRows(rows)]);
  await writeIn();
  return charges;
}

/** An invoice that is owed, or that a window offers to pay, with its live charge if it has one. */
export interface UnpaidInvoice {
  readonly id: string;
  readonly status: "draft" | "open";
  /** Undefined for what a window takes to register a method. */
  readonly periodIndex: number | undefined;
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
  readonly description: string;
  readonly generation: number;
  /** It was charged before: another charge needs the next generation. */
  readonly hasHadCharge: boolean;
  readonly liveCharge:
    | {
        readonly id: string;
        readonly status: string;
        readonly connectionId: string;
        readonly orderId: string;
        readonly amount: Money;
        readonly dueAt: Temporal.Instant | undefined;
        /** An attempt under its order id has no definite end. */
        readonly isUnresolved: boolean;
      }
    | undefined;
}

const unpaid = statement(
  "invoices_unpaid_of_subscription",
  `select i.id, i.status, i.period_index, i.amount_minor, i.currency, i.capture,
     i.lines -> 0 ->> 'description' as description, i.generation,
     exists (select 1 from charges c where c.account_id = i.account_id and c.invoice_id = i.id)
       as has_had_charge,
     l.id as charge_id, l.status as charge_status, l.connection_id, l.order_id, l.due_at,
     l.amount_minor as charge_minor,
     exists (select 1 from attempts a where a.account_id = l.account_id and a.charge_id = l.id
             and a.order_id = l.order_id and (a.outcome is null or a.outcome = 'unknown'))
       as is_unresolved
   from invoices i
   left join charges l on l.account_id = i.account_id and l.invoice_id = i.id
     and l.status not in ('failed', 'canceled', 'voided')
   where i.account_id = $1 and i.subscription_id = $2 and i.status in ('draft', 'open')
   order by i.period_index
   for no key update of i`,
);

interface UnpaidRow {
  id: string;
  status: "draft" | "open";
  period_index: number | null;
  amount_minor: string;
  currency: Currency;
  capture: "automatic" | "manual";
  description: string;
  generation: number;
  has_had_charge: boolean;
  charge_id: string | null;
  charge_status: string;
  connection_id: string;
  order_id: string;
  due_at: Temporal.Instant | null;
  charge_minor: string;
  is_unresolved: boolean;
}

/** Oldest period first. The subscription must be locked, so that no claim runs meanwhile. */
export async function lockUnpaidInvoices(
  tx: Transaction,
  accountId: string,
  subscriptionId: string,
): Promise<UnpaidInvoice[]> {
  const rows = await tx.query<UnpaidRow>(unpaid, [accountId, subscriptionId]);
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    periodIndex: row.period_index ?? undefined,
    amount: money(safeInteger(row.amount_minor), row.currency),
    capture: row.capture,
    description: row.description,
    generation: row.generation,
    hasHadCharge: row.has_had_charge,
    liveCharge: row.charge_id === null ? undefined : toLiveCharge(row, row.charge_id),
  }));
}

function toLiveCharge(row: UnpaidRow, id: string): UnpaidInvoice["liveCharge"] {
  return {
    id,
    status: row.charge_status,
    connectionId: row.connection_id,
    orderId: row.order_id,
    amount: money(safeInteger(row.charge_minor), row.currency),
    dueAt: row.due_at ?? undefined,
    isUnresolved: row.is_unresolved,
  };
}

/** What is owed, without what a window merely offers. */
export async function lockOpenInvoices(
  tx: Transaction,
  accountId: string,
  subscriptionId: string,
): Promise<UnpaidInvoice[]> {
  const invoices = await lockUnpaidInvoices(tx, accountId, subscriptionId);
  return invoices.filter(({ status }) => status === "open");
}

const saveStatus = statement(
  "invoices_save_status",
  `update invoices set status = $3 where account_id = $1 and id = any($2::text[])
   and status in ('draft', 'open')`,
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
  "charges_cancel_waiting",
  `update charges set status = 'canceled', due_at = null, held_until = null, resumes_at = null,
     updated_at = protocol_now()
   where account_id = $1 and id = any($2::text[]) and status in ('scheduled', 'awaiting_customer')`,
);

/**
 * An approved window takes no money before our confirmation, so one that waits for its customer can
 * be canceled as well.
 *
 * @returns How many were still waiting and are canceled now.
 */
export async function cancelWaitingCharges(
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

const schedule = statement(
  "charges_schedule_with_key",
  `update charges set status = 'scheduled', billing_key_id = $3, due_at = $4, resumes_at = null,
     updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'awaiting_customer'`,
);

/** A key is there: a charge that waited for its customer in a window is due, under its order id. */
export async function scheduleCharge(
  tx: Transaction,
  accountId: string,
  id: string,
  billingKeyId: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx.execute(schedule, [accountId, id, billingKeyId, now]);
}

const review = statement(
  "charges_put_in_review",
  `update charges set status = 'in_review', due_at = null, held_until = null, review_reason = $3,
     failure_class = $3, failure_code = $3, failure_message = $4, updated_at = protocol_now()
   where account_id = $1 and id = $2 and status in ('scheduled', 'awaiting_customer')`,
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
