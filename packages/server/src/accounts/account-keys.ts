/**
 * AccountKeys: each account's data key, unwrapped once and kept in memory. A wrapped data key never
 * changes in place, so there is nothing to invalidate.
 */
import type { Queryable } from "../db/database.ts";
import { statement } from "../db/database.ts";
import type { Random } from "../effects.ts";
import {
  createDataKey,
  unwrapDataKey,
  wrapDataKey,
  type DataKey,
  type MasterKey,
} from "../security/encryption.ts";

export interface AccountKeys {
  /**
   * @throws {EncryptionError} when the master key is not the one that the account was made with.
   * @throws {Error} when there is no such account.
   */
  dataKeyOf(db: Queryable, accountId: string): Promise<DataKey>;
  /** A fresh data key for a new account, wrapped for its row. */
  newWrappedDataKey(accountId: string): Uint8Array;
}

const wrappedDataKey = statement(
  "account_wrapped_data_key",
  "select wrapped_data_key from accounts where id = $1",
);

export function createAccountKeys(masterKey: MasterKey, random: Random): AccountKeys {
  const known = new Map<string, DataKey>();
  return {
    async dataKeyOf(db, accountId) {
      const cached = known.get(accountId);
      if (cached !== undefined) return cached;
      const [row] = await db.query<{ wrapped_data_key: Uint8Array }>(wrappedDataKey, [accountId]);
      if (row === undefined) throw new Error(`there is no account ${accountId}`);
      const dataKey = unwrapDataKey(masterKey, row.wrapped_data_key, accountId);
      known.set(accountId, dataKey);
      return dataKey;
    },
    newWrappedDataKey(accountId) {
      return wrapDataKey(masterKey, createDataKey(random), accountId, random);
    },
  };
}
