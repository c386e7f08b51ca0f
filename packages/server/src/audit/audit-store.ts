/** SQL of the audit chain. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { chainStart, type AuditEntry, type ChainEnd } from "./audit-entry.ts";

const lock = statement(
  "audit_head_lock",
  `insert into audit_heads as h (account_id, n, hash) values ($1, 0, '')
   on conflict (account_id) do update set n = h.n
   returning n, hash, protocol_now() as now`,
);

/** Locks the end of an account's chain until the transaction ends. Take no other lock after it. */
export async function lockChain(
  tx: Transaction,
  accountId: string,
): Promise<ChainEnd & { readonly now: Temporal.Instant }> {
  const [head] = await tx.query<{ n: number; hash: string; now: Temporal.Instant }>(lock, [
    accountId,
  ]);
  if (head === undefined) throw new Error(`the audit chain of ${accountId} has no end`);
  return head;
}

const insert = statement(
  "audit_insert",
  `insert into audit_entries (account_id, n, id, actor, action, subject_id, reason, evidence,
     recorded_at, previous_hash, hash)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);
const move = statement(
  "audit_head_move",
  "update audit_heads set n = $2, hash = $3 where account_id = $1",
);

/** The chain must be locked. */
export async function insertEntry(tx: Transaction, entry: AuditEntry): Promise<void> {
  const { accountId, action, actor, evidence, hash, id, n, previousHash, reason } = entry;
  const what = [actor, action, entry.subjectId, reason, evidence];
  const values = [accountId, n, id, ...what, entry.recordedAt, previousHash, hash];
  await tx.execute(insert, values);
  await tx.execute(move, [accountId, n, hash]);
}

const after = statement(
  "audit_entries_after",
  `select account_id, n, id, actor, action, subject_id, reason, evidence, recorded_at,
     previous_hash, hash
   from audit_entries
   where account_id = $1 and n > $2 and ($3::text is null or subject_id = $3)
   order by n limit $4`,
);

interface EntryRow {
  account_id: string;
  n: number;
  id: string;
  actor: string;
  action: string;
  subject_id: string;
  reason: string;
  evidence: string;
  recorded_at: Temporal.Instant;
  previous_hash: string;
  hash: string;
}

/** In order, those after the n-th; of one charge or refund when `subjectId` is given. */
export async function listEntries(
  db: Queryable,
  accountId: string,
  { after: n, limit, subjectId }: { after: number; limit: number; subjectId?: string },
): Promise<AuditEntry[]> {
  const rows = await db.query<EntryRow>(after, [accountId, n, subjectId ?? null, limit]);
  return rows.map((row) => ({
    accountId: row.account_id,
    n: row.n,
    id: row.id,
    actor: row.actor,
    action: row.action,
    subjectId: row.subject_id,
    reason: row.reason,
    evidence: row.evidence,
    recordedAt: row.recorded_at,
    previousHash: row.previous_hash,
    hash: row.hash,
  }));
}

const head = statement("audit_head", "select n, hash from audit_heads where account_id = $1");

/** Where an account's chain must end. */
export async function findChainEnd(db: Queryable, accountId: string): Promise<ChainEnd> {
  const [row] = await db.query<ChainEnd>(head, [accountId]);
  return row ?? chainStart;
}
