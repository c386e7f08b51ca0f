/**
 * Compares a journal directory with the database, and has our own journal go on there: at every start,
 * and whenever the database turns out not to be the one that we knew.
 */
import type { Database, Transaction } from "../db/database.ts";
import type { Log } from "../engine.ts";
import type { Random } from "../effects.ts";
import { newId } from "../ids/id.ts";
import { listKeptJournals, type JournalPlace, type KeptJournal } from "./journal-place.ts";
import type { JournalStart, JournaledSend } from "./journal-line.ts";
import { lockJournals, readServerHistory, saveJournal } from "./journal-store.ts";
import { listLostSends } from "./lost-sends.ts";
import {
  findOpenRecovery,
  insertLostSends,
  openRecovery,
  saveCompared,
  type Recovery,
} from "./recovery-store.ts";
import { decideStart } from "./start-journal.ts";

export interface Comparison {
  readonly database: Database;
  readonly random: Random;
  readonly log: Log;
  /** The journal directory of this machine. */
  readonly parent: string;
  readonly place: Pick<JournalPlace, "directory" | "inode">;
  /** How our journal was started last; undefined: the place is new. */
  readonly kept: JournalStart | undefined;
  /** Where we are, for people. */
  readonly home: string;
}

export interface Compared {
  readonly journalId: string;
  readonly epoch: number;
  readonly history: string | undefined;
}

export async function compareJournals(it: Comparison): Promise<Compared> {
  const { database, home, kept, log, place, random } = it;
  const asked = await readServerHistory(database);
  const journals = await readJournals(it);
  const journalId = kept?.journalId ?? newId("jrn", random);
  const compared = await database.transaction(async (tx) => {
    const rows = await lockJournals(tx);
    const history = await readServerHistory(tx);
    if (history !== asked) throw new Error("the database was replaced while it was compared");
    const siblings = journals.filter(({ journal }) => journal.isAtHome);
    const decision = decideStart({
      kept,
      isAtHome: kept?.inode === place.inode,
      rows,
      siblings: siblings.map(({ journal }) => journal.start.journalId),
      history,
    });
    await recover(tx, it, journals, journalId, decision.recovery);
    const { acceptedBy, epoch } = decision;
    await saveJournal(tx, { id: journalId, home, epoch, history, acceptedBy });
    return { epoch, history };
  });
  const damaged = journals.reduce((sum, journal) => sum + journal.damaged, 0);
  if (damaged > 0) log.error({ damaged }, "lines of the send journal are damaged: see its disk");
  return { journalId, ...compared };
}

/** Opens a recovery, if there is cause, or joins the one that is open. */
async function recover(
  tx: Transaction,
  { log, place, random }: Comparison,
  journals: readonly ReadJournal[],
  journalId: string,
  cause: string | undefined,
): Promise<void> {
  const lost = journals.reduce((sum, { sends }) => sum + sends.length, 0);
  const forgotten = `${lost} sends of the journal are not in the database`;
  const reason = cause ?? (lost > 0 ? forgotten : undefined);
  const recovery =
    reason === undefined
      ? await findOpenRecovery(tx)
      : await openRecovery(tx, newId("rcv", random), reason);
  if (recovery === undefined) return;
  await saveCompared(tx, recovery.id, journalId, undefined);
  for (const read of journals) {
    const { journal, sends } = read;
    const { start } = journal;
    await insertLostSends(tx, recovery.id, start.journalId, sends);
    if (!isWhole(journal, place)) continue;
    await saveCompared(tx, recovery.id, start.journalId, gapOf(read, recovery));
  }
  const { id: recoveryId, reason: because } = recovery;
  log.error({ recoveryId, because, lost }, "nothing is sent until it is looked up");
}

/** Another live process may be about to write a line: it compares its journal itself. */
function isWhole({ directory, isInUse }: KeptJournal, place: Comparison["place"]): boolean {
  return !isInUse || directory === place.directory;
}

/** Files that were dropped, and lines that are damaged, may have told of what is forgotten. */
function gapOf(
  { damaged, journal: { start, wholeSince } }: ReadJournal,
  { knownUntil }: Recovery,
): string | undefined {
  if (damaged > 0) {
    return `${damaged} lines of the journal at ${start.home} are damaged: look at the provider's records since ${knownUntil.toString()}`;
  }
  const knownOn = knownUntil.toString().slice(0, 10);
  if (wholeSince === undefined || wholeSince <= knownOn) return undefined;
  return `the journal at ${start.home} begins on ${wholeSince}, and the database remembers nothing after ${knownOn}: look at the provider's records of the days between`;
}

/** Journals that this process can answer for: its own, and those of the machine that nobody writes. */
export async function listOwnJournals(
  parent: string,
  place: Comparison["place"],
): Promise<readonly string[]> {
  const kept = await listKeptJournals(parent);
  return kept.filter((it) => isWhole(it, place)).map(({ start }) => start.journalId);
}

interface ReadJournal {
  readonly journal: KeptJournal;
  readonly sends: readonly JournaledSend[];
  readonly damaged: number;
}

/** All journals of the machine: also of processes that no longer run. */
async function readJournals({ database, parent }: Comparison): Promise<ReadJournal[]> {
  const read: ReadJournal[] = [];
  for (const journal of await listKeptJournals(parent)) {
    read.push({ journal, ...(await listLostSends(database, journal.directory)) });
  }
  return read;
}
