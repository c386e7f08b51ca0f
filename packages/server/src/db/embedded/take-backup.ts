/**
 * Takes a backup of an embedded PostgreSQL while it goes on working: its own low-level base backup, a
 * copy of the data directory between `pg_backup_start` and `pg_backup_stop` on one session, and the WAL
 * that was written from the one to the other. A copy taken like this is not consistent before it is
 * recovered; a restore does that.
 *
 * @see PostgreSQL 18 manual, 25.3.4, "Making a Base Backup Using the Low Level API" (read 2026-11).
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { Temporal } from "temporal-polyfill";
import { clientConfig } from "../session.ts";
import {
  copyWithHash,
  findFiles,
  ifGone,
  refuseInside,
  syncDirectory,
  takeEmptyDirectory,
  writeSynced,
  type BackupFile,
} from "./backup-files.ts";
import { clusterIn, manifestFile, manifestText, type BackupManifest } from "./backup-manifest.ts";
import { findBinaries } from "./binaries.ts";
import { EmbeddedPostgresError } from "./embedded-error.ts";

export interface BackupOptions {
  /** Of the running server. */
  readonly url: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  /** New or empty, and outside the data directory. */
  readonly target: string;
  /** @param share Of all bytes, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** @throws {EmbeddedPostgresError} naming the fix; then the target holds nothing of it. */
export async function takeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { cluster, target, url } = options;
  await refuseInside(dirname(cluster), target);
  await takeEmptyDirectory(target);
  const session = { applicationName: "maedal backup", statementTimeoutMs: 0, lockTimeoutMs: 0 };
  const client = new Client(clientConfig({ url, ...session }));
  client.on("error", () => undefined); // A broken connection fails the query that needs it.
  try {
    await client.connect();
    return await backUp(client, options);
  } catch (error) {
    await rm(clusterIn(target), { recursive: true, force: true });
    await rm(join(target, manifestFile), { force: true });
    throw error;
  } finally {
    await client.end();
  }
}

async function backUp(client: Client, options: BackupOptions): Promise<BackupManifest> {
  const { cluster, target, onProgress } = options;
  const binaries = await findBinaries();
  const migration = await newestMigration(client);
  // Keeps the WAL from now on; gone with the session.
  await client.query("select pg_create_physical_replication_slot($1, true, true)", [
    `maedal_backup_${process.pid}`,
  ]);
  await client.query("select pg_backup_start('maedal backup', true)");
  const copy = clusterIn(target);
  const data = await copyData(cluster, copy, onProgress ?? (() => undefined));
  const wal = await stopAndCopyWal(client, cluster, copy);
  for (const path of data.directories) await syncDirectory(join(copy, path));
  await syncDirectory(copy);
  const manifest: BackupManifest = {
    format: 1,
    madeAt: Temporal.Now.instant().toString(),
    postgres: binaries.version,
    major: binaries.major,
    platform: `${process.platform}-${process.arch}`,
    migration,
    directories: [...data.directories],
    files: [...data.files, ...wal],
  };
  await writeSynced(join(target, manifestFile), manifestText(manifest));
  await syncDirectory(target);
  return manifest;
}

async function newestMigration(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    "select name from schema_migrations order by version desc limit 1",
  );
  return rows[0]?.name ?? "none";
}

/** Files copied at once. */
const atOnce = 8;

async function copyData(
  cluster: string,
  copy: string,
  onProgress: (share: number) => void,
): Promise<{ files: BackupFile[]; directories: readonly string[] }> {
  const found = await findFiles(cluster);
  await mkdir(copy, { mode: 0o700 });
  for (const path of found.directories) await mkdir(join(copy, path), { mode: 0o700 });
  const all = found.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const files: BackupFile[] = [];
  let done = 0;
  for (let from = 0; from < found.files.length; from += atOnce) {
    const some = found.files.slice(from, from + atOnce);
    const copied = await Promise.all(
      some.map(async ({ path }) => {
        const file = await copyWithHash(join(cluster, path), join(copy, path)).catch(ifGone);
        return file === undefined ? [] : [{ path, ...file }];
      }),
    );
    files.push(...copied.flat());
    done += some.reduce((sum, { bytes }) => sum + bytes, 0);
    onProgress(done / Math.max(1, all));
  }
  return { files, directories: found.directories };
}

/** Ends the backup, and copies what recovery needs: the label, and the WAL from start to stop. */
async function stopAndCopyWal(
  client: Client,
  cluster: string,
  copy: string,
): Promise<BackupFile[]> {
  const { rows } = await client.query<{ label: string; last: string }>(
    // Without an archive there is nothing to wait for. The stop is past the end of its last segment.
    `select s.labelfile as label, pg_walfile_name(s.lsn - 1) as last
     from pg_backup_stop(false) s`,
  );
  const [stop] = rows;
  const first = /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$/m.exec(stop?.label ?? "")?.[1];
  if (stop === undefined || first === undefined) {
    throw new EmbeddedPostgresError("PostgreSQL did not say where its backup begins");
  }
  const names = (await readdir(join(cluster, "pg_wal"))).filter((name) => {
    return /^[0-9A-F]{8}\.history$/.test(name) || isSegmentBetween(name, first, stop.last);
  });
  for (const needed of [first, stop.last]) {
    if (names.includes(needed)) continue;
    throw new EmbeddedPostgresError(`The WAL file ${needed} is gone. Take the backup again`);
  }
  const files: BackupFile[] = [];
  for (const name of names) {
    const path = `pg_wal/${name}`;
    files.push({ path, ...(await copyWithHash(join(cluster, path), join(copy, path))) });
  }
  const label = join(copy, "backup_label");
  await writeSynced(`${label}.draft`, stop.label);
  files.push({ path: "backup_label", ...(await copyWithHash(`${label}.draft`, label)) });
  await rm(`${label}.draft`);
  return files;
}

function isSegmentBetween(name: string, first: string, last: string): boolean {
  return /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last;
}
