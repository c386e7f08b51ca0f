/** Random names in the shapes that LINE Pay gives them. */
import { randomBytes, randomInt } from "node:crypto";

/** A name for our own records: `payer_…`. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(9).toString("base64url")}`;
}

/**
 * `YYYYMMDD` and 11 digits, beyond what a JavaScript number holds: never one that a careless
 * `JSON.parse` happens to read right.
 *
 * @param at ISO-8601 UTC.
 */
export function randomTransactionId(at: string): string {
  const id = `${at.slice(0, 10).replaceAll("-", "")}${randomDigits(11)}`;
  return String(Number(id)) === id ? randomTransactionId(at) : id;
}

/** Twelve digits that a customer types instead of scanning. */
export function randomAccessToken(): string {
  return randomDigits(12);
}

/** The opaque `transactionReserveId` of the payment page. */
export function randomWebToken(): string {
  return randomBytes(32).toString("base64url");
}

const upperAlphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** `RK` and 13 upper-case alphanumerics. */
export function randomRegKey(): string {
  const tail = Array.from({ length: 13 }, () => upperAlphanumerics[randomInt(36)]);
  return `RK${tail.join("")}`;
}

function randomDigits(count: number): string {
  return String(randomInt(10 ** count)).padStart(count, "0");
}
