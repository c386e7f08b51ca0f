/**
 * Postmaster: PostgreSQL's main process. It outlives us when we are killed, so a start first looks
 * for one that still serves the data and adopts it.
 */
import { open, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { sqlState } from "../database-errors.ts";
import {
  createSocketDirectory,
  logTail,
  removeTemporarySocketDirectory,
  rotateLog,
  socketBeside,
  type DataDirectory,
} from "./data-directory.ts";
import { EmbeddedPostgresError } from "./embedded-error.ts";
import { giveTo, spawnAs, type Privileges } from "./privileges.ts";
import { processIdentity, signalAndWait, type RunningProcess } from "./processes.ts";

export const superuser = "maedal";

/** The port is only part of the socket's file name: nothing listens on the network. */
const port = 5432;

export interface Postmaster {
  readonly process: RunningProcess;
  readonly socketDirectory: string;
}

/** Says port and TLS too, so that PGPORT and PGSSLMODE in our environment change nothing. */
export function socketUrl(socketDirectory: string, database: string): string {
  const host = encodeURIComponent(socketDirectory);
  return `postgres://${superuser}@/${database}?host=${host}&port=${port}&sslmode=disable`;
}

interface PidFile {
  readonly pid: number;
  readonly cluster: string;
  readonly socketDirectory: string;
}

/** `postmaster.pid` has the pid, the data's directory, …, and the socket's directory on line five. */
async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => undefined);
  const [pid = "", servedCluster = "", , , socketDirectory = ""] = text?.split("\n") ?? [];
  if (!/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), cluster: servedCluster, socketDirectory };
}

type Answer = "ready" | "busy" | "silent";

/** Asks the server at a socket. "busy" is a server that is starting, recovering or shutting down. */
async function ask(socketDirectory: string): Promise<Answer> {
  if (socketDirectory === "") return "silent";
  const connectionString = socketUrl(socketDirectory, "postgres");
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return "ready";
  } catch (error) {
    return sqlState(error) === undefined ? "silent" : "busy";
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Finds the postmaster that serves this data, if one does, waiting for one that is busy.
 *
 * @throws {EmbeddedPostgresError} when a server answers that we must not take over.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const deadline = performance.now() + busyLimitMs;
  for (;;) {
    const file = await readPidFile(cluster);
    if (file === undefined) return undefined;
    const answer = await ask(file.socketDirectory);
    if (answer === "silent") {
      // Another container may know this directory, and so its socket, by another path.
      if ((await ask(socketBeside(dirname(cluster)))) !== "silent") throw outsider(cluster, file);
      return undefined;
    }
    const identity = await processIdentity(file.pid);
    await refuseStranger(cluster, file, identity);
    if (answer === "ready" && identity !== undefined) {
      return { process: { pid: file.pid, identity }, socketDirectory: file.socketDirectory };
    }
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        `PostgreSQL, process ${file.pid}, is neither up nor down. Stop it first`,
      );
    }
    await sleep(pollMs);
  }
}

function outsider(cluster: string, { pid }: PidFile): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `A PostgreSQL outside this container, process ${pid} there, serves ${cluster}. Stop it first`,
  );
}

/** Refuses a server in another container, and the original of a directory that was copied. */
async function refuseStranger(
  cluster: string,
  file: PidFile,
  identity: string | undefined,
): Promise<void> {
  // Asked once more, because a process of ours may have ended since it answered.
  if (identity === undefined && (await ask(file.socketDirectory)) !== "silent") {
    throw outsider(cluster, file);
  }
  const served = await realpath(file.cluster).catch(() => file.cluster);
  if (served !== (await realpath(cluster))) {
    throw new EmbeddedPostgresError(
      `${cluster} was copied from ${served} while PostgreSQL was running, which makes no good copy. ` +
        "Copy it again while Maedal is stopped there",
    );
  }
}

const pollMs = 50;
/** A server that recovers from a crash may need long, and killing it would only start it over. */
const busyLimitMs = 10 * 60_000;
/** The backends of a killed postmaster hold its shared memory for a while. */
const leftoversLimitMs = 10_000;

export interface StartOptions {
  readonly directory: DataDirectory;
  /** Where `postgres` is. */
  readonly programs: string;
  readonly privileges: Privileges;
}

/**
 * Starts a postmaster and waits until it takes connections, trying again for ten seconds when a
 * killed one left something behind.
 *
 * @throws {EmbeddedPostgresError} with the last lines of its log.
 */
export async function startPostmaster(options: StartOptions): Promise<Postmaster> {
  const { directory } = options;
  const leftover = await readPidFile(directory.cluster);
  const deadline = performance.now() + (leftover === undefined ? 0 : leftoversLimitMs);
  await rotateLog(directory.logFile);
  const socketDirectory = await createSocketDirectory(directory.root);
  await giveTo(options.privileges, socketDirectory);
  for (;;) {
    // A refusal may come from one that a killed owner had only just started: it is up by now.
    const postmaster =
      (await tryStart(options, socketDirectory)) ?? (await findPostmaster(directory.cluster));
    if (postmaster !== undefined) {
      const unused = [leftover?.socketDirectory ?? "", socketDirectory].filter(
        (candidate) => candidate !== postmaster.socketDirectory,
      );
      await Promise.all(unused.map(removeTemporarySocketDirectory));
      return postmaster;
    }
    if (performance.now() > deadline) break;
    await sleep(250);
  }
  await removeTemporarySocketDirectory(socketDirectory);
  throw new EmbeddedPostgresError(
    `PostgreSQL did not start. The end of ${directory.logFile}:\n${await logTail(directory.logFile)}\n` +
      "Mend what it names",
  );
}

/** Undefined when the process ended before it was ready. */
async function tryStart(
  { directory, programs, privileges }: StartOptions,
  socketDirectory: string,
): Promise<Postmaster | undefined> {
  const log = await open(directory.logFile, "a", 0o600);
  const child = spawnAs(
    privileges,
    join(programs, "bin", "postgres"),
    ["-D", directory.cluster, ...settings(socketDirectory)],
    { stdio: ["ignore", log.fd, log.fd], cwd: directory.root },
  );
  const life = { hasEnded: false };
  child.once("error", () => (life.hasEnded = true));
  child.once("exit", () => (life.hasEnded = true));
  child.unref();
  await log.close();

  const deadline = performance.now() + busyLimitMs;
  while (!life.hasEnded) {
    if ((await ask(socketDirectory)) === "ready") {
      const pid = child.pid ?? 0;
      return { process: { pid, identity: (await processIdentity(pid)) ?? "" }, socketDirectory };
    }
    if (performance.now() > deadline) child.kill("SIGQUIT");
    await sleep(pollMs);
  }
  return undefined;
}

function settings(socketDirectory: string): string[] {
  const values: Record<string, string> = {
    listen_addresses: "",
    port: String(port),
    unix_socket_directories: `"${socketDirectory.replaceAll('"', '""')}"`,
    unix_socket_permissions: "0700",
    max_connections: "200",
    fsync: "on",
    full_page_writes: "on",
    log_checkpoints: "off",
    log_timezone: "UTC",
    timezone: "UTC",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Rolls back what is open and stops (SIGINT); ends sessions hard (SIGQUIT), then the process, if it must. */
export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  const steps = [
    ["SIGINT", 30_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const;
  for (const [signal, waitMs] of steps) {
    if (await signalAndWait(postmaster.process, signal, waitMs)) break;
  }
  await removeTemporarySocketDirectory(postmaster.socketDirectory);
}
