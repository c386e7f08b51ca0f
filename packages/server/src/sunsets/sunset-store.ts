/**
 * SQL of sunsets. Their row is locked before subscriptions, keys and the connection, so that nobody
 * waits for us while we wait for them.
 */
import type { Temporal } from "temporal-polyfill";
import type { ConnectionKey } from "../connections/hold-connection.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import type { SilentPolicy, Sunset, SunsetTerms } from "./sunset.ts";

interface SunsetRow {
  account_id: string;
  connection_id: string;
  successor_id: string;
  reason: string;
  charges_until: Temporal.Instant;
  when_silent: SilentPolicy;
  cancel_at: Temporal.Instant | null;
  started_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

const columns = `account_id, connection_id, successor_id, reason, charges_until, when_silent,
  cancel_at, started_at, ended_at`;

function toSunset(row: SunsetRow): Sunset {
  return {
    accountId: row.account_id,
    connectionId: row.connection_id,
    successorId: row.successor_id,
    reason: row.reason,
    chargesUntil: row.charges_until,
    whenSilent: row.when_silent,
    cancelAt: row.cancel_at ?? undefined,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
  };
}

const byConnection = statement(
  "sunset_by_connection",
  `select ${columns} from sunsets where account_id = $1 and connection_id = $2`,
);

export async function findSunset(
  db: Queryable,
  { accountId, id }: ConnectionKey,
): Promise<Sunset | undefined> {
  const [row] = await db.query<SunsetRow>(byConnection, [accountId, id]);
  return row && toSunset(row);
}

const toTend = statement(
  "sunsets_to_tend",
  `select ${columns} from sunsets
   where tend_at <= protocol_now() or ended_at is null and charges_until <= protocol_now()
   order by started_at`,
);

/** Of every account, those that do not rest. */
export async function listSunsetsToTend(db: Queryable): Promise<Sunset[]> {
  return (await db.query<SunsetRow>(toTend)).map(toSunset);
}

const rest = statement(
  "sunset_rest",
  `update sunsets set tend_at = protocol_now() + $3::float8 * interval '1 ms'
   where account_id = $1 and connection_id = $2`,
);

/** There was nothing to do for it. */
export async function restSunset(
  db: Queryable,
  { accountId, id }: ConnectionKey,
  restMs: number,
): Promise<void> {
  if (restMs > 0) await db.execute(rest, [accountId, id, restMs]);
}

const lock = statement(
  "sunset_locked",
  `select ${columns} from sunsets where account_id = $1 and connection_id = $2 for no key update`,
);

export async function lockSunset(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
): Promise<Sunset | undefined> {
  const [row] = await tx.query<SunsetRow>(lock, [accountId, id]);
  return row && toSunset(row);
}

const claim = statement(
  "sunset_claimed",
  `select ${columns} from sunsets where account_id = $1 and connection_id = $2
   for no key update skip locked`,
);

/** @returns undefined when it was taken back, or somebody else works on it. */
export async function claimSunset(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
): Promise<Sunset | undefined> {
  const [row] = await tx.query<SunsetRow>(claim, [accountId, id]);
  return row && toSunset(row);
}

const insert = statement(
  "sunset_insert",
  `insert into sunsets (account_id, connection_id, successor_id, reason, charges_until, when_silent,
     cancel_at)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict do nothing`,
);

function valuesOf({ accountId, id }: ConnectionKey, it: SunsetTerms): readonly unknown[] {
  const { cancelAt, chargesUntil, reason, successorId, whenSilent } = it;
  return [accountId, id, successorId, reason, chargesUntil, whenSilent, cancelAt ?? null];
}

/** @returns false when there is one already. */
export async function insertSunset(
  tx: Transaction,
  key: ConnectionKey,
  terms: SunsetTerms,
): Promise<boolean> {
  return (await tx.execute(insert, valuesOf(key, terms))) === 1;
}

const save = statement(
  "sunset_save",
  `update sunsets set successor_id = $3, reason = $4, charges_until = $5, when_silent = $6,
     cancel_at = $7, tend_at = protocol_now()
   where account_id = $1 and connection_id = $2 and ended_at is null`,
);

/** It must be locked, and not have ended. */
export async function saveSunset(
  tx: Transaction,
  key: ConnectionKey,
  terms: SunsetTerms,
): Promise<void> {
  if ((await tx.execute(save, valuesOf(key, terms))) !== 1) {
    throw new Error(`no sunset of ${key.id} to save`);
  }
}

const lead = statement(
  "sunsets_lead_on",
  `update sunsets set successor_id = $3, tend_at = protocol_now()
   where account_id = $1 and successor_id = $2`,
);

/** A connection that is left is no successor any more: who was sent there is sent on. */
export async function leadOn(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
  successorId: string,
): Promise<void> {
  await tx.execute(lead, [accountId, id, successorId]);
}

const end = statement(
  "sunset_end",
  `update sunsets set ended_at = protocol_now()
   where account_id = $1 and connection_id = $2 and ended_at is null
     and charges_until <= protocol_now()`,
);

/** @returns false when it still charges, or has ended before. */
export async function endSunset(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
): Promise<boolean> {
  return (await tx.execute(end, [accountId, id])) === 1;
}

const lockAsked = statement(
  "sunset_lock_asked",
  `select id from subscriptions
   where (account_id, id) in (
     select m.account_id, m.subscription_id from method_requests m
     where m.account_id = $1 and m.sunset_connection_id = $2 and m.status = 'open')
   order by account_id, id
   for no key update`,
);

/** Everybody who is being asked, in the order in which subscriptions are locked everywhere. */
export async function lockAskedSubscriptions(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
): Promise<void> {
  await tx.query(lockAsked, [accountId, id]);
}

const detach = statement(
  "sunset_detach_requests",
  `update method_requests set sunset_connection_id = null
   where account_id = $1 and sunset_connection_id = $2`,
);

const remove = statement(
  "sunset_remove",
  "delete from sunsets where account_id = $1 and connection_id = $2 and ended_at is null",
);

/** As if it had never begun. It must be locked, and not have ended; its requests are closed. */
export async function removeSunset(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
): Promise<void> {
  await tx.execute(detach, [accountId, id]);
  if ((await tx.execute(remove, [accountId, id])) !== 1) {
    throw new Error(`no sunset of ${id} to remove`);
  }
}
