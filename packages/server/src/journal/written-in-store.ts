/** SQL that writes a forgotten call back into the database, and finds what it was about. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { OrderName } from "../ids/order-id.ts";
import type { Send } from "./journal-line.ts";
import { recoverySendColumns, toSend, type RecoverySendRow } from "./recovery-send-row.ts";

/** The charge that a forgotten call was about, or the one that collects the same invoice here. */
export interface Target {
  readonly chargeId: string;
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly connectionId: string;
  readonly status: string;
  readonly orderId: string;
  readonly generation: number;
  readonly paymentId: string | undefined;
}

interface TargetRow {
  id: string;
  invoice_id: string;
  subscription_id: string;
  connection_id: string;
  status: string;
  order_id: string;
  generation: number;
  payment_id: string | null;
}

const columns = `c.id, c.invoice_id, c.subscription_id, c.connection_id, c.status, c.order_id,
  c.generation, c.payment_id`;

const byId = statement(
  "written_in_target",
  `select ${columns} from charges c where c.account_id = $1 and c.id = $2`,
);
const newest = `
   order by c.status not in ('failed', 'canceled', 'voided') desc, c.created_at desc limit 1`;
const ofPeriod = statement(
  "written_in_target_of_period",
  `select ${columns} from invoices i
   join charges c on c.account_id = i.account_id and c.invoice_id = i.id
   where i.account_id = $1 and i.subscription_id = $2 and i.period_index = $3 ${newest}`,
);
const ofInvoice = statement(
  "written_in_target_of_invoice",
  `select ${columns} from charges c where c.account_id = $1 and c.invoice_id = $2 ${newest}`,
);

export async function findTarget(
  db: Queryable,
  { accountId, chargeId }: Pick<Send, "accountId" | "chargeId">,
  order: OrderName | undefined,
): Promise<Target | undefined> {
  const [itself] = await db.query<TargetRow>(byId, [accountId, chargeId]);
  const row = itself ?? (await findByOrder(db, accountId, order));
  return (
    row && {
      chargeId: row.id,
      invoiceId: row.invoice_id,
      subscriptionId: row.subscription_id,
      connectionId: row.connection_id,
      status: row.status,
      orderId: row.order_id,
      generation: row.generation,
      paymentId: row.payment_id ?? undefined,
    }
  );
}

async function findByOrder(
  db: Queryable,
  accountId: string,
  order: OrderName | undefined,
): Promise<TargetRow | undefined> {
  if (order?.kind === "period") {
    const values = [accountId, order.subscriptionId, order.periodIndex];
    return (await db.query<TargetRow>(ofPeriod, values))[0];
  }
  if (order?.kind === "invoice") {
    return (await db.query<TargetRow>(ofInvoice, [accountId, order.invoiceId]))[0];
  }
  return undefined;
}

const owed = statement(
  "written_in_owed",
  `select exists (select from subscriptions where account_id = $1 and id = $2)
     or exists (select from invoices where account_id = $1 and id = $2) as owed`,
);

/** Whether the order's subscription, or its invoice, is in this database. */
export async function isOwedHere(
  db: Queryable,
  accountId: string,
  order: OrderName | undefined,
): Promise<boolean> {
  if (order === undefined || order.kind === "registration") return false;
  const id = order.kind === "period" ? order.subscriptionId : order.invoiceId;
  const [row] = await db.query<{ owed: boolean }>(owed, [accountId, id]);
  return row?.owed ?? false;
}

/** A token that no process holds: nobody waits for an answer to it. */
const deadLease = "md5($3)::uuid";

const attempt = statement(
  "written_in_attempt",
  `insert into attempts (account_id, charge_id, n, id, connection_id, billing_key_id,
     payment_window_id, order_id, generation, idempotency_key, lease_token, amount_minor, currency,
     claimed_at, over_at, outcome, failure_class, failure_code, failure_message, ended_at)
   select $1, $2, coalesce(max(a.n), 0) + 1, $3, $4, $5, $6, $7, $8::int, $3, ${deadLease},
     $9::bigint, $10, $11::timestamptz, $11::timestamptz, 'unknown', 'outcome_unknown', 'forgotten',
     'the send journal has it; the database was set back to before it', protocol_now()
   from attempts a where a.account_id = $1 and a.charge_id = $2
   on conflict (account_id, id) do nothing`,
);

export interface WrittenInAttempt {
  readonly send: Send & { readonly sentAt: unknown };
  readonly chargeId: string;
  readonly generation: number;
}

/** The attempt that was forgotten: sent, and of unknown outcome. */
export async function insertForgottenAttempt(
  tx: Transaction,
  { chargeId, generation, send }: WrittenInAttempt,
): Promise<void> {
  const { accountId, amount, attemptId, connectionId, orderId, sentAt } = send;
  const via = send.via ?? "unknown";
  const what = send.kind === "confirm" ? [null, via] : [via, null];
  await tx.execute(attempt, [
    accountId,
    chargeId,
    attemptId,
    connectionId,
    ...what,
    orderId,
    generation,
    amount.amountMinor,
    amount.currency,
    sentAt,
  ]);
}

