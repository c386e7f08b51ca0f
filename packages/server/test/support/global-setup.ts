/**
 * One PostgreSQL for a whole run of the suite, with a migrated template database in it. It is the
 * server of TEST_DATABASE_URL or DATABASE_URL where one is set, else an embedded one in a temporary
 * directory. Test files get a copy each from `createTestDatabase`.
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import {
  startEmbeddedPostgres,
  stopAbandonedPostgres,
} from "../../src/db/embedded/start-embedded-postgres.ts";
import { migrate } from "../../src/db/migrate.ts";
import { withDatabase } from "../../src/db/session.ts";
import { Client } from "pg";
import { createDatabase, dropDatabases, dropOldDatabases, runPrefix } from "./test-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    testServer: {
      /** Of the database that is connected to for making others. */
      readonly url: string;
      /** What the names of this run's databases begin with. */
      readonly prefix: string;
      readonly template: string;
    };
  }
}

const directoryPrefix = "maedal-test-";

let tearDown: () => Promise<void> = async () => undefined;

export async function setup(project: TestProject): Promise<void> {
  const given = process.env["TEST_DATABASE_URL"] ?? process.env["DATABASE_URL"];
  const server =
    given === undefined ? await startServer() : { url: given, stop: async () => undefined };
  const prefix = runPrefix();
  const template = `${prefix}template`;
  tearDown = async () => {
    await dropDatabases(server.url, prefix);
    await server.stop();
  };
  try {
    await dropOldDatabases(server.url);
    await createDatabase(server.url, template);
    await migrate(withDatabase(server.url, template));
  } catch (error) {
    await tearDown();
    throw error;
  }
  project.provide("testServer", { url: server.url, prefix, template });
}

export async function teardown(): Promise<void> {
  await tearDown();
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  await removeLeftovers();
  const dataDirectory = await mkdtemp(join(tmpdir(), directoryPrefix));
  const postgres = await startEmbeddedPostgres({ dataDirectory, initdbNoSync: true });
  await forgoDurability(postgres.url);
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/**
 * Lets commits of this throw-away server return before they are on the disk. A machine that has just
 * installed or removed many files can hold a commit up for seconds, longer than the windows of the
 * tests; what the program itself asks of its server is for the tests of the embedded one.
 */
async function forgoDurability(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("alter system set fsync = off");
    await client.query("select pg_reload_conf()");
  } finally {
    await client.end();
  }
}

/** Younger directories may be of a run that is just starting and has not taken its lock yet. */
const leftoverAgeMs = 10 * 60_000;

/** A run that was killed leaves a server and its directory. One that still lives refuses, and stays. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(directoryPrefix));
  for (const directory of names.map((name) => join(tmpdir(), name))) {
    const bornAt = (await stat(directory).catch(() => undefined))?.birthtimeMs ?? Date.now();
    if (Date.now() - bornAt < leftoverAgeMs) continue;
    await stopAbandonedPostgres(directory)
      .then(() => rm(directory, { recursive: true, force: true }))
      .catch(() => undefined);
  }
}
