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
  /** The order id of the attempt that was paid, when it is known. */
  readonly paidOrderId: string | undefined;
  readonly now: Temporal.Instant;
}

const captured = statement(
  "charge_captured_by_payment",
  `select c.id, c.subscription_id, c.amount_minor, c.currency, c.refunded_minor,
     (select a.order_id from attempts a where a.account_id = c.account_id and a.charge_id = c.id
        and a.outcome = 'captured' order by a.n desc limit 1) as paid_order_id,
     coalesce(t.now_at, protocol_now()) as now
   from charges c
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   where c.account_id = $1 and c.connection_id = $2 and c.payment_id = $3
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
    paid_order_id: string | null;
    now: Temporal.Instant;
  }>(captured, [key.accountId, key.connectionId, key.paymentId]);
  return (
    row && {
      id: row.id,
      subscriptionId: row.subscription_id,
      amount: money(safeInteger(row.amount_minor), row.currency),
      refundedMinor: safeInteger(row.refunded_minor),
      paidOrderId: row.paid_order_id ?? undefined,
      now: row.now,
    }
  );
}

const hasten = statement(
  "charge_hasten_look_up",
  `update charges set look_up_at = least(look_up_at, protocol_now())
   where account_id = $1 and connection_id = $2 and order_id = $3 and status = 'reconciling'`,
);

/** @returns false when no charge with this order id is being looked up. */
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

export async function saveRefundedAmount(
  tx: Transaction,
  accountId: string,
  id: string,
  refundedMinor: number,
): Promise<void> {
  await tx.execute(refunded, [accountId, id, refundedMinor]);
}

const ended = statement(
  "charge_ended_by_order_id",
  `select c.id, c.subscription_id, c.status, coalesce(t.now_at, protocol_now()) as now
   from attempts a
   join charges c on c.account_id = a.account_id and c.id = a.charge_id
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   where a.account_id = $1 and a.connection_id = $2 and a.order_id = $3
     and c.status in ('canceled', 'failed', 'voided')
   limit 1`,
);

export interface EndedCharge {
  readonly id: string;
  readonly subscriptionId: string;
  readonly status: string;
  readonly now: Temporal.Instant;
}

/** A charge that ended without money, by an order id that was sent for it. */
export async function findEndedCharge(
  tx: Transaction,
  accountId: string,
  connectionId: string,
  orderId: string,
): Promise<EndedCharge | undefined> {
  const [row] = await tx.query<{
    id: string;
    subscription_id: string;
    status: string;
    now: Temporal.Instant;
  }>(ended, [accountId, connectionId, orderId]);
  return (
    row && { id: row.id, subscriptionId: row.subscription_id, status: row.status, now: row.now }
  );
}
