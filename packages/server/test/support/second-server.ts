/**
 * A second PostgreSQL made of a running embedded one: a standby of it, or the same at an earlier moment.
 * Real ones, because what a promotion changes (the timeline) and what not (the system identifier) is
 * what the journal is compared by.
 */
import { appendFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectDatabase, type Database } from "../../src/db/database.ts";
import { openDataDirectory } from "../../src/db/embedded/data-directory.ts";
import { choosePrivileges, giveTo } from "../../src/db/embedded/privileges.ts";
import { startEmbeddedPostgres } from "../../src/db/embedded/start-embedded-postgres.ts";
import { takeBackup } from "../../src/db/embedded/take-backup.ts";
import { eventually } from "./world.ts";

export interface TestServer {
  readonly data: string;
  readonly url: string;
  readonly database: Database;
  stop(): Promise<void>;
}

export async function startServer(data: string): Promise<TestServer> {
  const postgres = await startEmbeddedPostgres({ dataDirectory: data, initdbNoSync: true });
  const database = connectDatabase({ url: postgres.url, onError: () => undefined });
  return {
    data,
    url: postgres.url,
    database,
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}

/** A copy of a server, as of now, that does not run yet. */
export async function copyServer(of: TestServer, data: string): Promise<void> {
  const backup = `${data}.backup`;
  await takeBackup({ url: of.url, cluster: join(of.data, "postgres"), target: backup });
  const { cluster } = await openDataDirectory(data);
  await rename(join(backup, "postgres"), cluster);
  await rm(backup, { recursive: true });
  const privileges = await choosePrivileges(join(of.data, "postgres"), undefined);
  const names = await readdir(cluster, { recursive: true });
  for (const path of [data, cluster, ...names.map((name) => join(cluster, name))]) {
    await giveTo(privileges, path);
  }
}

/** Starts a copy that follows its original. */
export async function startStandby(of: TestServer, data: string): Promise<TestServer> {
  const socket = new URL(of.url.replace("@/", "@local/")).searchParams.get("host") ?? "";
  await configure(data, { primary_conninfo: `host=${socket} port=5432 user=maedal` });
  await writeFile(join(data, "postgres", "standby.signal"), "");
  return await startServer(data);
}

/** Waits until the standby has everything that was committed, and cuts it off: it gets no more. */
export async function cutOff(standby: TestServer, primary: TestServer): Promise<void> {
  const [now] = await primary.database.query<{ lsn: string }>(
    "select pg_current_wal_flush_lsn()::text as lsn",
  );
  await eventually("the standby to catch up", async () => {
    const [row] = await standby.database.query<{ ok: boolean }>(
      "select pg_last_wal_replay_lsn() >= $1::pg_lsn as ok",
      [now?.lsn],
    );
    return row?.ok;
  });
  await standby.database.execute("alter system set primary_conninfo = ''");
  await standby.database.execute("select pg_reload_conf()");
  await eventually("the standby to be cut off", async () => {
    return (await standby.database.query("select 1 from pg_stat_wal_receiver")).length === 0;
  });
}

export async function promote(standby: TestServer): Promise<void> {
  await standby.database.execute("select pg_promote()");
}

/** Starts a copy at the moment of a restore point of its original, which must still run. */
export async function startAtPoint(
  of: TestServer,
  data: string,
  point: string,
): Promise<TestServer> {
  await configure(data, {
    restore_command: `cp "${join(of.data, "postgres", "pg_wal")}/%f" "%p"`,
    recovery_target_name: point,
    recovery_target_action: "promote",
  });
  await writeFile(join(data, "postgres", "recovery.signal"), "");
  const server = await startServer(data);
  await eventually("the recovery to end", async () => {
    const [row] = await server.database.query<{ ok: boolean }>("select not pg_is_in_recovery() ok");
    return row?.ok;
  });
  return server;
}

async function configure(data: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(data, "postgres", "postgresql.auto.conf"), lines.join(""));
}

/** What a process sees behind one address, whichever server answers there. */
export interface SwitchedDatabase extends Database {
  become(next: Database): void;
}

export function switched(first: Database): SwitchedDatabase {
  let now = first;
  return {
    become: (next) => void (now = next),
    query: async (sql, values) => now.query(sql, values),
    execute: async (sql, values) => now.execute(sql, values),
    transaction: async (work) => now.transaction(work),
    listen: async (channel, onWake) => now.listen(channel, onWake),
    close: async () => undefined,
  };
}
