/**
 * Table marks: whether anything in the database changed, exactly and cheaply. An inserted or updated
 * row carries the newest transaction id of its table, and a deleted one is missing in the count. While
 * no transaction id was given out, nothing can have been written at all.
 */
import type { Queryable } from "../../../server/src/db/database.ts";

export interface TableMarks {
  /** @returns The tables that changed since the last call, in alphabetical order. */
  changed(): Promise<readonly string[]>;
}

/** For a young database: transaction ids are compared as plain numbers. */
export async function watchTables(db: Queryable): Promise<TableMarks> {
  const tables = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  );
  const marksSql = tables
    .map(
      ({ name }) =>
        `select '${name}' as name, count(*)::text || ' ' || coalesce(max(xmin::text::bigint), 0) as mark
         from ${name}`,
    )
    .join(" union all ");
  let seen = await transactionId(db);
  let marks = await readMarks(db, marksSql);

  return {
    async changed() {
      const now = await transactionId(db);
      if (now === seen) return [];
      const after = await readMarks(db, marksSql);
      const names = [...after.keys()].filter((name) => after.get(name) !== marks.get(name));
      marks = after;
      seen = now;
      return names.sort();
    },
  };
}

async function transactionId(db: Queryable): Promise<string> {
  const [row] = await db.query<{ next: string }>({
    name: "next_transaction_id",
    text: "select pg_snapshot_xmax(pg_current_snapshot())::text as next",
  });
  return row?.next ?? "";
}

async function readMarks(db: Queryable, sql: string): Promise<Map<string, string>> {
  const rows = await db.query<{ name: string; mark: string }>({ name: "table_marks", text: sql });
  return new Map(rows.map(({ mark, name }) => [name, mark]));
}
