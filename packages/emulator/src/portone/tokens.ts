/** Random names in the shapes PortOne V1 and its PGs give them. */
import { randomBytes, randomInt } from "node:crypto";

/** A name for our own records: `means_…`. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(9).toString("base64url")}`;
}

/** `imp_` and twelve digits. */
export function randomImpUid(): string {
  return `imp_${String(randomInt(1_000_000)).padStart(6, "0")}${String(randomInt(1_000_000)).padStart(6, "0")}`;
}

/** 40 hexadecimal digits. */
export function randomAccessToken(): string {
  return randomBytes(20).toString("hex");
}

/** A PG's transaction id. */
export function randomPgTid(): string {
  return `pgtid_${randomBytes(12).toString("hex")}`;
}

/** Eight digits, as card approvals have. */
export function randomApplyNum(): string {
  return String(randomInt(100_000_000)).padStart(8, "0");
}
