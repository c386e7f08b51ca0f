/** SQL of authorizations: what is held, the calls that capture or void it, and their results. */
import { money, type Currency, type FailureClass } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { Lease } from "../charges/charge-store.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { CallEnd, SettlingCharge } from "./authorization.ts";
import type { HeldPayment, Refusal, SettleKind } from "./settle-outcome.ts";

/** A charge that somebody wants captured or voided. */
export interface Settleable extends HeldPayment {
  readonly accountId: string;
  readonly chargeId: string;
  readonly subscriptionId: string;
  /** Where it was authorized. */
  readonly connectionId: string;
  readonly status: string;
  readonly isConnectionPaused: boolean;
  /** The account's emergency stop. */
  readonly isChargingStopped: boolean;
  readonly callCount: number;
}

interface SettleableRow {
  account_id: string;
  id: string;
  subscription_id: string;
  status: string;
  amount_minor: string;
  currency: Currency;
  order_id: string;
  paid_order_id: string | null;
  connection_id: string;
  payment_id: string | null;
  is_connection_paused: boolean;
  is_charging_stopped: boolean;
  call_count: number;
}

const settleable = `
  select c.account_id, c.id, c.subscription_id, c.status, c.amount_minor, c.currency, c.order_id,
    c.paid_order_id, c.payment_id, g.id as connection_id, g.state = 'paused' as is_connection_paused,
    a.charging_stopped_at is not null as is_charging_stopped,
    (select count(*)::int from authorization_calls l
     where l.account_id = c.account_id and l.charge_id = c.id) as call_count
  from charges c
  join accounts a on a.id = c.account_id
  join gateway_connections g on g.account_id = c.account_id
    and g.id = coalesce(c.paid_connection_id, c.connection_id)
  where c.account_id = $1 and c.id = $2`;

const found = statement("authorization_find", settleable);
const locked = statement(
  "authorization_lock",
  `${settleable} for no key update of c for share of a, g`,
);

function toSettleable(row: SettleableRow): Settleable {
  return {
    accountId: row.account_id,
    chargeId: row.id,
    subscriptionId: row.subscription_id,
    connectionId: row.connection_id,
    status: row.status,
    paymentId: row.payment_id ?? "",
    orderId: row.paid_order_id ?? row.order_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    isConnectionPaused: row.is_connection_paused,
    isChargingStopped: row.is_charging_stopped,
    callCount: row.call_count,
  };
}

export async function findSettleable(
  db: Queryable,
  accountId: string,
  chargeId: string,
): Promise<Settleable | undefined> {
  const [row] = await db.query<SettleableRow>(found, [accountId, chargeId]);
  return row && toSettleable(row);
}

/** The subscription must be locked before. Keeps connection and account from being stopped meanwhile. */
export async function lockSettleable(
  tx: Transaction,
  accountId: string,
  chargeId: string,
): Promise<Settleable | undefined> {
  const [row] = await tx.query<SettleableRow>(locked, [accountId, chargeId]);
  return row && toSettleable(row);
}

export interface NewCall {
  readonly lease: Lease;
  readonly id: string;
  readonly n: number;
  readonly kind: SettleKind;
  readonly amountMinor: number;
  readonly requestedBy: string;
}

const claim = statement(
  "authorization_claim",
  `with claimed as (
     update charges set status = case $3 when 'capture' then 'capturing' else 'voiding' end,
       lease_token = $4, lease_until = protocol_now() + $5::float8 * interval '1 ms',
       last_send_over_at = protocol_now() + $5::float8 * interval '1 ms',
       held_until = null, look_ups = 0, not_found_count = 0, not_found_at = null,
       updated_at = protocol_now()
     where account_id = $1 and id = $2
     returning account_id, id, lease_token, updated_at, lease_until
   )
   insert into authorization_calls (account_id, charge_id, n, id, kind, amount_minor, requested_by,
     lease_token, claimed_at, over_at)
   select account_id, id, $6, $7, $3, $8, $9, lease_token, updated_at, lease_until from claimed`,
);

/** Writes what is about to be sent for a locked charge, before a byte of it leaves. */
export async function saveCall(tx: Transaction, call: NewCall, leaseMs: number): Promise<void> {
  const { accountId, chargeId, leaseToken } = call.lease;
  const values = [accountId, chargeId, call.kind, leaseToken, leaseMs];
  const row = [call.n, call.id, call.amountMinor, call.requestedBy];
  const saved = await tx.execute(claim, [...values, ...row]);
  if (saved !== 1) throw new Error(`the ${call.kind} of charge ${chargeId} was not written`);
}

