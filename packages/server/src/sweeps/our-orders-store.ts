/** SQL of our side of a comparison: what was sent, and what is known of a listed movement. */
import { money, type Currency, type ProviderTransaction } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { ChargeStatus } from "../charges/charge-reads.ts";
import type { Connection } from "../connections/connection.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import { readOrderId } from "../ids/order-id.ts";
import type { PaidOrder, SentOrder } from "./our-orders.ts";
import type { Recognized } from "./listed-payment.ts";
import type { TimeRange } from "./sweep.ts";

type Place = Pick<Connection, "accountId" | "id">;

interface OrderRow {
  order_id: string;
  id: string;
  subscription_id: string;
  status: ChargeStatus;
  review_reason: string | null;
  payment_id: string | null;
  captured_minor: string;
  currency: Currency;
  refunded_minor: string;
  over_at: Temporal.Instant;
}

function toOrder(row: OrderRow): SentOrder {
  return {
    orderId: row.order_id,
    chargeId: row.id,
    subscriptionId: row.subscription_id,
    status: row.status,
    reviewReason: row.review_reason ?? undefined,
    paymentId: row.payment_id ?? undefined,
    captured: money(safeInteger(row.captured_minor), row.currency),
    refundedMinor: safeInteger(row.refunded_minor),
    lastSendOverAt: row.over_at,
  };
}

/** Where an attempt was sent: only the order and connection that were paid have the payment. */
const paymentOf = (orderId: string, connectionId: string) =>
  `case when c.paid_order_id = ${orderId} and c.paid_connection_id = ${connectionId}
     then c.payment_id end as payment_id`;

/** An answered call sends nothing more; a silent one may until its lease is over. */
const sendOver = "least(a.over_at, coalesce(a.ended_at, a.over_at))";

const sent = statement(
  "sweep_orders_sent",
  `select a.id as attempt_id, a.claimed_at, a.order_id, c.id, c.subscription_id, c.status,
     c.review_reason, ${paymentOf("a.order_id", "a.connection_id")}, c.captured_minor, c.currency,
     c.refunded_minor, ${sendOver} as over_at
   from attempts a
   join charges c on c.account_id = a.account_id and c.id = a.charge_id
   where a.account_id = $1 and a.connection_id = $2 and a.claimed_at >= $3 and a.claimed_at < $4
     and a.outcome is distinct from 'not_sent'
     and ($5 or a.outcome is null or a.outcome not in ('declined', 'refused'))
     and ($6::timestamptz is null or (a.claimed_at, a.id) > ($6::timestamptz, $7::text))
   order by a.claimed_at, a.id limit $8`,
);

/** Where the next page begins. */
export interface SentMark {
  readonly claimedAt: Temporal.Instant;
  readonly attemptId: string;
}

/**
 * Orders that were sent in some time, oldest first, each once on a page; those whose sends were all
 * refused only on demand.
 */
export async function listSentOrders(
  db: Queryable,
  { accountId, id }: Place,
  { from, to }: TimeRange,
  page: {
    readonly withRefused: boolean;
    readonly after: SentMark | undefined;
    readonly limit: number;
  },
): Promise<{ readonly orders: readonly SentOrder[]; readonly next: SentMark | undefined }> {
  const { after, limit, withRefused } = page;
  const range = [accountId, id, from, to, withRefused];
  const rows = await db.query<OrderRow & { attempt_id: string; claimed_at: Temporal.Instant }>(
    sent,
    [...range, after?.claimedAt ?? null, after?.attemptId ?? null, limit],
  );
  const last = rows.length < limit ? undefined : rows.at(-1);
  const orders = new Map(rows.map((row) => [row.order_id, toOrder(row)]));
  return {
    orders: [...orders.values()],
    next: last && { claimedAt: last.claimed_at, attemptId: last.attempt_id },
  };
}

const overAt = `(select max(${sendOver}) from attempts a where a.account_id = c.account_id
  and a.charge_id = c.id and a.order_id = c.paid_order_id)`;

const refunded = statement(
  "sweep_orders_refunded",
  `select c.paid_order_id as order_id, c.id, c.subscription_id, c.status, c.review_reason,
     c.payment_id, c.captured_minor, c.currency, c.refunded_minor,
     coalesce(${overAt}, c.created_at) as over_at,
     array_agg(r.transaction_id) as transaction_ids
   from refunds r
   join charges c on c.account_id = r.account_id and c.id = r.charge_id
   where r.account_id = $1 and r.connection_id = $2 and r.status = 'refunded'
     and r.updated_at >= $3 and r.updated_at < $4
   group by c.account_id, c.id`,
);

