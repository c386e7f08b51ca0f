/**
 * SQL of idempotent requests. A row belongs to the run that made it, by `created_at`; a run that
 * took too long is taken over, and can then neither commit nor answer any more. What a run commits
 * is noted in the same transaction, so that nobody ever runs it a second time.
 */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";

export interface RequestKey {
  readonly accountId: string;
  readonly idempotencyKey: string;
}

export interface Run extends RequestKey {
  readonly startedAt: Temporal.Instant;
}

/** `text`: the answer's body as it was sent. */
export interface StoredAnswer {
  readonly status: number;
  readonly text: string;
}

export interface EarlierRun {
  readonly requestHash: Uint8Array;
  /** Undefined while it runs, or when it ended without leaving an answer. */
  readonly answer: StoredAnswer | undefined;
  /** It changed something. */
  readonly isCommitted: boolean;
}

const begin = statement(
  "idempotent_request_begin",
  `insert into idempotent_requests as r (account_id, idempotency_key, request_hash)
   values ($1, $2, $3)
   on conflict (account_id, idempotency_key) do update
     set request_hash = excluded.request_hash, created_at = protocol_now()
     where r.status is null and r.body is null and r.request_hash = excluded.request_hash
       and r.created_at < protocol_now() - $4::float8 * interval '1 ms'
   returning created_at`,
);

/**
 * Starts a run, or takes over one of the same request that ended long ago without changing anything.
 *
 * @returns undefined when there is an earlier run: see `findRun`.
 */
export async function beginRun(
  db: Queryable,
  { accountId, idempotencyKey }: RequestKey,
  requestHash: Uint8Array,
  abandonedAfterMs: number,
): Promise<Run | undefined> {
  const values = [accountId, idempotencyKey, requestHash, abandonedAfterMs];
  const [row] = await db.query<{ created_at: Temporal.Instant }>(begin, values);
  return row && { accountId, idempotencyKey, startedAt: row.created_at };
}

const find = statement(
  "idempotent_request",
  `select request_hash, status, body from idempotent_requests
   where account_id = $1 and idempotency_key = $2`,
);

export async function findRun(db: Queryable, key: RequestKey): Promise<EarlierRun | undefined> {
  const [row] = await db.query<{
    request_hash: Uint8Array;
    status: number | null;
    body: { text?: string } | null;
  }>(find, [key.accountId, key.idempotencyKey]);
  if (row === undefined) return undefined;
  const { body, request_hash, status } = row;
  return {
    requestHash: request_hash,
    answer: status === null ? undefined : { status, text: body?.text ?? "" },
    isCommitted: body !== null,
  };
}

const note = statement(
  "idempotent_request_note_commit",
  `update idempotent_requests set body = '{"committed": true}'
   where account_id = $1 and idempotency_key = $2 and created_at = $3 and status is null`,
);

/** @returns false when the run was taken over: its transaction must not commit. */
export async function noteCommit(tx: Transaction, run: Run): Promise<boolean> {
  return (await tx.execute(note, [run.accountId, run.idempotencyKey, run.startedAt])) === 1;
}

const finish = statement(
  "idempotent_request_finish",
  `update idempotent_requests set status = $4, body = $5
   where account_id = $1 and idempotency_key = $2 and created_at = $3`,
);

export async function finishRun(db: Queryable, run: Run, answer: StoredAnswer): Promise<void> {
  const { accountId, idempotencyKey, startedAt } = run;
  const body = { text: answer.text };
  await db.execute(finish, [accountId, idempotencyKey, startedAt, answer.status, body]);
}

const forget = statement(
  "idempotent_request_forget",
  `delete from idempotent_requests
   where account_id = $1 and idempotency_key = $2 and created_at = $3 and body is null`,
);

/** A run that changed nothing leaves the key free. @returns false when it did change something. */
export async function forgetRun(db: Queryable, run: Run): Promise<boolean> {
  return (await db.execute(forget, [run.accountId, run.idempotencyKey, run.startedAt])) === 1;
}

const forgetOld = statement(
  "idempotent_requests_forget_old",
  `delete from idempotent_requests where (account_id, idempotency_key) in (
     select account_id, idempotency_key from idempotent_requests
     where created_at < protocol_now() - interval '7 days' order by created_at limit $1
     for update skip locked)`,
);

/** Keys are remembered for a week. @returns How many were forgotten. */
export async function forgetOldRuns(db: Queryable, limit: number): Promise<number> {
  return await db.execute(forgetOld, [limit]);
}