/** The latest capture or void of a charge. */
export interface LatestCall {
  readonly kind: SettleKind;
  readonly amountMinor: number;
  readonly requestedBy: string;
  /** Undefined while it is open. */
  readonly end: CallEnd | undefined;
  /** The provider's refusal; undefined when there was none. */
  readonly failure: Refusal | undefined;
}

/** What the decision about a leased charge needs beside the charge itself. */
export interface OpenSettlement extends SettlingCharge {
  readonly latestCall: LatestCall | undefined;
}

const open = statement(
  "authorization_open",
  `select c.status, c.amount_minor, c.currency, c.authorization_expires_at, c.look_ups,
     c.not_found_count, c.not_found_at, c.last_send_over_at, l.kind, l.amount_minor as call_minor,
     l.requested_by, l.outcome, l.failure_class, l.failure_code, l.failure_message
   from charges c
   left join lateral (
     select * from authorization_calls l
     where l.account_id = c.account_id and l.charge_id = c.id order by l.n desc limit 1
   ) l on true
   where c.account_id = $1 and c.id = $2 and c.lease_token = $3
     and c.status in ('capturing', 'voiding', 'expired')`,
);

interface FailureColumns {
  failure_class: FailureClass | null;
  failure_code: string | null;
  failure_message: string | null;
}

interface OpenRow extends FailureColumns {
  status: "capturing" | "voiding" | "expired";
  amount_minor: string;
  currency: Currency;
  authorization_expires_at: Temporal.Instant | null;
  look_ups: number;
  not_found_count: number;
  not_found_at: Temporal.Instant | null;
  last_send_over_at: Temporal.Instant;
  kind: SettleKind | null;
  call_minor: string;
  requested_by: string;
  outcome: CallEnd | null;
}

/** @returns undefined when the lease is gone: somebody else has taken the charge over. */
export async function findOpenSettlement(
  tx: Transaction,
  { accountId, chargeId, leaseToken }: Lease,
): Promise<OpenSettlement | undefined> {
  const [row] = await tx.query<OpenRow>(open, [accountId, chargeId, leaseToken]);
  return (
    row && {
      status: row.status,
      amount: money(safeInteger(row.amount_minor), row.currency),
      expiresAt: row.authorization_expires_at ?? undefined,
      latestCallEnd: row.outcome ?? undefined,
      lookUps: row.look_ups,
      unchangedCount: row.not_found_count,
      unchangedAt: row.not_found_at ?? undefined,
      lastSendOverAt: row.last_send_over_at,
      latestCall: toLatestCall(row),
    }
  );
}

function toLatestCall(row: OpenRow): LatestCall | undefined {
  if (row.kind === null) return undefined;
  return {
    kind: row.kind,
    amountMinor: safeInteger(row.call_minor),
    requestedBy: row.requested_by,
    end: row.outcome ?? undefined,
    failure: toFailure(row),
  };
}

function toFailure(row: FailureColumns): Refusal | undefined {
  const { failure_class: failure, failure_code: code, failure_message: message } = row;
  return failure === null ? undefined : { failure, code: code ?? failure, message: message ?? "" };
}

export interface SettledCharge {
  readonly lease: Lease;
  /** Undefined: it stays what it is, and is looked up. */
  readonly status: "captured" | "voided" | "authorized" | "in_review" | undefined;
  /** A call has ended, so nothing of it can be on its way any more. */
  readonly isCallOver: boolean;
  readonly lookUpInMs: number | undefined;
  readonly lookUps: number;
  readonly unchangedCounts: boolean;
  readonly heldForMs: number;
  readonly expiresAt: Temporal.Instant | undefined;
  readonly capturedAt: Temporal.Instant | undefined;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly failure:
    { readonly failure: string; readonly code: string; readonly message: string } | undefined;
  readonly reviewReason: string | undefined;
}

