/**
 * SQL that asks for refunds and writes what became of them. Whoever changes the refunds of a charge
 * holds the charge's row: the sums in it and the rows here always agree.
 */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { Books, OpenRefund, RefundResolution, RefundStatus, WaitingRefund } from "./refund.ts";

/** A charge with all that its refunds are judged by. */
export interface RefundedCharge {
  readonly accountId: string;
  readonly id: string;
  readonly subscriptionId: string;
  readonly status: string;
  /** Zero until it is captured. */
  readonly captured: Money;
  readonly refundedMinor: number;
  /** Asked for and not decided yet. */
  readonly refundingMinor: number;
  /** Where it was paid, the payment, and the order id that was paid; undefined until it is. */
  readonly connectionId: string | undefined;
  readonly paymentId: string | undefined;
  readonly paidOrderId: string | undefined;
  /** On the test clock where there is one. */
  readonly now: Temporal.Instant;
}

interface ChargeRow {
  account_id: string;
  id: string;
  subscription_id: string;
  status: string;
  captured_minor: string;
  currency: Currency;
  refunded_minor: string;
  refunding_minor: string;
  paid_connection_id: string | null;
  payment_id: string | null;
  paid_order_id: string | null;
  now: Temporal.Instant;
}

const chargeColumns = `c.account_id, c.id, c.subscription_id, c.status, c.captured_minor, c.currency,
  c.refunded_minor, c.refunding_minor, c.paid_connection_id, c.payment_id, c.paid_order_id,
  coalesce(t.now_at, protocol_now()) as now
  from charges c
  left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id`;

function toCharge(row: ChargeRow): RefundedCharge {
  return {
    accountId: row.account_id,
    id: row.id,
    subscriptionId: row.subscription_id,
    status: row.status,
    captured: money(safeInteger(row.captured_minor), row.currency),
    refundedMinor: safeInteger(row.refunded_minor),
    refundingMinor: safeInteger(row.refunding_minor),
    connectionId: row.paid_connection_id ?? undefined,
    paymentId: row.payment_id ?? undefined,
    paidOrderId: row.paid_order_id ?? undefined,
    now: row.now,
  };
}

const lockedCharge = statement(
  "refunds_lock_charge",
  `select ${chargeColumns} where c.account_id = $1 and c.id = $2 for no key update of c`,
);

/** Locks the charge; who also writes events of it locks its subscription before. */
export async function lockRefundedCharge(
  tx: Transaction,
  accountId: string,
  chargeId: string,
): Promise<RefundedCharge | undefined> {
  const [row] = await tx.query<ChargeRow>(lockedCharge, [accountId, chargeId]);
  return row && toCharge(row);
}

const chargeOfPayment = statement(
  "refunds_charge_of_payment",
  `select ${chargeColumns}
   where c.account_id = $1 and c.paid_connection_id = $2 and c.payment_id = $3
     and c.status = 'captured'`,
);

export async function findChargeOfPayment(
  db: Queryable,
  key: { readonly accountId: string; readonly connectionId: string; readonly paymentId: string },
): Promise<RefundedCharge | undefined> {
  const values = [key.accountId, key.connectionId, key.paymentId];
  const [row] = await db.query<ChargeRow>(chargeOfPayment, values);
  return row && toCharge(row);
}

export interface NewRefund {
  readonly accountId: string;
  readonly id: string;
  readonly chargeId: string;
  readonly connectionId: string;
  readonly amount: Money;
  readonly reason: string;
  readonly requestedBy: string;
}

const request = statement(
  "refunds_request",
  `with promised as (
     update charges set refunding_minor = refunding_minor + $5, updated_at = protocol_now()
     where account_id = $1 and id = $3
   )
   insert into refunds (account_id, id, charge_id, connection_id, origin, status, amount_minor,
     currency, reason, requested_by)
   values ($1, $2, $3, $4, 'maedal', 'requested', $5, $6, $7, $8)`,
);

/** Writes a request, and counts its amount in the charge. */
export async function insertRequest(tx: Transaction, it: NewRefund): Promise<void> {
  const { amountMinor, currency } = it.amount;
  const owner = [it.accountId, it.id, it.chargeId, it.connectionId];
  await tx.execute(request, [...owner, amountMinor, currency, it.reason, it.requestedBy]);
}

const inBooks = statement(
  "refunds_in_books",
  `select transaction_id from refunds
   where account_id = $1 and status = 'refunded'
     and (charge_id = $2 or connection_id = $3 and transaction_id = any($4::text[]))`,
);

