/** SQL of what happens to authorizations by themselves: leases, dates, reminders and look-ups. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Database, type Queryable, type Transaction } from "../db/database.ts";

const leases = statement(
  "authorization_expire_leases",
  `with over as (
     select account_id, id, lease_token from charges
     where status in ('capturing', 'voiding', 'expired') and lease_until < protocol_now()
     order by lease_until limit $1
     for no key update skip locked
   ), freed as (
     update charges c set lease_token = null, lease_until = null,
       look_up_at = coalesce(c.look_up_at, protocol_now()), updated_at = protocol_now()
     from over where c.account_id = over.account_id and c.id = over.id
     returning c.id
   )
   update authorization_calls l set outcome = 'unknown', failure_class = 'outcome_unknown',
     failure_code = 'lease_expired',
     failure_message = 'the process that sent it never told what became of it',
     ended_at = protocol_now()
   from over where l.account_id = over.account_id and l.charge_id = over.id
     and l.lease_token = over.lease_token and l.outcome is null`,
);

/**
 * Takes charges from senders and askers that went silent: what a call did is unknown, and a look-up
 * that is forgotten is asked again.
 *
 * @returns How many calls are unknown now.
 */
export async function expireSettleLeases(db: Database, limit: number): Promise<number> {
  return await db.execute(leases, [limit]);
}

/**
 * The date of an authorization is the provider's, in real time; a demo moves the emulated provider's
 * clock along with a test clock, so a date that has passed on the test clock is asked about as well.
 */
const isPast = (instant: string) => `
  (${instant} <= protocol_now()
   or exists (select 1 from test_clocks t where t.account_id = c.account_id
              and t.id = c.test_clock_id and ${instant} <= t.now_at))`;

const dates = statement(
  "authorization_expire",
  `update charges c set status = 'expired', look_up_at = protocol_now(), look_ups = 0,
     not_found_count = 0, not_found_at = null, held_until = null, updated_at = protocol_now()
   from (select c.account_id, c.id from charges c
         where c.status = 'authorized' and ${isPast("c.authorization_expires_at")}
           and (c.held_until is null or c.held_until <= protocol_now())
         order by c.authorization_expires_at limit $1
         for no key update skip locked) past
   where c.account_id = past.account_id and c.id = past.id`,
);

/** Has the provider asked about authorizations whose date has passed. @returns How many. */
export async function expireAuthorizations(db: Database, limit: number): Promise<number> {
  return await db.execute(dates, [limit]);
}

/** A reminder comes so many days before the date, or a quarter of a validity that is shorter. */
const remindsAt = `c.authorization_expires_at - least(
  $1::float8 * interval '1 day',
  greatest(c.authorization_expires_at - c.authorized_at, interval '0') / 4)`;

const unreminded = `from charges c
   where c.status = 'authorized' and c.expiry_told_at is null and ${isPast(`(${remindsAt})`)}`;

const due = statement(
  "authorization_reminders_due",
  `select c.account_id, c.id, c.subscription_id ${unreminded}
   order by c.authorization_expires_at limit $2`,
);

export interface DueReminder {
  readonly accountId: string;
  readonly chargeId: string;
  readonly subscriptionId: string;
}

export async function listDueReminders(
  db: Queryable,
  reminderDays: number,
  limit: number,
): Promise<DueReminder[]> {
  const rows = await db.query<{ account_id: string; id: string; subscription_id: string }>(due, [
    reminderDays,
    limit,
  ]);
  return rows.map((row) => ({
    accountId: row.account_id,
    chargeId: row.id,
    subscriptionId: row.subscription_id,
  }));
}

export interface Reminded {
  readonly invoiceId: string;
  readonly amount: Money;
  readonly expiresAt: Temporal.Instant;
  /** On the test clock where there is one. */
  readonly now: Temporal.Instant;
}

const remind = statement(
  "authorization_remind",
  `update charges c set expiry_told_at = protocol_now(), updated_at = protocol_now()
   where c.account_id = $1 and c.id = $2 and c.status = 'authorized' and c.expiry_told_at is null
     and c.authorization_expires_at is not null
   returning c.invoice_id, c.amount_minor, c.currency, c.authorization_expires_at,
     coalesce((select t.now_at from test_clocks t where t.account_id = c.account_id
               and t.id = c.test_clock_id), protocol_now()) as now`,
);

