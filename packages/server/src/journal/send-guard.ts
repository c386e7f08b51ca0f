/**
 * Send guard: what every request that moves money has to pass beside the claim gate, whichever process
 * sends it.
 *
 *   claim    mayClaim: no recovery is open, this database is the one that the journal was compared
 *            with, and commits can be trusted. mayRun: no more charges at once than usual.
 *   COMMIT
 *   send     record: one line about it is on the disk, outside the database
 *   first byte
 *
 * The real one is opened in open-send-guard.ts.
 */
import type { Temporal } from "temporal-polyfill";
import type { Connection } from "../connections/connection.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import type { Send } from "./journal-line.ts";

export type GuardedConnection = Pick<Connection, "accountId" | "id" | "mode">;

/** What is about to be claimed of a connection's due charges. */
export interface Run {
  readonly clock: "real" | "test";
  /** Charges that no request was sent for yet. */
  readonly begins: number;
}

export interface SendGuard {
  /** In the claim's transaction, once its locks are held. */
  mayClaim(tx: Transaction, connection: GuardedConnection): Promise<boolean>;
  /** In the claim's transaction. May write that the run waits for a person. */
  mayRun(tx: Transaction, connection: GuardedConnection, run: Run): Promise<boolean>;
  /**
   * After the claim's COMMIT and before the first byte. Resolves when the line is on the disk.
   *
   * @throws {JournalError} it is not: nothing may be sent.
   */
  record(send: Send): Promise<void>;
  /** Why sends are stopped here, in sentences with their fix; empty when they are not. */
  readonly troubles: () => readonly Trouble[];
}

/** Why nothing is sent, or nothing of live accounts. */
export interface Trouble {
  readonly code: string;
  /** In one sentence, with its fix. */
  readonly detail: string;
  /** `all` accounts, or `live` ones only. */
  readonly stops: "all" | "live";
  readonly since: Temporal.Instant;
}

/** @returns Why the line is not on the disk, and so nothing may be sent; undefined when it is. */
export async function whyNotRecorded(sends: SendGuard, send: Send): Promise<string | undefined> {
  try {
    await sends.record(send);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The code of an outcome that was not sent, because its line could not be written. */
export const unrecorded = "journal_unwritable";

const held = statement("sends_are_held", "select sends_are_held() as held");

/** While a recovery is open nothing is claimed, whoever asks. */
async function sendsAreHeld(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ held: boolean }>(held);
  return row?.held ?? true;
}

/**
 * Keeps no journal and trusts its database, but claims nothing while a recovery is open: for tests and
 * simulators, which are composed by hand. No configuration leads here.
 */
export const unjournaled: SendGuard = {
  mayClaim: async (tx) => !(await sendsAreHeld(tx)),
  mayRun: () => Promise.resolve(true),
  record: () => Promise.resolve(),
  troubles: () => [],
};

/** Sends nothing: for commands that run beside a server, and never charge. */
export const refusingGuard: SendGuard = {
  mayClaim: () => Promise.resolve(false),
  mayRun: () => Promise.resolve(false),
  record: () => Promise.reject(new Error("this process sends nothing")),
  troubles: () => [],
};
