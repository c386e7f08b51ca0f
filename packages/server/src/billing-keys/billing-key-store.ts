/** SQL of billing keys. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { BillingKey, BillingKeyStatus } from "./billing-key.ts";

export interface BillingKeyRow {
  account_id: string;
  id: string;
  customer_id: string;
  connection_id: string;
  status: BillingKeyStatus;
  method: string;
  method_label: string | null;
  status_reason: string | null;
  last_paid_at: Temporal.Instant | null;
  checked_at: Temporal.Instant | null;
  created_at: Temporal.Instant;
}

export const billingKeyColumns = `account_id, id, customer_id, connection_id, status, method,
  method_label, status_reason, last_paid_at, checked_at, created_at`;

export function toBillingKey(row: BillingKeyRow): BillingKey {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    status: row.status,
    method: row.method,
    methodLabel: row.method_label ?? undefined,
    statusReason: row.status_reason ?? undefined,
    lastPaidAt: row.last_paid_at ?? undefined,
    checkedAt: row.checked_at ?? undefined,
    createdAt: row.created_at,
  };
}

const byId = statement(
  "billing_key_by_id",
  `select ${billingKeyColumns} from billing_keys where account_id = $1 and id = $2`,
);

export async function findBillingKey(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<BillingKey | undefined> {
  const [row] = await db.query<BillingKeyRow>(byId, [accountId, id]);
  return row === undefined ? undefined : toBillingKey(row);
}

const locked = statement(
  "billing_key_locked",
  `select ${billingKeyColumns} from billing_keys where account_id = $1 and id = $2 for no key update`,
);

export async function lockBillingKey(
  tx: Transaction,
  accountId: string,
  id: string,
): Promise<BillingKey | undefined> {
  const [row] = await tx.query<BillingKeyRow>(locked, [accountId, id]);
  return row === undefined ? undefined : toBillingKey(row);
}

const byIds = statement(
  "billing_keys_by_id",
  `select ${billingKeyColumns} from billing_keys where account_id = $1 and id = any($2::text[])`,
);

export async function listBillingKeys(
  db: Queryable,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, BillingKey>> {
  const rows = await db.query<BillingKeyRow>(byIds, [accountId, ids]);
  return new Map(rows.map((row) => [row.id, toBillingKey(row)]));
}

const byBlindIndex = statement(
  "billing_key_by_blind_index",
  `select ${billingKeyColumns} from billing_keys
   where account_id = $1 and connection_id = $2 and blind_index = $3`,
);

/** Finds the key that a webhook names, without decrypting any. */
export async function findBillingKeyByBlindIndex(
  db: Queryable,
  accountId: string,
  connectionId: string,
  blindIndex: Uint8Array,
): Promise<BillingKey | undefined> {
  const [row] = await db.query<BillingKeyRow>(byBlindIndex, [accountId, connectionId, blindIndex]);
  return row === undefined ? undefined : toBillingKey(row);
}

export interface NewBillingKey {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly connectionId: string;
  readonly method: string;
  readonly methodLabel: string | undefined;
  /** Envelope of both secrets, see billing-key-secret.ts. */
  readonly secret: Uint8Array;
  readonly blindIndex: Uint8Array;
}

const insert = statement(
  "billing_key_insert",
  `insert into billing_keys (account_id, id, customer_id, connection_id, method, method_label,
     secret, blind_index)
   values ($1, $2, $3, $4, $5, $6, $7, $8)
   returning ${billingKeyColumns}`,
);

export async function insertBillingKey(tx: Transaction, it: NewBillingKey): Promise<BillingKey> {
  const [row] = await tx.query<BillingKeyRow>(insert, [
    it.accountId,
    it.id,
    it.customerId,
    it.connectionId,
    it.method,
    it.methodLabel ?? null,
    it.secret,
    it.blindIndex,
  ]);
  if (row === undefined) throw new Error("the inserted billing key was not returned");
  return toBillingKey(row);
}

const setStatus = statement(
  "billing_key_set_status",
  `update billing_keys set status = $3, status_reason = $4,
     deleted_at_provider_at = case when $3 = 'dead' then protocol_now()
                              else deleted_at_provider_at end
   where account_id = $1 and id = $2 and status = any($5::text[])`,
);

