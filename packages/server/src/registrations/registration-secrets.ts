/**
 * The secrets of a registration, encrypted as the billing key is: the customer key, which together
 * with the billing key is the power to charge, and the auth key, which is exchanged for it. Each is
 * bound to its row and its customer.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "../effects.ts";
import { blindIndex } from "../security/blind-index.ts";
import { decryptField, encryptField, type DataKey } from "../security/encryption.ts";
import { Secret } from "../security/secret.ts";

interface RegistrationRowKey {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
}

type SecretColumn = "customer_key" | "auth_key";

/** @returns an envelope for the column. */
export function sealRegistrationSecret(
  dataKey: DataKey,
  column: SecretColumn,
  value: Secret,
  row: RegistrationRowKey,
  random: Random,
): Uint8Array {
  return encryptField(dataKey, value, contextOf(column, row), random);
}

/** @throws {EncryptionError} when the envelope is not this row's. */
export function openRegistrationSecret(
  dataKey: DataKey,
  column: SecretColumn,
  envelope: Uint8Array,
  row: RegistrationRowKey,
): Secret {
  return decryptField(dataKey, envelope, contextOf(column, row));
}

/** Equal for equal auth keys of one account, so that the database can refuse to see one twice. */
export function authKeyHash(dataKey: DataKey, authKey: string): Uint8Array {
  return blindIndex(dataKey, "auth_key", new Secret(authKey));
}

/** Compares in a time that depends on neither text. */
export function isSameSecret(ours: Secret, given: string): boolean {
  return timingSafeEqual(sha256(ours.reveal()), sha256(given));
}

/** What is stored of a browser's cookie, which is random and long: nothing slower is needed. */
export function browserHashOf(cookie: string): Uint8Array {
  return new Uint8Array(sha256(cookie));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function contextOf(column: SecretColumn, { accountId, id, customerId }: RegistrationRowKey) {
  return { table: "registrations", column, rowId: id, accountId, customerId };
}
