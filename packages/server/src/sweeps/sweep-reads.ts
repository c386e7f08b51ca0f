/** Sweeps as routes, pages and reports show them. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { TimeRange } from "./sweep.ts";
import type { SweepCounts } from "./sweep-store.ts";

export interface SweepView extends TimeRange, SweepCounts {
  readonly accountId: string;
  readonly id: string;
  readonly connectionId: string;
  readonly connectionName: string;
  readonly doneUntil: Temporal.Instant;
  /** `daily`, or who asked. */
  readonly requestedBy: string;
  readonly status: "running" | "finished" | "failed";
  /** Why it was given back the last time, or given up. */
  readonly failure: string | undefined;
  /** Findings that it was the first to make. */
  readonly found: number;
  /** Of these, those that are open. */
  readonly open: number;
  readonly createdAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant | undefined;
}

interface SweepRow {
  account_id: string;
  id: string;
  connection_id: string;
  connection_name: string;
  from_at: Temporal.Instant;
  to_at: Temporal.Instant;
  done_until: Temporal.Instant;
  requested_by: string;
  status: SweepView["status"];
  failure: string | null;
  listed: number;
  foreign_listed: number;
  asked: number;
  found: number;
  open: number;
  created_at: Temporal.Instant;
  finished_at: Temporal.Instant | null;
}

const select = `select w.account_id, w.id, w.connection_id, g.name as connection_name, w.from_at,
    w.to_at, w.done_until, w.requested_by, w.status, w.failure, w.listed, w.foreign_listed, w.asked,
    (select count(*)::int from sweep_findings f where f.account_id = w.account_id
       and f.sweep_id = w.id) as found,
    (select count(*)::int from sweep_findings f where f.account_id = w.account_id
       and f.sweep_id = w.id and f.settled_at is null) as open,
    w.created_at, w.finished_at
  from sweeps w
  join gateway_connections g on g.account_id = w.account_id and g.id = w.connection_id`;

function toView(row: SweepRow): SweepView {
  return {
    accountId: row.account_id,
    id: row.id,
    connectionId: row.connection_id,
    connectionName: row.connection_name,
    from: row.from_at,
    to: row.to_at,
    doneUntil: row.done_until,
    requestedBy: row.requested_by,
    status: row.status,
    failure: row.failure ?? undefined,
    listed: row.listed,
    foreignListed: row.foreign_listed,
    asked: row.asked,
    found: row.found,
    open: row.open,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
  };
}

const byId = statement("sweep_view", `${select} where w.account_id = $1 and w.id = $2`);

export async function findSweep(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<SweepView | undefined> {
  const [row] = await db.query<SweepRow>(byId, [accountId, id]);
  return row && toView(row);
}

const list = statement(
  "sweep_views",
  `${select}
   where w.account_id = $1 and ($2::text is null or w.connection_id = $2)
   ${pageClause("w", 3)}`,
);

/** Newest first. */
export async function listSweeps(
  db: Queryable,
  accountId: string,
  { connectionId }: { readonly connectionId?: string | undefined },
  page: PageRequest,
): Promise<Page<SweepView>> {
  const values = [accountId, connectionId ?? null, ...pageValues(page)];
  return pageOfRows((await db.query<SweepRow>(list, values)).map(toView), page.limit);
}

/** What `maedal doctor` says of a connection's comparison. */
export interface SweepHealth {
  readonly connectionId: string;
  readonly connectionName: string;
  readonly openFindings: number;
  /** No daily sweep has been finished for two days. */
  readonly isBehind: boolean;
  /** Why the present one was given back. */
  readonly failure: string | undefined;
}

const health = statement(
  "sweep_health",
  `select g.id, g.name,
     (select count(*)::int from sweep_findings f where f.account_id = g.account_id
        and f.connection_id = g.id and f.settled_at is null) as open,
     g.state <> 'sunset' and protocol_now() - interval '2 days' > coalesce(
       (select max(w.to_at) from sweeps w where w.account_id = g.account_id
          and w.connection_id = g.id and w.requested_by = 'daily' and w.status = 'finished'),
       g.created_at) as is_behind,
     (select w.failure from sweeps w where w.account_id = g.account_id
        and w.connection_id = g.id and w.requested_by = 'daily' and w.status = 'running') as failure
   from gateway_connections g order by g.account_id, g.created_at, g.id`,
);

export async function listSweepHealth(db: Queryable): Promise<SweepHealth[]> {
  const rows = await db.query<{
    id: string;
    name: string;
    open: number;
    is_behind: boolean;
    failure: string | null;
  }>(health);
  return rows.map((row) => ({
    connectionId: row.id,
    connectionName: row.name,
    openFindings: row.open,
    isBehind: row.is_behind,
    failure: row.failure ?? undefined,
  }));
}
