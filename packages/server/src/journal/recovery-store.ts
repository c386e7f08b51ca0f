/** SQL of recoveries: why nothing is sent, what is being found out, and what came of it. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { JournaledSend, Send } from "./journal-line.ts";
import { recoverySendColumns, toSend, type RecoverySendRow } from "./recovery-send-row.ts";

export interface Recovery {
  readonly id: string;
  readonly reason: string;
  readonly startedAt: Temporal.Instant;
  /** The last moment that the database remembered, by its journals, when it was opened. */
  readonly knownUntil: Temporal.Instant;
}

interface RecoveryRow {
  id: string;
  reason: string;
  started_at: Temporal.Instant;
  known_until: Temporal.Instant;
}

const columns = "id, reason, started_at, known_until";

function toRecovery(row: RecoveryRow): Recovery {
  const { id, known_until: knownUntil, reason, started_at: startedAt } = row;
  return { id, reason, startedAt, knownUntil };
}

const open = statement(
  "recovery_open",
  `with made as (
     insert into recoveries (id, reason, known_until)
     values ($1, $2, coalesce((select max(last_seen_at) from journals), protocol_now()))
     on conflict ((true)) where finished_at is null do nothing
     returning ${columns}
   )
   select * from made
   union all
   select ${columns} from recoveries where finished_at is null
   limit 1`,
);

/**
 * Opens a recovery, or joins the one that is open. The journals must be locked, and none of them
 * written to yet: they tell how far the database remembers.
 */
export async function openRecovery(tx: Transaction, id: string, reason: string): Promise<Recovery> {
  const [row] = await tx.query<RecoveryRow>(open, [id, reason]);
  if (row === undefined) throw new Error("the recovery was not opened");
  return toRecovery(row);
}

const found = statement(
  "recovery_find_open",
  `select ${columns} from recoveries where finished_at is null`,
);

export async function findOpenRecovery(db: Queryable): Promise<Recovery | undefined> {
  const [row] = await db.query<RecoveryRow>(found);
  return row && toRecovery(row);
}

const compared = statement(
  "recovery_journals_save",
  `insert into recovery_journals (recovery_id, journal_id, gap) values ($1, $2, $3)
   on conflict (recovery_id, journal_id) do update set compared_at = protocol_now(),
     history = server_history(), gap = excluded.gap`,
);

/** @param gap What the journal can no longer tell, in a sentence. */
export async function saveCompared(
  tx: Transaction,
  recoveryId: string,
  journalId: string,
  gap: string | undefined,
): Promise<void> {
  await tx.execute(compared, [recoveryId, journalId, gap ?? null]);
}

/** Whether journal `id` was compared for recovery `r`, with this server and on this history of it. */
const isComparedAs = (id: string) => `exists (select from recovery_journals o
  where o.recovery_id = r.id and o.journal_id = ${id}
    and o.history is not distinct from server_history())`;

const areMissing = statement(
  "recovery_journals_missing",
  `select exists (select from recoveries r cross join unnest($1::text[]) as its(id)
                  where r.finished_at is null and not ${isComparedAs("its.id")}) as missing`,
);

/** @returns false while a recovery waits for one of these journals. */
export async function areCompared(db: Queryable, journalIds: readonly string[]): Promise<boolean> {
  const [row] = await db.query<{ missing: boolean }>(areMissing, [journalIds]);
  return row?.missing === false;
}

const forget = statement(
  "recovery_journals_forget",
  `delete from recovery_journals o using recoveries r
   where r.id = o.recovery_id and r.finished_at is null`,
);

/** Has every journal compared anew for the recovery that is open. */
export async function forgetCompared(tx: Transaction): Promise<void> {
  await tx.execute(forget);
}

const insert = statement(
  "recovery_sends_insert",
  `insert into recovery_sends (account_id, attempt_id, recovery_id, journal_id, kind, connection_id,
     charge_id, order_id, via, amount_minor, currency, sent_at)
   select account_id, attempt_id, $2, $3, kind, connection_id, charge_id, order_id, via,
     amount_minor, currency, sent_at
   from jsonb_to_recordset($1::jsonb) as r(account_id text, attempt_id text, kind text,
     connection_id text, charge_id text, order_id text, via text, amount_minor bigint,
     currency text, sent_at timestamptz)
   on conflict (account_id, attempt_id) do nothing`,
);

