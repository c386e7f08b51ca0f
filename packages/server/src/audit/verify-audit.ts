/** Follows an account's audit chain from its first entry to its end. */
import type { Queryable } from "../db/database.ts";
import { chainStart, follow, type ChainEnd } from "./audit-entry.ts";
import { findChainEnd, listEntries } from "./audit-store.ts";

export interface VerifiedChain {
  /** The last entry that is as it was written. */
  readonly end: ChainEnd;
  /** Why the chain is broken after that; undefined when it is whole. */
  readonly problem: string | undefined;
}

const batchSize = 500;

/** @param kept An end that the chain had once, kept elsewhere: it must still be in it. */
export async function verifyAudit(
  db: Queryable,
  accountId: string,
  kept: ChainEnd = chainStart,
): Promise<VerifiedChain> {
  // The end first: whatever is appended meanwhile comes after it.
  const expected = await findChainEnd(db, accountId);
  let end = chainStart;
  let isAtExpected = expected.n === 0;
  for (;;) {
    const entries = await listEntries(db, accountId, { after: end.n, limit: batchSize });
    for (const entry of entries) {
      const next = follow(end, entry);
      if (typeof next === "string") return { end, problem: next };
      if (next.n === kept.n && next.hash !== kept.hash) {
        return {
          end,
          problem: `entry ${kept.n} is another than the one that was kept: all since was written anew`,
        };
      }
      end = next;
      isAtExpected ||= end.n === expected.n && end.hash === expected.hash;
    }
    if (entries.length < batchSize) break;
  }
  if (end.n < kept.n) {
    return { end, problem: `the chain ends with entry ${end.n}, and entry ${kept.n} was kept` };
  }
  if (isAtExpected) return { end, problem: undefined };
  const problem = `the chain ends with entry ${end.n} (${end.hash}), and ${expected.n} (${expected.hash}) was written last`;
  return { end, problem };
}
