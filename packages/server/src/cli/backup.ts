/** `maedal backup` and `maedal restore`: of the embedded PostgreSQL. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readConfig } from "../config.ts";
import { connectDatabase } from "../db/database.ts";
import type { BackupManifest } from "../db/embedded/backup-manifest.ts";
import { restoreBackup } from "../db/embedded/restore-backup.ts";
import { takeBackup } from "../db/embedded/take-backup.ts";
import { migrate } from "../db/migrate.ts";
import { realEffects } from "../effects.ts";
import { newId } from "../ids/id.ts";
import { forgetCompared, openRecovery } from "../journal/recovery-store.ts";
import { openDatabase } from "../open-database.ts";
import { startShare } from "./progress.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";

export interface BackupCommandOptions {
  readonly json?: boolean;
  readonly data?: string;
}

/** Beside a running server, or alone. */
export async function backup(
  terminal: Terminal,
  target: string,
  { data, json }: BackupCommandOptions,
): Promise<number> {
  const config = readConfig({
    ...terminal.environment,
    ...(data === undefined ? {} : { MAEDAL_DATA: data }),
  });
  if (config.databaseUrl !== undefined) {
    throw new CommandError(
      "`maedal backup` is for the embedded PostgreSQL. Back the server of DATABASE_URL up with its own tools.",
    );
  }
  const cluster = join(resolve(config.dataDirectory), "postgres");
  if ((await stat(join(cluster, "PG_VERSION")).catch(() => undefined)) === undefined) {
    throw new CommandError(
      `There is no database in ${config.dataDirectory}: say where with --data or MAEDAL_DATA.`,
    );
  }
  const store = await openDatabase(config, "guest", terminal.say);
  const bar = startShare(terminal, "Backing up");
  try {
    const onProgress = (share: number) => bar.reach(share, "Backing up");
    const manifest = await takeBackup({ url: store.url, cluster, target, onProgress });
    bar.end();
    const { bytes, files } = sizeOf(manifest);
    const value = { directory: resolve(target), files, bytes, ...described(manifest) };
    const text = `Backed up ${files} files, ${megabytes(bytes)} MB, to ${value.directory}.
The master key is not in it: keep a copy of ${join(config.dataDirectory, "master.key")} in another place. Neither is worth anything without the other.`;
    report(terminal, json, value, text);
    return 0;
  } finally {
    await store.stop();
  }
}

export interface RestoreCommandOptions {
  readonly json?: boolean;
  readonly data: string;
}

/** What the backup does not know is looked up before anything is sent: a recovery is open. */
export async function restore(
  terminal: Terminal,
  source: string,
  { data, json }: RestoreCommandOptions,
): Promise<number> {
  const bar = startShare(terminal, "Restoring");
  const manifest = await restoreBackup({
    backup: source,
    dataDirectory: data,
    prepare: holdSends,
    onProgress: (share) => bar.reach(share, "Restoring"),
  });
  bar.end();
  const value = { data: resolve(data), ...sizeOf(manifest), ...described(manifest) };
  report(terminal, json, value, restored(value.data, manifest));
  return 0;
}

async function holdSends(url: string): Promise<void> {
  await migrate(url);
  const database = connectDatabase({ url });
  try {
    const id = newId("rcv", realEffects.random);
    const reason = "the database was restored from a backup";
    await database.transaction(async (tx) => {
      await openRecovery(tx, id, reason);
      await forgetCompared(tx); // Of a recovery that was open when the backup was taken.
    });
  } finally {
    await database.close();
  }
}

function restored(data: string, { madeAt, migration }: BackupManifest): string {
  return `Restored to ${data}: the state of ${madeAt}, ${migration}. What follows:
1. Stop whatever still runs on the old data, and never start it again.
2. Put the master key into ${join(data, "master.key")}: backups never hold it.
3. Move (do not copy) the old send journal, "journal" in the old data, to ${join(data, "journal")}, or name it with MAEDAL_JOURNAL. It tells what was sent after the backup.
4. MAEDAL_DATA=${data} maedal serve. Nothing is sent before all of that was looked up; \`maedal doctor\` says how far it is.
Without the journal: \`maedal verify\`, mend what it finds, then \`maedal recovery finish --reason …\`.
Customers, registrations and billing keys that were made since the backup are gone.`;
}

function sizeOf({ files }: BackupManifest): { files: number; bytes: number } {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function described({ madeAt, migration, postgres }: BackupManifest) {
  return { madeAt, postgres, migration, holdsMasterKey: false };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
