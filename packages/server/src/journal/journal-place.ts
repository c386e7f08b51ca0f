/**
 * Journal place: where one process keeps its journal. A machine's journal directory has numbered
 * places, `1`, `2`, …, and a process takes the first that no other live process has, so that servers
 * and workers of one machine share the directory and never a file.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedPostgresError } from "../db/embedded/embedded-error.ts";
import { isOwned, takeOwnerLock, type OwnerLock } from "../db/embedded/owner-lock.ts";
import { listJournalFiles, makeJournalDirectory, readLatestStart } from "./journal-files.ts";
import type { JournalStart } from "./journal-line.ts";
import { JournalError } from "./journal-writer.ts";

export interface JournalPlace {
  readonly directory: string;
  /** The directory's own number in its file system. */
  readonly inode: string;
  /** How the journal that is kept here was started last; undefined: nothing was written here yet. */
  readonly latest: JournalStart | undefined;
  /** Lets the next process in. */
  release(): Promise<void>;
}

/** More processes than anybody runs on one machine. */
const mostPlaces = 64;

/**
 * @param parent Made when it is missing.
 * @throws {JournalError} when all places are taken. Other errors are the file system's own.
 */
export async function takeJournalPlace(parent: string): Promise<JournalPlace> {
  for (let number = 1; number <= mostPlaces; number += 1) {
    const directory = join(parent, String(number));
    await makeJournalDirectory(directory);
    const lock = await lockOf(directory);
    if (lock === undefined) continue;
    try {
      const { ino } = await stat(directory, { bigint: true });
      const latest = await latestStart(directory);
      return { directory, inode: String(ino), latest, release: () => lock.release() };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
  throw new JournalError(`all ${mostPlaces} places in ${parent} are in use by running processes`);
}

/** @returns undefined when a live process has it. */
async function lockOf(directory: string): Promise<OwnerLock | undefined> {
  try {
    return await takeOwnerLock(directory);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) return undefined;
    throw error;
  }
}

/** Of the newest file that begins as it should; a crash may have left one without its first line. */
async function latestStart(directory: string): Promise<JournalStart | undefined> {
  for (const { name } of (await listJournalFiles(directory)).toReversed()) {
    const start = await readLatestStart(directory, name);
    if (start !== undefined) return start;
  }
  return undefined;
}

export interface KeptJournal {
  readonly directory: string;
  readonly start: JournalStart;
  /** It lies where it was written: the directory was not copied. */
  readonly isAtHome: boolean;
  /** A live process writes it: its next line may not be there yet. */
  readonly isInUse: boolean;
  /** The day from which on it is whole, UTC; undefined: nothing of it was dropped yet. */
  readonly wholeSince: string | undefined;
}

/** All journals of a journal directory, in use or not. */
export async function listKeptJournals(parent: string): Promise<KeptJournal[]> {
  const kept: KeptJournal[] = [];
  for (let number = 1; number <= mostPlaces; number += 1) {
    const directory = join(parent, String(number));
    const found = await stat(directory, { bigint: true }).catch(() => undefined);
    const start = found && (await latestStart(directory));
    if (found === undefined || start === undefined) continue;
    const [oldest] = await listJournalFiles(directory);
    kept.push({
      directory,
      start,
      isAtHome: String(found.ino) === start.inode,
      isInUse: await isOwned(directory),
      wholeSince: oldest === undefined || oldest.number === 1 ? undefined : oldest.day,
    });
  }
  return kept;
}
