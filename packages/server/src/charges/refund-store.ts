/** SQL of refunds found at the provider. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Transaction } from "../db/database.ts";

export interface CapturedCharge {
  readonly id: string;
  readonly subscriptionId: string;
  readonly amount: Money;
  readonly refundedMinor: number;
  /** The order id that was paid. */
  readonly paidOrderId: string;
  readonly now: Temporal.Instant;
}

const captured = statement(
  "charge_captured_by_payment",
  `select c.id, c.subscription_id, c.amount_minor, c.currency, c.refunded_minor,
     c.paid_order_id,
     coalesce(t.now_at, protocol_now()) as now
   from charges c
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   where c.account_id = $1 and c.paid_connection_id = $2 and c.payment_id = $3
     and c.status = 'captured'`,
);

export async function findCapturedCharge(
  tx: Transaction,
  key: { readonly accountId: string; readonly connectionId: string; readonly paymentId: string },
): Promise<CapturedCharge | undefined> {
  const [row] = await tx.query<{
    id: string;
    subscription_id: string;
    amount_minor: string;
    currency: Currency;
    refunded_minor: string;
    paid_order_id: string;
    now: Temporal.Instant;
  }>(captured, [key.accountId, key.connectionId, key.paymentId]);
  return (
    row && {
      id: row.id,
      subscriptionId: row.subscription_id,
      amount: money(safeInteger(row.amount_minor), row.currency),
      refundedMinor: safeInteger(row.refunded_minor),
      paidOrderId: row.paid_order_id,
      now: row.now,
    }
  );
}

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

const refunded = statement(
  "charge_save_refunded",
  `update charges set refunded_minor = $3, updated_at = protocol_now()
   where account_id = $1 and id = $2 and refunded_minor < $3`,
);

/** @returns false when that much, or more, was known to be refunded already. */
export async function saveRefundedAmount(
  tx: Transaction,
  accountId: string,
  id: string,
  refundedMinor: number,
): Promise<boolean> {
  return (await tx.execute(refunded, [accountId, id, refundedMinor])) === 1;
}

const ended = statement(
  "charge_ended_by_order_id",
  `select c.id, c.subscription_id, c.status, coalesce(t.now_at, protocol_now()) as now
   from attempts a
   join charges c on c.account_id = a.account_id and c.id = a.charge_id
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   where a.account_id = $1 and a.connection_id = $2 and a.order_id = $3
     and (c.status in ('canceled', 'failed', 'voided')
          or c.status = 'captured' and c.payment_id <> $4)
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
 * that another payment was taken as well.
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
