/**
 * API key: what a merchant's server sends as its bearer token.
 *
 *   mdl_test_ | mdl_live_   mode, so that people and secret scanners know what they hold
 *   32 characters           160 random bits in base32
 *   7 characters            CRC-32 of everything before
 *
 * The checksum tells a mistyped or cut key from one that was revoked, before the database is asked.
 * Only the SHA-256 hash is stored: with 160 random bits nothing slower is needed.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Random } from "../effects.ts";
import { bytesToNumber, encodeBase32 } from "../ids/base32.ts";
import { Secret } from "./secret.ts";

export type ApiKeyMode = "test" | "live";

export interface ApiKey {
  readonly mode: ApiKeyMode;
  /** The whole key. Shown once, never stored. */
  readonly text: Secret;
  /** SHA-256 of the whole key, 32 bytes: what the database keeps. */
  readonly hash: Uint8Array;
  /** For lists, so that people can tell their keys apart: `mdl_test_…a1b2`. Not secret. */
  readonly hint: string;
}

const randomByteCount = 20;
const bodyWidth = 32;
const checksumWidth = 7;
const pattern = /^mdl_(test|live)_[0-9a-hjkmnp-tv-z]{39}$/;

export function newApiKey(mode: ApiKeyMode, random: Random): ApiKey {
  const body = encodeBase32(bytesToNumber(random.bytes(randomByteCount)), bodyWidth);
  const start = `mdl_${mode}_${body}`;
  return apiKey(mode, start + checksum(start));
}

/**
 * Reads a key as it was sent.
 *
 * @returns "malformed" when it is no key of ours at all, "mistyped" when it looks like one but the
 *   checksum differs. Neither needs to be looked up.
 */
export function readApiKey(text: string): ApiKey | "malformed" | "mistyped" {
  const mode = pattern.exec(text)?.[1];
  if (mode !== "test" && mode !== "live") return "malformed";
  const start = text.slice(0, -checksumWidth);
  if (checksum(start) !== text.slice(-checksumWidth)) return "mistyped";
  return apiKey(mode, text);
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function apiKey(mode: ApiKeyMode, text: string): ApiKey {
  const hash = new Uint8Array(createHash("sha256").update(text, "utf8").digest());
  // The last characters are checksum: they say less about the key than any others would.
  return { mode, text: new Secret(text), hash, hint: `mdl_${mode}_…${text.slice(-4)}` };
}

function checksum(text: string): string {
  return encodeBase32(BigInt(crc32(text)), checksumWidth);
}
