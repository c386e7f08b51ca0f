/**
 * Migrations: numbered plain SQL files, `NNNN_name.sql`, each run once, in order, in a transaction
 * of its own. They go forward only and are never edited after landing; a file whose text differs
 * from what was run is refused, because then nobody knows what the database holds.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import type { Queryable } from "./database.ts";
import { clientConfig } from "./session.ts";

/** Where the product's own migrations lie, seen from the source and from what is published. */
const migrationsDirectory = fileURLToPath(new URL("../../migrations", import.meta.url));

/** The files and the database do not belong together. The message names the fix. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export interface MigrationStatus {
  /** File names without `.sql`, in order. */
  readonly applied: readonly string[];
  /** Waiting for `maedal migrate`; empty when the database fits the program. */
  readonly pending: readonly string[];
}

interface Migration {
  readonly version: number;
  /** The file name without `.sql`, number included. */
  readonly name: string;
  /** SHA-256 of the text in hex, with line ends as LF, so a checkout on Windows changes nothing. */
  readonly checksum: string;
  readonly sql: string;
}

type AppliedMigration = Omit<Migration, "sql">;

/** Migrators of one database take turns by this advisory lock; the number means nothing. */
const migrationLock = 7_301_264_118;
const turnTimeoutMs = 5 * 60_000;
/** A migration that waits longer for a table is given up, before it queues everybody behind it. */
const tableLockTimeoutMs = 10_000;

/**
 * Brings the database up to the newest migration. Safe to run twice, and by several at once: one
 * runs them, the others wait and find nothing left to do.
 *
 * @returns The names that this call applied, in order.
 * @throws {MigrationError} when files are missing, changed or older than the database.
 */
export async function migrate(
  url: string,
  { directory = migrationsDirectory }: { readonly directory?: string } = {},
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(directory);
  const client = new Client(
    clientConfig({
      url,
      applicationName: "maedal migrate",
      statementTimeoutMs: 0,
      lockTimeoutMs: turnTimeoutMs,
    }),
  );
  client.on("error", () => undefined); // A broken connection fails the query that needs it.
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    await client.query(`set lock_timeout = ${tableLockTimeoutMs}`);
    await client.query(createTable);
    const { rows } = await client.query<AppliedMigration>(selectApplied);
    const pending = pendingMigrations(migrations, rows);
    for (const migration of pending) await apply(client, migration);
    return { applied: pending.map(({ name }) => name) };
  } finally {
    await client.end();
  }
}

/**
 * Compares the database with the files, and changes nothing.
 *
 * @throws {MigrationError} when files are missing, changed or older than the database.
 */
export async function migrationStatus(
  database: Queryable,
  { directory = migrationsDirectory }: { readonly directory?: string } = {},
): Promise<MigrationStatus> {
  const migrations = await readMigrations(directory);
  const [table] = await database.query<{ exists: boolean }>(
    "select to_regclass('schema_migrations') is not null as exists",
  );
  const applied = table?.exists ? await database.query<AppliedMigration>(selectApplied) : [];
  const pending = pendingMigrations(migrations, applied);
  return { applied: applied.map(({ name }) => name), pending: pending.map(({ name }) => name) };
}

const createTable = `
  create table if not exists schema_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
  )`;

const selectApplied = "select version, name, checksum from schema_migrations order by version";

async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).sort();
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)));
  for (const [index, { name, version }] of migrations.entries()) {
    if (version === index + 1) continue;
    throw new MigrationError(
      `${name}.sql is number ${version} where ${index + 1} is due: number the files 0001, 0002, … without gap or repeat`,
    );
  }
  return migrations;
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1];
  if (number === undefined) {
    throw new MigrationError(`${file} is not named like 0001_initial.sql: rename it`);
  }
  const sql = (await readFile(join(directory, file), "utf8")).replaceAll("\r\n", "\n");
  const checksum = createHash("sha256").update(sql).digest("hex");
  return { version: Number(number), name: file.slice(0, -".sql".length), checksum, sql };
}

/** What is left to apply, once everything applied is known to be what the files say. */
function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  for (const [index, { version, name, checksum }] of applied.entries()) {
    const file = migrations[index];
    if (version !== index + 1) {
      throw new MigrationError(
        `schema_migrations lacks version ${index + 1} but has ${version}: restore the missing row`,
      );
    }
    if (file === undefined) {
      throw new MigrationError(
        `The database has ${name}, which this program does not know: start a newer Maedal`,
      );
    }
    if (file.name !== name || file.checksum !== checksum) {
      throw new MigrationError(
        `${file.name}.sql differs from ${name} as it was applied: restore that file and put the change into a new one`,
      );
    }
  }
  return migrations.slice(applied.length);
}

async function apply(client: Client, { version, name, checksum, sql }: Migration): Promise<void> {
  try {
    await client.query("begin");
    await client.query(sql);
    await client.query(
      "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)",
      [version, name, checksum],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`${name}.sql failed and was rolled back: ${reason}`, { cause: error });
  }
}
