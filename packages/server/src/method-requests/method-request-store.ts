/** SQL of method requests. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { MethodRequest, MethodRequestStatus } from "./method-request.ts";

interface MethodRequestRow {
  account_id: string;
  id: string;
  customer_id: string;
  subscription_id: string;
  connection_id: string;
  sunset_connection_id: string | null;
  status: MethodRequestStatus;
  visited_at: Temporal.Instant | null;
  registration_id: string | null;
  created_at: Temporal.Instant;
  finished_at: Temporal.Instant | null;
}

/** Of a subscription that has ended nothing is asked, whoever ended it. */
const status =
  "case when m.status = 'open' and s.status = 'canceled' then 'withdrawn' else m.status end";

const select = `select m.account_id, m.id, m.customer_id, m.subscription_id, m.connection_id,
    m.sunset_connection_id, ${status} as status, m.visited_at, m.registration_id, m.created_at,
    coalesce(m.finished_at, s.canceled_at) as finished_at
  from method_requests m
  join subscriptions s on s.account_id = m.account_id and s.id = m.subscription_id`;

function toMethodRequest(row: MethodRequestRow): MethodRequest {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    connectionId: row.connection_id,
    sunsetConnectionId: row.sunset_connection_id ?? undefined,
    status: row.status,
    visitedAt: row.visited_at ?? undefined,
    registrationId: row.registration_id ?? undefined,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
  };
}

/** Which method request; a `MethodRequest` is one, too. */
export interface MethodRequestKey {
  readonly accountId: string;
  readonly id: string;
}

const byKey = statement("method_request_by_key", `${select} where m.account_id = $1 and m.id = $2`);

