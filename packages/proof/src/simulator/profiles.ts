/**
 * Profiles: of each table that somebody polls, which statuses its rows are in, how many of them the
 * polls may find now, and when the next of them falls due. A table that was written is asked again
 * before anybody relies on it. A change among rows of one status is news only to those who look for
 * that status.
 */
import type { Memory } from "./memory.ts";
import { conditionsOn, polls } from "./polls.ts";
import { everyStatus } from "./statement-shape.ts";

export interface Profiles {
  /** Asks about the tables that were written since. */
  refresh(nowMs: number): Promise<void>;
  readonly isFresh: boolean;
  /** Grows with every change that the memory has heard of. */
  readonly version: number;
  /** Whether the poll of this name can find nothing, as of the last refresh; false of other statements. */
  isIdle(name: string): boolean;
  /** The next instant at which something falls due; Infinity when nothing ever does by itself. */
  nextMs(): number;
  /** The clock has come here: what fell due on the way is news to whoever polls. */
  pass(nowMs: number): void;
}

type Direct = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** For each table that has a status or instants that somebody waits for, what finds its profile. */
export type ProfileQueries = ReadonlyMap<string, string>;

interface Row {
  readonly of: string;
  readonly status: string;
  readonly due_ms: number | null;
  /** How many meet each of the conditions on the table. */
  readonly found: readonly number[];
}

export function createProfiles(queries: ProfileQueries, direct: Direct, memory: Memory): Profiles {
  const known = new Map<string, readonly Row[]>();
  /** Of the conditions that no row of their table meets, by the table. */
  const unmet = new Map<string, ReadonlySet<string>>();
  memory.wrote(queries.keys());
  let firstMs = Infinity;

  function learn(table: string, rows: readonly Row[]): void {
    const before = known.get(table) ?? [];
    known.set(table, rows);
    const idle = conditionsOn(table).filter((_, n) => rows.every(({ found }) => found[n] === 0));
    unmet.set(table, new Set(idle));
    memory.touch([table], [...new Set([...before, ...rows].map(({ status }) => status))]);
  }

  return {
    async refresh(nowMs) {
      const tables = [...memory.takeWritten()].filter((table) => queries.has(table)).toSorted();
      if (tables.length === 0) return;
      const at = new Date(nowMs).toISOString();
      const rows = await direct<Row>(queryOf(queries, tables), [at]);
      const byTable = Map.groupBy(rows, ({ of }) => of);
      for (const table of tables) learn(table, byTable.get(table) ?? []);
      const dues = [...known.values()].flatMap((lines) => lines.map(dueMsOf));
      firstMs = Math.min(Infinity, ...dues);
    },
    isIdle(name) {
      const poll = polls.get(name);
      return poll !== undefined && unmet.get(poll.table)?.has(poll.condition) === true;
    },
    get isFresh() {
      return !memory.hasWritten;
    },
    get version() {
      return memory.version;
    },
    nextMs: () => (firstMs === Infinity ? Infinity : Math.ceil(firstMs)),
    pass(nowMs) {
      if (firstMs > nowMs) return;
      for (const [table, lines] of known) {
        const due = lines.filter((line) => dueMsOf(line) <= nowMs);
        if (due.length === 0) continue;
        memory.touch(
          [table],
          due.map(({ status }) => status),
        );
        memory.wrote([table]);
      }
    },
  };
}

const dueMsOf = ({ due_ms: dueMs }: Row): number => dueMs ?? Infinity;

function queryOf(queries: ProfileQueries, tables: readonly string[]): string {
  const each = tables.map((table) => queries.get(table)).join(" union all ");
  return `select * from (${each}) of_all where $1::timestamptz is not null`;
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
  const polled = [...polls.values()].map(({ table }) => table);
  return new Map(
    [...new Set([...byTable.keys(), ...polled])].map((table) => {
      const own = byTable.get(table) ?? [];
      const dues = own.flatMap(({ column_name: column, is_due: isDue }) => (isDue ? [column] : []));
      const hasStatus = own.some(({ is_due: isDue }) => !isDue);
      return [table, profileSql(table, hasStatus ? "status" : `'${everyStatus}'`, dues)];
    }),
  );
}

function profileSql(table: string, status: string, dues: readonly string[]): string {
  const firsts = dues.map((column) => `min(${column}) filter (where ${column} > $1::timestamptz)`);
  const due =
    firsts.length === 0
      ? "null::float8"
      : `(extract(epoch from least(${firsts.join(", ")})) * 1000)::float8`;
  const counts = conditionsOn(table).map((condition) => {
    return `count(*) filter (where ${condition.replaceAll("$1", "$1::timestamptz")})::int`;
  });
  const found = `array[${counts.join(", ")}]::int[]`;
  return `select '${table}' as of, ${status} as status, ${due} as due_ms, ${found} as found
          from ${table} group by 2`;
}
