/** One look at what sends rest on: the server's promises, a canary, disks, and who vouches for us. */
import type { Database } from "../db/database.ts";
import { weaknessesOf, type DiskFloors, type Weakness } from "../durability/durability.ts";
import { measureDisk, measureServer, type Disk } from "../durability/measure.ts";
import { readCanary, readStanding, writeCanary, type Believed } from "./journal-store.ts";

export interface TrustOptions {
  readonly database: Database;
  /** Opens a pool of its own: what was committed is read back on a new connection. */
  readonly reconnect: () => Database;
  readonly floors: DiskFloors;
  readonly disks: readonly Disk[];
}

/** @returns Why not to send; `not_ours` when the database must be compared with the journal anew. */
export async function findWeaknesses(
  options: TrustOptions,
  ours: Believed,
  journalDirectory: string,
): Promise<readonly Weakness[] | "not_ours"> {
  const { database, floors } = options;
  const journalDisk = { what: "the disk of the send journal", path: journalDirectory };
  const disks = await Promise.all([journalDisk, ...options.disks].map(measureDisk));
  const server = await measureServer(database);
  if (server.isInRecovery || server.isReadOnly) {
    return weaknessesOf({ server, canary: "not_written", disks }, floors);
  }
  const standing = await readStanding(database, ours);
  if (!standing.isOurs) return "not_ours";
  const vouched = standing.isAccepted ? [] : [notAccepted];
  const lasting = [...weaknessesOf({ server, canary: "read", disks }, floors), ...vouched];
  const canary = await singAndHear(options, ours, lasting);
  return [...weaknessesOf({ server, canary, disks }, floors), ...vouched];
}

/** The row tells other processes, and `maedal doctor`, why this one sends nothing. */
async function singAndHear(
  { database, reconnect }: TrustOptions,
  ours: Believed,
  weaknesses: readonly Weakness[],
): Promise<"read" | "not_read" | "not_written"> {
  const trouble = weaknesses.map(({ detail }) => detail).join("; ");
  const written = await writeCanary(database, ours, trouble === "" ? undefined : trouble);
  if (written === undefined) return "not_written";
  const other = reconnect();
  try {
    const read = await readCanary(other, ours.journalId);
    return read !== undefined && read >= written ? "read" : "not_read";
  } finally {
    await other.close();
  }
}

const notAccepted: Weakness = {
  code: "journal_not_accepted",
  detail:
    "nobody has vouched for this send journal: it is new beside others that the database knows, was copied, or is older than the database remembers. A second installation, or a copy that was started with live credentials, must not charge. If this one is to charge, run `maedal journal accept`",
  stops: "live",
};
