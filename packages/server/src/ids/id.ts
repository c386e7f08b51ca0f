/**
 * Id: a prefix that says what the thing is, an underscore, and 128 random bits as 26 characters of
 * lower-case base32: `sub_0q5v…`. Random and without order on purpose: an id tells nothing about how
 * many customers a merchant has, and two databases restored from one backup never give the same id
 * to two different things.
 */
import type { Random } from "../effects.ts";
import { bytesToNumber, encodeBase32 } from "./base32.ts";

export const idPrefixes = [
  "cus",
  "reg",
  "mrq",
  "bk",
  "plan",
  "price",
  "sub",
  "inv",
  "chg",
  "win",
  "att",
  "rfd",
  "evt",
  "ntf",
  "swp",
  "swf",
  "jrn",
  "rcv",
  "whk",
  "clk",
  "gwy",
  "acct",
  "key",
  "aud",
] as const;

export type IdPrefix = (typeof idPrefixes)[number];

export type Id<P extends IdPrefix> = `${P}_${string}`;

const byteCount = 16;
/** Characters after the underscore. */
export const idBodyWidth = 26;
/** 26 characters hold 130 bits, so the first is at most 7. */
const bodyPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

export function newId<P extends IdPrefix>(prefix: P, random: Random): Id<P> {
  return `${prefix}_${encodeBase32(bytesToNumber(random.bytes(byteCount)), idBodyWidth)}`;
}

/** Takes anything, so that it can stand in a schema: `z.custom<Id<"sub">>((v) => isId("sub", v))`. */
export function isId<P extends IdPrefix>(prefix: P, value: unknown): value is Id<P> {
  if (typeof value !== "string" || !value.startsWith(`${prefix}_`)) return false;
  return bodyPattern.test(value.slice(prefix.length + 1));
}

/** @throws {RangeError} when the text is not an id with this prefix. Ids are case-sensitive. */
export function parseId<P extends IdPrefix>(prefix: P, text: string): Id<P> {
  if (isId(prefix, text)) return text;
  throw new RangeError(
    `${JSON.stringify(text.slice(0, 40))} is not an id of the form ${prefix}_ and ${idBodyWidth} lower-case characters`,
  );
}