export async function insertLostSends(
  tx: Transaction,
  recoveryId: string,
  journalId: string,
  sends: readonly JournaledSend[],
): Promise<void> {
  if (sends.length === 0) return;
  const rows = sends.map((it) => ({
    account_id: it.accountId,
    attempt_id: it.attemptId,
    kind: it.kind,
    connection_id: it.connectionId,
    charge_id: it.chargeId,
    order_id: it.orderId,
    via: it.via,
    amount_minor: it.amount.amountMinor,
    currency: it.amount.currency,
    sent_at: it.sentAt.toString(),
  }));
  await tx.execute(insert, [jsonRows(rows), recoveryId, journalId]);
}

// ── The work ─────────────────────────────────────────────────────────────────────────────────────

/** A send that nothing was done about yet, or that is being asked about. */
export interface OpenSend extends Send {
  readonly sentAt: Temporal.Instant;
  readonly notFoundCount: number;
  readonly notFoundAt: Temporal.Instant | undefined;
  readonly recoveredSince: Temporal.Instant;
  /** By the database's clock. */
  readonly now: Temporal.Instant;
}

interface OpenSendRow extends RecoverySendRow {
  not_found_count: number;
  not_found_at: Temporal.Instant | null;
  recovered_since: Temporal.Instant;
  now: Temporal.Instant;
}

const due = statement(
  "recovery_sends_due",
  `select ${recoverySendColumns}, s.not_found_count, s.not_found_at,
     r.started_at as recovered_since, protocol_now() as now
   from recovery_sends s join recoveries r on r.id = s.recovery_id
   where s.recovery_id = $1 and s.state = 'open' and s.look_up_after <= protocol_now()
   order by s.sent_at, s.order_id, s.attempt_id limit $2`,
);

/** Oldest first: an order id is written in before the one that followed it. */
export async function listDueSends(
  db: Queryable,
  recoveryId: string,
  limit: number,
): Promise<OpenSend[]> {
  const rows = await db.query<OpenSendRow>(due, [recoveryId, limit]);
  return rows.map((row) => ({
    ...toSend(row),
    notFoundCount: row.not_found_count,
    notFoundAt: row.not_found_at ?? undefined,
    recoveredSince: row.recovered_since,
    now: row.now,
  }));
}

const locked = statement(
  "recovery_send_lock",
  `select 1 from recovery_sends where account_id = $1 and attempt_id = $2 and state = 'open'
   for update skip locked`,
);

/** @returns false when another process is at it, or was. */
export async function lockSend(
  tx: Transaction,
  { accountId, attemptId }: Pick<Send, "accountId" | "attemptId">,
): Promise<boolean> {
  return (await tx.query(locked, [accountId, attemptId])).length === 1;
}

/** What became of a send. */
export type SendProgress =
  | { readonly to: "written_in" | "settled"; readonly detail: string }
  | {
      readonly to: "open";
      readonly detail: string;
      readonly askInMs: number;
      readonly counts: boolean;
    };

const progress = statement(
  "recovery_send_progress",
  `update recovery_sends set state = $3, detail = $4,
     look_up_after = protocol_now() + $5::float8 * interval '1 ms',
     not_found_count = not_found_count + case when $6::boolean then 1 else 0 end,
     not_found_at = case when $6::boolean then protocol_now() else not_found_at end
   where account_id = $1 and attempt_id = $2 and state = 'open'`,
);

export async function saveProgress(
  db: Queryable,
  { accountId, attemptId }: Pick<Send, "accountId" | "attemptId">,
  it: SendProgress,
): Promise<void> {
  const wait = it.to === "open" ? it.askInMs : 0;
  const counts = it.to === "open" && it.counts;
  await db.execute(progress, [accountId, attemptId, it.to, it.detail, wait, counts]);
}

/**
 * A charge that is written in is asked about by the reconciler; `look_up_after` is when it was written in.
 * Its answer need not decide it: until something does, nothing else is sent for this charge. A refund has no
 * order id, and is not repeated either while it is asked about.
 */
const settle = statement(
  "recovery_sends_settle",
  `with written_in as (
     select s.account_id, s.attempt_id, it.status,
       it.status in ('in_flight', 'reconciling', 'capturing', 'voiding', 'expired') as is_open,
       case when s.kind = 'refund' then f.look_ups > 0
       else exists (select from look_ups l
                    where l.account_id = c.account_id and l.charge_id = c.id
                      and (l.order_id = s.order_id or s.kind in ('capture', 'void'))
                      and l.looked_up_at >= s.look_up_after and l.finding <> 'no_answer') end as is_asked
     from recovery_sends s
     left join refunds f on s.kind = 'refund' and f.account_id = s.account_id
       and f.id = split_part(s.attempt_id, '#', 1)
     left join attempts a on s.kind in ('charge', 'confirm') and a.account_id = s.account_id
       and a.id = s.attempt_id
     left join charges c on c.account_id = s.account_id and c.id = coalesce(a.charge_id, s.charge_id)
     cross join lateral (select coalesce(f.status, c.status) as status) it
     where s.recovery_id = $1 and s.state = 'written_in'
   )
   update recovery_sends s set state = 'settled', detail = case when w.is_open
     then 'it was looked up, and is until that is clear' else 'it is ' || w.status || ' now' end
   from written_in w
   where s.account_id = w.account_id and s.attempt_id = w.attempt_id
     and (w.is_asked or not w.is_open)`,
);

