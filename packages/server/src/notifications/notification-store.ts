/** SQL of inbound notifications. */
import { statement, type Database, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";

export interface NewNotification {
  readonly accountId: string;
  readonly id: string;
  readonly connectionId: string;
  readonly dedupeHash: Uint8Array;
  /** The provider names its deliveries: the same one again says nothing new. */
  readonly isNamed: boolean;
  /** Encrypted: it may name a billing key. */
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const insert = statement(
  "notification_insert",
  `insert into inbound_notifications (account_id, id, connection_id, dedupe_hash, body, headers)
   values ($1, $2, $3, $4, $5, $6)
   on conflict (account_id, connection_id, dedupe_hash) do update
     set status = 'received', processed_at = null, tries = 0,
       process_after = protocol_now()
     where not $7::boolean and inbound_notifications.status <> 'received'`,
);

/**
 * The same bytes without a name may be sent again because something has happened since, or have been
 * sent too early by somebody else: one that was acted on already is acted on again.
 *
 * @returns false when the same notification is stored already, and nothing new is to be done.
 */
export async function insertNotification(db: Queryable, it: NewNotification): Promise<boolean> {
  const values = [it.accountId, it.id, it.connectionId, it.dedupeHash, it.body];
  return (await db.execute(insert, [...values, jsonRows(it.headers), it.isNamed])) === 1;
}

export interface StoredNotification {
  readonly accountId: string;
  readonly id: string;
  readonly connectionId: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly tries: number;
  /** What came of it the last time that the same was sent. */
  readonly note: string | undefined;
}

const claim = statement(
  "notifications_claim",
  `update inbound_notifications n
   set tries = n.tries + 1,
     process_after = protocol_now() + least(n.tries + 1, 60) * interval '1 minute'
   where (n.account_id, n.id) in (
     select account_id, id from inbound_notifications
     where status = 'received' and process_after <= protocol_now()
     order by process_after limit $1
     for no key update skip locked)
   returning n.account_id, n.id, n.connection_id, n.body, n.headers, n.tries, n.note`,
);

/** Notifications to process; one that is not finished comes back later, ever more rarely. */
export async function claimNotifications(
  db: Database,
  limit: number,
): Promise<StoredNotification[]> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    connection_id: string;
    body: Uint8Array;
    headers: Record<string, string>;
    tries: number;
    note: string | null;
  }>(claim, [limit]);
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    connectionId: row.connection_id,
    body: row.body,
    headers: row.headers,
    tries: row.tries,
    note: row.note ?? undefined,
  }));
}

const finish = statement(
  "notification_finish",
  `update inbound_notifications set status = $3, note = $4, processed_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'received'`,
);

export async function finishNotification(
  tx: Transaction,
  { accountId, id }: Pick<StoredNotification, "accountId" | "id">,
  status: "processed" | "ignored" | "unreadable",
  note: string,
): Promise<void> {
  await tx.execute(finish, [accountId, id, status, note]);
}
