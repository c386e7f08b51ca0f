/**
 * How a sunset goes: whom it moves, and where each of them stands. Of the subscriptions that are at a
 * connection, `waiting` needs another method; `ending` is paid for to its end and is asked nothing;
 * `switched` pays by another connection now; `canceled` has ended since it was asked.
 */
import type { Temporal } from "temporal-polyfill";
import type { ConnectionKey } from "../connections/hold-connection.ts";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { SubscriptionStatus } from "../subscriptions/subscription.ts";

export type Standing = "waiting" | "ending" | "switched" | "canceled";

/** Of a subscription `s`: it will not be billed again, and owes nothing. */
export const isEnding = `s.cancels_at_period_end and not exists (
    select 1 from invoices i
    where i.account_id = s.account_id and i.subscription_id = s.id and i.status = 'open')`;

const members = `
  ids as materialized (
    select s.id from billing_keys k
    join subscriptions s on s.account_id = k.account_id and s.billing_key_id = k.id
    where k.account_id = $1 and k.connection_id = $2 and s.status <> 'canceled'
    union
    select m.subscription_id from method_requests m
    where m.account_id = $1 and m.sunset_connection_id = $2
  ), members as materialized (
    select s.account_id, s.id, s.customer_id, s.status, s.next_due_at, s.created_at,
      r.id as request_id, r.visited_at,
      case when s.status = 'canceled' then 'canceled'
           when k.connection_id is distinct from $2 then 'switched'
           when ${isEnding} then 'ending'
           else 'waiting' end as standing
    from ids
    join subscriptions s on s.account_id = $1 and s.id = ids.id
    left join billing_keys k on k.account_id = s.account_id and k.id = s.billing_key_id
    left join method_requests r on r.account_id = s.account_id and r.subscription_id = s.id
      and r.status = 'open'
  )`;

export interface SubscriptionCounts {
  readonly total: number;
  readonly switched: number;
  readonly waiting: number;
  readonly ending: number;
  readonly canceled: number;
  /** Of those that wait: they have a link. */
  readonly asked: number;
  /** Of the asked: a method was chosen on the link's page. */
  readonly visited: number;
  /** Of the asked: nothing was heard of them. */
  readonly silent: number;
}

export interface KeyCounts {
  readonly active: number;
  readonly suspended: number;
  readonly dead: number;
  readonly revoked: number;
}

export interface SunsetProgress {
  readonly subscriptions: SubscriptionCounts;
  readonly keys: KeyCounts;
  /** Charges of the connection whose outcome is not known, or whose money is only held. */
  readonly openCharges: number;
  /** When one of those that wait falls due next, each on its own clock. */
  readonly nextDueAt: Temporal.Instant | undefined;
}

const counts = statement(
  "sunset_subscription_counts",
  `with ${members}
   select count(*)::int as total,
     count(*) filter (where standing = 'switched')::int as switched,
     count(*) filter (where standing = 'waiting')::int as waiting,
     count(*) filter (where standing = 'ending')::int as ending,
     count(*) filter (where standing = 'canceled')::int as canceled,
     count(request_id) filter (where standing = 'waiting')::int as asked,
     count(request_id) filter (where standing = 'waiting' and visited_at is not null)::int as visited,
     count(request_id) filter (where standing = 'waiting' and visited_at is null)::int as silent,
     min(next_due_at) filter (where standing = 'waiting') as next_due_at
   from members`,
);

const keyCounts = statement(
  "sunset_key_counts",
  `select count(*) filter (where status = 'active')::int as active,
     count(*) filter (where status = 'suspended')::int as suspended,
     count(*) filter (where status = 'dead')::int as dead,
     count(*) filter (where status = 'revoked')::int as revoked
   from billing_keys where account_id = $1 and connection_id = $2`,
);

const openCharges = statement(
  "sunset_open_charges",
  `select count(*)::int as open from billing_keys k
   join subscriptions s on s.account_id = k.account_id and s.customer_id = k.customer_id
   join charges c on c.account_id = s.account_id and c.subscription_id = s.id
     and c.billing_key_id = k.id
   where k.account_id = $1 and k.connection_id = $2
     and c.status in ('in_flight', 'reconciling', 'in_review', 'authorized', 'capturing',
                      'voiding', 'expired')`,
);

export async function readSunsetProgress(
  db: Queryable,
  { accountId, id }: ConnectionKey,
): Promise<SunsetProgress> {
  const [row] = await db.query<SubscriptionCounts & { next_due_at: Temporal.Instant | null }>(
    counts,
    [accountId, id],
  );
  const keys = await readKeyCounts(db, { accountId, id });
  const [charges] = await db.query<{ open: number }>(openCharges, [accountId, id]);
  if (row === undefined || charges === undefined) throw new Error("counting gave no row");
  const { next_due_at, ...subscriptions } = row;
  return { subscriptions, keys, openCharges: charges.open, nextDueAt: next_due_at ?? undefined };
}

export async function readKeyCounts(
  db: Queryable,
  { accountId, id }: ConnectionKey,
): Promise<KeyCounts> {
  const [row] = await db.query<KeyCounts>(keyCounts, [accountId, id]);
  if (row === undefined) throw new Error("counting keys gave no row");
  return row;
}

/** One whom a sunset moves. */
export interface SunsetSubscription {
  readonly id: string;
  readonly customerId: string;
  readonly customerName: string | undefined;
  readonly status: SubscriptionStatus;
  readonly standing: Standing;
  /** On its own clock. */
  readonly nextDueAt: Temporal.Instant | undefined;
  /** Of the open link; undefined when nobody is asked. */
  readonly methodRequestId: string | undefined;
  readonly visitedAt: Temporal.Instant | undefined;
  readonly createdAt: Temporal.Instant;
}

const list = statement(
  "sunset_subscriptions",
  `with ${members}
   select m.id, m.customer_id, coalesce(c.name, c.external_id) as customer_name, m.status,
     m.standing, m.next_due_at, m.request_id, m.visited_at, m.created_at
   from members m
   join customers c on c.account_id = m.account_id and c.id = m.customer_id
   where ($3::text is null or m.standing = $3) ${pageClause("m", 4)}`,
);

/** Newest subscription first. */
export async function listSunsetSubscriptions(
  db: Queryable,
  { accountId, id }: ConnectionKey,
  standing: Standing | undefined,
  page: PageRequest,
): Promise<Page<SunsetSubscription>> {
  const rows = await db.query<{
    id: string;
    customer_id: string;
    customer_name: string | null;
    status: SubscriptionStatus;
    standing: Standing;
    next_due_at: Temporal.Instant | null;
    request_id: string | null;
    visited_at: Temporal.Instant | null;
    created_at: Temporal.Instant;
  }>(list, [accountId, id, standing ?? null, ...pageValues(page)]);
  const items = rows.map((row) => ({
    id: row.id,
    customerId: row.customer_id,
    customerName: row.customer_name ?? undefined,
    status: row.status,
    standing: row.standing,
    nextDueAt: row.next_due_at ?? undefined,
    methodRequestId: row.request_id ?? undefined,
    visitedAt: row.visited_at ?? undefined,
    createdAt: row.created_at,
  }));
  return pageOfRows(items, page.limit);
}
