/** SQL of gateway connections. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import { readSettings } from "./connection-settings.ts";
import type { Connection, ConnectionState, Merchant, Mode, Provider } from "./connection.ts";

interface ConnectionRow {
  account_id: string;
  id: string;
  mode: Mode;
  provider: Provider;
  name: string;
  api_host: string;
  public_id: string;
  script_url: string | null;
  api_version: string | null;
  channel: string | null;
  channel_key: string | null;
  settings: unknown;
  state: ConnectionState;
  paused_reason: string | null;
  paused_at: Temporal.Instant | null;
  charges_until: Temporal.Instant | null;
  concurrency: number;
  notification_token: string;
  created_at: Temporal.Instant;
}

const columns = `account_id, id, mode, provider, name, api_host, public_id, script_url, api_version,
  channel, channel_key, settings, state, paused_reason, paused_at, charges_until, concurrency, notification_token, created_at`;

function toConnection(row: ConnectionRow): Connection {
  return {
    accountId: row.account_id,
    id: row.id,
    mode: row.mode,
    provider: row.provider,
    name: row.name,
    apiHost: row.api_host,
    publicId: row.public_id,
    scriptUrl: row.script_url ?? undefined,
    apiVersion: row.api_version ?? undefined,
    channel: row.channel ?? undefined,
    channelKey: row.channel_key ?? undefined,
    settings: readSettings(row.provider, row.settings),
    state: row.state,
    pausedReason: row.paused_reason ?? undefined,
    pausedAt: row.paused_at ?? undefined,
    chargesUntil: row.charges_until ?? undefined,
    concurrency: row.concurrency,
    notificationToken: row.notification_token,
    createdAt: row.created_at,
  };
}

const byId = statement(
  "connection_by_id",
  `select ${columns} from gateway_connections where account_id = $1 and id = $2`,
);

export async function findConnection(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<Connection | undefined> {
  const [row] = await db.query<ConnectionRow>(byId, [accountId, id]);
  return row === undefined ? undefined : toConnection(row);
}

const byNotificationToken = statement(
  "connection_by_notification_token",
  `select ${columns} from gateway_connections where notification_token = $1`,
);

export async function findConnectionByNotificationToken(
  db: Queryable,
  token: string,
): Promise<Connection | undefined> {
  const [row] = await db.query<ConnectionRow>(byNotificationToken, [token]);
  return row === undefined ? undefined : toConnection(row);
}

const all = statement(
  "connections_of_account",
  `select ${columns} from gateway_connections where account_id = $1 order by created_at, id`,
);

export async function listConnections(db: Queryable, accountId: string): Promise<Connection[]> {
  return (await db.query<ConnectionRow>(all, [accountId])).map(toConnection);
}

const chargeable = statement(
  "connections_chargeable",
  `select ${columns} from gateway_connections g where may_charge(g) order by id`,
);

/** The lanes: every connection, of any account, that charges may be sent through now. */
export async function listChargingConnections(db: Queryable): Promise<Connection[]> {
  return (await db.query<ConnectionRow>(chargeable)).map(toConnection);
}

const credentials = statement(
  "connection_credentials",
  "select credentials from gateway_connections where account_id = $1 and id = $2",
);

