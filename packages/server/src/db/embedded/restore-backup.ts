/**
 * Restores a backup into a new data directory: every file is compared with the manifest while it is
 * copied, and PostgreSQL recovers the copy before it gets its place. A restore that was cut short
 * leaves nothing that could be taken for a database.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { copyWithHash, syncDirectory, takeEmptyDirectory } from "./backup-files.ts";
import { clusterIn, readManifest, type BackupManifest } from "./backup-manifest.ts";
import { copyBinaries, findBinaries, type BinaryPackage } from "./binaries.ts";
import { openDataDirectory, type DataDirectory } from "./data-directory.ts";
import { EmbeddedPostgresError } from "./embedded-error.ts";
import { takeOwnerLock } from "./owner-lock.ts";
import { socketUrl, startPostmaster, stopPostmaster } from "./postmaster.ts";
import { choosePrivileges, giveTo, type Privileges } from "./privileges.ts";
import { embeddedDatabase } from "./start-embedded-postgres.ts";

export interface RestoreOptions {
  readonly backup: string;
  /** New or empty. */
  readonly dataDirectory: string;
  /** Done in the recovered database before anybody else can open it. */
  readonly prepare: (url: string) => Promise<void>;
  /** @param share Of all bytes, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** @throws {EmbeddedPostgresError} naming the fix; then there is no database in the directory. */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const manifest = await readManifest(options.backup);
  const binaries = await findBinaries();
  refuseForeign(manifest, binaries);
  await takeEmptyDirectory(options.dataDirectory);
  const directory = await openDataDirectory(options.dataDirectory);
  const lock = await takeOwnerLock(directory.root);
  const draft = `${directory.cluster}.draft`;
  let isWhole = false;
  try {
    const privileges = await choosePrivileges(draft, undefined);
    await giveTo(privileges, directory.root);
    await copyBack(options, manifest, draft, privileges);
    await recover(directory, draft, binaries, privileges, options.prepare);
    await rename(draft, directory.cluster);
    await syncDirectory(directory.root);
    isWhole = true;
  } finally {
    await lock.release();
    if (!isWhole) await empty(directory.root);
  }
  return manifest;
}

/** It was empty before us: the next try finds it so. */
async function empty(root: string): Promise<void> {
  const names = await readdir(root);
  await Promise.all(names.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

function refuseForeign({ major, platform }: BackupManifest, binaries: BinaryPackage): void {
  const here = `${process.platform}-${process.arch}`;
  if (platform !== here) {
    throw new EmbeddedPostgresError(
      `The backup is of ${platform}, and its files do not fit ${here}. Restore it on ${platform}`,
    );
  }
  if (major !== binaries.major) {
    throw new EmbeddedPostgresError(
      `The backup is of PostgreSQL ${major}, and this Maedal brings ${binaries.major}. Restore it with the Maedal that made it`,
    );
  }
}

/** Files copied at once. */
const atOnce = 8;

async function copyBack(
  { backup, onProgress = () => undefined }: RestoreOptions,
  { directories, files }: BackupManifest,
  draft: string,
  privileges: Privileges,
): Promise<void> {
  await refuseStrangers(clusterIn(backup), files.length);
  await mkdir(draft, { mode: 0o700 });
  await giveTo(privileges, draft);
  for (const path of directories) {
    await mkdir(join(draft, path), { mode: 0o700 });
    await giveTo(privileges, join(draft, path));
  }
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (let from = 0; from < files.length; from += atOnce) {
    const some = files.slice(from, from + atOnce);
    await Promise.all(
      some.map(async ({ path, sha256 }) => {
        const target = join(draft, path);
        const copied = await copyWithHash(join(clusterIn(backup), path), target).catch(ifMissing);
        if (copied?.sha256 !== sha256) throw damaged(path, copied === undefined);
        await giveTo(privileges, target);
      }),
    );
    done += some.reduce((sum, { bytes }) => sum + bytes, 0);
    onProgress(done / Math.max(1, all));
  }
  for (const path of directories) await syncDirectory(join(draft, path));
  await syncDirectory(draft);
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function damaged(path: string, isMissing: boolean): EmbeddedPostgresError {
  const how = isMissing ? "is missing from the backup" : "is not as it was backed up";
  return new EmbeddedPostgresError(`postgres/${path} ${how}. Restore another backup`);
}

/** A file more than the manifest knows was put there by somebody. */
async function refuseStrangers(cluster: string, known: number): Promise<void> {
  const entries = await readdir(cluster, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => !entry.isDirectory()).length;
  if (found <= known) return;
  throw new EmbeddedPostgresError(
    `${cluster} holds ${found - known} files that were not backed up. Restore another backup`,
  );
}

/** Starts PostgreSQL on the copy, which replays the WAL, and stops it when everything is in place. */
async function recover(
  directory: DataDirectory,
  draft: string,
  binaries: BinaryPackage,
  privileges: Privileges,
  prepare: (url: string) => Promise<void>,
): Promise<void> {
  const programs = await copyBinaries(binaries, directory.binaries);
  const start = { directory: { ...directory, cluster: draft }, programs, privileges };
  const postmaster = await startPostmaster(start);
  try {
    await prepare(socketUrl(postmaster.socketDirectory, embeddedDatabase));
  } finally {
    await stopPostmaster(postmaster);
  }
}
