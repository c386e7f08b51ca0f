/**
 * SQL of the queue: requests to send, leases that ran out, look-ups that are due. Refunds run in
 * real time, also those of customers on a test clock.
 */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Database, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";

export interface RefundLane {
  readonly accountId: string;
  readonly connectionId: string;
}

/**
 * A connection that is paused, and an account under emergency stop, hold refunds back too: what is
 * wrong there may be wrong for money on its way back. A connection that is sunset gives back.
 */
const lanes = statement(
  "refunds_lanes",
  `select distinct r.account_id, r.connection_id
   from refunds r
   join gateway_connections g on g.account_id = r.account_id and g.id = r.connection_id
   join accounts a on a.id = r.account_id
   where r.status = 'requested' and (r.held_until is null or r.held_until <= protocol_now())
     and g.state <> 'paused' and a.charging_stopped_at is null
     and not exists (select 1 from refunds o
                     where o.account_id = r.account_id and o.charge_id = r.charge_id
                       and o.status in ('in_flight', 'reconciling', 'in_review'))`,
);

/** Connections, of any account, that have refunds to send. */
export async function listRefundLanes(db: Queryable): Promise<RefundLane[]> {
  const rows = await db.query<{ account_id: string; connection_id: string }>(lanes);
  return rows.map((row) => ({ accountId: row.account_id, connectionId: row.connection_id }));
}

const lockedLane = statement(
  "refunds_lock_lane",
  `select g.concurrency from gateway_connections g
   join accounts a on a.id = g.account_id
   where g.account_id = $1 and g.id = $2 and g.state <> 'paused'
     and a.charging_stopped_at is null
   for no key update of g for share of a`,
);

const inFlight = statement(
  "refunds_in_flight_of_lane",
  `select count(*)::int as in_flight from refunds
   where connection_id = $2 and account_id = $1 and status = 'in_flight'`,
);

/** Locks the lane for one claim. @returns How many more refunds may be on their way at once. */
export async function lockRefundLane(
  tx: Transaction,
  { accountId, connectionId }: RefundLane,
): Promise<number> {
  const key = [accountId, connectionId];
  const [lane] = await tx.query<{ concurrency: number }>(lockedLane, key);
  if (lane === undefined) return 0;
  // A second statement: only that one sees what was committed while we waited for the lock.
  const [count] = await tx.query<{ in_flight: number }>(inFlight, key);
  return lane.concurrency - (count?.in_flight ?? lane.concurrency);
}

/** A request, with everything that its call needs. */
export interface DueRefund {
  readonly accountId: string;
  readonly id: string;
  readonly chargeId: string;
  readonly amount: Money;
  readonly reason: string;
  readonly paymentId: string;
  /** The order id that was paid. */
  readonly orderId: string;
  /** How often it was claimed before. */
  readonly calls: number;
  /** By our books, before this refund. */
  readonly refundedMinor: number;
  /** By our books, what is left at the provider before this refund. */
  readonly refundableMinor: number;
  /** Of the call before, when that one got no answer and this one would be the same. */
  readonly unansweredIdempotencyKey: string | undefined;
}

const due = statement(
  "refunds_due",
  `select r.account_id, r.id, r.charge_id, r.amount_minor, r.currency, r.reason, r.calls, c.payment_id,
     c.paid_order_id, c.refunded_minor, c.captured_minor - c.refunded_minor as refundable_minor,
     case when r.refunded_before_minor = c.refunded_minor
            and r.last_send_over_at > protocol_now() - $4::float8 * interval '1 day'
       then r.idempotency_key end as unanswered_idempotency_key
   from refunds r
   join charges c on c.account_id = r.account_id and c.id = r.charge_id
   where r.account_id = $1 and r.connection_id = $2 and r.status = 'requested'
     and (r.held_until is null or r.held_until <= protocol_now())
     and not exists (select 1 from refunds o
                     where o.account_id = r.account_id and o.charge_id = r.charge_id
                       and (o.status in ('in_flight', 'reconciling', 'in_review')
                            or o.status = 'requested'
                              and (o.created_at, o.id) < (r.created_at, r.id)))
   order by r.created_at, r.id
   limit $3
   for no key update of r, c skip locked`,
);

