/** A throw-away PostgreSQL and the databases in it. What it holds may be lost: it is quick instead. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, escapeIdentifier } from "pg";
import { startEmbeddedPostgres } from "../../../server/src/db/embedded/start-embedded-postgres.ts";
import { withDatabase } from "../../../server/src/db/session.ts";

export interface ScratchServer {
  /** @returns The address of a new database: empty, or a copy of another that nobody is connected to. */
  create(name: string, template?: string): Promise<string>;
  drop(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param url A server that stays; undefined starts one in a temporary directory. */
export async function openScratchServer(url?: string): Promise<ScratchServer> {
  const server = url === undefined ? await startOwn() : { url, stop: () => Promise.resolve() };
  return {
    async create(name, template) {
      const copied = template === undefined ? "" : ` template ${escapeIdentifier(template)}`;
      await run(server.url, `create database ${escapeIdentifier(name)}${copied}`);
      return withDatabase(server.url, name);
    },
    drop: (name) =>
      run(server.url, `drop database if exists ${escapeIdentifier(name)} with (force)`),
    stop: server.stop,
  };
}

async function startOwn(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "maedal-fuzz-"));
  const postgres = await startEmbeddedPostgres({ dataDirectory, initdbNoSync: true });
  await run(postgres.url, "alter system set fsync = off");
  await run(postgres.url, "select pg_reload_conf()");
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
