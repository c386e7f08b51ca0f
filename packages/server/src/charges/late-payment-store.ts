/** SQL of payments that show up for charges that have not got them. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { readOrderId } from "../ids/order-id.ts";

const hasten = statement(
  "charge_hasten_look_up",
  `update charges set status = 'reconciling', look_up_at = protocol_now(), review_reason = null,
     look_ups = case status when 'in_review' then 0 else look_ups end
   where account_id = $1 and connection_id = $2 and order_id = $3
     and status in ('reconciling', 'in_review')`,
);

/**
 * Has a charge looked up at once whose outcome is open; one that waits for a person is asked about
 * again, because there is news.
 *
 * @returns false when there is no such charge.
 */
export async function hastenLookUp(
  tx: Transaction,
  accountId: string,
  connectionId: string,
  orderId: string,
): Promise<boolean> {
  return (await tx.execute(hasten, [accountId, connectionId, orderId])) === 1;
}

const doubted = statement(
  "charge_doubt_waiting",
  `update charges c set status = 'reconciling', look_up_at = protocol_now(), look_ups = 0,
     not_found_count = 0, not_found_at = null, due_at = null, held_until = null,
     updated_at = protocol_now()
   where c.account_id = $1 and c.connection_id = $2 and c.order_id = $3
     and c.status in ('scheduled', 'awaiting_customer')
     and exists (select 1 from attempts a where a.account_id = c.account_id
                 and a.charge_id = c.id and a.order_id = c.order_id)`,
);

/**
 * Has a charge looked up that waits to be sent again, because its order id was paid after all: until
 * the look-up has found that payment, nothing else may collect the invoice.
 *
 * @returns false when there is no such charge.
 */
export async function doubt(
  tx: Transaction,
  accountId: string,
  connectionId: string,
  orderId: string,
): Promise<boolean> {
  return (await tx.execute(doubted, [accountId, connectionId, orderId])) === 1;
}

const ofInvoice = statement(
  "subscription_of_invoice",
  "select subscription_id from invoices where account_id = $1 and id = $2",
);

/**
 * Whose order an order id names. Attempts have no index on their order ids: they are found by way of
 * the subscription, and what names none of ours costs nothing.
 */
export async function findSubscriptionOfOrder(
  db: Queryable,
  accountId: string,
  orderId: string,
): Promise<string | undefined> {
  const named = readOrderId(orderId);
  if (named?.kind === "period") return named.subscriptionId;
  if (named?.kind !== "invoice") return undefined;
  const values = [accountId, named.invoiceId];
  const [row] = await db.query<{ subscription_id: string }>(ofInvoice, values);
  return row?.subscription_id;
}

const ended = statement(
  "charge_ended_by_order_id",
  `select coalesce(paid.id, c.id) as id, c.subscription_id, coalesce(paid.status, c.status) as status,
     coalesce(t.now_at, protocol_now()) as now
   from attempts a
   join charges c on c.account_id = a.account_id and c.id = a.charge_id
   left join charges paid on paid.account_id = c.account_id and paid.invoice_id = c.invoice_id
     and paid.status = 'captured'
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   where c.account_id = $1 and c.subscription_id = $5
     and a.connection_id = $2 and a.order_id = $3
     and (c.status in ('canceled', 'failed', 'voided') or paid.id is not null)
     and (paid.payment_id is distinct from $4 or paid.paid_connection_id <> $2)
   limit 1`,
);

export interface EndedCharge {
  readonly id: string;
  readonly subscriptionId: string;
  readonly status: string;
  readonly now: Temporal.Instant;
}

/**
 * A charge that ended without this payment, by an order id that was sent for it: `captured` means
 * that another payment was taken for its invoice as well, by it or by the charge after it.
 */
export async function findEndedCharge(
  tx: Transaction,
  accountId: string,
  connectionId: string,
  orderId: string,
  paymentId: string,
): Promise<EndedCharge | undefined> {
  const ownerId = await findSubscriptionOfOrder(tx, accountId, orderId);
  if (ownerId === undefined) return undefined;
  const [row] = await tx.query<{
    id: string;
    subscription_id: string;
    status: string;
    now: Temporal.Instant;
  }>(ended, [accountId, connectionId, orderId, paymentId, ownerId]);
  return (
    row && { id: row.id, subscriptionId: row.subscription_id, status: row.status, now: row.now }
  );
}