/**
 * Locks requests of a connection, oldest first and one of a charge; what someone else holds is passed over.
 *
 * @param idempotencyDays How old an unanswered call may be for its idempotency key to be reused.
 */
export async function lockDueRefunds(
  tx: Transaction,
  lane: RefundLane,
  limit: number,
  idempotencyDays: number,
): Promise<DueRefund[]> {
  const rows = await tx.query<{
    account_id: string;
    id: string;
    charge_id: string;
    amount_minor: string;
    currency: Currency;
    reason: string;
    payment_id: string;
    paid_order_id: string;
    calls: number;
    refunded_minor: string;
    refundable_minor: string;
    unanswered_idempotency_key: string | null;
  }>(due, [lane.accountId, lane.connectionId, limit, idempotencyDays]);
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    chargeId: row.charge_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    reason: row.reason,
    paymentId: row.payment_id,
    orderId: row.paid_order_id,
    calls: row.calls,
    refundedMinor: safeInteger(row.refunded_minor),
    refundableMinor: safeInteger(row.refundable_minor),
    unansweredIdempotencyKey: row.unanswered_idempotency_key ?? undefined,
  }));
}

export interface NewRefundClaim {
  readonly accountId: string;
  readonly refundId: string;
  readonly leaseToken: string;
  readonly idempotencyKey: string;
}

const claim = statement(
  "refunds_claim",
  `update refunds r set status = 'in_flight', held_until = null, sends = r.sends + 1,
     calls = r.calls + 1, idempotency_key = n.idempotency_key, refunded_before_minor = c.refunded_minor,
     lease_token = n.lease_token, lease_until = protocol_now() + $2::float8 * interval '1 ms',
     last_send_over_at = protocol_now() + $2::float8 * interval '1 ms',
     look_ups = 0, not_found_count = 0, not_found_at = null, updated_at = protocol_now()
   from jsonb_to_recordset($1::jsonb) as n(account_id text, id text, lease_token uuid,
     idempotency_key text), charges c
   where r.account_id = n.account_id and r.id = n.id
     and c.account_id = r.account_id and c.id = r.charge_id`,
);

/** Writes the claim of locked requests: what is about to be sent, before a byte of it leaves. */
export async function saveRefundClaims(
  tx: Transaction,
  claims: readonly NewRefundClaim[],
  leaseMs: number,
): Promise<void> {
  const rows = claims.map((it) => ({
    account_id: it.accountId,
    id: it.refundId,
    lease_token: it.leaseToken,
    idempotency_key: it.idempotencyKey,
  }));
  const saved = await tx.execute(claim, [jsonRows(rows), leaseMs]);
  if (saved !== claims.length) throw new Error(`claimed ${saved} of ${claims.length} refunds`);
}

const counted = statement(
  "refunds_count_call",
  `update refunds set calls = greatest(calls, $3) where account_id = $1 and id = $2`,
);

/** Its `n`-th call was made, and forgotten here: no later one is named like it. */
export async function countForgottenCall(
  tx: Transaction,
  accountId: string,
  refundId: string,
  n: number,
): Promise<void> {
  await tx.execute(counted, [accountId, refundId, n]);
}

const expired = statement(
  "refunds_expire_leases",
  `update refunds r set status = 'reconciling', lease_token = null, lease_until = null,
     look_up_at = protocol_now(), failure_class = 'outcome_unknown',
     failure_code = 'lease_expired',
     failure_message = 'the worker that sent it never told what became of it',
     updated_at = protocol_now()
   where (r.account_id, r.id) in (
     select account_id, id from refunds
     where status = 'in_flight' and lease_until < protocol_now()
     order by lease_until limit $1
     for no key update skip locked)`,
);

