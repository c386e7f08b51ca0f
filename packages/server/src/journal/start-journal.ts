/**
 * Starting a journal: what a process may conclude from its journal and the database that it finds.
 * Pure. Three questions: under which epoch does it go on, must this database first learn what it has
 * forgotten, and has somebody vouched for the place.
 */
import { Temporal } from "temporal-polyfill";
import type { JournalStart } from "./journal-line.ts";
import type { JournalRow } from "./journal-store.ts";

export interface StartFacts {
  /** How the journal in our place was started last; undefined: the place is new. */
  readonly kept: JournalStart | undefined;
  /** The journal lies where it was written: nobody copied the directory. */
  readonly isAtHome: boolean;
  /** All journals that the database has ever heard of. */
  readonly rows: readonly JournalRow[];
  /** Journals of the same directory, written there. */
  readonly siblings: readonly string[];
  /** Of the database now; undefined when the role may not know. */
  readonly history: string | undefined;
}

export interface StartDecision {
  readonly epoch: number;
  /** Undefined: live accounts send nothing until a person vouches for the place. */
  readonly acceptedBy: string | undefined;
  /** Why everything that may have been sent is looked up first; undefined when nothing speaks for it. */
  readonly recovery: string | undefined;
}

export function decideStart(facts: StartFacts): StartDecision {
  const { kept, rows } = facts;
  const row = rows.find(({ id }) => id === kept?.journalId);
  return {
    epoch: nextEpoch(kept?.epoch ?? 0, row?.epoch ?? 0),
    acceptedBy: acceptedBy(facts, row),
    recovery: kept === undefined ? newPlaceReason(facts) : recoveryReason(facts, kept, row),
  };
}

function recoveryReason(
  { history }: StartFacts,
  kept: JournalStart,
  row: JournalRow | undefined,
): string | undefined {
  if (row === undefined) return "the database does not know the send journal";
  if (row.epoch < kept.epoch) {
    return `the database is at epoch ${row.epoch}, the send journal at ${kept.epoch}`;
  }
  // Whoever ran on did it for this place, while nobody was here: nothing was written since.
  if (row.isRecovered) return undefined;
  return historyReason([kept.history, row.history], history);
}

/**
 * A new place has nothing to tell, but others of this machine do. That it was compared last with
 * another history is not known to whoever wrote it, if that one still runs.
 */
function newPlaceReason(facts: StartFacts): string | undefined {
  if (!isBesideAccepted(facts)) return undefined;
  const [latest] = facts.rows.toSorted((one, other) =>
    Temporal.Instant.compare(other.lastSeenAt, one.lastSeenAt),
  );
  return historyReason([latest?.history], facts.history);
}

function historyReason(
  known: readonly (string | undefined)[],
  history: string | undefined,
): string | undefined {
  const before = known.find((it) => isOther(it, history));
  if (before === undefined) return undefined;
  const [system, timeline] = [before.split("/")[0], before.split("/")[1]];
  const isSameSystem = history?.split("/")[0] === system;
  return isSameSystem
    ? `the database is on another timeline than ${timeline}: a failover or a restore`
    : `the database is on another server (its system identifier is no longer ${system})`;
}

/** What the role may not know says nothing. */
function isOther(before: string | undefined, now: string | undefined): before is string {
  return before !== undefined && now !== undefined && before !== now;
}

/** A start that was cut short has counted the database up, and not yet the journal. */
const cutShort = 1;

/** However often starts are cut short, the database is never further ahead. */
function nextEpoch(kept: number, known: number): number {
  return known === kept + cutShort ? known : Math.max(kept, known) + 1;
}

function acceptedBy(facts: StartFacts, row: JournalRow | undefined): string | undefined {
  const { isAtHome, kept, rows } = facts;
  if (kept !== undefined && row !== undefined) {
    const isOlder = row.epoch > kept.epoch + cutShort;
    return isAtHome && !isOlder ? row.acceptedBy : undefined;
  }
  if (rows.length === 0) return "maedal: the first place";
  return isBesideAccepted(facts) ? "maedal: beside an accepted place" : undefined;
}

function isBesideAccepted({ kept, rows, siblings }: StartFacts): boolean {
  if (kept !== undefined) return false;
  return rows.some((it) => siblings.includes(it.id) && it.acceptedBy !== undefined);
}
