/** Files of a backup: found, copied with their checksum, and synced to disk. */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { EmbeddedPostgresError } from "./embedded-error.ts";

/** A file of a backup; its path is relative and written with `/`. */
export interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

export interface FoundFiles {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly directories: readonly string[];
}

/**
 * Kept empty: PostgreSQL makes the contents anew, and what stands in them now would do harm. The WAL is
 * copied for itself, when it is known which of it belongs to the backup.
 *
 * @see PostgreSQL 18 manual, 25.3.4.3, "Backing Up the Data Directory" (read 2026-11).
 */
const contentsLeftOut = new Set([
  "pg_dynshmem",
  "pg_notify",
  "pg_replslot",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
  "pg_wal",
]);
const filesLeftOut = new Set([
  "backup_label",
  "backup_label.old",
  "current_logfiles",
  "pg_internal.init",
  "postmaster.opts",
  "postmaster.pid",
  "tablespace_map",
  "tablespace_map.old",
]);

/** @param path Relative to the data's root; its root itself is "". */
export async function findFiles(root: string, path = ""): Promise<FoundFiles> {
  const files: { path: string; bytes: number }[] = [];
  const directories: string[] = [];
  const entries = contentsLeftOut.has(path)
    ? []
    : await readdir(join(root, path), { withFileTypes: true });
  for (const entry of entries) {
    const { name } = entry;
    const below = path === "" ? name : `${path}/${name}`;
    if (filesLeftOut.has(name) || name.startsWith("pgsql_tmp")) continue;
    if (entry.isSymbolicLink()) {
      throw new EmbeddedPostgresError(
        `${below} leads out of the data directory: a backup would lack what lies behind it`,
      );
    }
    if (entry.isDirectory()) {
      const inside = await findFiles(root, below);
      directories.push(below, ...inside.directories);
      files.push(...inside.files);
    } else {
      const size = (await stat(join(root, below)).catch(ifGone))?.size;
      if (size !== undefined) files.push({ path: below, bytes: size });
    }
  }
  return { files, directories };
}

/** A table may be dropped while we copy: what recovery needs of it is in the WAL. */
export function ifGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

const chunkBytes = 1024 * 1024;

/**
 * Copies a file that may be written to meanwhile, and syncs the copy.
 *
 * @returns Its size and SHA-256 as copied.
 */
export async function copyWithHash(
  from: string,
  to: string,
): Promise<Pick<BackupFile, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  let bytes = 0;
  const source = await open(from, "r");
  try {
    const target = await open(to, "wx", 0o600);
    try {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, chunkBytes);
        if (bytesRead === 0) break;
        const chunk = buffer.subarray(0, bytesRead);
        hash.update(chunk);
        bytes += bytesRead;
        await target.appendFile(chunk);
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Writes a new file and syncs it. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
}

/** The names in it survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync();
  await handle.close();
}

/** @throws {EmbeddedPostgresError} when a backup there would share the fate of its original. */
export async function refuseInside(root: string, target: string): Promise<void> {
  const [data, backup] = [await realPathOf(root), await realPathOf(target)];
  if (backup !== data && !backup.startsWith(`${data}${sep}`)) return;
  throw new EmbeddedPostgresError(
    `${target} lies in the data directory, and would be lost with it. Choose a directory elsewhere, best on another disk`,
  );
}

/** Also of what is not there yet. */
async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path);
  const found = await realpath(absolute).catch(ifGone);
  return found ?? join(await realPathOf(dirname(absolute)), basename(absolute));
}

/** Makes a directory, or takes one that is empty. @throws {EmbeddedPostgresError} when it is not. */
export async function takeEmptyDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if ((await readdir(path)).length === 0) return;
  throw new EmbeddedPostgresError(`${path} is not empty. Choose a new or an empty directory`);
}
