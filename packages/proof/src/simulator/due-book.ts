/**
 * Due book: the next instant of each table at which something in it falls due. Kept up to date by
 * asking about tables that were written, and only when time is about to pass.
 */
import type { Memory } from "./memory.ts";

export interface DueBook {
  /** The next instant after `nowMs`; undefined when nothing will ever fall due by itself. */
  next(nowMs: number): Promise<number | undefined>;
  /** The clock has come here: what fell due on the way is news to whoever polls. */
  pass(nowMs: number): void;
}

type Direct = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** For each table with instants that somebody waits for, what finds the next of them. */
export type DueQueries = ReadonlyMap<string, string>;

export function createDueBook(queries: DueQueries, direct: Direct, memory: Memory): DueBook {
  const dues = new Map<string, number>();
  memory.touch(queries.keys());

  return {
    async next(nowMs) {
      for (const table of memory.takeChanged()) {
        const sql = queries.get(table);
        if (sql === undefined) continue;
        const [row] = await direct<{ due_ms: number | null }>(sql, [new Date(nowMs).toISOString()]);
        dues.set(table, row?.due_ms ?? Infinity);
      }
      const first = Math.min(Infinity, ...dues.values());
      return first === Infinity ? undefined : Math.ceil(first);
    },
    pass(nowMs) {
      memory.touch([...dues].filter(([, dueMs]) => dueMs <= nowMs).map(([table]) => table));
    },
  };
}

/** The columns are found by what they are called: an instant that something waits for. */
export async function readDueQueries(direct: Direct): Promise<DueQueries> {
  const columns = await direct<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns
     where table_schema = 'public' and data_type = 'timestamp with time zone'
       and column_name ~ '(^due_at|_until|^look_up_at|_after|expires_at|^resumes_at|next_due_at|^cancel_at)$'
       and table_name not in ('invoices', 'attempts')
     order by 1, 2`,
  );
  const byTable = Map.groupBy(columns, ({ table_name: table }) => table);
  return new Map(
    [...byTable].map(([table, own]) => {
      const parts = own.map(
        ({ column_name: column }) => `min(${column}) filter (where ${column} > $1::timestamptz)`,
      );
      const first = `least(${parts.join(", ")})`;
      return [
        table,
        `select (extract(epoch from ${first}) * 1000)::float8 as due_ms from ${table}`,
      ];
    }),
  );
}
