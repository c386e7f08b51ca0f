/**
 * Values that every message uses. JSON is camelCase; amounts are whole numbers of the smallest unit
 * that is really charged (won, yen, satang, cents); instants are ISO-8601 in UTC; billing dates are
 * calendar dates in the subscription's own zone; an absent or null field means "none".
 */
import { z } from "@hono/zod-openapi";

const prefixes = {
  acct: "the account",
  bk: "a billing key",
  chg: "a charge",
  clk: "a test clock",
  cus: "a customer",
  evt: "an event",
  gwy: "a gateway connection",
  inv: "an invoice",
  mrq: "a method request",
  plan: "a plan",
  price: "a price",
  reg: "a registration",
  rfd: "a refund",
  sub: "a subscription",
  swf: "a finding",
  swp: "a sweep",
} as const;

export type PublicIdPrefix = keyof typeof prefixes;

/** An id as it is made, with its example. Ids are case-sensitive. */
export function idOf(prefix: PublicIdPrefix) {
  return z
    .string()
    .regex(
      new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`),
      `must be the id of ${prefixes[prefix]}: ${prefix}_ and 26 lower-case characters`,
    )
    .openapi({ example: exampleId(prefix) });
}

/** For examples only. */
export function exampleId(prefix: PublicIdPrefix): string {
  return `${prefix}_5x4h9k2m7q1r8t3v6w0y5z2a4b`;
}

/** The currencies we can name. What a connection really charges is narrower: Toss takes KRW only. */
export const currencyCodes = ["KRW", "JPY", "TWD", "THB", "USD"] as const;

export const currencySchema = z
  .enum(currencyCodes, `must be one of ${currencyCodes.join(", ")}`)
  .openapi({ example: "KRW" });

/** Whole minor units, 1 to 2^53 − 1. */
export const amountSchema = z
  .int("must be a whole number of the currency's smallest unit, at most 9007199254740991")
  .min(1, "must be at least 1")
  .openapi({ example: 9900 });

const firstToLastYear = /^(19[7-9]|2\d\d)\d-/;
const finerThanNanoseconds = /\.\d{10}/;

export const instantSchema = z.iso
  .datetime({ offset: true, error: "must be an ISO-8601 instant, such as 2026-03-01T00:00:00Z" })
  .refine(
    (text) => firstToLastYear.test(text) && !finerThanNanoseconds.test(text),
    "must be in the years 1970 to 2999, with at most nine digits after the second",
  )
  .openapi({ example: "2026-03-01T01:00:00Z" });

export const dateSchema = z.iso.date().openapi({ example: "2026-03-01" });

/**
 * Text that people typed: not blank, no control characters, no half of a character pair.
 *
 * @param maximum In UTF-16 units, as JavaScript and the providers count.
 */
export function textOf(maximum: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? "is missing" : "must be text") })
    .min(1, "must not be empty")
    .max(maximum, `must have at most ${maximum} characters`)
    .refine((text) => text.trim() === text && text !== "", "must not begin or end with a space")
    .refine(isPlainText, "must not contain control characters or broken characters");
}

function isPlainText(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

/** Of a list: where the page before ended. Opaque: hand it back as it came. */
export const pageQuery = {
  limit: z.coerce
    .number<string>()
    .int("must be a whole number from 1 to 100")
    .min(1, "must be a whole number from 1 to 100")
    .max(100, "must be a whole number from 1 to 100")
    .default(20)
    .openapi({ description: "Most items on a page, 1 to 100." }),
  cursor: z
    .string()
    .max(300, "must be the nextCursor of the page before")
    .optional()
    .openapi({ description: "`nextCursor` of the page before." }),
};

/** One page, newest first. `nextCursor` is null on the last one. */
export function pageOf<Item extends z.ZodType>(name: string, item: Item) {
  return z
    .object({ items: z.array(item), nextCursor: z.string().nullable() })
    .openapi(`${name}Page`);
}
