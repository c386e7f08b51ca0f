/**
 * SQL of key health. Due dates and lifetimes are on the customer's clock, the test clock where there
 * is one; `check_after` is real time: until then nobody else asks the provider about the key.
 */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { KeyRules } from "./key-health.ts";

/** Whose keys: those that live in real time, or those on test clocks. */
export type WhichClock = "real" | "test";

/** What must be so by the time on a clock. */
type Condition = (now: string) => string;

function willPay(isDue: string): string {
  return `s.next_due_at is not null and not s.cancels_at_period_end
       and s.status not in ('canceled', 'paused') and ${isDue}`;
}

/** Subscriptions that will pay, beside the clock that they are on. */
const onTestClocks = {
  now: "t.now_at",
  source: (isDue: Condition) => `test_clocks t
     cross join lateral (
       select * from subscriptions s
       where s.account_id = t.account_id and s.test_clock_id = t.id
         and ${willPay(isDue("t.now_at"))} offset 0) s`,
} as const;
const clocks = {
  real: {
    now: "protocol_now()",
    source: (isDue: Condition) => `(
       select * from subscriptions s
       where s.test_clock_id is null and ${willPay(isDue("protocol_now()"))}) s`,
    isOn: "true",
  },
  test: { ...onTestClocks, isOn: "true" },
  one: { ...onTestClocks, isOn: "t.account_id = $2 and t.id = $3" },
} as const;

/** Which keys alone are of interest, so that not all have to be looked through. */
interface Narrowing {
  /** Of the next due date of their subscription. */
  readonly isDue: Condition;
  /** Of their own dates. */
  readonly isNear: Condition;
}

const everyKey: Narrowing = { isDue: () => "true", isNear: () => "true" };

/**
 * A usable key beside a subscription that will pay with it, by the key's rules. A key that never paid
 * has lived since it was made, except on a test clock, where the real instant of its making says
 * nothing.
 *
 * `offset 0` keeps the order in which they are found: a clock's subscriptions by their due date, the one
 * key that each has the id of, its connection's rules. Without fresh statistics PostgreSQL would try
 * every key with every clock, or with every subscription.
 */
const uses = (which: keyof typeof clocks, { isDue, isNear }: Narrowing): string => {
  const { isOn, now, source } = clocks[which];
  const livesSince = which === "real" ? "coalesce(k.last_paid_at, k.created_at)" : "k.last_paid_at";
  return `
     select k.account_id, k.id, k.last_paid_at, k.checked_at, k.check_after, k.expiry_told_at,
       r.can_check, ${now} as now, s.next_due_at,
       s.next_due_at - r.check_ahead_ms * interval '1 ms' as check_from, e.expires_at, e.warn_from
     from ${source(isDue)}
     cross join lateral (
       select * from billing_keys k
       where k.account_id = s.account_id and k.id = s.billing_key_id offset 0) k
     cross join lateral (
       select * from r
       where r.account_id = k.account_id and r.connection_id = k.connection_id offset 0) r
     cross join lateral (
       select ${livesSince} + r.unused_lifetime_ms * interval '1 ms' as expires_at,
         ${livesSince} + (r.unused_lifetime_ms - r.warning_ms) * interval '1 ms' as warn_from) e
     where ${isOn} and k.status = 'active' and ${isNear(now)}`;
};

/**
 * One row for each such key, by its nearest due date.
 *
 * @param narrowings Each one is a way to find some of the keys that are of interest.
 */
