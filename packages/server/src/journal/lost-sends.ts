/**
 * Lost sends: what a journal names and the database does not know. A line is written after its claim's
 * COMMIT, and what was committed stays, so every such line proves that the database has lost a commit.
 * Commits are lost from the end, so the journal is read backwards, until a file is known in whole.
 */
import { Temporal } from "temporal-polyfill";
import type { Queryable } from "../db/database.ts";
import { listJournalFiles, readJournalFile } from "./journal-files.ts";
import type { JournaledSend } from "./journal-line.ts";
import { listUnknownSends } from "./journal-store.ts";

export interface LostSends {
  /** Oldest first. */
  readonly sends: readonly JournaledSend[];
  /** Lines in the middle of a file that are not as they were written. */
  readonly damaged: number;
}

const batchSize = 1_000;
/** Lines may stand in another order than their claims were committed in, by less than this. */
const disorder = Temporal.Duration.from({ minutes: 10 });

/** @param directory Of one journal. */
export async function listLostSends(db: Queryable, directory: string): Promise<LostSends> {
  let lost: JournaledSend[] = [];
  let damaged = 0;
  let end: Temporal.Instant | undefined;
  for (const { name } of (await listJournalFiles(directory)).toReversed()) {
    const file = await readJournalFile(directory, name);
    damaged += file.damaged;
    const sends = file.lines.flatMap((line) => (line.of === "send" ? [line.send] : []));
    const unknown = await unknownOf(db, sends);
    lost = [...unknown, ...lost];
    const last = sends.at(-1)?.sentAt;
    end ??= last;
    const isEarlier =
      last !== undefined && end !== undefined && isBefore(last, end.subtract(disorder));
    if (unknown.length === 0 && isEarlier) break;
  }
  return { sends: lost, damaged };
}

async function unknownOf(db: Queryable, sends: readonly JournaledSend[]): Promise<JournaledSend[]> {
  const unknown: JournaledSend[] = [];
  for (let from = 0; from < sends.length; from += batchSize) {
    unknown.push(...(await listUnknownSends(db, sends.slice(from, from + batchSize))));
  }
  return unknown;
}

function isBefore(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return Temporal.Instant.compare(one, other) < 0;
}
