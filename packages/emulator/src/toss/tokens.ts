/** Random names in the shapes Toss Payments gives them. */
import { randomBytes } from "node:crypto";

/** A name for our own records: `account_…`. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(9).toString("base64url")}`;
}

/** 44 characters of base64url ending in `=`, as measured in 2026 (gj-kit). */
export function randomBillingKey(): string {
  return `${randomBytes(32).toString("base64url")}=`;
}

/** At most 300 characters by the documents; ours has 43. */
export function randomAuthKey(): string {
  return randomBytes(32).toString("base64url");
}

/** `tviva` + yyyyMMddHHmmss + 5 characters, as stored test answers show (2026-03). */
export function randomPaymentKey(wholeSeconds: string): string {
  const stamp = wholeSeconds.replaceAll(/\D/g, "").slice(0, 14);
  const tail = randomBytes(5).toString("base64url").slice(0, 5);
  return `tviva${stamp}${tail}${randomBytes(4).toString("hex")}`;
}

export function randomTransactionKey(): string {
  return `txrd_${randomBytes(16).toString("hex")}`;
}

export function randomTraceId(): string {
  return randomBytes(16).toString("hex").toUpperCase();
}

/** Eight digits, as card approvals have. */
export function randomApproveNo(): string {
  return String(randomBytes(4).readUInt32BE() % 100_000_000).padStart(8, "0");
}