/**
 * What was looked up meanwhile, or stands before a person, holds nobody up any more: it is `settled`.
 *
 * @returns How many.
 */
export async function settleLookedUp(db: Queryable, recoveryId: string): Promise<number> {
  return await db.execute(settle, [recoveryId]);
}

/**
 * Whether journal `j` may name what the database has forgotten: it was written not long before the
 * moment that the database remembers. One whose process never got as far as a canary has sent nothing,
 * unless that moment itself was in the midst of its start.
 */
const isAwaited = `j.last_seen_at > r.known_until - $2::float8 * interval '1 day'
  and (j.canary > 0
       or j.started_at between r.known_until - interval '2 minutes' and r.known_until)
  and not ${isComparedAs("j.id")}`;

const finish = statement(
  "recovery_finish",
  `update recoveries r set finished_at = protocol_now(), finished_by = 'maedal'
   where r.id = $1 and r.finished_at is null
     and not exists (select from recovery_sends s where s.recovery_id = r.id and s.state <> 'settled')
     and not exists (select from recovery_journals o where o.recovery_id = r.id and o.gap is not null)
     and not exists (select from journals j where ${isAwaited})`,
);

/**
 * Ends a recovery of which nothing is left to do.
 *
 * @param keepDays Journals that nobody had written for so long hold nothing any more.
 * @returns false when there is.
 */
export async function finishRecovery(
  db: Queryable,
  recoveryId: string,
  keepDays: number,
): Promise<boolean> {
  return (await db.execute(finish, [recoveryId, keepDays])) === 1;
}

const end = statement(
  "recovery_end",
  `update recoveries set finished_at = protocol_now(), finished_by = $1, note = $2
   where finished_at is null returning ${columns}`,
);

/** A person ends it, whatever is left. @returns undefined when none is open. */
export async function endRecovery(
  db: Queryable,
  by: string,
  note: string,
): Promise<Recovery | undefined> {
  const [row] = await db.query<RecoveryRow>(end, [by, note]);
  return row && toRecovery(row);
}

export interface RecoveryState {
  readonly sends: number;
  readonly settled: number;
  /** Journals that were not compared yet: where they are kept. */
  readonly awaited: readonly string[];
  /** What journals can no longer tell, each in a sentence: a person has to look, and end it. */
  readonly gaps: readonly string[];
  /** A few of those that are not settled, with what is known. */
  readonly undecided: readonly { readonly orderId: string; readonly detail: string }[];
}

const counts = statement(
  "recovery_counts",
  `select count(*)::int as sends, count(*) filter (where state = 'settled')::int as settled
   from recovery_sends where recovery_id = $1`,
);
const awaited = statement(
  "recovery_awaited",
  `select j.home from journals j join recoveries r on r.id = $1 where ${isAwaited} order by j.home`,
);
const gaps = statement(
  "recovery_gaps",
  "select gap from recovery_journals where recovery_id = $1 and gap is not null order by gap",
);
const undecided = statement(
  "recovery_undecided",
  `select order_id, coalesce(detail, 'not asked about yet') as detail from recovery_sends
   where recovery_id = $1 and state <> 'settled' order by sent_at limit 3`,
);

/** How far a recovery has come, for people. */
export async function readRecoveryState(
  db: Queryable,
  recoveryId: string,
  keepDays: number,
): Promise<RecoveryState> {
  const [count] = await db.query<{ sends: number; settled: number }>(counts, [recoveryId]);
  const homes = await db.query<{ home: string }>(awaited, [recoveryId, keepDays]);
  const missing = await db.query<{ gap: string }>(gaps, [recoveryId]);
  const left = await db.query<{ order_id: string; detail: string }>(undecided, [recoveryId]);
  return {
    sends: count?.sends ?? 0,
    settled: count?.settled ?? 0,
    awaited: homes.map(({ home }) => home),
    gaps: missing.map(({ gap }) => gap),
    undecided: left.map(({ detail, order_id: orderId }) => ({ orderId, detail })),
  };
}
