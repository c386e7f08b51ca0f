/**
 * The embedded PostgreSQL: real PostgreSQL from npm, for one process on one machine. It syncs every
 * commit to disk and survives the killing of either side: a start adopts the server that a killed
 * owner left running, and recovers the data that a killed server left behind.
 *
 * It listens on a Unix socket in a directory that only its owner can enter, and on nothing else.
 */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { copyBinaries, findBinaries, removeOtherCopies, type BinaryPackage } from "./binaries.ts";
import { hasCluster, openDataDirectory, type DataDirectory } from "./data-directory.ts";
import { EmbeddedPostgresError } from "./embedded-error.ts";
import { takeOwnerLock, type OwnerLock } from "./owner-lock.ts";
import {
  findPostmaster,
  socketUrl,
  startPostmaster,
  stopPostmaster,
  superuser,
  type Postmaster,
} from "./postmaster.ts";
import { choosePrivileges, giveTo, spawnAs, type Privileges } from "./privileges.ts";

export interface EmbeddedPostgresOptions {
  /** Made when it is missing. One process at a time owns it. */
  readonly dataDirectory: string;
  /** Told in a sentence what is being done and where. */
  readonly log?: (message: string) => void;
  /** As root: run PostgreSQL as this user, who will own the data, instead of in a user namespace. */
  readonly runAs?: string;
  /** Tests only: a new data directory may be lost in a power cut. */
  readonly initdbNoSync?: boolean;
}

export interface EmbeddedPostgres {
  /** For `connectDatabase`. Behind the closed directory it needs no password. */
  readonly url: string;
  /** A server that an earlier owner left running was taken over. */
  readonly adopted: boolean;
  /** Stops the server, waits for its end and lets the next owner in. Safe to call twice. */
  stop(): Promise<void>;
}

/** The one database in it that is ours. */
export const embeddedDatabase = "maedal";

/** @throws {EmbeddedPostgresError} naming the fix, when it cannot run here. */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const binaries = await findBinaries();
  const directory = await openDataDirectory(options.dataDirectory);
  const lock = await takeOwnerLock(directory.root);
  try {
    const found = await findPostmaster(directory.cluster);
    const postmaster = found ?? (await start(directory, binaries, options, log));
    if (found !== undefined)
      log(`Took over the PostgreSQL that is running, process ${found.process.pid}`);
    await createDatabase(postmaster);
    let stopping: Promise<void> | undefined;
    return {
      url: socketUrl(postmaster.socketDirectory, embeddedDatabase),
      adopted: found !== undefined,
      stop() {
        stopping ??= stopAndRelease(postmaster, lock);
        return stopping;
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function stopAndRelease(postmaster: Postmaster, lock: OwnerLock): Promise<void> {
  try {
    await stopPostmaster(postmaster);
  } finally {
    await lock.release();
  }
}

/** Stops a server whose owner was killed, without starting one. For sweeping up after tests. */
export async function stopAbandonedPostgres(dataDirectory: string): Promise<void> {
  const directory = await openDataDirectory(dataDirectory);
  const lock = await takeOwnerLock(directory.root);
  try {
    const postmaster = await findPostmaster(directory.cluster);
    if (postmaster !== undefined) await stopPostmaster(postmaster);
  } finally {
    await lock.release();
  }
}

async function start(
  directory: DataDirectory,
  binaries: BinaryPackage,
  options: EmbeddedPostgresOptions,
  log: (message: string) => void,
): Promise<Postmaster> {
  const isNew = !(await hasCluster(directory, binaries.major));
  const privileges = await choosePrivileges(directory.cluster, options.runAs);
  await giveTo(privileges, directory.root);
  const programs = await copyBinaries(binaries, directory.binaries);
  await removeOtherCopies(binaries, directory.binaries);
  if (isNew) {
    log(`Making a new database in ${directory.root}`);
    await createCluster(directory, programs, privileges, options.initdbNoSync ?? false);
  }
  const postmaster = await startPostmaster({ directory, programs, privileges });
  log(`PostgreSQL ${binaries.version} runs, listening in ${postmaster.socketDirectory}`);
  return postmaster;
}

/**
 * Runs initdb beside the final place and moves the result there, so that one that was cut short is
 * never taken for a whole one. Text is compared by code point (C.UTF-8, built in), which no update
 * of the operating system's libraries can change under an index.
 */
async function createCluster(
  { root, cluster }: DataDirectory,
  programs: string,
  privileges: Privileges,
  noSync: boolean,
): Promise<void> {
  const draft = `${cluster}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await giveTo(privileges, draft);
  const program = join(programs, "bin", "initdb");
  const args = [
    `--pgdata=${draft}`,
    `--username=${superuser}`,
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth-local=trust",
    "--auth-host=reject",
    "--no-instructions",
    ...(noSync ? ["--no-sync"] : []),
  ];
  const { code, output } = await runToEnd(privileges, program, args, root);
  if (code !== 0) {
    throw new EmbeddedPostgresError(
      `initdb could not make ${cluster}:\n${output.trimEnd()}\nMend what it names`,
    );
  }
  await rename(draft, cluster);
  if (!noSync) await syncDirectory(root);
}

async function runToEnd(
  privileges: Privileges,
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  const child = spawnAs(privileges, program, args, { stdio: ["ignore", "pipe", "pipe"], cwd });
  let output = "";
  child.stdout?.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (output += text.toString()));
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ code: null, output: message }));
    child.once("close", (code) => resolve({ code, output }));
  });
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync();
  await handle.close();
}

async function createDatabase(postmaster: Postmaster): Promise<void> {
  const url = socketUrl(postmaster.socketDirectory, "postgres");
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [
      embeddedDatabase,
    ]);
    if (rowCount === 0) await client.query(`create database ${embeddedDatabase}`);
  } finally {
    await client.end();
  }
}
