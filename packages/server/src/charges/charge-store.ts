/**
 * SQL of charges, attempts and look-ups. The charges table is the queue: due charges are claimed
 * with SKIP LOCKED on a partial index. No statement here names a status in the where clause of a
 * hot write: it would lead the planner to the wrong index (the id and the lease token are enough).
 */
import { money, type Currency, type Money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import type { Payer } from "../customers/payer-details.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { AttemptEnd, AttemptRecord } from "./charge.ts";

export interface Lane {
  readonly concurrency: number;
  readonly inFlight: number;
}

const lockedLane = statement(
  "charges_lock_lane",
  `select c.concurrency
   from gateway_connections c
   join accounts a on a.id = c.account_id
   where c.account_id = $1 and c.id = $2 and may_charge(c) and a.charging_stopped_at is null
   for no key update of c for share of a`,
);

const inFlight = statement(
  "charges_in_flight",
  `select count(*)::int as in_flight from charges
   where connection_id = $2 and account_id = $1 and status = 'in_flight'`,
);

/**
 * Locks a connection's lane for one claim, so that the concurrency budget holds over all workers.
 * The charges are counted in a second statement: only that one sees what was committed while we
 * waited for the lock.
 *
 * @returns undefined when nothing may be claimed: paused, sunset, or the account's emergency stop.
 */
export async function lockLane(
  tx: Transaction,
  accountId: string,
  connectionId: string,
): Promise<Lane | undefined> {
  const key = [accountId, connectionId];
  const [row] = await tx.query<{ concurrency: number }>(lockedLane, key);
  if (row === undefined) return undefined;
  const [count] = await tx.query<{ in_flight: number }>(inFlight, key);
  return { concurrency: row.concurrency, inFlight: count?.in_flight ?? row.concurrency };
}

/** A due charge, with everything that its request needs. */
export interface DueCharge {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  /** All that is known of the customer; what the provider may be told of it is less. */
  readonly payer: Payer;
  readonly billingKeyId: string;
  readonly encryptedSecret: Uint8Array;
  readonly orderId: string;
  readonly generation: number;
  readonly orderName: string;
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
  readonly attemptCount: number;
  /** The idempotency key of the latest attempt, when that one got no answer with this very key. */
  readonly unansweredIdempotencyKey: string | undefined;
  /** Ids that the invoice was sent with before the present one, with the connection of each. */
  readonly earlierOrders: readonly { readonly orderId: string; readonly connectionId: string }[];
}

interface DueChargeRow {
  account_id: string;
  id: string;
  customer_id: string;
  payer_name: string | null;
  payer_email: string | null;
  payer_phone: string | null;
  billing_key_id: string;
  secret: Uint8Array;
  order_id: string;
  generation: number;
  order_name: string;
  amount_minor: string;
  currency: Currency;
  capture: "automatic" | "manual";
  attempt_count: number;
  unanswered_idempotency_key: string | null;
  earlier_orders: { orderId: string; connectionId: string }[] | null;
}

/** Ids that the invoice of charge `c` was sent with before its present one. */
export const earlierOrders = `
    case when c.generation > 0 then
      (select jsonb_agg(distinct jsonb_build_object(
                'orderId', a.order_id, 'connectionId', a.connection_id))
       from charges o join attempts a on a.account_id = o.account_id and a.charge_id = o.id
       where o.account_id = c.account_id and o.invoice_id = c.invoice_id
         and a.order_id <> c.order_id)
    end`;

/**
 * The claim gate: subscription, invoice and key must still agree, no other call may be open for the
 * key, and the lane's and the charge's holds must be over. Rows that change at the same moment are
 * re-checked by PostgreSQL once they are locked.
 *
 * The key's status and connection are compared in a way that no index serves: without fresh statistics
 * PostgreSQL would read every key of the connection for each charge, instead of the one it has the id of.
 */
const dueCharges = (source: string, isDue: string) => `
  select c.account_id, c.id, c.customer_id, p.name as payer_name, p.email as payer_email,
    p.phone as payer_phone, k.id as billing_key_id, k.secret, c.order_id, c.generation,
    c.order_name, c.amount_minor, c.currency, c.capture,
    (select count(*)::int from attempts a where a.account_id = c.account_id and a.charge_id = c.id)
      as attempt_count,
    (select case when a.outcome = 'unknown' and a.http_status is null and a.billing_key_id = k.id
                   and a.claimed_at > protocol_now() - $4::float8 * interval '1 day'
              then a.idempotency_key end
     from attempts a
     where a.account_id = c.account_id and a.charge_id = c.id and a.order_id = c.order_id
       and a.outcome <> 'not_sent'
     order by a.n desc limit 1) as unanswered_idempotency_key,
    ${earlierOrders} as earlier_orders
  from ${source}
  join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
  join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
  join billing_keys k on k.account_id = s.account_id and k.id = s.billing_key_id
  join customers p on p.account_id = c.account_id and p.id = c.customer_id
  where c.account_id = $1 and c.connection_id = $2 and c.status = 'scheduled' and ${isDue}
    and (c.held_until is null or c.held_until <= protocol_now())
    and s.status not in ('canceled', 'paused')
    and i.status = 'open'
    and (k.status, k.connection_id) is not distinct from ('active', c.connection_id)
    and not exists (select 1 from charges f where f.account_id = k.account_id
                    and f.billing_key_id = k.id and f.status = 'in_flight')
  order by c.due_at, c.id
  limit $3
  for no key update of c, s, i, k skip locked`;

const dueInRealTime = statement(
  "charges_due",
  dueCharges("charges c", "c.test_clock_id is null and c.due_at <= protocol_now()"),
);
const dueOnTestClocks = statement(
  "charges_due_on_test_clocks",
  dueCharges(
    "test_clocks t join charges c on c.account_id = t.account_id and c.test_clock_id = t.id",
    "c.due_at <= t.now_at",
  ),
);

/**
 * Locks due charges of a connection, oldest first; rows that someone else holds are passed over.
 *
 * @param idempotencyDays How old an unanswered attempt may be for its idempotency key to be reused.
 */
export async function lockDueCharges(
  tx: Transaction,
  lane: { readonly accountId: string; readonly connectionId: string },
  clock: "real" | "test",
  limit: number,
  idempotencyDays: number,
): Promise<DueCharge[]> {
  const sql = clock === "real" ? dueInRealTime : dueOnTestClocks;
  const values = [lane.accountId, lane.connectionId, limit, idempotencyDays];
  const rows = await tx.query<DueChargeRow>(sql, values);
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    payer: {
      name: row.payer_name ?? undefined,
      email: row.payer_email ?? undefined,
      phone: row.payer_phone ?? undefined,
    },
    billingKeyId: row.billing_key_id,
    encryptedSecret: row.secret,
    orderId: row.order_id,
    generation: row.generation,
    orderName: row.order_name,
    amount: money(safeInteger(row.amount_minor), row.currency),
    capture: row.capture,
    attemptCount: row.attempt_count,
    unansweredIdempotencyKey: row.unanswered_idempotency_key ?? undefined,
    earlierOrders: row.earlier_orders ?? [],
  }));
}

