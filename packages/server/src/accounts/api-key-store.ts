/** SQL of API keys. Only hashes are stored. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable } from "../db/database.ts";
import { getAccount } from "./account-store.ts";
import type { Account } from "./account.ts";

export interface ApiKeyRecord {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  /** For people to tell their keys apart: `mdl_test_…a1b2`. */
  readonly hint: string;
  readonly createdAt: Temporal.Instant;
  readonly revokedAt: Temporal.Instant | undefined;
}

interface ApiKeyRow {
  account_id: string;
  id: string;
  name: string;
  hint: string;
  created_at: Temporal.Instant;
  revoked_at: Temporal.Instant | null;
}

const columns = "account_id, id, name, hint, created_at, revoked_at";

function toApiKey(row: ApiKeyRow): ApiKeyRecord {
  return {
    accountId: row.account_id,
    id: row.id,
    name: row.name,
    hint: row.hint,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
  };
}

const insert = statement(
  "api_key_insert",
  `insert into api_keys (account_id, id, name, key_hash, hint) values ($1, $2, $3, $4, $5)
   returning ${columns}`,
);

export async function insertApiKey(
  db: Queryable,
  it: Pick<ApiKeyRecord, "accountId" | "id" | "name" | "hint"> & { readonly hash: Uint8Array },
): Promise<ApiKeyRecord> {
  const values = [it.accountId, it.id, it.name, it.hash, it.hint];
  const [row] = await db.query<ApiKeyRow>(insert, values);
  if (row === undefined) throw new Error("the inserted API key was not returned");
  return toApiKey(row);
}

const byHash = statement(
  "api_key_by_hash",
  "select account_id, id from api_keys where key_hash = $1 and revoked_at is null",
);

/** The key and its account; undefined when the key is unknown or revoked. */
export async function findAccountByKeyHash(
  db: Queryable,
  hash: Uint8Array,
): Promise<{ readonly keyId: string; readonly account: Account } | undefined> {
  const [row] = await db.query<{ account_id: string; id: string }>(byHash, [hash]);
  if (row === undefined) return undefined;
  return { keyId: row.id, account: await getAccount(db, row.account_id) };
}

const all = statement(
  "api_keys_all",
  `select ${columns} from api_keys order by created_at, id limit 1000`,
);

/** Oldest first, at most 1000, revoked ones too. */
export async function listApiKeys(db: Queryable): Promise<ApiKeyRecord[]> {
  return (await db.query<ApiKeyRow>(all)).map(toApiKey);
}

const revoke = statement(
  "api_key_revoke",
  `update api_keys set revoked_at = coalesce(revoked_at, protocol_now()) where id = $1 returning ${columns}`,
);

/** From now on the key is refused. Safe to repeat. @returns undefined when there is none. */
export async function revokeApiKey(db: Queryable, id: string): Promise<ApiKeyRecord | undefined> {
  const [row] = await db.query<ApiKeyRow>(revoke, [id]);
  return row && toApiKey(row);
}
