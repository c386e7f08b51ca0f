/**
 * Durability: whether what PostgreSQL calls committed, and what we call written, is still there after a
 * power cut. Pure: turns what was measured into the reasons not to send. Without it, a charge that was
 * sent could be forgotten.
 */

/** What a server says of itself; see PostgreSQL 18 manual, "Write Ahead Log" and "Reliability". */
export interface ServerFacts {
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
  /** Of our own session: `on`, `local`, `off`, `remote_write`, `remote_apply`. */
  readonly synchronousCommit: string;
  readonly isInRecovery: boolean;
  readonly isReadOnly: boolean;
}

export interface DiskFacts {
  /** What lies on it, for people. */
  readonly what: string;
  readonly path: string;
  readonly freeBytes: number;
}

export interface DurabilityFacts {
  /** Undefined: it did not answer. */
  readonly server: ServerFacts | undefined;
  /** A row was written, committed, and read back on a new connection. */
  readonly canary: "read" | "not_read" | "not_written";
  readonly disks: readonly DiskFacts[];
}

export interface DiskFloors {
  readonly liveBytes: number;
  readonly testBytes: number;
}

export const mebibyte = 1024 * 1024;

/** Below these nothing is sent: a full disk stops everything, in the middle of something. */
export const defaultFloors: DiskFloors = { liveBytes: 1024 * mebibyte, testBytes: 200 * mebibyte };

/** The floor of live accounts can be raised and not lowered. */
export function floorsOf(minimumFreeMebibytes: number | undefined): DiskFloors {
  if (minimumFreeMebibytes === undefined) return defaultFloors;
  const bytes = minimumFreeMebibytes * mebibyte;
  return { liveBytes: Math.max(bytes, defaultFloors.liveBytes), testBytes: bytes };
}

export interface Weakness {
  readonly code: string;
  /** One sentence, with the fix. */
  readonly detail: string;
  readonly stops: "all" | "live";
}

/** Commits that wait for the disk; `remote_write` and `local` wait for their own. */
const durableCommits = ["on", "local", "remote_write", "remote_apply"];

/** Why nothing may be sent, or nothing of live accounts; empty when all is well. */
export function weaknessesOf(facts: DurabilityFacts, floors: DiskFloors): Weakness[] {
  return [...weaknessesOfServer(facts), ...facts.disks.flatMap((disk) => ofDisk(disk, floors))];
}

function weaknessesOfServer({ canary, server }: DurabilityFacts): Weakness[] {
  if (server === undefined) {
    return [all("database_unreachable", "the database does not answer: see its log")];
  }
  const found: Weakness[] = [];
  if (!server.fsync) found.push(live("fsync_off", setting("fsync")));
  if (!server.fullPageWrites) {
    found.push(live("full_page_writes_off", setting("full_page_writes")));
  }
  if (!durableCommits.includes(server.synchronousCommit)) {
    found.push(live("synchronous_commit_off", setting("synchronous_commit")));
  }
  if (server.isInRecovery) {
    found.push(all("in_recovery", "the database is a standby: connect to the primary"));
  } else if (server.isReadOnly) {
    found.push(all("read_only", "the database takes no writes: see default_transaction_read_only"));
  } else if (canary !== "read") {
    const what =
      canary === "not_written" ? "could not be written" : "was not there when read again";
    found.push(all("canary", `a committed row ${what}: see the database's log, and its disk`));
  }
  return found;
}

function setting(name: string): string {
  return `the database runs with ${name} off, and may forget what it has committed: turn it on`;
}

function ofDisk({ freeBytes, path, what }: DiskFacts, floors: DiskFloors): Weakness[] {
  const free = Math.floor(freeBytes / mebibyte);
  const told = (floor: number) =>
    `${what} has ${free} MiB left at ${path}, less than ${floor / mebibyte}: free some space`;
  if (freeBytes < floors.testBytes) return [all("disk_full", told(floors.testBytes))];
  if (freeBytes < floors.liveBytes) return [live("disk_full", told(floors.liveBytes))];
  return [];
}

function all(code: string, detail: string): Weakness {
  return { code, detail, stops: "all" };
}

function live(code: string, detail: string): Weakness {
  return { code, detail, stops: "live" };
}
