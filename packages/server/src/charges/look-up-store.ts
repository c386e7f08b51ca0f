/** SQL of the reconciler: leases that ran out, and the look-ups that are due. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Database } from "../db/database.ts";

const expired = statement(
  "charges_expire_leases",
  `with over as (
     select c.account_id, c.id, c.lease_token from charges c
     where c.status = 'in_flight' and c.lease_until < protocol_now()
     order by c.lease_until limit $1
     for no key update skip locked
   ), released as (
     update charges c set status = 'reconciling', lease_token = null, lease_until = null,
       look_up_at = protocol_now(), updated_at = protocol_now()
     from over where c.account_id = over.account_id and c.id = over.id
     returning c.account_id, c.id
   )
   update attempts a set outcome = 'unknown', failure_class = 'outcome_unknown',
     failure_code = 'lease_expired',
     failure_message = 'the worker that sent it never told what became of it',
     ended_at = protocol_now()
   from over where a.account_id = over.account_id and a.charge_id = over.id
     and a.lease_token = over.lease_token and a.outcome is null`,
);

/** Takes charges from senders that went silent: their outcome is unknown. @returns How many. */
export async function expireLeases(db: Database, limit: number): Promise<number> {
  return await db.execute(expired, [limit]);
}

const forgotten = statement(
  "charges_expire_look_up_leases",
  `update charges set lease_token = null, lease_until = null
   where lease_until < protocol_now() and lease_token is not null and status = 'reconciling'`,
);

/** Frees look-ups whose asker died: asking again is always safe. */
export async function expireLookUpLeases(db: Database): Promise<number> {
  return await db.execute(forgotten);
}

export interface DueLookUp {
  readonly accountId: string;
  readonly chargeId: string;
  readonly connectionId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
  /** The provider's name of the window whose confirmation was sent last; undefined without one. */
  readonly windowId: string | undefined;
  readonly leaseToken: string;
  readonly askedAt: Temporal.Instant;
}

const due = statement(
  "charges_claim_look_ups",
  `with due as (
     select c.account_id, c.id, row_number() over (order by c.look_up_at) as n
     from (select account_id, id, look_up_at from charges
           where status = 'reconciling' and look_up_at <= protocol_now() and lease_token is null
           order by look_up_at limit $2
           for no key update skip locked) c
   )
   update charges c set lease_token = t.token,
     lease_until = protocol_now() + $3::float8 * interval '1 ms'
   from due join unnest($1::uuid[]) with ordinality as t(token, n) on t.n = due.n
   where c.account_id = due.account_id and c.id = due.id
   returning c.account_id, c.id, c.connection_id, c.order_id, c.amount_minor, c.currency, c.capture,
     (select w.window_id from attempts a
      left join payment_windows w on w.account_id = a.account_id and w.id = a.payment_window_id
      where a.account_id = c.account_id and a.charge_id = c.id
      order by a.n desc limit 1) as window_id,
     c.lease_token, protocol_now() as asked_at`,
);

/** @param tokens One fresh lease token for each that may be claimed. */
export async function claimDueLookUps(
  db: Database,
  tokens: readonly string[],
  leaseMs: number,
): Promise<DueLookUp[]> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    connection_id: string;
    order_id: string;
    amount_minor: string;
    currency: Currency;
    capture: "automatic" | "manual";
    window_id: string | null;
    lease_token: string;
    asked_at: Temporal.Instant;
  }>(due, [tokens, tokens.length, leaseMs]);
  return rows.map((row) => ({
    accountId: row.account_id,
    chargeId: row.id,
    connectionId: row.connection_id,
    orderId: row.order_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    capture: row.capture,
    windowId: row.window_id ?? undefined,
    leaseToken: row.lease_token,
    askedAt: row.asked_at,
  }));
}
