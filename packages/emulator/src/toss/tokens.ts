/** Random names in the shapes Toss Payments gives them. */
import { randomBytes } from "node:crypto";

const poolBytes = 8192;
let pool = randomBytes(poolBytes);
let used = 0;

/** Random bytes, drawn from the system in bulk: a charge needs six names. */
function bytes(count: number): Buffer {
  if (used + count > poolBytes) {
    pool = randomBytes(poolBytes);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

/** A name for our own records: `account_…`. */
export function randomId(prefix: string): string {
  return `${prefix}_${bytes(9).toString("base64url")}`;
}

/** 44 characters of base64url ending in `=`, as measured in 2026 (gj-kit). */
export function randomBillingKey(): string {
  return `${bytes(32).toString("base64url")}=`;
}

/** At most 300 characters by the documents; ours has 43. */
export function randomAuthKey(): string {
  return bytes(32).toString("base64url");
}

/**
 * `tviva` + yyyyMMddHHmmss + a random tail, as stored test answers show (2026-03); the tail is longer
 * than theirs of 5 characters, so that it stays unique at any speed.
 *
 * @param koreanTime In the form of API objects.
 */
export function randomPaymentKey(koreanTime: string): string {
  const stamp = koreanTime.replaceAll(/\D/g, "").slice(0, 14);
  return `tviva${stamp}${bytes(9).toString("base64url")}`;
}

export function randomTransactionKey(): string {
  return `txrd_${bytes(16).toString("hex")}`;
}

export function randomTraceId(): string {
  return bytes(16).toString("hex").toUpperCase();
}

/** Eight digits, as card approvals have. */
export function randomApproveNo(): string {
  return String(bytes(4).readUInt32BE() % 100_000_000).padStart(8, "0");
}
