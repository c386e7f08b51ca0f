/**
 * Encryption of fields at rest, in two levels: a master key (from a file or the environment) wraps
 * one data key per account, and the data key encrypts the fields. AES-256-GCM both times.
 *
 *   envelope = version (1 byte) | key id (4) | nonce (12) | ciphertext | tag (16)
 *
 * The additional data binds each envelope to its place: a wrapped data key to its account, a field
 * to its table, column, row and customer. Copied into another row it does not open, so whoever can
 * write to the database still cannot charge one customer with another's billing key.
 *
 * The key id is computed from the key, so it needs no registry: to rotate, keep the old keys, choose
 * by `keyIdOf(envelope)` when reading, and write with the new one.
 *
 * Nonces are random: one data key is good for 2^32 fields (NIST SP 800-38D, 8.3).
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "../effects.ts";
import { deriveKey } from "./derived-key.ts";
import { Secret } from "./secret.ts";

/**
 * | code                   | what to do |
 * | ---------------------- | ---------- |
 * | `malformed_key`        | the master key's text is not 32 bytes in hex or base64: make a new one |
 * | `malformed_envelope`   | the bytes are no envelope of ours, or of a later version |
 * | `other_key`            | encrypted with another key: offer the one that `keyIdOf` names |
 * | `not_authentic`        | changed, or moved from another place: treat as an intrusion |
 */
export type EncryptionErrorCode =
  "malformed_key" | "malformed_envelope" | "other_key" | "not_authentic";

/** Never carries a key, a plaintext or a ciphertext. */
export class EncryptionError extends Error {
  override readonly name = "EncryptionError";
  readonly code: EncryptionErrorCode;