const keyFacts = (which: keyof typeof clocks, ...narrowings: readonly Narrowing[]): string => `
   r as materialized (
     select r.* from jsonb_to_recordset($1::jsonb) as r(account_id text, connection_id text,
       can_check boolean, check_ahead_ms float8, unused_lifetime_ms float8, warning_ms float8)
     join gateway_connections g on g.account_id = r.account_id and g.id = r.connection_id
     where may_charge(g)
   ), facts as materialized (
     select account_id, id, last_paid_at, checked_at, check_after, expiry_told_at, can_check,
       expires_at, warn_from, max(now) as now, min(next_due_at) as next_due_at,
       min(check_from) as check_from
     from (${narrowings.map((narrowing) => uses(which, narrowing)).join(" union all ")}) u
     group by account_id, id, last_paid_at, checked_at, check_after, expiry_told_at, can_check,
       expires_at, warn_from
   )`;

const isDueSoon: Narrowing = {
  ...everyKey,
  isDue: (now) => `s.next_due_at > ${now}
         and s.next_due_at <= ${now} + (select max(check_ahead_ms) from r) * interval '1 ms'`,
};
const hasLivedItsLife: Narrowing = { ...everyKey, isNear: (now) => `e.expires_at <= ${now}` };
const isInItsLastDays: Narrowing = { ...everyKey, isNear: (now) => `e.warn_from <= ${now}` };

const isExpiring = "f.warn_from <= f.now and f.next_due_at > f.expires_at";

/** A payment proves as much as a check; of a lifetime that is over, only the provider can tell. */
const isToCheck = `f.can_check and f.next_due_at > f.now
     and (f.check_from <= f.now
            and coalesce(greatest(f.checked_at, f.last_paid_at) < f.check_from, true)
          or f.expires_at <= f.now and coalesce(f.checked_at < f.expires_at, true))`;

function rulesJson(rules: readonly KeyRules[]): string {
  return jsonRows(
    rules.map((it) => ({
      account_id: it.accountId,
      connection_id: it.connectionId,
      can_check: it.canCheck,
      check_ahead_ms: it.checkAheadMs,
      unused_lifetime_ms: it.unusedLifetimeMs,
      warning_ms: it.warningMs,
    })),
  );
}

/** A key that the caller alone asks the provider about, until `checkAfter`. */
export interface ClaimedKey {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly connectionId: string;
  readonly secret: Uint8Array;
  readonly checkAfter: Temporal.Instant;
}

interface ClaimedKeyRow {
  account_id: string;
  id: string;
  customer_id: string;
  connection_id: string;
  secret: Uint8Array;
  check_after: Temporal.Instant;
}

const claimedColumns =
  "k.account_id, k.id, k.customer_id, k.connection_id, k.secret, k.check_after";

function toClaimedKey(row: ClaimedKeyRow): ClaimedKey {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    secret: row.secret,
    checkAfter: row.check_after,
  };
}

const mayBeAsked = "(k.check_after is null or k.check_after <= protocol_now())";

const dueChecks = (which: WhichClock): string => `
  with ${keyFacts(which, isDueSoon, hasLivedItsLife)}, wanted as materialized (
     select f.account_id, f.id from facts f
     where ${isToCheck} and (f.check_after is null or f.check_after <= protocol_now())
     order by f.next_due_at, f.id limit $2
   ), locked as (
     select k.account_id, k.id from billing_keys k
     join wanted w on w.account_id = k.account_id and w.id = k.id
     where k.status = 'active' and ${mayBeAsked}
     for no key update of k skip locked
   )
   update billing_keys k set check_after = protocol_now() + $3::float8 * interval '1 ms'
   from locked where k.account_id = locked.account_id and k.id = locked.id
   returning ${claimedColumns}`;

const dueChecksOn = {
  real: statement("billing_keys_claim_checks", dueChecks("real")),
  test: statement("billing_keys_claim_checks_on_test_clocks", dueChecks("test")),
} as const;

/**
 * Keys that are to be checked now, because a charge is near or because their lifetime is over: those
 * that were not checked for that reason yet, the most urgent first.
 */
export async function claimDueChecks(
  db: Queryable,
  rules: readonly KeyRules[],
  which: WhichClock,
  limit: number,
  leaseMs: number,
): Promise<ClaimedKey[]> {
  const values = [rulesJson(rules), limit, leaseMs];
  return (await db.query<ClaimedKeyRow>(dueChecksOn[which], values)).map(toClaimedKey);
}

