/** SQL of charges that wait for a person. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import type { ReviewDecision } from "./review.ts";

const review = statement(
  "review_by_id",
  `select c.status, c.invoice_id, c.subscription_id, c.connection_id, c.order_id, c.updated_at,
     c.review_reason, c.authorized_at is not null as is_authorization,
     i.kind = 'registration' as is_registration, c.last_send_over_at, g.mode,
     protocol_now() as real_now
   from charges c
   join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
   join gateway_connections g on g.account_id = c.account_id and g.id = c.connection_id
   where c.account_id = $1 and c.id = $2`,
);

export interface Review {
  readonly status: string;
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly connectionId: string;
  readonly orderId: string;
  /** Tells one state of it from the next. */
  readonly updatedAt: Temporal.Instant;
  readonly reason: string | undefined;
  /** The provider held the money: what became of it is unclear. */
  readonly isAuthorization: boolean;
  /** A window took it only to register a method: nobody owes it. */
  readonly isRegistration: boolean;
  /** After this no request of ours for it could still be on its way; undefined when it was never sent. */
  readonly lastSendOverAt: Temporal.Instant | undefined;
  readonly mode: "test" | "live";
  readonly realNow: Temporal.Instant;
}

export async function findReview(
  db: Queryable,
  accountId: string,
  chargeId: string,
): Promise<Review | undefined> {
  const [row] = await db.query<{
    status: string;
    invoice_id: string;
    subscription_id: string;
    connection_id: string;
    order_id: string;
    updated_at: Temporal.Instant;
    review_reason: string | null;
    is_authorization: boolean;
    is_registration: boolean;
    last_send_over_at: Temporal.Instant | null;
    mode: "test" | "live";
    real_now: Temporal.Instant;
  }>(review, [accountId, chargeId]);
  return (
    row && {
      status: row.status,
      invoiceId: row.invoice_id,
      subscriptionId: row.subscription_id,
      connectionId: row.connection_id,
      orderId: row.order_id,
      updatedAt: row.updated_at,
      reason: row.review_reason ?? undefined,
      isAuthorization: row.is_authorization,
      isRegistration: row.is_registration,
      lastSendOverAt: row.last_send_over_at ?? undefined,
      mode: row.mode,
      realNow: row.real_now,
    }
  );
}

const resolve = statement(
  "review_resolve",
  `update charges set review_reason = null, updated_at = protocol_now(),
     status = case $3 when 'look_up_again' then 'reconciling'
                      when 'not_paid' then
                        case when billing_key_id is null then 'awaiting_customer'
                             else 'scheduled' end
                      when 'drop' then 'canceled' else 'failed' end,
     look_up_at = case when $3 = 'look_up_again' then protocol_now() end,
     look_ups = case when $3 = 'look_up_again' then 0 else look_ups end,
     due_at = case when $3 = 'not_paid' and billing_key_id is not null then $4::timestamptz end,
     resumes_at = null,
     resends = 0, unsent = 0,
     failure_class = case when $3 = 'give_up' then coalesce(failure_class, 'given_up') end
   where account_id = $1 and id = $2 and status = 'in_review'`,
);

/**
 * @param decision `drop`: it was not paid, and nobody wants the money any more.
 * @returns false when the charge was not in review.
 */
export async function saveReviewDecision(
  tx: Transaction,
  accountId: string,
  chargeId: string,
  decision: ReviewDecision | "drop",
  now: Temporal.Instant,
): Promise<boolean> {
  return (await tx.execute(resolve, [accountId, chargeId, decision, now])) === 1;
}

/** An order id that was or may have been sent for an invoice. */
export interface AskedOrder {
  readonly accountId: string;
  readonly chargeId: string;
  readonly connectionId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
}

/** A payment that a charge of the invoice has. */
export interface PaidOrder extends AskedOrder {
  readonly paymentId: string;
}

interface AskedRow {
  charge_id: string;
  connection_id: string;
  order_id: string;
  amount_minor: string;
  currency: Currency;
  capture: "automatic" | "manual";
}

const asked = statement(
  "review_orders",
  `select distinct on (o.connection_id, o.order_id) c.id as charge_id, o.connection_id, o.order_id,
     c.amount_minor, c.currency, c.capture
   from charges c
   cross join lateral (
     select a.connection_id, a.order_id from attempts a
     where a.account_id = c.account_id and a.charge_id = c.id
     union select c.connection_id, c.order_id) o
   where c.account_id = $1 and c.invoice_id = $2
   order by o.connection_id, o.order_id, c.created_at`,
);

/** Every order id of an invoice, each where it was sent; those to be sent next, too. */
export async function listAskedOrders(
  db: Queryable,
  accountId: string,
  invoiceId: string,
): Promise<AskedOrder[]> {
  const rows = await db.query<AskedRow>(asked, [accountId, invoiceId]);
  return rows.map((row) => toAsked(accountId, row));
}

const paid = statement(
  "review_payments",
  `select id as charge_id, paid_connection_id as connection_id, paid_order_id as order_id,
     amount_minor, currency, capture, payment_id
   from charges where account_id = $1 and invoice_id = $2 and payment_id is not null
   order by created_at, id`,
);

/** The payments that the charges of an invoice have or had. */
export async function listPaidOrders(
  db: Queryable,
  accountId: string,
  invoiceId: string,
): Promise<PaidOrder[]> {
  const rows = await db.query<AskedRow & { payment_id: string }>(paid, [accountId, invoiceId]);
  return rows.map((row) => ({ ...toAsked(accountId, row), paymentId: row.payment_id }));
}

function toAsked(accountId: string, row: AskedRow): AskedOrder {
  return {
    accountId,
    chargeId: row.charge_id,
    connectionId: row.connection_id,
    orderId: row.order_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    capture: row.capture,
  };
}

const owners = statement(
  "review_other_owners",
  `select id, paid_connection_id, payment_id from charges
   where account_id = $1 and invoice_id <> $2 and payment_id = any($3::text[])`,
);

/** Which of these payments are those of other invoices' charges. */
export async function findOtherOwners(
  db: Queryable,
  accountId: string,
  invoiceId: string,
  paymentIds: readonly string[],
): Promise<{ chargeId: string; connectionId: string; paymentId: string }[]> {
  if (paymentIds.length === 0) return [];
  const rows = await db.query<{ id: string; paid_connection_id: string; payment_id: string }>(
    owners,
    [accountId, invoiceId, paymentIds],
  );
  return rows.map((row) => ({
    chargeId: row.id,
    connectionId: row.paid_connection_id,
    paymentId: row.payment_id,
  }));
}
