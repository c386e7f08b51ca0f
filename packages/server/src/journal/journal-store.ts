/** SQL of journals: who keeps one, under which epoch, and what this database knows of their sends. */
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import { readRefundCallId, type Send } from "./journal-line.ts";

const history = statement("server_history", "select server_history() as history");

/** Which server and which of its histories this is; undefined when the role may not know. */
export async function readServerHistory(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ history: string | null }>(history);
  return row?.history ?? undefined;
}

export interface JournalRow {
  readonly id: string;
  readonly home: string;
  readonly epoch: number;
  readonly history: string | undefined;
  readonly trouble: string | undefined;
  /** Who has vouched for the place: a person, or Maedal itself; undefined: nobody yet. */
  readonly acceptedBy: string | undefined;
  readonly startedAt: Temporal.Instant;
  readonly lastSeenAt: Temporal.Instant;
  /** Its process may run: it says something every minute. */
  readonly isRecent: boolean;
  /** A recovery on the present history of this server has compared it. */
  readonly isRecovered: boolean;
}

interface Row {
  id: string;
  home: string;
  epoch: string;
  history: string | null;
  trouble: string | null;
  accepted_by: string | null;
  started_at: Temporal.Instant;
  last_seen_at: Temporal.Instant;
  recent: boolean;
  recovered: boolean;
}

const columns = `id, home, epoch, history, trouble, accepted_by, started_at, last_seen_at,
  last_seen_at > protocol_now() - interval '10 minutes' as recent,
  exists (select from recovery_journals o
          where o.journal_id = journals.id and o.history = server_history()) as recovered`;

function toJournal(row: Row): JournalRow {
  return {
    id: row.id,
    home: row.home,
    epoch: safeInteger(row.epoch),
    history: row.history ?? undefined,
    trouble: row.trouble ?? undefined,
    acceptedBy: row.accepted_by ?? undefined,
    startedAt: row.started_at,
    lastSeenAt: row.last_seen_at,
    isRecent: row.recent,
    isRecovered: row.recovered,
  };
}

const all = statement("journals_all", `select ${columns} from journals order by started_at, id`);

export async function listJournals(db: Queryable): Promise<JournalRow[]> {
  return (await db.query<Row>(all)).map(toJournal);
}

/** Processes that start at one moment decide one after the other which of them is the first. */
const lockAll = statement("journals_lock", "lock table journals in share row exclusive mode");

export async function lockJournals(tx: Transaction): Promise<JournalRow[]> {
  await tx.execute(lockAll);
  return await listJournals(tx);
}

const save = statement(
  "journal_save",
  `insert into journals (id, home, epoch, history, accepted_at, accepted_by)
   values ($1, $2, $3, $4, case when $5::text is not null then protocol_now() end, $5)
   on conflict (id) do update set home = excluded.home, epoch = excluded.epoch,
     history = excluded.history, accepted_by = excluded.accepted_by,
     accepted_at = case when excluded.accepted_by = journals.accepted_by
                     then journals.accepted_at else excluded.accepted_at end,
     started_at = protocol_now(), last_seen_at = protocol_now()`,
);

export type JournalState = Pick<JournalRow, "id" | "home" | "epoch" | "history" | "acceptedBy">;

/** Writes that a process starts, or goes on, under an epoch and a history. */
export async function saveJournal(tx: Transaction, it: JournalState): Promise<void> {
  const { acceptedBy, epoch, history: known, home, id } = it;
  await tx.execute(save, [id, home, epoch, known ?? null, acceptedBy ?? null]);
}

const accept = statement(
  "journals_accept",
  `update journals set accepted_at = protocol_now(), accepted_by = $1
   where accepted_at is null and ($2::text is null or id = $2) returning ${columns}`,
);

/** Somebody vouches for places that are new. @returns Those that were not accepted before. */
export async function acceptJournals(
  db: Queryable,
  by: string,
  id: string | undefined,
): Promise<JournalRow[]> {
  return (await db.query<Row>(accept, [by, id ?? null])).map(toJournal);
}

// ── The claim ────────────────────────────────────────────────────────────────────────────────────

/** A request as it is asked about, and whether its claim is there. */
const sendColumns = "account_id text, attempt_id text, kind text, refund_id text, n int";
const isKnown = `case
    when r.refund_id is not null then exists
      (select from refunds f where f.account_id = r.account_id and f.id = r.refund_id
         and f.calls >= r.n)
    when r.kind in ('capture', 'void') then exists
      (select from authorization_calls l where l.account_id = r.account_id and l.id = r.attempt_id)
    else exists
      (select from attempts a where a.account_id = r.account_id and a.id = r.attempt_id)
  end`;

