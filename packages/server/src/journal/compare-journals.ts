/**
 * Compares a journal directory with the database, and has our own journal go on there: at every start,
 * and whenever the database turns out not to be the one that we knew.
 */
import type { Database } from "../db/database.ts";
import type { Log } from "../engine.ts";
import type { Random } from "../effects.ts";
import { newId } from "../ids/id.ts";
import { listKeptJournals, type JournalPlace, type KeptJournal } from "./journal-place.ts";
import type { JournalStart, JournaledSend } from "./journal-line.ts";
import { lockJournals, readServerHistory, saveJournal } from "./journal-store.ts";
import { listLostSends } from "./lost-sends.ts";
import { findOpenRecovery, insertLostSends, openRecovery, saveCompared } from "./recovery-store.ts";
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
  const journals = await readJournals(it);
  const lost = journals.flatMap(({ sends }) => sends);
  const journalId = kept?.journalId ?? newId("jrn", random);
  const compared = await database.transaction(async (tx) => {
    const rows = await lockJournals(tx);
    const history = await readServerHistory(tx);
    const siblings = journals.filter(({ journal }) => journal.isAtHome);
    const decision = decideStart({
      kept,
      isAtHome: kept?.inode === place.inode,
      rows,
      siblings: siblings.map(({ journal }) => journal.start.journalId),
      history,
    });
    const { acceptedBy, epoch } = decision;
    await saveJournal(tx, { id: journalId, home, epoch, history, acceptedBy });
    const forgotten = `${lost.length} sends of the journal are not in the database`;
    const reason = decision.recovery ?? (lost.length > 0 ? forgotten : undefined);
    const recovery =
      reason === undefined
        ? await findOpenRecovery(tx)
        : await openRecovery(tx, newId("rcv", random), reason);
    if (recovery === undefined) return { epoch, history };
    for (const { journal, sends } of journals) {
      await insertLostSends(tx, recovery.id, journal.start.journalId, sends);
    }
    const ids = journals.map(({ journal }) => journal.start.journalId);
    await saveCompared(tx, recovery.id, [...new Set([...ids, journalId])]);
    const { id: recoveryId, reason: because } = recovery;
    log.error({ recoveryId, because, lost: lost.length }, "nothing is sent until it is looked up");
    return { epoch, history };
  });
  const damaged = journals.reduce((sum, journal) => sum + journal.damaged, 0);
  if (damaged > 0) log.error({ damaged }, "lines of the send journal are damaged: see its disk");
  return { journalId, ...compared };
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
