/**
 * Derived key: one 256-bit key per purpose out of one parent key (HKDF-SHA-256, RFC 5869), so that
 * what one purpose reveals says nothing about another, and no key is used by two algorithms.
 */
import { createHmac, hkdfSync } from "node:crypto";
import { Secret } from "./secret.ts";

/** @param purpose Fixed text; another purpose gives an unrelated key. */
export function deriveKey(parent: Secret<Uint8Array>, purpose: string): Secret<Uint8Array> {
  const info = `maedal ${purpose}`;
  return new Secret(new Uint8Array(hkdfSync("sha256", parent.reveal(), "", info, 32)));
}

/** HMAC-SHA-256, 32 bytes. */
export function keyedHash(key: Secret<Uint8Array>, text: string): Uint8Array {
  return createHmac("sha256", key.reveal()).update(text, "utf8").digest();
}