  constructor(code: EncryptionErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

interface EncryptionKey {
  /** 8 hexadecimal digits, computed from the key. Not a secret. */
  readonly id: string;
  readonly key: Secret<Uint8Array>;
}

/** Wraps data keys; belongs to the installation. */
export interface MasterKey extends EncryptionKey {
  readonly kind: "master";
}

/** Encrypts the fields of one account. */
export interface DataKey extends EncryptionKey {
  readonly kind: "data";
}

/** The place of an encrypted field. Every member must be the same when it is read. */
export interface FieldContext {
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
  readonly accountId: string;
  /** Absent for fields that belong to no customer, such as a connection's credentials. */
  readonly customerId?: string;
}

const version = 1;
const keyLength = 32;
const keyIdLength = 4;
const nonceLength = 12;
const tagLength = 16;
const headerLength = 1 + keyIdLength;
const overhead = headerLength + nonceLength + tagLength;

/**
 * Reads a master key: 32 bytes as 64 hexadecimal digits or as base64 (either alphabet); space around
 * it is ignored, because files end in a newline.
 *
 * @throws {EncryptionError} `malformed_key`.
 */
export function readMasterKey(text: Secret): MasterKey {
  const trimmed = text.reveal().trim();
  const isHex = /^[0-9a-f]{64}$/i.test(trimmed);
  if (!isHex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) {
    throw new EncryptionError(
      "malformed_key",
      "The master key is not 32 bytes in base64 or hex. Make one with: openssl rand -base64 32",
    );
  }
  return { kind: "master", ...encryptionKey(Buffer.from(trimmed, isHex ? "hex" : "base64")) };
}

export function createDataKey(random: Random): DataKey {
  return { kind: "data", ...encryptionKey(random.bytes(keyLength)) };
}

/** @returns an envelope to store with the account. */
export function wrapDataKey(
  masterKey: MasterKey,
  dataKey: DataKey,
  accountId: string,
  random: Random,
): Uint8Array {
  return seal(masterKey, dataKey.key.reveal(), wrapContext(accountId), random);
}

/** @throws {EncryptionError} every code but `malformed_key`. */
export function unwrapDataKey(
  masterKey: MasterKey,
  wrapped: Uint8Array,
  accountId: string,
): DataKey {
  const bytes = open(masterKey, wrapped, wrapContext(accountId));
  if (bytes.length !== keyLength) {
    throw new EncryptionError("malformed_envelope", "The wrapped data key is not 32 bytes long");
  }
  return { kind: "data", ...encryptionKey(bytes) };
}

/** @returns an envelope, 33 bytes longer than the text in UTF-8. */
export function encryptField(
  dataKey: DataKey,
  plaintext: Secret,
  context: FieldContext,
  random: Random,
): Uint8Array {
  const bytes = new TextEncoder().encode(plaintext.reveal());
  return seal(dataKey, bytes, fieldContext(context), random);
}

/** @throws {EncryptionError} every code but `malformed_key`. */
export function decryptField(
  dataKey: DataKey,
  envelope: Uint8Array,
  context: FieldContext,
): Secret {
  const bytes = open(dataKey, envelope, fieldContext(context));
  // The mark U+FEFF at the start belongs to the text that was encrypted, so it is not taken away.
  return new Secret(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
}

/**
 * Which key an envelope was made with: compare with `MasterKey.id` or `DataKey.id`.
 *
 * @throws {EncryptionError} `malformed_envelope`.
 */
export function keyIdOf(envelope: Uint8Array): string {
  if (envelope.length < overhead || envelope[0] !== version) {
    throw new EncryptionError(
      "malformed_envelope",
      `These ${envelope.length} bytes are not an envelope of version ${version}: restore the row from a backup, or upgrade if a later version wrote it`,
    );
  }
  return Buffer.from(envelope.subarray(1, headerLength)).toString("hex");
}

function encryptionKey(bytes: Uint8Array): EncryptionKey {
  const key = new Secret(new Uint8Array(bytes)); // A copy: nobody else can change the key.
  const idBytes = deriveKey(key, "key id").reveal().subarray(0, keyIdLength);
  return { id: Buffer.from(idBytes).toString("hex"), key };
}

function seal(
  { id, key }: EncryptionKey,
  plaintext: Uint8Array,
  context: string,
  random: Random,
): Uint8Array {
  const header = Buffer.concat([Uint8Array.of(version), Buffer.from(id, "hex")]);
  const nonce = random.bytes(nonceLength);
  const options = { authTagLength: tagLength };
  const cipher = createCipheriv("aes-256-gcm", key.reveal(), nonce, options);
  cipher.setAAD(additionalData(header, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return new Uint8Array(Buffer.concat([header, nonce, body, cipher.getAuthTag()]));
}

function open({ id, key }: EncryptionKey, envelope: Uint8Array, context: string): Uint8Array {
  const envelopeKeyId = keyIdOf(envelope);
  if (envelopeKeyId !== id) {
    throw new EncryptionError(
      "other_key",
      `Encrypted with key ${envelopeKeyId}, but key ${id} was offered: provide that key too`,
    );
  }
  const header = envelope.subarray(0, headerLength);
  const nonce = envelope.subarray(headerLength, headerLength + nonceLength);
  const options = { authTagLength: tagLength };
  const decipher = createDecipheriv("aes-256-gcm", key.reveal(), nonce, options);
  decipher.setAAD(additionalData(header, context));
  decipher.setAuthTag(envelope.subarray(-tagLength));
  const body = decipher.update(envelope.subarray(headerLength + nonceLength, -tagLength));
  try {
    return new Uint8Array(Buffer.concat([body, decipher.final()]));
  } catch (cause) {
    throw new EncryptionError(
      "not_authentic",
      "The ciphertext was changed, or moved here from another row, customer or account",
      cause,
    );
  }
}

function additionalData(header: Uint8Array, context: string): Uint8Array {
  return Buffer.concat([header, Buffer.from(context, "utf8")]);
}

// JSON keeps the members apart whatever they contain: ["a","bc"] is never ["ab","c"].
function wrapContext(accountId: string): string {
  return JSON.stringify(["data key", accountId]);
}

function fieldContext({ table, column, rowId, accountId, customerId }: FieldContext): string {
  return JSON.stringify(["field", table, column, rowId, accountId, customerId ?? null]);
}