export interface NewClaim {
  readonly accountId: string;
  readonly chargeId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
  /** What is charged: a key, or the window whose confirmation is sent. */
  readonly via: { readonly billingKeyId: string } | { readonly paymentWindowId: string };
  readonly idempotencyKey: string;
  readonly leaseToken: string;
}

const claim = statement(
  "charges_claim",
  `with r as materialized (
     select * from jsonb_to_recordset($1::jsonb) as r(account_id text, charge_id text,
       attempt_id text, n int, billing_key_id text, payment_window_id text, idempotency_key text,
       lease_token uuid)
   ), claimed as (
     update charges c set status = 'in_flight', due_at = null, held_until = null,
       billing_key_id = coalesce(r.billing_key_id, c.billing_key_id), lease_token = r.lease_token,
       lease_until = protocol_now() + $2::float8 * interval '1 ms',
       last_send_over_at = protocol_now() + $2::float8 * interval '1 ms',
       look_ups = 0, not_found_count = 0, not_found_at = null, updated_at = protocol_now()
     from r where c.account_id = r.account_id and c.id = r.charge_id
     returning c.*
   )
   insert into attempts (account_id, charge_id, n, id, connection_id, billing_key_id,
     payment_window_id, order_id, generation, idempotency_key, lease_token, amount_minor, currency,
     claimed_at, over_at)
   select c.account_id, c.id, r.n, r.attempt_id, c.connection_id, r.billing_key_id,
     r.payment_window_id, c.order_id, c.generation, r.idempotency_key, c.lease_token, c.amount_minor, c.currency, c.updated_at,
     c.lease_until
   from claimed c join r on r.account_id = c.account_id and r.charge_id = c.id`,
);

