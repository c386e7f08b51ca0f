/** SQL of sweeps: which are due, who runs them, and how far they are. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import type { SweptConnection, TimeRange } from "./sweep.ts";

export interface NewSweep extends TimeRange {
  readonly accountId: string;
  readonly id: string;
  readonly connectionId: string;
  /** `daily`, or who asked. */
  readonly requestedBy: string;
}

const insert = statement(
  "sweep_insert",
  `insert into sweeps (account_id, id, connection_id, from_at, to_at, done_until, requested_by)
   values ($1, $2, $3, $4, $5, $4, $6)
   on conflict (account_id, connection_id) where status = 'running' and requested_by = 'daily'
   do nothing`,
);

/** @returns false when the connection's daily sweep is running already. */
export async function insertSweep(db: Queryable, it: NewSweep): Promise<boolean> {
  const values = [it.accountId, it.id, it.connectionId, it.from, it.to, it.requestedBy];
  return (await db.execute(insert, values)) === 1;
}

const swept = statement(
  "sweeps_of_connections",
  `select g.account_id, g.id, g.created_at, protocol_now() as now,
     (select max(w.to_at) from sweeps w where w.account_id = g.account_id
        and w.connection_id = g.id and w.requested_by = 'daily' and w.status = 'finished')
       as swept_until
   from gateway_connections g
   where (g.state <> 'sunset' or g.charges_until > protocol_now() - interval '90 days')
     and not exists (select 1 from sweeps w where w.account_id = g.account_id
       and w.connection_id = g.id and w.requested_by = 'daily' and w.status = 'running')
   order by g.account_id, g.id`,
);

/** Every connection whose daily sweep is not running; refunds go on for a while after a sunset. */
export async function listSweptConnections(
  db: Queryable,
): Promise<(SweptConnection & { readonly accountId: string; readonly id: string })[]> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    created_at: Temporal.Instant;
    swept_until: Temporal.Instant | null;
    now: Temporal.Instant;
  }>(swept);
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    createdAt: row.created_at,
    sweptUntil: row.swept_until ?? undefined,
    now: row.now,
  }));
}

export interface ClaimedSweep {
  readonly accountId: string;
  readonly id: string;
  readonly connectionId: string;
  /** What is left of it. */
  readonly left: TimeRange;
  readonly isDaily: boolean;
  readonly failures: number;
  readonly leaseToken: string;
}

const claim = statement(
  "sweep_claim",
  `update sweeps w set lease_token = $1, lease_until = protocol_now() + $2::float8 * interval '1 ms'
   from (select account_id, id from sweeps
         where status = 'running' and ($3::text is null or id = $3)
           and held_until <= protocol_now()
           and (lease_until is null or lease_until < protocol_now())
         order by held_until, id limit 1
         for no key update skip locked) due
   where w.account_id = due.account_id and w.id = due.id
   returning w.account_id, w.id, w.connection_id, w.done_until, w.to_at, w.failures, w.lease_token,
     w.requested_by = 'daily' as is_daily`,
);

/**
 * The sweep that waits longest, or that one.
 *
 * @returns undefined when there is none to take up.
 */
export async function claimSweep(
  db: Queryable,
  leaseToken: string,
  leaseMs: number,
  id?: string,
): Promise<ClaimedSweep | undefined> {
  const [row] = await db.query<{
    account_id: string;
    id: string;
    connection_id: string;
    done_until: Temporal.Instant;
    to_at: Temporal.Instant;
    failures: number;
    lease_token: string;
    is_daily: boolean;
  }>(claim, [leaseToken, leaseMs, id ?? null]);
  return (
    row && {
      accountId: row.account_id,
      id: row.id,
      connectionId: row.connection_id,
      left: { from: row.done_until, to: row.to_at },
      isDaily: row.is_daily,
      failures: row.failures,
      leaseToken: row.lease_token,
    }
  );
}

/** What a slice took. */
export interface SweepCounts {
  /** Movements in the provider's list. */
  readonly listed: number;
  /** Of them, those that are not of ours. */
  readonly foreignListed: number;
  /** Payments and orders that the provider was asked about one by one. */
  readonly asked: number;
}

const renew = statement(
  "sweep_renew",
  `update sweeps set lease_until = protocol_now() + $4::float8 * interval '1 ms'
   where account_id = $1 and id = $2 and lease_token = $3`,
);

/** @returns false when somebody else has taken it over. */
export async function renewLease(
  db: Queryable,
  { accountId, id, leaseToken }: ClaimedSweep,
  leaseMs: number,
): Promise<boolean> {
  return (await db.execute(renew, [accountId, id, leaseToken, leaseMs])) === 1;
}

const advance = statement(
  "sweep_advance",
  `update sweeps set done_until = $4, listed = listed + $5, foreign_listed = foreign_listed + $6,
     asked = asked + $7, failures = 0, failure = null,
     status = case when to_at = $4 then 'finished' else status end,
     finished_at = case when to_at = $4 then protocol_now() end,
     lease_token = case when to_at = $4 then null else lease_token end,
     lease_until = case when to_at = $4 then null else lease_until end
   where account_id = $1 and id = $2 and lease_token = $3`,
);

/** A slice is compared; with the last one the sweep is finished. @returns false as `renewLease` does. */
export async function saveSlice(
  db: Queryable,
  { accountId, id, leaseToken }: ClaimedSweep,
  doneUntil: Temporal.Instant,
  { asked, foreignListed, listed }: SweepCounts,
): Promise<boolean> {
  const key = [accountId, id, leaseToken];
  return (await db.execute(advance, [...key, doneUntil, listed, foreignListed, asked])) === 1;
}

const release = statement(
  "sweep_release",
  `update sweeps set lease_token = null, lease_until = null
   where account_id = $1 and id = $2 and lease_token = $3`,
);

/** Leaves the rest to whoever takes it up next. */
export async function releaseSweep(
  db: Queryable,
  { accountId, id, leaseToken }: ClaimedSweep,
): Promise<void> {
  await db.execute(release, [accountId, id, leaseToken]);
}

const giveBack = statement(
  "sweep_give_back",
  `update sweeps set lease_token = null, lease_until = null, failures = failures + 1, failure = $4,
     held_until = protocol_now() + coalesce($5::float8, 0) * interval '1 ms',
     status = case when $5::float8 is null then 'failed' else status end,
     finished_at = case when $5::float8 is null then protocol_now() end
   where account_id = $1 and id = $2 and lease_token = $3`,
);

/**
 * @param heldForMs Undefined: it is given up.
 * @returns false when somebody else has taken it over.
 */
export async function saveFailure(
  tx: Transaction,
  { accountId, id, leaseToken }: ClaimedSweep,
  failure: string,
  heldForMs: number | undefined,
): Promise<boolean> {
  const values = [accountId, id, leaseToken, failure, heldForMs ?? null];
  return (await tx.execute(giveBack, values)) === 1;
}
