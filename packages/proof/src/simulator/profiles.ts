/**
 * Profiles: of each table that somebody polls, how many rows are in which status, and when the next of
 * them falls due. A table that was written is asked again before anybody relies on it. A change among
 * rows of one status is news only to those who look for that status.
 */
import type { Memory } from "./memory.ts";
import { everyStatus } from "./statement-shape.ts";

export interface Profiles {
  /** Asks about the tables that were written since. */
  refresh(nowMs: number): Promise<void>;
  readonly isFresh: boolean;
  /** Rows of the table in these statuses, as of the last refresh. */
  count(table: string, statuses: readonly string[]): number;
  /** The next instant at which something falls due; Infinity when nothing ever does by itself. */
  nextMs(): number;
  /** The clock has come here: what fell due on the way is news to whoever polls. */
  pass(nowMs: number): void;
}

type Direct = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** For each table that has a status or instants that somebody waits for, what finds its profile. */
export type ProfileQueries = ReadonlyMap<string, string>;

interface Line {
  readonly count: number;
  readonly dueMs: number;
}

interface Row {
  readonly of: string;
  readonly status: string;
  readonly count: number;
  readonly due_ms: number | null;
}

export function createProfiles(queries: ProfileQueries, direct: Direct, memory: Memory): Profiles {
  const known = new Map<string, ReadonlyMap<string, Line>>();
  memory.wrote(queries.keys());
  let firstMs = Infinity;

  function learn(table: string, rows: readonly Row[]): void {
    const before = known.get(table);
    const after = new Map(
      rows.map(({ count, due_ms: dueMs, status }) => [status, { count, dueMs: dueMs ?? Infinity }]),
    );
    known.set(table, after);
    const statuses = new Set([...(before?.keys() ?? []), ...after.keys()]);
    memory.touch([table], [...statuses]);
  }

  return {
    async refresh(nowMs) {
      const tables = [...memory.takeWritten()].filter((table) => queries.has(table)).toSorted();
      if (tables.length === 0) return;
      const each = tables.map((table) => queries.get(table)).join(" union all ");
      const sql = `select * from (${each}) of_all where $1::timestamptz is not null`;
      const rows = await direct<Row>(sql, [new Date(nowMs).toISOString()]);
      for (const table of tables)
        learn(
          table,
          rows.filter(({ of }) => of === table),
        );
      firstMs = Math.min(
        Infinity,
        ...[...known.values()].flatMap((lines) => [...lines.values()].map(({ dueMs }) => dueMs)),
      );
    },
    count(table, statuses) {
      const lines = [...(known.get(table) ?? [])];
      const wanted = lines.filter(
        ([status]) => statuses.includes(everyStatus) || statuses.includes(status),
      );
      return wanted.reduce((sum, [, line]) => sum + line.count, 0);
    },
    get isFresh() {
      return !memory.hasWritten;
    },
    nextMs: () => (firstMs === Infinity ? Infinity : Math.ceil(firstMs)),
    pass(nowMs) {
      if (firstMs > nowMs) return;
      for (const [table, lines] of known) {
        const due = [...lines].filter(([, { dueMs }]) => dueMs <= nowMs).map(([status]) => status);
        if (due.length === 0) continue;
        memory.touch([table], due);
        memory.wrote([table]);
      }
    },
  };
}

/** The columns are found by what they are called: an instant that something waits for. */
export async function readProfileQueries(direct: Direct): Promise<ProfileQueries> {
  const columns = await direct<{ table_name: string; column_name: string; is_due: boolean }>(
    `select table_name, column_name, column_name <> 'status' as is_due
     from information_schema.columns
     where table_schema = 'public' and table_name not in ('invoices', 'attempts')
       and (column_name = 'status' and data_type = 'text' or data_type = 'timestamp with time zone' and column_name ~
         '(^due_at|_until|^look_up_at|_after|expires_at|^resumes_at|next_due_at|^cancel_at)$')
     order by 1, 2`,
  );
  const byTable = Map.groupBy(columns, ({ table_name: table }) => table);
  return new Map(
    [...byTable].map(([table, own]) => {
      const firsts = own.flatMap(({ column_name: column, is_due: isDue }) =>
        isDue ? [`min(${column}) filter (where ${column} > $1::timestamptz)`] : [],
      );
      const due =
        firsts.length === 0
          ? "null::float8"
          : `(extract(epoch from least(${firsts.join(", ")})) * 1000)::float8`;
      const hasStatus = own.some(({ is_due: isDue }) => !isDue);
      const status = hasStatus ? "status" : `'${everyStatus}'`;
      return [
        table,
        `select '${table}' as of, ${status} as status, count(*)::int as count, ${due} as due_ms from ${table} group by 2`,
      ];
    }),
  );
}
