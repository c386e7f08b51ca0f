/**
 * Blind index: a keyed hash of a secret, stored beside its ciphertext, so that a billing key named
 * in a webhook can be found, and a second row with the same key refused, without decrypting
 * anything. Equal values of one account give equal indexes; nothing else can be read from them.
 *
 * The key comes from the account's data key: when that is rotated, look up under the old and the new
 * key until every row's index has been computed again.
 */
import type { DataKey } from "./encryption.ts";
import { deriveKey, keyedHash } from "./derived-key.ts";
import type { Secret } from "./secret.ts";

/** What is looked up. Indexes of two purposes never match, even for the same value. */
export type BlindIndexPurpose = "billing_key" | "customer_key" | "auth_key";

/** @returns 32 bytes. The value is hashed exactly as it is: case and spaces count. */
export function blindIndex(
  dataKey: DataKey,
  purpose: BlindIndexPurpose,
  value: Secret,
): Uint8Array {
  const indexKey = deriveKey(dataKey.key, `blind index ${purpose}`);
  return new Uint8Array(keyedHash(indexKey, value.reveal()));
}