/** @returns undefined when it was told meanwhile, or is no longer held. */
export async function saveReminder(
  tx: Transaction,
  { accountId, chargeId }: DueReminder,
): Promise<Reminded | undefined> {
  const [row] = await tx.query<{
    invoice_id: string;
    amount_minor: string;
    currency: Currency;
    authorization_expires_at: Temporal.Instant;
    now: Temporal.Instant;
  }>(remind, [accountId, chargeId]);
  return (
    row && {
      invoiceId: row.invoice_id,
      amount: money(safeInteger(row.amount_minor), row.currency),
      expiresAt: row.authorization_expires_at,
      now: row.now,
    }
  );
}

export interface DueSettleLookUp {
  readonly accountId: string;
  readonly chargeId: string;
  /** Where it was authorized. */
  readonly connectionId: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly leaseToken: string;
  readonly askedAt: Temporal.Instant;
}

const lookUps = statement(
  "authorization_claim_look_ups",
  `with due as (
     select c.account_id, c.id, row_number() over (order by c.look_up_at) as n
     from (select account_id, id, look_up_at from charges
           where status in ('capturing', 'voiding', 'expired') and look_up_at <= protocol_now()
             and lease_token is null
           order by look_up_at limit $2
           for no key update skip locked) c
   )
   update charges c set lease_token = t.token,
     lease_until = protocol_now() + $3::float8 * interval '1 ms'
   from due join unnest($1::uuid[]) with ordinality as t(token, n) on t.n = due.n
   where c.account_id = due.account_id and c.id = due.id
   returning c.account_id, c.id, c.paid_connection_id, c.payment_id, c.paid_order_id,
     c.amount_minor, c.currency, c.lease_token, protocol_now() as asked_at`,
);

/** @param tokens One fresh lease token for each that may be claimed. */
export async function claimDueSettleLookUps(
  db: Database,
  tokens: readonly string[],
  leaseMs: number,
): Promise<DueSettleLookUp[]> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    paid_connection_id: string;
    payment_id: string;
    paid_order_id: string;
    amount_minor: string;
    currency: Currency;
    lease_token: string;
    asked_at: Temporal.Instant;
  }>(lookUps, [tokens, tokens.length, leaseMs]);
  return rows.map((row) => ({
    accountId: row.account_id,
    chargeId: row.id,
    connectionId: row.paid_connection_id,
    paymentId: row.payment_id,
    orderId: row.paid_order_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    leaseToken: row.lease_token,
    askedAt: row.asked_at,
  }));
}

export interface AuthorizationWorkOnClock {
  /** Reminders and dates that have come, and dates that the provider is first being asked about. */
  readonly dueWork: number;
  /** When the next reminder or date comes; undefined when none will. */
  readonly nextDueAt: Temporal.Instant | undefined;
}

const workOnClock = statement(
  "authorization_work_on_clock",
  `with held as (
     select c.status, c.look_ups, t.now_at, c.authorization_expires_at as expires_at,
       ${remindsAt} as reminds_at, c.expiry_told_at is null as is_untold,
       c.held_until is null or c.held_until <= protocol_now() as is_free
     from test_clocks t
     join charges c on c.account_id = t.account_id and c.test_clock_id = t.id
       and c.status in ('authorized', 'expired')
     where t.account_id = $2 and t.id = $3
   )
   select count(*) filter (where case status
       when 'expired' then look_ups = 0
       else expires_at <= now_at and is_free
         or reminds_at <= now_at and expires_at > now_at and is_untold end)::int as due_work,
     least(
       min(reminds_at) filter (where status = 'authorized' and reminds_at > now_at and is_untold),
       min(expires_at) filter (where status = 'authorized' and expires_at > now_at)) as next_due_at
   from held`,
);

/** What an advancing test clock waits for, and where it stops next. */
export async function readAuthorizationWorkOnClock(
  db: Queryable,
  clock: { readonly accountId: string; readonly id: string },
  reminderDays: number,
): Promise<AuthorizationWorkOnClock> {
  const values = [reminderDays, clock.accountId, clock.id];
  const [row] = await db.query<{ due_work: number; next_due_at: Temporal.Instant | null }>(
    workOnClock,
    values,
  );
  return { dueWork: row?.due_work ?? 0, nextDueAt: row?.next_due_at ?? undefined };
}