export async function findMethodRequest(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<MethodRequest | undefined> {
  const [row] = await db.query<MethodRequestRow>(byKey, [accountId, id]);
  return row && toMethodRequest(row);
}

const byId = statement("method_request_by_id", `${select} where m.id = $1`);

/** For its page, whose link names no account. */
export async function findMethodRequestById(
  db: Queryable,
  id: string,
): Promise<MethodRequest | undefined> {
  const [row] = await db.query<MethodRequestRow>(byId, [id]);
  return row && toMethodRequest(row);
}

const openOf = statement(
  "method_requests_open_of_subscriptions",
  `${select} where m.account_id = $1 and m.subscription_id = any($2::text[]) and m.status = 'open'
     and s.status <> 'canceled'
   order by m.id`,
);

/** At most one for each subscription. */
export async function listOpenRequests(
  db: Queryable,
  accountId: string,
  subscriptionIds: readonly string[],
): Promise<MethodRequest[]> {
  const rows = await db.query<MethodRequestRow>(openOf, [accountId, subscriptionIds]);
  return rows.map(toMethodRequest);
}

const openOfSunset = statement(
  "method_requests_open_of_sunset",
  `${select} where m.account_id = $1 and m.sunset_connection_id = $2 and m.status = 'open'
     and s.status <> 'canceled'
   order by m.id limit $3`,
);

export async function listOpenRequestsOfSunset(
  db: Queryable,
  accountId: string,
  sunsetConnectionId: string,
  limit: number,
): Promise<MethodRequest[]> {
  const values = [accountId, sunsetConnectionId, limit];
  return (await db.query<MethodRequestRow>(openOfSunset, values)).map(toMethodRequest);
}

/** A request that this transaction has changed, and now on its subscription's clock. */
export interface ChangedRequest {
  readonly id: string;
  readonly subscriptionId: string;
  readonly now: Temporal.Instant;
}

interface ChangedRow {
  id: string;
  subscription_id: string;
  now: Temporal.Instant;
}

function toChanged({ id, now, subscription_id }: ChangedRow): ChangedRequest {
  return { id, subscriptionId: subscription_id, now };
}

const open = statement(
  "method_requests_open",
  `with opened as (
     insert into method_requests as m (account_id, id, customer_id, subscription_id, connection_id,
       sunset_connection_id)
     select s.account_id, r.id, s.customer_id, s.id, $2, $3
     from jsonb_to_recordset($4::jsonb) as r(id text, subscription_id text)
     join subscriptions s on s.account_id = $1 and s.id = r.subscription_id
     where s.status <> 'canceled'
     on conflict (account_id, subscription_id) where status = 'open' do update
       set connection_id = excluded.connection_id,
         sunset_connection_id = coalesce(excluded.sunset_connection_id, m.sunset_connection_id)
       where (m.connection_id, m.sunset_connection_id) is distinct from
         (excluded.connection_id, coalesce(excluded.sunset_connection_id, m.sunset_connection_id))
     returning m.account_id, m.id, m.subscription_id
   )
   select o.id, o.subscription_id, coalesce(t.now_at, protocol_now()) as now
   from opened o
   join subscriptions s on s.account_id = o.account_id and s.id = o.subscription_id
   left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
   order by o.id`,
);

export interface RequestsToOpen {
  readonly accountId: string;
  readonly connectionId: string;
  readonly sunsetConnectionId: string | undefined;
  /** Ids for new requests, each with its subscription, which is locked. */
  readonly requests: readonly { readonly id: string; readonly subscriptionId: string }[];
}

/**
 * Opens a request for each subscription that has not ended; an open one leads where it is told now,
 * and stays one of a sunset once it is.
 *
 * @returns Those that are new, or lead elsewhere than before.
 */
export async function openRequests(
  tx: Transaction,
  { accountId, connectionId, requests, sunsetConnectionId }: RequestsToOpen,
): Promise<ChangedRequest[]> {
  const rows = requests.map(({ id, subscriptionId }) => ({ id, subscription_id: subscriptionId }));
  const values = [accountId, connectionId, sunsetConnectionId ?? null, jsonRows(rows)];
  return (await tx.query<ChangedRow>(open, values)).map(toChanged);
}

const finish = statement(
  "method_requests_finish",
  `update method_requests m set status = $3, finished_at = protocol_now()
   from subscriptions s
   left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
   where m.account_id = $1 and m.id = any($2::text[]) and m.status = 'open'
     and s.account_id = m.account_id and s.id = m.subscription_id
   returning m.id, m.subscription_id, coalesce(t.now_at, protocol_now()) as now`,
);

/** The subscriptions must be locked. @returns Those that were open until now. */
export async function finishRequests(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  finished: "completed" | "withdrawn",
): Promise<ChangedRequest[]> {
  return (await tx.query<ChangedRow>(finish, [accountId, ids, finished])).map(toChanged);
}

const visit = statement(
  "method_request_visit",
  `update method_requests
   set visited_at = coalesce(visited_at, protocol_now()), registration_id = $3
   where account_id = $1 and id = $2`,
);

/** Somebody chose a method: notes the registration that they are sent to. */
export async function saveVisit(
  db: Queryable,
  { accountId, id }: MethodRequestKey,
  registrationId: string,
): Promise<void> {
  await db.execute(visit, [accountId, id, registrationId]);
}

export interface MethodRequestFilter {
  readonly subscriptionId?: string | undefined;
  readonly status?: MethodRequestStatus | undefined;
  readonly sunsetConnectionId?: string | undefined;
}

const list = statement(
  "method_requests_list",
  `${select}
   where m.account_id = $1 and ($2::text is null or m.subscription_id = $2)
     and ($3::text is null or ${status} = $3)
     and ($4::text is null or m.sunset_connection_id = $4) ${pageClause("m", 5)}`,
);

/** Newest first. */
export async function listMethodRequests(
  db: Queryable,
  accountId: string,
  filter: MethodRequestFilter,
  page: PageRequest,
): Promise<Page<MethodRequest>> {
  const { sunsetConnectionId, status: wanted, subscriptionId } = filter;
  const conditions = [subscriptionId ?? null, wanted ?? null, sunsetConnectionId ?? null];
  const values = [accountId, ...conditions, ...pageValues(page)];
  const requests = (await db.query<MethodRequestRow>(list, values)).map(toMethodRequest);
  return pageOfRows(requests, page.limit);
}
