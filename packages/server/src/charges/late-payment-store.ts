/** SQL of payments that show up for charges that have not got them. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";

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

const ended = statement(
  "charge_ended_by_order_id",
  `select coalesce(paid.id, c.id) as id, c.subscription_id, coalesce(paid.status, c.status) as status,
     coalesce(t.now_at, protocol_now()) as now
   from attempts a
   join charges c on c.account_id = a.account_id and c.id = a.charge_id
   left join charges paid on paid.account_id = c.account_id and paid.invoice_id = c.invoice_id
     and paid.status = 'captured'
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   where a.account_id = $1 and a.connection_id = $2 and a.order_id = $3
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
  const [row] = await tx.query<{
    id: string;
    subscription_id: string;
    status: string;
    now: Temporal.Instant;
  }>(ended, [accountId, connectionId, orderId, paymentId]);
  return (
    row && { id: row.id, subscriptionId: row.subscription_id, status: row.status, now: row.now }
  );
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