const oneCheck = statement(
  "billing_key_claim_check",
  `update billing_keys k set check_after = protocol_now() + $3::float8 * interval '1 ms'
   where k.account_id = $1 and k.id = $2 and k.status in ('active', 'suspended') and ${mayBeAsked}
   returning ${claimedColumns}`,
);

/** @returns undefined when the key is gone for good, or is being asked about, or was in vain just now. */
export async function claimCheck(
  db: Queryable,
  accountId: string,
  id: string,
  leaseMs: number,
): Promise<ClaimedKey | undefined> {
  const [row] = await db.query<ClaimedKeyRow>(oneCheck, [accountId, id, leaseMs]);
  return row === undefined ? undefined : toClaimedKey(row);
}

const checked = statement(
  "billing_key_checked",
  `update billing_keys set checked_at = $4, check_after = null
   where account_id = $1 and id = $2 and check_after = $3`,
);

/** @returns false when somebody else has taken the check over meanwhile. */
export async function saveKeyChecked(
  tx: Transaction,
  { accountId, id, checkAfter }: ClaimedKey,
  checkedAt: Temporal.Instant,
): Promise<boolean> {
  return (await tx.execute(checked, [accountId, id, checkAfter, checkedAt])) === 1;
}

const postponed = statement(
  "billing_key_check_postponed",
  `update billing_keys set check_after = protocol_now() + $4::float8 * interval '1 ms'
   where account_id = $1 and id = $2 and check_after = $3`,
);

/** The provider gave no clear answer: nothing is known, and nobody asks again before `waitMs`. */
export async function postponeCheck(
  db: Queryable,
  { accountId, id, checkAfter }: ClaimedKey,
  waitMs: number,
): Promise<void> {
  await db.execute(postponed, [accountId, id, checkAfter, waitMs]);
}

const paid = statement(
  "billing_keys_paid",
  `update billing_keys k set last_paid_at = r.paid_at, expiry_told_at = null
   from (select account_id, id, max(paid_at) as paid_at
         from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, paid_at timestamptz)
         group by account_id, id) r
   where k.account_id = r.account_id and k.id = r.id
     and (k.last_paid_at is null or k.last_paid_at < r.paid_at)`,
);

/**
 * Notes that money moved, or was authorized, with these keys: their lifetime begins anew.
 *
 * @param payments `paidAt` on the customer's clock. A payment older than the last one changes nothing.
 */
export async function saveKeysPaid(
  tx: Transaction,
  payments: readonly {
    readonly accountId: string;
    readonly billingKeyId: string;
    readonly paidAt: Temporal.Instant;
  }[],
): Promise<void> {
  if (payments.length === 0) return;
  const rows = payments.map(({ accountId, billingKeyId, paidAt }) => ({
    account_id: accountId,
    id: billingKeyId,
    paid_at: paidAt.toString(),
  }));
  await tx.execute(paid, [jsonRows(rows)]);
}

/** A key that dies of disuse before a subscription pays with it again. */
export interface ExpiringKey {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  /** On the customer's clock, all three. */
  readonly expiresAt: Temporal.Instant;
  readonly nextDueAt: Temporal.Instant;
  readonly now: Temporal.Instant;
}

interface ExpiringKeyRow {
  account_id: string;
  id: string;
  customer_id: string;
  expires_at: Temporal.Instant;
  next_due_at: Temporal.Instant;
  now: Temporal.Instant;
}

function toExpiringKey(row: ExpiringKeyRow): ExpiringKey {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    expiresAt: row.expires_at,
    nextDueAt: row.next_due_at,
    now: row.now,
  };
}