/** Writes the claim of locked charges: what is about to be sent, before a byte of it leaves. */
export async function saveClaims(
  tx: Transaction,
  claims: readonly NewClaim[],
  leaseMs: number,
): Promise<void> {
  const rows = claims.map((it) => ({
    account_id: it.accountId,
    charge_id: it.chargeId,
    attempt_id: it.attemptId,
    n: it.attemptNumber,
    billing_key_id: "billingKeyId" in it.via ? it.via.billingKeyId : undefined,
    payment_window_id: "paymentWindowId" in it.via ? it.via.paymentWindowId : undefined,
    idempotency_key: it.idempotencyKey,
    lease_token: it.leaseToken,
  }));
  const saved = await tx.execute(claim, [jsonRows(rows), leaseMs]);
  if (saved !== claims.length) throw new Error(`claimed ${saved} of ${claims.length} charges`);
}

/** A charge whose call has ended, locked, with all that its decision needs. */
export interface OpenCharge {
  readonly accountId: string;
  readonly id: string;
  readonly leaseToken: string;
  readonly mode: "test" | "live";
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly connectionId: string;
  /** Undefined while only a window has tried to pay it. */
  readonly billingKeyId: string | undefined;
  readonly methodLabel: string | undefined;
  readonly via: "key" | "window";
  readonly resumesAt: Temporal.Instant | undefined;
  readonly status: "in_flight" | "reconciling";
  readonly amount: Money;
  readonly orderId: string;
  readonly generation: number;
  /** Undefined for what a window takes to register a method. */
  readonly periodIndex: number | undefined;
  readonly periodStartsOn: Temporal.PlainDate | undefined;
  readonly invoiceStatus: string;
  readonly invoiceGeneration: number;
  /** Other invoices of the subscription that are still open. */
  readonly otherOpenInvoices: number;
  /** The subscription's present key, which may be another than the charge's, can be charged. */
  readonly hasUsableKey: boolean;
  readonly declines: number;
  readonly resends: number;
  readonly unsent: number;
  readonly lookUps: number;
  readonly notFoundCount: number;
  readonly notFoundAt: Temporal.Instant | undefined;
  readonly lastSendOverAt: Temporal.Instant;
  readonly attempts: readonly AttemptRecord[];
  readonly isOnTestClock: boolean;
  readonly now: Temporal.Instant;
  readonly realNow: Temporal.Instant;
}

interface OpenChargeRow {
  account_id: string;
  id: string;
  lease_token: string;
  mode: "test" | "live";
  invoice_id: string;
  subscription_id: string;
  customer_id: string;
  connection_id: string;
  billing_key_id: string | null;
  method_label: string | null;
  via: "key" | "window";
  resumes_at: Temporal.Instant | null;
  status: "in_flight" | "reconciling";
  amount_minor: string;
  currency: Currency;
  order_id: string;
  generation: number;
  period_index: number | null;
  period_starts_on: Temporal.PlainDate | null;
  invoice_status: string;
  invoice_generation: number;
  other_open_invoices: number;
  has_usable_key: boolean;
  declines: number;
  resends: number;
  unsent: number;
  look_ups: number;
  not_found_count: number;
  not_found_at: Temporal.Instant | null;
  last_send_over_at: Temporal.Instant;
  attempts: { n: number; claimedAt: string; outcome: AttemptEnd | null }[];
  is_on_test_clock: boolean;
  now: Temporal.Instant;
  real_now: Temporal.Instant;
}

const subscriptionsOfLeases = statement(
  "charges_subscriptions_of_leases",
  `select distinct c.account_id, c.subscription_id
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, lease_token uuid)
   join charges c on c.account_id = r.account_id and c.id = r.id
     and c.lease_token = r.lease_token`,
);

export interface Lease {
  readonly accountId: string;
  readonly chargeId: string;
  readonly leaseToken: string;
}

export async function subscriptionsOf(
  tx: Transaction,
  leases: readonly Lease[],
): Promise<{ accountId: string; id: string }[]> {
  const rows = await tx.query<{ account_id: string; subscription_id: string }>(
    subscriptionsOfLeases,
    [leaseRows(leases)],
  );
  return rows.map((row) => ({ accountId: row.account_id, id: row.subscription_id }));
}