/** Charges with refunds that were booked in some time, with the provider's names of these. */
export async function listRefundedOrders(
  db: Queryable,
  { accountId, id }: Place,
  { from, to }: TimeRange,
): Promise<{ readonly order: SentOrder; readonly transactionIds: readonly string[] }[]> {
  const rows = await db.query<OrderRow & { transaction_ids: string[] }>(refunded, [
    accountId,
    id,
    from,
    to,
  ]);
  return rows.map((row) => ({ order: toOrder(row), transactionIds: row.transaction_ids }));
}

const recognized = statement(
  "sweep_recognize",
  `with r as materialized (
     select * from jsonb_to_recordset($3::jsonb) as r(n int, payment_id text, transaction_id text,
       order_id text, subscription_id text, invoice_id text)
   )
   select r.n, c.id, c.paid_order_id as order_id, c.subscription_id, c.status, c.review_reason,
     c.payment_id, c.captured_minor, c.currency, c.refunded_minor,
     coalesce(${overAt}, c.created_at) as over_at,
     exists (select 1 from refunds f where f.account_id = $1 and f.connection_id = $2
             and f.transaction_id = r.transaction_id) as is_booked_refund,
     exists (select 1 from sweep_findings f where f.account_id = $1 and f.charge_id = c.id
             and f.settled_at is null) as is_doubted,
     exists (select 1 from charges s
             join attempts a on a.account_id = s.account_id and a.charge_id = s.id
             where s.account_id = $1
               and s.subscription_id = coalesce(r.subscription_id,
                 (select i.subscription_id from invoices i
                  where i.account_id = $1 and i.id = r.invoice_id))
               and a.order_id = r.order_id and a.connection_id = $2) as is_sent
   from r
   left join charges c on c.account_id = $1 and c.paid_connection_id = $2
     and c.payment_id = r.payment_id
   order by r.n`,
);

/** @returns What our books say of each movement, in the order given. */
export async function recognize(
  db: Queryable,
  { accountId, id }: Place,
  movements: readonly Pick<ProviderTransaction, "paymentId" | "transactionId" | "orderId">[],
): Promise<Recognized[]> {
  const asked = movements.map(({ orderId, paymentId, transactionId }, n) => {
    const ids = { n, payment_id: paymentId, transaction_id: transactionId };
    return { ...ids, ...namesIn(orderId) };
  });
  const rows = await db.query<
    { [Column in keyof OrderRow]: OrderRow[Column] | null } & {
      is_booked_refund: boolean;
      is_doubted: boolean;
      is_sent: boolean;
    }
  >(recognized, [accountId, id, jsonRows(asked)]);
  return rows.map((row) => ({
    paid: row.id === null ? undefined : (toOrder(row as OrderRow) as PaidOrder),
    isSent: row.is_sent,
    isBookedRefund: row.is_booked_refund,
    isDoubted: row.is_doubted,
  }));
}

/** An order id leads to its charge by what it names; no table is searched through for it. */
function namesIn(orderId: string): {
  readonly order_id: string;
  readonly subscription_id?: string;
  readonly invoice_id?: string;
} {
  const named = readOrderId(orderId);
  // A provider that folds case names the same order.
  const order_id = named === undefined ? orderId : orderId.toUpperCase();
  if (named?.kind === "period") return { order_id, subscription_id: named.subscriptionId };
  if (named?.kind === "invoice") return { order_id, invoice_id: named.invoiceId };
  return { order_id };
}

/** Whose an order is that a connection never sent. */
export interface OrderTrace {
  /**
   * Another connection, of this account or another one in this database, sent it, and it leads to the
   * same merchant at the provider: it has the payment in its own list.
   */
  readonly isSentElsewhere: boolean;
  /** The subscription, invoice or registration that it names is in this account. */
  readonly isKnown: boolean;
  /** The charge of this account that has this order id and was never sent. */
  readonly chargeId: string | undefined;
}

const traced = statement(
  "sweep_trace_order",
  `with place as materialized (
     select s.account_id, s.id as subscription_id
     from accounts x join subscriptions s on s.account_id = x.id and s.id = $3
     union all
     select i.account_id, i.subscription_id
     from accounts x join invoices i on i.account_id = x.id and i.id = $3
   ), named as materialized (
     select c.account_id, c.id, c.order_id
     from place p join charges c on c.account_id = p.account_id
       and c.subscription_id = p.subscription_id
   )
   select exists (
       select 1 from named c
       join attempts a on a.account_id = c.account_id and a.charge_id = c.id
       join gateway_connections g on g.account_id = a.account_id and g.id = a.connection_id
       join gateway_connections here on here.account_id = $1 and here.id = $4
         and (here.provider, here.api_host, here.public_id, here.mode)
           = (g.provider, g.api_host, g.public_id, g.mode)
       where a.order_id = $2) as is_sent_elsewhere,
     exists (select 1 from place where account_id = $1)
       or exists (select 1 from registrations where account_id = $1 and id = $3) as is_known,
     (select c.id from named c where c.account_id = $1 and c.order_id = $2 limit 1) as charge_id`,
);

