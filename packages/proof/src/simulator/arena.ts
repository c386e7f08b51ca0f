/**
 * Arena: the PostgreSQL that simulations run on. A throw-away cluster with the product's own
 * migrations, where `protocol_now()` reads a clock that each session is told. Simulations share a
 * database, one after the other, and leave it empty.
 */
import { Client } from "pg";
import { startEmbeddedPostgres } from "../../../server/src/db/embedded/start-embedded-postgres.ts";
import { migrate } from "../../../server/src/db/migrate.ts";
import { clockSetting } from "./backends.ts";

export interface Arena {
  readonly url: string;
  stop(): Promise<void>;
}

const virtualClock = `
  create or replace function protocol_now() returns timestamptz
  language sql stable parallel safe
  as $$ select current_setting('${clockSetting}')::timestamptz $$`;

const serverSettings = {
  // Plans, and with them the order of rows, are to depend on nothing but the statements.
  autovacuum: "off",
  // Nothing here is to outlive the run: the disk is not part of what is simulated.
  fsync: "off",
  full_page_writes: "off",
  bgwriter_delay: "10s",
  wal_writer_delay: "10s",
  checkpoint_timeout: "1h",
  max_wal_size: "4GB",
} as const;

/** @returns A server with one database that is migrated and empty. */
export async function startArena(dataDirectory: string): Promise<Arena> {
  const postgres = await startEmbeddedPostgres({ dataDirectory, initdbNoSync: true });
  await migrate(postgres.url);
  await withClient(postgres.url, async (client) => {
    await client.query(virtualClock);
    for (const [name, value] of Object.entries(serverSettings)) {
      await client.query(`alter system set ${name} = '${value}'`);
    }
    await client.query("select pg_reload_conf()");
  });
  return { url: postgres.url, stop: () => postgres.stop() };
}

/** Empties every table, past the triggers that keep history from being changed. */
export async function emptyingSql(direct: Direct): Promise<string> {
  const tables = await tableNames(direct);
  const deletes = tables.map((name) => `delete from ${name};`).join("\n");
  return `set session_replication_role = replica; ${deletes} set session_replication_role = origin;`;
}

type Direct = <Row>(sql: string) => Promise<Row[]>;

async function tableNames(direct: Direct): Promise<string[]> {
  const rows = await direct<{ table_name: string }>(
    `select table_name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'
       and table_name <> 'schema_migrations' order by 1`,
  );
  return rows.map(({ table_name: name }) => name);
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