const forgottenOrders = statement(
  "written_in_forgotten_orders",
  `select r.id as new_charge_id, ${recoverySendColumns}
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, order_id text)
   join recovery_sends s on s.account_id = r.account_id
     and left(s.order_id, -2) = left(r.order_id, -2)
   where s.kind in ('charge', 'confirm')
   order by s.sent_at, s.order_id`,
);

export type ForgottenOrder = Send & {
  readonly sentAt: Temporal.Instant;
  /** The charge that is being made for the same period or invoice. */
  readonly newChargeId: string;
};

/** Order ids of one period, or invoice, differ in their last two letters, which are the generation. */
export async function listForgottenOrders(
  tx: Transaction,
  charges: readonly {
    readonly accountId: string;
    readonly id: string;
    readonly orderId: string;
  }[],
): Promise<ForgottenOrder[]> {
  const made = charges.map(({ accountId: account_id, id, orderId: order_id }) => {
    return { account_id, id, order_id };
  });
  const rows = await tx.query<ForgottenRow>(forgottenOrders, [jsonRows(made)]);
  return rows.map((row) => ({
    newChargeId: row.new_charge_id,
    ...toSend(row),
  }));
}

interface ForgottenRow extends RecoverySendRow {
  new_charge_id: string;
}

const closeOpen = statement(
  "written_in_close_attempts",
  `update attempts set outcome = 'unknown', failure_class = 'outcome_unknown',
     failure_code = 'lease_expired', failure_message = 'its database was set back while it was open',
     ended_at = protocol_now()
   where account_id = $1 and charge_id = $2 and outcome is null`,
);

const reconsider = statement(
  "written_in_reconcile",
  `with raised as (
     update invoices i set generation = greatest(i.generation, $4)
     where i.account_id = $1 and i.id = $6
   )
   update charges c set status = 'reconciling', order_id = $3, generation = $4,
     look_up_at = protocol_now(), look_ups = 0, not_found_count = 0, not_found_at = null,
     due_at = null, held_until = null, review_reason = null, lease_token = null, lease_until = null,
     last_send_over_at = protocol_now() + $5::float8 * interval '1 ms',
     updated_at = protocol_now()
   where c.account_id = $1 and c.id = $2
     and c.status in ('scheduled', 'awaiting_customer', 'in_flight', 'reconciling', 'in_review')`,
);

/**
 * Has the charge looked up under the order id that was sent for it, before anything else.
 *
 * @param overInMs After this nothing that was sent before can still be on its way.
 * @returns false when the charge has ended meanwhile.
 */
export async function reconcileForgotten(
  tx: Transaction,
  accountId: string,
  target: Pick<Target, "chargeId" | "invoiceId">,
  order: { readonly orderId: string; readonly generation: number },
  overInMs: number,
): Promise<boolean> {
  const { chargeId, invoiceId } = target;
  await tx.execute(closeOpen, [accountId, chargeId]);
  const values = [accountId, chargeId, order.orderId, order.generation, overInMs, invoiceId];
  return (await tx.execute(reconsider, values)) === 1;
}

const countOn = statement(
  "written_in_count_on",
  `with raised as (
     update invoices i set generation = greatest(i.generation, $4)
     where i.account_id = $1 and i.id = $5
   )
   update charges c set order_id = $3, generation = $4, updated_at = protocol_now()
   where c.account_id = $1 and c.id = $2 and c.generation < $4
     and c.status in ('scheduled', 'awaiting_customer')`,
);

/**
 * Has a charge that waits go on under a later order id: those before it, the forgotten one among
 * them, are looked up before that is sent. A charge that has ended only counts its invoice on.
 */
export async function countOnFrom(
  tx: Transaction,
  accountId: string,
  { chargeId, invoiceId }: Target,
  next: { readonly orderId: string; readonly generation: number },
): Promise<void> {
  await tx.execute(countOn, [accountId, chargeId, next.orderId, next.generation, invoiceId]);
}

const requested = statement(
  "written_in_requested_refund",
  `select 1 from refunds r
   where r.account_id = $1 and r.id = $2 and r.status = 'requested'
     and not exists (select from refunds o
                     where o.account_id = r.account_id and o.charge_id = r.charge_id
                       and o.status in ('in_flight', 'reconciling', 'in_review'))
   for no key update`,
);

/** @returns false when the refund is not there, or does not wait to be sent. */
export async function lockRequestedRefund(
  tx: Transaction,
  accountId: string,
  refundId: string,
): Promise<boolean> {
  return (await tx.query(requested, [accountId, refundId])).length === 1;
}