/** @returns false when the key was in none of the states that may become this one. */
export async function saveBillingKeyStatus(
  tx: Transaction,
  key: { readonly accountId: string; readonly billingKeyId: string },
  status: BillingKeyStatus,
  reason: string,
  from: readonly BillingKeyStatus[],
): Promise<boolean> {
  const values = [key.accountId, key.billingKeyId, status, reason, from];
  return (await tx.execute(setStatus, values)) === 1;
}

const setLabels = statement(
  "billing_keys_set_labels",
  `update billing_keys k set method_label = r.method_label
   from (select distinct on (account_id, id) *
         from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, method_label text)) r
   where k.account_id = r.account_id and k.id = r.id and k.method_label is null`,
);

/** Fills labels that only the first payment tells; a label that is there stays. */
export async function saveMethodLabels(
  tx: Transaction,
  labels: readonly {
    readonly accountId: string;
    readonly billingKeyId: string;
    readonly methodLabel: string;
  }[],
): Promise<void> {
  if (labels.length === 0) return;
  const rows = labels.map(({ accountId, billingKeyId, methodLabel }) => ({
    account_id: accountId,
    id: billingKeyId,
    method_label: methodLabel,
  }));
  await tx.execute(setLabels, [jsonRows(rows)]);
}

const used = statement(
  "billing_key_is_used",
  `select 1 from subscriptions
   where account_id = $1 and billing_key_id = $2 and status <> 'canceled' and id <> $3 limit 1`,
);

/** Whether another subscription than this one still pays with the key. */
export async function isUsedByOthers(
  tx: Transaction,
  accountId: string,
  billingKeyId: string,
  subscriptionId: string,
): Promise<boolean> {
  return (await tx.query(used, [accountId, billingKeyId, subscriptionId])).length > 0;
}

const leadsBack = statement(
  "billing_key_leads_back",
  `select 1 from gateway_connections left_behind
   join billing_keys k on k.account_id = left_behind.account_id
   join gateway_connections g on g.account_id = k.account_id and g.id = k.connection_id
   where left_behind.account_id = $1 and left_behind.id = $2 and left_behind.state = 'sunset'
     and k.id = $3 and k.status = 'active' and g.state <> 'sunset'
   limit 1`,
);

/** Whether a key of this connection, which is being left, would replace one that is good elsewhere. */
export async function wouldLeadBack(
  tx: Transaction,
  accountId: string,
  connectionId: string,
  presentKeyId: string,
): Promise<boolean> {
  return (await tx.query(leadsBack, [accountId, connectionId, presentKeyId])).length > 0;
}

export interface KeyToDelete {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly connectionId: string;
  readonly secret: Uint8Array;
}

const toDelete = statement(
  "billing_keys_claim_to_delete",
  `update billing_keys k set delete_after = protocol_now() + $2::float8 * interval '1 ms'
   where (k.account_id, k.id) in (
     select d.account_id, d.id from billing_keys d
     where d.status = 'revoked' and d.deleted_at_provider_at is null
       and (d.delete_after is null or d.delete_after <= protocol_now())
       and not exists (
         -- By way of the customer, because charges have no index on their key.
         select 1 from subscriptions s
         join charges c on c.account_id = s.account_id and c.subscription_id = s.id
         where s.account_id = d.account_id and s.customer_id = d.customer_id
           and c.billing_key_id = d.id
           and c.status in ('in_flight', 'reconciling', 'in_review', 'authorized', 'capturing',
                            'voiding', 'expired'))
     order by d.delete_after nulls first limit $1
     for no key update skip locked)
   returning k.account_id, k.id, k.customer_id, k.connection_id, k.secret`,
);

/**
 * Revoked keys that the provider still has and that no undecided charge was sent with; nobody else
 * tries them before `retryMs` are over.
 */
export async function claimKeysToDelete(
  db: Queryable,
  limit: number,
  retryMs: number,
): Promise<KeyToDelete[]> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    customer_id: string;
    connection_id: string;
    secret: Uint8Array;
  }>(toDelete, [limit, retryMs]);
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    secret: row.secret,
  }));
}

const deleted = statement(
  "billing_key_deleted",
  `update billing_keys set deleted_at_provider_at = protocol_now()
   where account_id = $1 and id = $2 and deleted_at_provider_at is null`,
);

export async function markDeletedAtProvider(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<void> {
  await db.execute(deleted, [accountId, id]);
}
