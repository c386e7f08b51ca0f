/**
 * Data directory: everything the embedded PostgreSQL keeps, in one place with one owner.
 *
 *   READ-ME.txt       marks the directory as ours
 *   owner.N           the owner lock
 *   postgres/         PostgreSQL's own data (PGDATA)
 *   binaries/VERSION  the private copy of its programs
 *   socket/           where it listens, unless the path is too long for a socket
 *   postgres.log      what it says; one older file is kept
 */
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { EmbeddedPostgresError } from "./embedded-error.ts";

export interface DataDirectory {
  readonly root: string;
  readonly cluster: string;
  readonly binaries: string;
  readonly logFile: string;
}

const markerName = "READ-ME.txt";
const markerText = `This directory holds Maedal's embedded PostgreSQL: every subscription and every charge.
Back it up with \`maedal backup\`, or while Maedal is stopped, and change nothing in it by hand.
`;

/**
 * Opens a directory that is ours, or makes a new or empty one ours.
 *
 * @throws {EmbeddedPostgresError} when it holds something that is not ours.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  const root = resolve(path);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const names = await readdir(root);
  if (names.includes("PG_VERSION")) {
    throw new EmbeddedPostgresError(
      `${root} is the data directory of a PostgreSQL that Maedal did not make. Choose another directory`,
    );
  }
  if (names.length > 0 && !names.includes(markerName)) {
    throw new EmbeddedPostgresError(
      `${root} holds files that are not Maedal's. Choose an empty directory`,
    );
  }
  await markOurs(root);
  return {
    root,
    cluster: join(root, "postgres"),
    binaries: join(root, "binaries"),
    logFile: join(root, "postgres.log"),
  };
}

/** The marker is the first file, so a second starter never sees ours without it. */
async function markOurs(root: string): Promise<void> {
  try {
    const marker = await open(join(root, markerName), "wx", 0o644);
    await marker.writeFile(markerText);
    await marker.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** @throws {EmbeddedPostgresError} when the data was made by another major version. */
export async function hasCluster({ cluster }: DataDirectory, major: string): Promise<boolean> {
  const version = await readFile(join(cluster, "PG_VERSION"), "utf8").catch(() => undefined);
  if (version === undefined) return false;
  if (version.trim() === major) return true;
  throw new EmbeddedPostgresError(
    `${cluster} was made by PostgreSQL ${version.trim()}, and this Maedal brings PostgreSQL ${major}. ` +
      "Move the data with the Maedal that made it",
  );
}

/** Socket addresses hold 104 bytes on macOS and 108 on Linux, the file's own name included. */
const longestSocketDirectory = 85;
const temporarySocketPrefix = "maedal-socket-";

export const socketBeside = (root: string): string => join(root, "socket");

/** A private directory to listen in: beside the data, or, when that path is too long, a short one. */
export async function createSocketDirectory(root: string): Promise<string> {
  const beside = socketBeside(root);
  if (Buffer.byteLength(beside) > longestSocketDirectory) {
    return mkdtemp(join(tmpdir(), temporarySocketPrefix));
  }
  await mkdir(beside, { recursive: true, mode: 0o700 });
  return beside;
}

/** Removes a short-path socket directory, and nothing else. */
export async function removeTemporarySocketDirectory(path: string): Promise<void> {
  const isOurs = dirname(path) === tmpdir() && basename(path).startsWith(temporarySocketPrefix);
  if (isOurs) await rm(path, { recursive: true, force: true });
}

const largestLogBytes = 4 * 1024 * 1024;

/** Keeps at most one older log, of bounded size. */
export async function rotateLog(logFile: string): Promise<void> {
  const size = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  if (size > largestLogBytes) await rename(logFile, `${logFile}.1`);
}

/** The last lines, for an error message. */
export async function logTail(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-8).join("\n");
}