export async function traceOrder(
  db: Queryable,
  { accountId, id: connectionId }: Place,
  orderId: string,
): Promise<OrderTrace> {
  const named = readOrderId(orderId);
  const subjectId =
    named?.kind === "period"
      ? named.subscriptionId
      : named?.kind === "invoice"
        ? named.invoiceId
        : named?.registrationId;
  const [row] = await db.query<{
    is_sent_elsewhere: boolean;
    is_known: boolean;
    charge_id: string | null;
  }>(traced, [accountId, orderId.toUpperCase(), subjectId ?? "", connectionId]);
  return {
    isSentElsewhere: row?.is_sent_elsewhere ?? false,
    isKnown: row?.is_known ?? false,
    chargeId: row?.charge_id ?? undefined,
  };
}

const standing = statement(
  "sweep_order_standing",
  `select a.order_id, c.id, c.subscription_id, c.status, c.review_reason,
     ${paymentOf("a.order_id", "a.connection_id")}, c.captured_minor, c.currency, c.refunded_minor,
     ${sendOver} as over_at,
     (select p.payment_id from charges p where p.account_id = c.account_id
        and p.invoice_id = c.invoice_id and p.status = 'captured') as invoice_payment_id
   from charges c
   join attempts a on a.account_id = c.account_id and a.charge_id = c.id
   where c.account_id = $1 and a.connection_id = $2 and a.order_id = $3
     and c.subscription_id = coalesce($4::text, (select i.subscription_id from invoices i
                                                 where i.account_id = $1 and i.id = $5::text))
   order by a.n desc limit 1`,
);

export interface OrderStanding extends SentOrder {
  /** The payment that its invoice has, by whichever charge. */
  readonly invoicePaymentId: string | undefined;
}

/** @returns undefined when the connection never sent it. */
export async function findStanding(
  db: Queryable,
  { accountId, id }: Place,
  orderId: string,
): Promise<OrderStanding | undefined> {
  const { invoice_id = null, order_id, subscription_id = null } = namesIn(orderId);
  const [row] = await db.query<OrderRow & { invoice_payment_id: string | null }>(standing, [
    accountId,
    id,
    order_id,
    subscription_id,
    invoice_id,
  ]);
  return row && { ...toOrder(row), invoicePaymentId: row.invoice_payment_id ?? undefined };
}

const current = statement(
  "sweep_charge_now",
  "select status, refunded_minor from charges where account_id = $1 and id = $2",
);

/** Whether a charge is still as it was when the provider was asked. Its subscription is locked. */
export async function isUnchanged(
  db: Queryable,
  accountId: string,
  { chargeId, refundedMinor, status }: SentOrder,
): Promise<boolean> {
  const [row] = await db.query<{ status: string; refunded_minor: string }>(current, [
    accountId,
    chargeId,
  ]);
  return row?.status === status && safeInteger(row.refunded_minor) === refundedMinor;
}

const held = statement(
  "sweep_ask_about_held",
  `update charges set status = 'expired', look_up_at = protocol_now(), look_ups = 0,
     not_found_count = 0, not_found_at = null, held_until = null, updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'authorized'`,
);

/** Has the provider asked about held money, as if its date had passed. */
export async function askAboutHeld(
  db: Queryable,
  accountId: string,
  chargeId: string,
): Promise<boolean> {
  return (await db.execute(held, [accountId, chargeId])) === 1;
}

const foundRefunds = statement(
  "sweep_found_refunds",
  `select transaction_id, amount_minor, currency from refunds
   where account_id = $1 and charge_id = $2 and origin = 'provider'`,
);

/** Refunds of a charge that somebody made at the provider, as they are booked. */
export async function listFoundRefunds(db: Queryable, accountId: string, chargeId: string) {
  const rows = await db.query<{
    transaction_id: string;
    amount_minor: string;
    currency: Currency;
  }>(foundRefunds, [accountId, chargeId]);
  return rows.map((row) => ({
    transactionId: row.transaction_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
  }));
}

const clock = statement("sweep_now", "select protocol_now() as now");

/** The database's clock. */
export async function readNow(db: Queryable): Promise<Temporal.Instant> {
  const [row] = await db.query<{ now: Temporal.Instant }>(clock);
  if (row === undefined) throw new Error("the database did not tell the time");
  return row.now;
}