function sendRows(sends: readonly Claimed[]): string {
  return jsonRows(
    sends.map(({ accountId, attemptId, kind }) => {
      const refund = readRefundCallId(attemptId);
      const call = { account_id: accountId, attempt_id: attemptId, kind };
      return { ...call, refund_id: refund?.refundId, n: refund?.n };
    }),
  );
}

/** What a process believes of its database: its own row, and its claims that were committed. */
export interface Believed {
  readonly journalId: string;
  readonly epoch: number;
  /** Those that it has not been asked for yet, and the newest of the others. */
  readonly claims: readonly Claimed[];
}

export type Claimed = Pick<Send, "accountId" | "attemptId" | "kind">;

export interface Standing {
  /** A recovery is open. */
  readonly isHeld: boolean;
  /** The database has our row and our latest claims, and is on the history that we compared with. */
  readonly isOurs: boolean;
  readonly isAccepted: boolean;
}

/** Charges are asked about for themselves: there are many, and a claim of theirs asks. */
const standing = statement(
  "journal_standing",
  `select sends_are_held() as held, j.accepted_at is not null as accepted,
     j.id is not null and not exists
       (select from jsonb_to_recordset($3::jsonb) as r(${sendColumns})
        where r.kind in ('charge', 'confirm')
          and not exists (select from attempts a where a.account_id = r.account_id
                          and a.id = r.attempt_id))
     and not exists
       (select from jsonb_to_recordset($3::jsonb) as r(${sendColumns})
        where r.kind not in ('charge', 'confirm') and not ${isKnown}) as ours
   from (select 1) one
   left join journals j on j.id = $1 and j.epoch = $2
     and j.history is not distinct from server_history()`,
);

export async function readStanding(
  db: Queryable,
  { claims, epoch, journalId }: Believed,
): Promise<Standing> {
  const values = [journalId, epoch, sendRows(claims)];
  const [row] = await db.query<{ held: boolean; ours: boolean; accepted: boolean }>(
    standing,
    values,
  );
  if (row === undefined) return { isHeld: true, isOurs: false, isAccepted: false };
  return { isHeld: row.held, isOurs: row.ours, isAccepted: row.accepted };
}

// ── The canary ───────────────────────────────────────────────────────────────────────────────────

const sing = statement(
  "journal_canary",
  `update journals set canary = canary + 1, trouble = $3, last_seen_at = protocol_now()
   where id = $1 and epoch = $2 returning canary`,
);

/** Writes the canary and what troubles the process. @returns undefined when the row is not ours. */
export async function writeCanary(
  db: Queryable,
  { epoch, journalId }: Pick<Believed, "epoch" | "journalId">,
  trouble: string | undefined,
): Promise<number | undefined> {
  const [row] = await db.query<{ canary: string }>(sing, [journalId, epoch, trouble ?? null]);
  return row && safeInteger(row.canary);
}

const hear = statement("journal_canary_read", "select canary from journals where id = $1");

export async function readCanary(db: Queryable, journalId: string): Promise<number | undefined> {
  const [row] = await db.query<{ canary: string }>(hear, [journalId]);
  return row && safeInteger(row.canary);
}

// ── What the database knows of a journal's sends ─────────────────────────────────────────────────

const unknown = statement(
  "journal_unknown_sends",
  `select r.account_id, r.attempt_id
   from jsonb_to_recordset($1::jsonb) as r(${sendColumns})
   where not ${isKnown}
     and not exists (select from recovery_sends s where s.account_id = r.account_id
                     and s.attempt_id = r.attempt_id)`,
);

/** Of these sends, those whose claim is not in the database, nor being recovered. In their order. */
export async function listUnknownSends<S extends Claimed>(
  db: Queryable,
  sends: readonly S[],
): Promise<S[]> {
  if (sends.length === 0) return [];
  const found = await db.query<{ account_id: string; attempt_id: string }>(unknown, [
    sendRows(sends),
  ]);
  const names = new Set(found.map((row) => `${row.account_id} ${row.attempt_id}`));
  return sends.filter((it) => names.has(`${it.accountId} ${it.attemptId}`));
}