/** Takes refunds from senders that went silent: their outcome is unknown. @returns How many. */
export async function expireRefundLeases(db: Database, limit: number): Promise<number> {
  return await db.execute(expired, [limit]);
}

const forgotten = statement(
  "refunds_expire_look_up_leases",
  `update refunds set lease_token = null, lease_until = null
   where lease_until < protocol_now() and lease_token is not null and status = 'reconciling'`,
);

/** Frees look-ups whose asker died: asking again is always safe. */
export async function expireRefundLookUpLeases(db: Database): Promise<number> {
  return await db.execute(forgotten);
}

export interface DueRefundLookUp {
  readonly accountId: string;
  readonly refundId: string;
  readonly connectionId: string;
  readonly paymentId: string;
  /** The order id that was paid, and what was captured: what the payment must show. */
  readonly orderId: string;
  readonly amount: Money;
  readonly leaseToken: string;
  readonly askedAt: Temporal.Instant;
}

const dueLookUps = statement(
  "refunds_claim_look_ups",
  `with due as (
     select r.account_id, r.id, row_number() over (order by r.look_up_at) as n
     from (select account_id, id, look_up_at from refunds
           where status = 'reconciling' and look_up_at <= protocol_now() and lease_token is null
           order by look_up_at limit $2
           for no key update skip locked) r
   )
   update refunds r set lease_token = t.token,
     lease_until = protocol_now() + $3::float8 * interval '1 ms'
   from due join unnest($1::uuid[]) with ordinality as t(token, n) on t.n = due.n, charges c
   where r.account_id = due.account_id and r.id = due.id
     and c.account_id = r.account_id and c.id = r.charge_id
   returning r.account_id, r.id, r.connection_id, c.payment_id, c.paid_order_id, c.captured_minor,
     c.currency, r.lease_token, protocol_now() as asked_at`,
);

/** @param tokens One fresh lease token for each that may be claimed. */
export async function claimDueRefundLookUps(
  db: Database,
  tokens: readonly string[],
  leaseMs: number,
): Promise<DueRefundLookUp[]> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    connection_id: string;
    payment_id: string;
    paid_order_id: string;
    captured_minor: string;
    currency: Currency;
    lease_token: string;
    asked_at: Temporal.Instant;
  }>(dueLookUps, [tokens, tokens.length, leaseMs]);
  return rows.map((row) => ({
    accountId: row.account_id,
    refundId: row.id,
    connectionId: row.connection_id,
    paymentId: row.payment_id,
    orderId: row.paid_order_id,
    amount: money(safeInteger(row.captured_minor), row.currency),
    leaseToken: row.lease_token,
    askedAt: row.asked_at,
  }));
}

const hasten = statement(
  "refunds_hasten_look_up",
  `update refunds set status = 'reconciling', look_up_at = protocol_now(), review_reason = null,
     lease_token = null, lease_until = null,
     look_ups = case status when 'in_review' then 0 else look_ups end
   where account_id = $1 and id = $2 and status in ('reconciling', 'in_review')`,
);

/**
 * Has a refund's payment looked up at once; one that waits for a person is asked about again,
 * because there is news. A look-up that is on its way may not know the news: it counts no more.
 */
export async function hastenRefundLookUp(
  tx: Transaction,
  accountId: string,
  id: string,
): Promise<void> {
  await tx.execute(hasten, [accountId, id]);
}

const resolve = statement(
  "refunds_resolve",
  `update refunds set status = 'reconciling', look_up_at = protocol_now(), look_ups = 0,
     not_found_count = 0, not_found_at = null, review_reason = null, resolution = $3,
     updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'in_review'`,
);

/** @returns false when it was not in review. */
export async function saveResolution(
  tx: Transaction,
  accountId: string,
  id: string,
  resolution: string | undefined,
): Promise<boolean> {
  return (await tx.execute(resolve, [accountId, id, resolution ?? null])) === 1;
}