const untold = (which: WhichClock): string => `
  with ${keyFacts(which, isInItsLastDays)}, locked as (
     select k.account_id, k.id, f.expires_at, f.next_due_at, f.now
     from billing_keys k join facts f on f.account_id = k.account_id and f.id = k.id
     where ${isExpiring} and k.status = 'active' and k.expiry_told_at is null
       and k.last_paid_at is not distinct from f.last_paid_at
     order by f.expires_at, k.id limit $2
     for no key update of k skip locked
   )
   update billing_keys k set expiry_told_at = l.now
   from locked l where k.account_id = l.account_id and k.id = l.id
   returning k.account_id, k.id, k.customer_id, l.expires_at, l.next_due_at, l.now`;

const untoldOn = {
  real: statement("billing_keys_claim_untold", untold("real")),
  test: statement("billing_keys_claim_untold_on_test_clocks", untold("test")),
} as const;

/** Expiring keys that nobody was told of since they last paid; they now count as told. */
export async function claimUntoldKeys(
  tx: Transaction,
  rules: readonly KeyRules[],
  which: WhichClock,
  limit: number,
): Promise<ExpiringKey[]> {
  const values = [rulesJson(rules), limit];
  return (await tx.query<ExpiringKeyRow>(untoldOn[which], values)).map(toExpiringKey);
}

/** What a test clock waits or stops for on account of keys. */
export interface KeyWorkOnClock {
  /** Keys that are to be asked about or told of now, or are being asked about. */
  readonly dueWork: number;
  /** When the next one will be; undefined when none will. */
  readonly nextDueAt: Temporal.Instant | undefined;
}

const workOnClock = statement(
  "billing_keys_work_on_clock",
  `with ${keyFacts("one", everyKey)}
   select
     (count(*) filter (where ${isToCheck}
        and (f.check_after is null
             or f.check_after <= protocol_now() + $4::float8 * interval '1 ms'))
      + count(*) filter (where ${isExpiring} and f.expiry_told_at is null))::int as due_work,
     least(
       min(f.check_from) filter (where f.can_check and f.check_from > f.now),
       min(f.warn_from) filter (where f.warn_from > f.now and f.next_due_at > f.expires_at),
       min(f.expires_at) filter (where f.can_check and f.expires_at > f.now
                                 and f.next_due_at > f.expires_at)) as next_due_at
   from facts f`,
);

/**
 * @param leaseMs How long a question may be under way. A key whose next question is further off got no
 *   clear answer, and is not waited for.
 */
export async function readKeyWorkOnClock(
  db: Queryable,
  rules: readonly KeyRules[],
  clock: { readonly accountId: string; readonly id: string },
  leaseMs: number,
): Promise<KeyWorkOnClock> {
  const values = [rulesJson(rules), clock.accountId, clock.id, leaseMs];
  const [row] = await db.query<{ due_work: number; next_due_at: Temporal.Instant | null }>(
    workOnClock,
    values,
  );
  return { dueWork: row?.due_work ?? 0, nextDueAt: row?.next_due_at ?? undefined };
}

const expiring = statement(
  "billing_keys_expiring",
  `with ${keyFacts("real", isInItsLastDays)}
   select k.account_id, k.id, k.customer_id, f.expires_at, f.next_due_at, f.now,
     count(*) over ()::int as total
   from facts f join billing_keys k on k.account_id = f.account_id and k.id = f.id
   where ${isExpiring} order by f.expires_at, k.id limit $2`,
);

/** Those in real time, told of or not. @returns The first to die, and how many there are. */
export async function listExpiringKeys(
  db: Queryable,
  rules: readonly KeyRules[],
  limit: number,
): Promise<{ readonly total: number; readonly first: readonly ExpiringKey[] }> {
  const values = [rulesJson(rules), limit];
  const rows = await db.query<ExpiringKeyRow & { total: number }>(expiring, values);
  return { total: rows[0]?.total ?? 0, first: rows.map(toExpiringKey) };
}
