/** SQL of the outbox. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { Random } from "../effects.ts";
import { newId } from "../ids/id.ts";
import type { NewEvent } from "./event.ts";

const appendToSubscriptions = statement(
  "events_append_to_subscriptions",
  `with r as materialized (
     select r.*, row_number() over (partition by account_id, subscription_id order by n) as nth,
       count(*) over (partition by account_id, subscription_id) as total
     from jsonb_to_recordset($1::jsonb) as r(n int, account_id text, id text, subscription_id text,
       type text, data jsonb, occurred_at timestamptz)
   ), counted as (
     update subscriptions s set event_sequence = s.event_sequence + g.total
     from (select distinct account_id, subscription_id, total from r) g
     where s.account_id = g.account_id and s.id = g.subscription_id
     returning s.account_id, s.id, s.event_sequence - g.total as base
   )
   insert into events (account_id, id, subscription_id, sequence, type, data, occurred_at)
   select r.account_id, r.id, r.subscription_id, counted.base + r.nth, r.type, r.data, r.occurred_at
   from r join counted on counted.account_id = r.account_id and counted.id = r.subscription_id
   order by r.n`,
);

const append = statement(
  "events_append",
  `insert into events (account_id, id, type, data, occurred_at)
   select account_id, id, type, data, occurred_at
   from jsonb_to_recordset($1::jsonb) as r(n int, account_id text, id text, type text, data jsonb,
     occurred_at timestamptz)
   order by n`,
);

/**
 * Writes events, in the order given. The sequence is counted in the subscription's row, which is
 * locked until the transaction ends: numbers neither repeat nor leave a gap.
 */
export async function appendEvents(
  tx: Transaction,
  random: Random,
  events: readonly NewEvent[],
): Promise<void> {
  const rows = events.map((event, n) => ({
    n,
    account_id: event.accountId,
    id: newId("evt", random),
    subscription_id: event.subscriptionId,
    type: event.type,
    data: event.data,
    occurred_at: event.occurredAt.toString(),
  }));
  const numbered = rows.filter(({ subscription_id }) => subscription_id !== undefined);
  const others = rows.filter(({ subscription_id }) => subscription_id === undefined);
  if (numbered.length > 0) await tx.execute(appendToSubscriptions, [jsonRows(numbered)]);
  if (others.length > 0) await tx.execute(append, [jsonRows(others)]);
}

export interface EventRecord {
  readonly id: string;
  readonly subscriptionId: string | undefined;
  readonly sequence: number | undefined;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: Temporal.Instant;
  readonly position: string;
}

const list = statement(
  "events_list",
  `select id, subscription_id, sequence, type, data, occurred_at, position from events
   where account_id = $1 and ($2::text is null or subscription_id = $2)
     and ($3::bigint is null or position < $3)
   order by position desc limit $4`,
);

/** Newest first. @param before Position of the last event of the page before. */
export async function listEvents(
  db: Queryable,
  accountId: string,
  filter: { readonly subscriptionId?: string | undefined; readonly before?: string | undefined },
  limit: number,
): Promise<EventRecord[]> {
  const rows = await db.query<{
    id: string;
    subscription_id: string | null;
    sequence: string | null;
    type: string;
    data: Record<string, unknown>;
    occurred_at: Temporal.Instant;
    position: string;
  }>(list, [accountId, filter.subscriptionId ?? null, filter.before ?? null, limit]);
  return rows.map((row) => ({
    id: row.id,
    subscriptionId: row.subscription_id ?? undefined,
    sequence: row.sequence === null ? undefined : Number(row.sequence),
    type: row.type,
    data: row.data,
    occurredAt: row.occurred_at,
    position: row.position,
  }));
}
