/**
 * Owner lock: at most one live process owns a data directory.
 *
 * Each owner is a file `owner.<generation>` that names its process; the highest generation counts.
 * A taker who finds the highest owner dead, or gone by its own word, creates the next generation,
 * which the file system lets only one of several takers do. Nobody removes or replaces a file that
 * might be a live owner's, so there is no moment in which a lock can be stolen: the highest
 * generation never falls, and only files below it are tidied away.
 */
import { link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EmbeddedPostgresError } from "./embedded-error.ts";
import { isRunning, processIdentity } from "./processes.ts";

const ownerSchema = z.union([
  z.strictObject({ pid: z.int().positive(), identity: z.string() }),
  z.strictObject({ released: z.literal(true) }),
]);

export interface OwnerLock {
  /** Lets the next process in. Safe to call twice. */
  release(): Promise<void>;
}

/** @throws {EmbeddedPostgresError} naming the live owner's pid. */
export async function takeOwnerLock(directory: string): Promise<OwnerLock> {
  const highest = await highestGeneration(directory);
  if (highest > 0) await refuseIfAlive(directory, highest);

  const mine = highest + 1;
  const identity = (await processIdentity(process.pid)) ?? "";
  const isFirst = await createOwnerFile(directory, mine, { pid: process.pid, identity });
  // Another taker was faster, or the directory went on while we looked at an old owner.
  if (!isFirst || (await highestGeneration(directory)) !== mine) {
    if (isFirst) await rm(ownerFile(directory, mine), { force: true });
    await refuseIfAlive(directory, await highestGeneration(directory));
    return takeOwnerLock(directory);
  }

  await removeGenerationsBelow(directory, mine);
  return { release: () => writeAtomically(directory, mine, { released: true }) };
}

/** Whether a live process, maybe this one, owns the directory. */
export async function isOwned(directory: string): Promise<boolean> {
  return (await liveOwner(directory, await highestGeneration(directory))) !== undefined;
}

async function refuseIfAlive(directory: string, generation: number): Promise<void> {
  const pid = await liveOwner(directory, generation);
  if (pid === undefined) return;
  throw new EmbeddedPostgresError(
    `The data directory ${directory} is in use by process ${pid}. Stop that process first`,
  );
}

/** Its pid; undefined when it is gone, or said that it goes. */
async function liveOwner(directory: string, generation: number): Promise<number | undefined> {
  const text = await readFile(ownerFile(directory, generation), "utf8").catch(() => undefined);
  if (text === undefined) return undefined; // Tidied away: somebody newer is there, and is found next.
  const owner = parseOwner(text);
  if (owner === undefined || "released" in owner || !(await isRunning(owner))) return undefined;
  return owner.pid;
}

/** Files appear whole, so one that cannot be read was cut off by a crash of the machine: nobody's. */
function parseOwner(text: string): z.output<typeof ownerSchema> | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Writes beside and links into place, so that no reader ever sees half a file. */
async function createOwnerFile(
  directory: string,
  generation: number,
  owner: z.input<typeof ownerSchema>,
): Promise<boolean> {
  const draft = draftFile(directory);
  await writeFile(draft, JSON.stringify(owner));
  try {
    await link(draft, ownerFile(directory, generation));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeAtomically(
  directory: string,
  generation: number,
  owner: z.input<typeof ownerSchema>,
): Promise<void> {
  const draft = draftFile(directory);
  await writeFile(draft, JSON.stringify(owner));
  await rename(draft, ownerFile(directory, generation));
}

async function generations(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => /^owner\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

async function highestGeneration(directory: string): Promise<number> {
  return Math.max(0, ...(await generations(directory)));
}

async function removeGenerationsBelow(directory: string, mine: number): Promise<void> {
  const older = (await generations(directory)).filter((generation) => generation < mine);
  await Promise.all(
    older.map((generation) => rm(ownerFile(directory, generation), { force: true })),
  );
}

const ownerFile = (directory: string, generation: number) => join(directory, `owner.${generation}`);

let draftCount = 0;
const draftFile = (directory: string) =>
  join(directory, `owner-draft.${process.pid}.${(draftCount += 1)}`);