const openCharges = statement(
  "charges_open",
  `select c.account_id, c.id, c.lease_token, g.mode, c.invoice_id, c.subscription_id, c.customer_id,
     c.connection_id, c.billing_key_id, k.method_label, c.resumes_at, c.status, c.amount_minor,
     c.currency, c.order_id, c.generation, i.period_index, i.period_starts_on,
     i.status as invoice_status,
     coalesce((select case when a.payment_window_id is null then 'key' else 'window' end
      from attempts a where a.account_id = c.account_id and a.charge_id = c.id
      order by a.n desc limit 1), 'key') as via,
     i.generation as invoice_generation,
     (select count(*)::int from invoices o where o.account_id = c.account_id
        and o.subscription_id = c.subscription_id and o.status = 'open' and o.id <> i.id)
       as other_open_invoices,
     exists (select 1 from subscriptions s
             join billing_keys u on u.account_id = s.account_id and u.id = s.billing_key_id
             where s.account_id = c.account_id and s.id = c.subscription_id
               and u.status = 'active') as has_usable_key,
     c.declines, c.resends, c.unsent, c.look_ups, c.not_found_count, c.not_found_at, c.last_send_over_at,
     (select coalesce(jsonb_agg(jsonb_build_object(
               'n', a.n, 'claimedAt', a.claimed_at, 'outcome', a.outcome) order by a.n), '[]')
      from attempts a where a.account_id = c.account_id and a.charge_id = c.id
        and a.order_id = c.order_id) as attempts,
     t.id is not null as is_on_test_clock, coalesce(t.now_at, protocol_now()) as now, protocol_now() as real_now
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, lease_token uuid)
   join charges c on c.account_id = r.account_id and c.id = r.id
     and c.lease_token = r.lease_token
   join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
   join gateway_connections g on g.account_id = c.account_id and g.id = c.connection_id
   left join billing_keys k on k.account_id = c.account_id and k.id = c.billing_key_id
   left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
   order by c.account_id, c.id
   for no key update of c, i`,
);

const keysOfCharges = statement(
  "charges_lock_billing_keys",
  `select k.id from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, lease_token uuid)
   join charges c on c.account_id = r.account_id and c.id = r.id
   join billing_keys k on k.account_id = c.account_id and k.id = c.billing_key_id
   order by k.account_id, k.id
   for no key update of k`,
);

/**
 * Locks the charges whose open call carries these lease tokens. One whose token is no longer there
 * is missing from the result: somebody else has taken it over, and the write must not happen.
 */
export async function lockOpenCharges(
  tx: Transaction,
  leases: readonly Lease[],
): Promise<OpenCharge[]> {
  const rows = await tx.query<OpenChargeRow>(openCharges, [leaseRows(leases)]);
  await tx.query(keysOfCharges, [leaseRows(leases)]);
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    leaseToken: row.lease_token,
    mode: row.mode,
    invoiceId: row.invoice_id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    billingKeyId: row.billing_key_id ?? undefined,
    methodLabel: row.method_label ?? undefined,
    via: row.via,
    resumesAt: row.resumes_at ?? undefined,
    status: row.status,
    amount: money(safeInteger(row.amount_minor), row.currency),
    orderId: row.order_id,
    generation: row.generation,
    periodIndex: row.period_index ?? undefined,
    periodStartsOn: row.period_starts_on ?? undefined,
    invoiceStatus: row.invoice_status,
    invoiceGeneration: row.invoice_generation,
    otherOpenInvoices: row.other_open_invoices,
    hasUsableKey: row.has_usable_key,
    declines: row.declines,
    resends: row.resends,
    unsent: row.unsent,
    lookUps: row.look_ups,
    notFoundCount: row.not_found_count,
    notFoundAt: row.not_found_at ?? undefined,
    lastSendOverAt: row.last_send_over_at,
    attempts: row.attempts.map(({ n, claimedAt, outcome }) => ({
      n,
      claimedAt: Temporal.Instant.from(claimedAt),
      outcome: outcome ?? undefined,
    })),
    isOnTestClock: row.is_on_test_clock,
    now: row.now,
    realNow: row.real_now,
  }));
}

function leaseRows(leases: readonly Lease[]): string {
  return jsonRows(
    leases.map(({ accountId, chargeId, leaseToken }) => ({
      account_id: accountId,
      id: chargeId,
      lease_token: leaseToken,
    })),
  );
}