const settle = statement(
  "authorization_save_result",
  `update charges c set
     status = coalesce(r.status, c.status), lease_token = null, lease_until = null,
     last_send_over_at = case when r.is_call_over
                           then least(c.last_send_over_at, protocol_now())
                           else c.last_send_over_at end,
     look_up_at = protocol_now() + r.look_up_in_ms * interval '1 ms', look_ups = r.look_ups,
     not_found_count = c.not_found_count + case when r.unchanged_counts then 1 else 0 end,
     not_found_at = case when r.unchanged_counts then protocol_now() else c.not_found_at end,
     held_until = case when r.held_for_ms > 0
                    then protocol_now() + r.held_for_ms * interval '1 ms' end,
     authorization_expires_at = r.expires_at,
     -- A later date: somebody is told again when that one comes near.
     expiry_told_at = case when r.expires_at > c.authorization_expires_at then null
                        else c.expiry_told_at end,
     captured_at = r.captured_at, captured_minor = r.captured_minor,
     refunded_minor = r.refunded_minor, failure_class = r.failure_class,
     failure_code = r.failure_code, failure_message = r.failure_message,
     review_reason = r.review_reason, updated_at = protocol_now()
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, lease_token uuid, status text,
     is_call_over boolean, look_up_in_ms float8, look_ups int, unchanged_counts boolean,
     held_for_ms float8, expires_at timestamptz, captured_at timestamptz, captured_minor bigint,
     refunded_minor bigint, failure_class text, failure_code text, failure_message text,
     review_reason text)
   where c.account_id = r.account_id and c.id = r.id and c.lease_token = r.lease_token`,
);

/** @returns false when the lease token is gone. */
export async function saveSettledCharge(tx: Transaction, it: SettledCharge): Promise<boolean> {
  const row = {
    account_id: it.lease.accountId,
    id: it.lease.chargeId,
    lease_token: it.lease.leaseToken,
    status: it.status,
    is_call_over: it.isCallOver,
    look_up_in_ms: it.lookUpInMs,
    look_ups: it.lookUps,
    unchanged_counts: it.unchangedCounts,
    held_for_ms: it.heldForMs,
    expires_at: it.expiresAt?.toString(),
    captured_at: it.capturedAt?.toString(),
    captured_minor: it.capturedMinor,
    refunded_minor: it.refundedMinor,
    failure_class: it.failure?.failure,
    failure_code: it.failure?.code,
    failure_message: it.failure?.message,
    review_reason: it.reviewReason,
  };
  return (await tx.execute(settle, [jsonRows([row])])) === 1;
}

const endCall = statement(
  "authorization_call_end",
  `update authorization_calls set outcome = $3, failure_class = $4, failure_code = $5,
     failure_message = $6, http_status = $7, exchange = $8, ended_at = protocol_now()
   where account_id = $1 and lease_token = $2 and outcome is null`,
);

/** Writes how an open call ended. */
export async function saveCallEnd(
  tx: Transaction,
  { accountId, leaseToken }: Lease,
  end: CallEnd,
  failure:
    { readonly failure: string; readonly code: string; readonly message: string } | undefined,
  exchange: { readonly status?: number | undefined } | undefined,
): Promise<void> {
  const words = [failure?.failure ?? null, failure?.code ?? null, failure?.message ?? null];
  const evidence = exchange === undefined ? null : jsonRows(exchange);
  const values = [accountId, leaseToken, end, ...words, exchange?.status ?? null, evidence];
  await tx.execute(endCall, values);
}

const decideCall = statement(
  "authorization_call_decide",
  `update authorization_calls set outcome = $3
   where account_id = $1 and charge_id = $2 and outcome = 'unknown'`,
);

/** A look-up has told what became of the calls whose outcome was unknown. */
export async function saveUnknownCallEnd(
  tx: Transaction,
  { accountId, chargeId }: Lease,
  end: CallEnd,
): Promise<void> {
  await tx.execute(decideCall, [accountId, chargeId, end]);
}

const review = statement(
  "authorization_review_resolve",
  `update charges c set review_reason = null, updated_at = protocol_now(),
     status = case when $3 = 'not_paid' then 'voided'
                else coalesce((select case l.kind when 'capture' then 'capturing' else 'voiding' end
                               from authorization_calls l
                               where l.account_id = c.account_id and l.charge_id = c.id
                                 and l.outcome = 'unknown'
                               order by l.n desc limit 1), 'expired')
              end,
     look_up_at = case when $3 = 'look_up_again' then protocol_now() end,
     look_ups = 0, not_found_count = 0, not_found_at = null
   where c.account_id = $1 and c.id = $2 and c.status = 'in_review' and c.authorized_at is not null`,
);

/**
 * Writes what a person decided about an authorization. One that is looked up again is asked about
 * the call that was not answered, or about its date when there was none.
 *
 * @returns false when it was not in review.
 */
export async function saveAuthorizationReview(
  tx: Transaction,
  accountId: string,
  chargeId: string,
  decision: "look_up_again" | "not_paid",
): Promise<boolean> {
  return (await tx.execute(review, [accountId, chargeId, decision])) === 1;
}
