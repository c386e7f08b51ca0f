/** Puts on record what a person did beside reviews: who, what, to which thing of the account. */
import { listAccounts } from "../accounts/account-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Random } from "../effects.ts";
import { appendAudit } from "./append-audit.ts";

export interface Word {
  readonly accountId: string;
  /** An API key's id, an operator, somebody at the command line. */
  readonly by: string;
  readonly action: string;
  readonly subjectId: string;
  /** In their own words; empty where none were asked for. */
  readonly reason?: string;
  /** What changed. Never a secret. */
  readonly evidence?: unknown;
}

/** What concerns the whole installation is on record in the chain of every account. */
export async function recordEverywhere(
  tx: Transaction,
  random: Random,
  word: Omit<Word, "accountId">,
): Promise<void> {
  const ids = (await listAccounts(tx)).map(({ id }) => id).toSorted();
  for (const accountId of ids) await recordWord(tx, random, { ...word, accountId });
}

/** As `appendAudit`, the transaction's last write. */
export async function recordWord(tx: Transaction, random: Random, word: Word): Promise<void> {
  const { accountId, action, by: actor, evidence = {}, reason = "", subjectId } = word;
  await appendAudit(tx, random, { accountId, actor, action, subjectId, reason, evidence });
}