/**
 * What the books say of a locked charge.
 *
 * @param shown Transaction ids that the provider shows: one of another charge is in the books too.
 */
export async function readBooks(
  tx: Transaction,
  charge: RefundedCharge,
  shown: readonly string[],
): Promise<Books> {
  const key = [charge.accountId, charge.id, charge.connectionId ?? null];
  const rows = await tx.query<{ transaction_id: string }>(inBooks, [...key, shown]);
  return {
    capturedMinor: charge.captured.amountMinor,
    refundedMinor: charge.refundedMinor,
    transactionIds: new Set(rows.map((row) => row.transaction_id)),
  };
}

const waiting = statement(
  "refunds_waiting",
  `select id, amount_minor from refunds
   where account_id = $1 and charge_id = $2 and status = 'requested' order by created_at, id`,
);

/** The requests of a locked charge that are not sent, oldest first. */
export async function listWaiting(
  tx: Transaction,
  charge: RefundedCharge,
): Promise<WaitingRefund[]> {
  const key = [charge.accountId, charge.id];
  const rows = await tx.query<{ id: string; amount_minor: string }>(waiting, key);
  return rows.map((row) => ({ id: row.id, amountMinor: safeInteger(row.amount_minor) }));
}

const openOfCharge = statement(
  "refunds_open_of_charge",
  `select id, status, amount_minor from refunds
   where account_id = $1 and charge_id = $2
     and status in ('in_flight', 'reconciling', 'in_review')`,
);

/** The one refund of a locked charge whose outcome is open. */
export async function findOpenRefund(
  tx: Transaction,
  charge: RefundedCharge,
): Promise<(WaitingRefund & { readonly status: RefundStatus }) | undefined> {
  const key = [charge.accountId, charge.id];
  const [row] = await tx.query<{ id: string; status: RefundStatus; amount_minor: string }>(
    openOfCharge,
    key,
  );
  return row && { id: row.id, status: row.status, amountMinor: safeInteger(row.amount_minor) };
}

export interface RefundLease {
  readonly accountId: string;
  readonly refundId: string;
  readonly leaseToken: string;
}

const placeOfLease = statement(
  "refunds_place_of_lease",
  `select r.charge_id, c.subscription_id from refunds r
   join charges c on c.account_id = r.account_id and c.id = r.charge_id
   where r.account_id = $1 and r.id = $2 and r.lease_token = $3`,
);

/** What to lock before the refund; undefined when somebody else has taken it over. */
export async function placeOf(
  tx: Transaction,
  { accountId, leaseToken, refundId }: RefundLease,
): Promise<{ readonly chargeId: string; readonly subscriptionId: string } | undefined> {
  const [row] = await tx.query<{ charge_id: string; subscription_id: string }>(placeOfLease, [
    accountId,
    refundId,
    leaseToken,
  ]);
  return row && { chargeId: row.charge_id, subscriptionId: row.subscription_id };
}

export interface LeasedRefund extends OpenRefund {
  readonly id: string;
  readonly mode: "test" | "live";
}

const leased = statement(
  "refunds_lock_leased",
  `select r.id, g.mode, r.amount_minor, r.sends, r.look_ups, r.not_found_count, r.not_found_at,
     r.last_send_over_at, r.resolution
   from refunds r
   join gateway_connections g on g.account_id = r.account_id and g.id = r.connection_id
   where r.account_id = $1 and r.id = $2 and r.lease_token = $3
   for no key update of r`,
);

/** Locks the refund whose open call carries this lease token; undefined when none does any more. */
export async function lockLeasedRefund(
  tx: Transaction,
  { accountId, leaseToken, refundId }: RefundLease,
): Promise<LeasedRefund | undefined> {
  const [row] = await tx.query<{
    id: string;
    mode: "test" | "live";
    amount_minor: string;
    sends: number;
    look_ups: number;
    not_found_count: number;
    not_found_at: Temporal.Instant | null;
    last_send_over_at: Temporal.Instant;
    resolution: RefundResolution | null;
  }>(leased, [accountId, refundId, leaseToken]);
  return (
    row && {
      id: row.id,
      mode: row.mode,
      amountMinor: safeInteger(row.amount_minor),
      sends: row.sends,
      lookUps: row.look_ups,
      notFoundCount: row.not_found_count,
      notFoundAt: row.not_found_at ?? undefined,
      lastSendOverAt: row.last_send_over_at,
      resolution: row.resolution ?? undefined,
    }
  );
}

