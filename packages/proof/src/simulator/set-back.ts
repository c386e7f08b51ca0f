/**
 * Set back: the database becomes what it was at an earlier moment, as after the promotion of a standby
 * that lacked the last commits, or after the restore of a backup. The rows of that moment are kept in a
 * schema of their own; the server then says that it is on another timeline.
 */
import type { Transaction } from "../../../server/src/db/database.ts";
import { newId } from "../../../server/src/ids/id.ts";
import { forgetCompared, openRecovery } from "../../../server/src/journal/recovery-store.ts";
import { randomOf, type Chance } from "../chance.ts";
import { clockSetting, type Backends } from "./backends.ts";
import { instantText } from "./weather.ts";

type Direct = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** The statements that keep all tables, and put them back. */
export interface SetBackSql {
  /** Back on the first timeline. */
  readonly begin: string;
  readonly keep: string;
  readonly putBack: string;
}

/** Makes what snapshots need, in a database that is migrated and empty. */
export async function prepareSetBack(direct: Direct): Promise<SetBackSql> {
  await direct(serverSql);
  const columns = await direct<{ name: string; columns: string }>(
    `select c.table_name as name, string_agg(quote_ident(c.column_name), ', ') as columns
     from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.table_name <> 'schema_migrations' and c.is_generated = 'NEVER'
     group by 1 order by 1`,
  );
  const sequences = await direct<{ name: string }>(
    "select sequencename as name from pg_sequences where schemaname = 'public' order by 1",
  );
  await direct(
    columns.map(({ name }) => `create table kept.${name} (like public.${name});`).join(""),
  );
  return {
    begin: "update kept.server set timeline = 1;",
    keep: [
      ...columns.map(({ columns: all, name }) => {
        return `delete from kept.${name}; insert into kept.${name} (${all}) select ${all} from ${name};`;
      }),
      "delete from kept.sequences;",
      ...sequences.map(({ name }) => {
        return `insert into kept.sequences select '${name}', last_value, is_called from ${name};`;
      }),
    ].join("\n"),
    putBack: [
      "set lock_timeout = '5s';",
      "set session_replication_role = replica;",
      ...columns.map(({ name }) => `delete from ${name};`),
      ...columns.map(({ columns: all, name }) => {
        return `insert into ${name} (${all}) overriding system value select ${all} from kept.${name};`;
      }),
      "select setval('public.' || name, value, is_called) from kept.sequences;",
      "set session_replication_role = origin;",
      "reset lock_timeout;",
    ].join("\n"),
  };
}

const serverSql = `
  create schema kept;
  create table kept.sequences (name text, value bigint, is_called boolean);
  create table kept.server (timeline int);
  insert into kept.server values (1);
  create or replace function server_history() returns text
  language sql stable
  as $$ select '7000000000000000000/' || lpad(timeline::text, 8, '0') from kept.server $$`;

/** Another history of the same server; 1 is the first. */
export async function setTimeline(backends: Backends, timeline: number): Promise<void> {
  await backends.direct("update kept.server set timeline = $1", [timeline]);
}

/** What `maedal restore` does to a database before it hands it over (server/src/cli/backup.ts). */
export async function holdSends(backends: Backends, chance: Chance, nowMs: number): Promise<void> {
  await backends.direct(`select set_config('${clockSetting}', $1, false)`, [instantText(nowMs)]);
  const tx: Transaction = {
    kind: "transaction",
    query: (sql, values) => backends.direct(textOf(sql), values ?? []),
    execute: async (sql, values) => (await backends.direct(textOf(sql), values ?? [])).length,
  };
  const reason = "the database was restored from a backup";
  await openRecovery(tx, newId("rcv", randomOf(chance)), reason);
  await forgetCompared(tx);
}

function textOf(sql: string | { readonly text: string }): string {
  return typeof sql === "string" ? sql : sql.text;
}
