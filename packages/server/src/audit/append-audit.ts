/** Puts a decision on record, in the transaction that carries it out. */
import type { Transaction } from "../db/database.ts";
import type { Random } from "../effects.ts";
import { newId } from "../ids/id.ts";
import { hashOf, type AuditRecord } from "./audit-entry.ts";
import { insertEntry, lockChain } from "./audit-store.ts";

/** The transaction's last write: who waits for the end of the chain holds no other lock up. */
export async function appendAudit(
  tx: Transaction,
  random: Random,
  { evidence, ...record }: AuditRecord,
): Promise<void> {
  const end = await lockChain(tx, record.accountId);
  const entry = {
    ...record,
    n: end.n + 1,
    id: newId("aud", random),
    evidence: JSON.stringify(evidence),
    recordedAt: end.now,
    previousHash: end.hash,
  };
  await insertEntry(tx, { ...entry, hash: hashOf(entry) });
}