/**
 * Longer than a hint that is kept waits for its next turn. Until then the charge is not sent: a look-up
 * by order id may not show yet what the one by the payment's own id has shown.
 */
const holdHours = 2;

const open = statement(
  "charge_open_after_order",
  `with open as (
     select c.account_id, c.id, c.order_id, c.test_clock_id from charges sent
     join attempts a on a.account_id = sent.account_id and a.charge_id = sent.id
     join charges c on c.account_id = sent.account_id
       and c.subscription_id = sent.subscription_id and c.invoice_id = sent.invoice_id
     where sent.account_id = $1 and sent.subscription_id = $5
       and a.connection_id = $2 and a.order_id = $3
       and c.status not in ('captured', 'canceled', 'failed', 'voided')
     limit 1
   ), held as (
     update charges c set updated_at = protocol_now(),
       held_until = protocol_now() + $4::float8 * interval '1 hour',
       due_at = least(c.due_at, coalesce(t.now_at, protocol_now()))
     from open o left join test_clocks t on t.account_id = o.account_id and t.id = o.test_clock_id
     where c.account_id = o.account_id and c.id = o.id and c.order_id <> $3
       and c.status = 'scheduled'
   )
   select id, order_id from open`,
);

export interface OpenCharge {
  readonly id: string;
  /** Of now; the order may have been sent before it. */
  readonly orderId: string;
}

/**
 * The charge that is open for the invoice of an order. One that waits to be sent under a later id is
 * due at once, and held: before it is sent that order is looked up, and what was paid for it is adopted.
 */
export async function holdOpenCharge(
  tx: Transaction,
  accountId: string,
  connectionId: string,
  orderId: string,
): Promise<OpenCharge | undefined> {
  const ownerId = await findSubscriptionOfOrder(tx, accountId, orderId);
  if (ownerId === undefined) return undefined;
  const values = [accountId, connectionId, orderId, holdHours, ownerId];
  const [row] = await tx.query<{ id: string; order_id: string }>(open, values);
  return row && { id: row.id, orderId: row.order_id };
}

const release = statement(
  "charge_release",
  `update charges set held_until = null, updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'scheduled'`,
);

/** The look-up before the charge is sent will find what it was held for. */
export async function releaseCharge(db: Queryable, accountId: string, id: string): Promise<void> {
  await db.execute(release, [accountId, id]);
}

const told = statement(
  "late_payment_told",
  `select 1 as told from events
   where account_id = $1 and subscription_id = $2 and type = $3 and data->>'chargeId' = $4
     and data->>'orderId' = $5 and coalesce(data->>'paymentId', '') = $6
   limit 1`,
);

/** Whether the merchant has heard of it. The subscription is locked. */
export async function wasTold(
  tx: Transaction,
  accountId: string,
  charge: EndedCharge,
  type: string,
  { orderId, paymentId = "" }: { readonly orderId: string; readonly paymentId?: string },
): Promise<boolean> {
  const values = [accountId, charge.subscriptionId, type, charge.id, orderId, paymentId];
  return (await tx.query(told, values)).length > 0;
}

export interface ResentOrder {
  readonly accountId: string;
  readonly connectionId: string;
  readonly orderId: string;
}

const resent = statement(
  "charge_resent_order",
  `select c.account_id, c.paid_connection_id, c.paid_order_id from charges c
   where c.account_id = $1 and c.id = $2 and c.status = 'captured'
     and exists (select 1 from attempts a where a.account_id = c.account_id
                 and a.charge_id = c.id and a.order_id = c.paid_order_id
                 and a.outcome = 'unknown')`,
);

/** The order that a charge was paid under, if another send of it has never been answered. */
export async function findResentOrder(
  db: Queryable,
  { accountId, chargeId }: { readonly accountId: string; readonly chargeId: string },
): Promise<ResentOrder | undefined> {
  const [row] = await db.query<{
    account_id: string;
    paid_connection_id: string;
    paid_order_id: string;
  }>(resent, [accountId, chargeId]);
  return (
    row && {
      accountId: row.account_id,
      connectionId: row.paid_connection_id,
      orderId: row.paid_order_id,
    }
  );
}