export interface RefundChange {
  readonly accountId: string;
  readonly refundId: string;
  readonly leaseToken: string;
  readonly status: RefundStatus;
  readonly heldForMs: number;
  readonly sends: number;
  /** A resend repeats the idempotency key. */
  readonly keepsKey: boolean;
  readonly lookUpInMs: number | undefined;
  readonly lookUps: number;
  readonly countsAsNotFound: boolean;
  readonly transactionId: string | undefined;
  readonly refundedAt: Temporal.Instant | undefined;
  readonly failureClass: string | undefined;
  readonly failureCode: string | undefined;
  readonly failureMessage: string | undefined;
  readonly reviewReason: string | undefined;
  /** Undefined leaves the one before. */
  readonly exchange: unknown;
}

const change = statement(
  "refunds_save",
  `update refunds set
     status = r.status, sends = r.sends,
     held_until = case when r.held_for_ms > 0
                    then protocol_now() + r.held_for_ms * interval '1 ms' end,
     idempotency_key = case when r.keeps_key then refunds.idempotency_key end,
     lease_token = null, lease_until = null,
     -- A call that has ended sends nothing more; only a silent sender has until its lease is over.
     last_send_over_at = case when refunds.status = 'in_flight'
                           then least(last_send_over_at, protocol_now())
                           else last_send_over_at end,
     look_up_at = protocol_now() + r.look_up_in_ms * interval '1 ms', look_ups = r.look_ups,
     not_found_count = not_found_count + case when r.counts_as_not_found then 1 else 0 end,
     not_found_at = case when r.counts_as_not_found then protocol_now() else not_found_at end,
     transaction_id = r.transaction_id, refunded_at = r.refunded_at,
     failure_class = r.failure_class, failure_code = r.failure_code,
     failure_message = r.failure_message, review_reason = r.review_reason,
     exchange = coalesce(r.exchange, refunds.exchange),
     resolution = case when r.status = 'reconciling' then refunds.resolution end,
     updated_at = protocol_now()
   from jsonb_to_record($1::jsonb) as r(account_id text, id text, lease_token uuid, status text,
     held_for_ms float8, sends int, keeps_key boolean, look_up_in_ms float8, look_ups int,
     counts_as_not_found boolean, transaction_id text, refunded_at timestamptz, failure_class text,
     failure_code text, failure_message text, review_reason text, exchange jsonb)
   where refunds.account_id = r.account_id and refunds.id = r.id
     and refunds.lease_token = r.lease_token`,
);

/** @returns How many rows were changed: one when the lease token was still there. */
export async function saveRefund(tx: Transaction, it: RefundChange): Promise<number> {
  const row = {
    account_id: it.accountId,
    id: it.refundId,
    lease_token: it.leaseToken,
    status: it.status,
    held_for_ms: it.heldForMs,
    sends: it.sends,
    keeps_key: it.keepsKey,
    look_up_in_ms: it.lookUpInMs,
    look_ups: it.lookUps,
    counts_as_not_found: it.countsAsNotFound,
    transaction_id: it.transactionId,
    refunded_at: it.refundedAt?.toString(),
    failure_class: it.failureClass,
    failure_code: it.failureCode,
    failure_message: it.failureMessage,
    review_reason: it.reviewReason,
    exchange: it.exchange,
  };
  return await tx.execute(change, [jsonRows(row)]);
}

const fail = statement(
  "refunds_fail_waiting",
  `update refunds set status = 'failed', failure_class = $3, failure_code = $4,
     failure_message = $5, held_until = null, updated_at = protocol_now()
   where account_id = $1 and id = any($2::text[]) and status = 'requested'`,
);

/** Ends requests of a locked charge that were not sent. */
export async function failWaiting(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  failure: { readonly failure: string; readonly code: string; readonly message: string },
): Promise<void> {
  const values = [accountId, ids, failure.failure, failure.code, failure.message];
  const failed = await tx.execute(fail, values);
  if (failed !== ids.length) throw new Error(`failed ${failed} of ${ids.length} refunds`);
}

const sums = statement(
  "refunds_save_sums",
  `update charges set refunded_minor = $3, refunding_minor = $4, updated_at = protocol_now()
   where account_id = $1 and id = $2`,
);

/** Writes the sums of a locked charge. The database refuses more than was captured. */
export async function saveSums(
  tx: Transaction,
  { accountId, id }: RefundedCharge,
  refundedMinor: number,
  refundingMinor: number,
): Promise<void> {
  await tx.execute(sums, [accountId, id, refundedMinor, refundingMinor]);
}