/** The encrypted secret, see `gateways.ts` for its context. */
export async function getCredentials(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<Uint8Array> {
  const [row] = await db.query<{ credentials: Uint8Array }>(credentials, [accountId, id]);
  if (row === undefined) throw new Error(`there is no gateway connection ${id}`);
  return row.credentials;
}

export interface NewConnection extends Merchant {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly credentials: Uint8Array;
  readonly concurrency: number;
  readonly notificationToken: string;
}

const insert = statement(
  "connection_insert",
  `insert into gateway_connections (account_id, id, mode, provider, name, api_host, public_id,
     script_url, credentials, api_version, channel, channel_key, settings, concurrency,
     notification_token)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb, $14, $15)
   returning ${columns}`,
);

export async function insertConnection(db: Queryable, it: NewConnection): Promise<Connection> {
  const [row] = await db.query<ConnectionRow>(insert, [
    it.accountId,
    it.id,
    it.mode,
    it.provider,
    it.name,
    it.apiHost,
    it.publicId,
    it.scriptUrl ?? null,
    it.credentials,
    it.apiVersion ?? null,
    it.channel ?? null,
    it.channelKey ?? null,
    JSON.stringify(it.settings),
    it.concurrency,
    it.notificationToken,
  ]);
  if (row === undefined) throw new Error("the inserted gateway connection was not returned");
  return toConnection(row);
}

const locked = statement(
  "connection_locked",
  `select ${columns} from gateway_connections where account_id = $1 and id = $2 for no key update`,
);

export async function lockConnection(
  tx: Transaction,
  accountId: string,
  id: string,
): Promise<Connection | undefined> {
  const [row] = await tx.query<ConnectionRow>(locked, [accountId, id]);
  return row === undefined ? undefined : toConnection(row);
}

const change = statement(
  "connection_change",
  `update gateway_connections set name = $3, concurrency = $4, settings = $5::jsonb
   where account_id = $1 and id = $2`,
);

/** All that can change of a connection beside its state. It must be locked, and be there. */
export async function saveConnection(
  tx: Transaction,
  it: Pick<Connection, "accountId" | "id" | "name" | "concurrency" | "settings">,
): Promise<void> {
  const values = [it.accountId, it.id, it.name, it.concurrency, JSON.stringify(it.settings)];
  if ((await tx.execute(change, values)) !== 1) throw new Error(`no connection ${it.id} to save`);
}

const pause = statement(
  "connection_pause",
  `update gateway_connections set paused_reason = $3, charges_until = null,
     state = case state when 'active' then 'paused' else state end,
     paused_at = case state when 'active' then protocol_now() end
   where account_id = $1 and id = $2
     and (state = 'active' or state = 'sunset' and charges_until is not null)`,
);

/**
 * One that is sunset stays so, and stops charging before its time.
 *
 * @returns false when it was paused, or had been stopped, before.
 */
export async function pauseConnection(
  db: Queryable,
  accountId: string,
  id: string,
  reason: string,
): Promise<boolean> {
  return (await db.execute(pause, [accountId, id, reason])) === 1;
}

const resume = statement(
  "connection_resume",
  `update gateway_connections g set paused_reason = null, paused_at = null,
     state = case state when 'paused' then 'active' else state end,
     charges_until = (select u.charges_until from sunsets u
                      where u.account_id = g.account_id and u.connection_id = g.id)
   where account_id = $1 and id = $2 and paused_reason is not null`,
);

/**
 * One that is sunset charges again until the time that was set.
 *
 * @returns false when it was not paused.
 */
export async function resumeConnection(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<boolean> {
  return (await db.execute(resume, [accountId, id])) === 1;
}

const sunset = statement(
  "connection_sunset",
  `update gateway_connections set state = 'sunset', paused_at = null,
     charges_until = case when paused_reason is null then $3::timestamptz end
   where account_id = $1 and id = $2`,
);

/** One that was paused keeps its reason, and charges nothing until it is resumed. */
export async function saveConnectionSunset(
  tx: Transaction,
  { accountId, id }: Pick<Connection, "accountId" | "id">,
  chargesUntil: Temporal.Instant,
): Promise<void> {
  await tx.execute(sunset, [accountId, id, chargesUntil]);
}

const takenBack = statement(
  "connection_sunset_taken_back",
  `update gateway_connections set charges_until = null,
     state = case when paused_reason is null then 'active' else 'paused' end,
     paused_at = case when paused_reason is not null then protocol_now() end
   where account_id = $1 and id = $2 and state = 'sunset'`,
);

export async function saveConnectionTakenBack(
  tx: Transaction,
  { accountId, id }: Pick<Connection, "accountId" | "id">,
): Promise<void> {
  await tx.execute(takenBack, [accountId, id]);
}

export interface Sighting {
  readonly accountId: string;
  readonly connectionId: string;
  readonly code: string;
  readonly detail: string;
}

const observe = statement(
  "connection_observe",
  `insert into observations (account_id, connection_id, code, detail)
   select account_id, connection_id, code, min(detail)
   from jsonb_to_recordset($1::jsonb)
     as r(account_id text, connection_id text, code text, detail text)
   group by account_id, connection_id, code
   order by account_id, connection_id, code
   on conflict (account_id, connection_id, code) do update
     set detail = excluded.detail, occurrences = observations.occurrences + 1, last_seen_at = protocol_now()`,
);

/** Notes what a provider does differently from its documents, for `maedal doctor`. */
export async function saveObservations(
  db: Queryable,
  sightings: readonly Sighting[],
): Promise<void> {
  if (sightings.length === 0) return;
  const rows = sightings.map((it) => ({
    account_id: it.accountId,
    connection_id: it.connectionId,
    code: it.code,
    detail: it.detail,
  }));
  await db.execute(observe, [jsonRows(rows)]);
}

export interface ObservationRecord extends Sighting {
  readonly occurrences: number;
  readonly firstSeenAt: Temporal.Instant;
  readonly lastSeenAt: Temporal.Instant;
}

const observations = statement(
  "connection_observations",
  `select account_id, connection_id, code, detail, occurrences::int as occurrences, first_seen_at,
     last_seen_at
   from observations order by last_seen_at desc limit $1`,
);

export async function listObservations(db: Queryable, limit: number): Promise<ObservationRecord[]> {
  const rows = await db.query<{
    account_id: string;
    connection_id: string;
    code: string;
    detail: string;
    occurrences: number;
    first_seen_at: Temporal.Instant;
    last_seen_at: Temporal.Instant;
  }>(observations, [limit]);
  return rows.map((row) => ({
    accountId: row.account_id,
    connectionId: row.connection_id,
    code: row.code,
    detail: row.detail,
    occurrences: row.occurrences,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
  }));
}
