/**
 * Column types: how values cross between PostgreSQL and us, decided once. They are handed to each
 * client rather than set in pg's global registry, so an application that embeds us keeps its own.
 *
 * | column        | we read               | we write                       |
 * | ------------- | --------------------- | ------------------------------ |
 * | `timestamptz` | `Temporal.Instant`    | the same (and in arrays)       |
 * | `date`        | `Temporal.PlainDate`  | the same (and in arrays)       |
 * | `int8`        | string: `safeInteger` | number, bigint or string       |
 * | `jsonb`       | parsed value          | object; a top-level array or scalar needs `JSON.stringify` |
 *
 * Everything else is as pg does it, but for text: PostgreSQL holds no NUL, and refuses in jsonb what is
 * half a character pair. Both become U+FFFD, so that no character which a browser or a provider may
 * send keeps a record from being written, or makes a bug of a question.
 */
import { types, type CustomTypesConfig } from "pg";
import { Temporal } from "temporal-polyfill";
import { jsonRows } from "./json-rows.ts";

const oid = {
  textArray: 1009,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  dateArray: 1182,
  timestamptzArray: 1185,
} as const;

type Parser = (text: string) => unknown;

/** pg declares the ids as an enum that lacks arrays; its parser table has them. */
const parserOf = types.getTypeParser as (id: number, format: "text" | "binary") => Parser;

const parseTextArray = parserOf(oid.textArray, "text");

/** `infinity` and years beyond 9999 have no place in billing: they throw a RangeError. */
const parseInstant: Parser = (text) => Temporal.Instant.from(text);
const parseDate: Parser = (text) => Temporal.PlainDate.from(text);

function arrayOf(parseElement: Parser): Parser {
  return (text) =>
    (parseTextArray(text) as (string | null)[]).map((element) =>
      element === null ? null : parseElement(element),
    );
}

const parsers = new Map<number, Parser>([
  [oid.timestamptz, parseInstant],
  [oid.timestamptzArray, arrayOf(parseInstant)],
  [oid.date, parseDate],
  [oid.dateArray, arrayOf(parseDate)],
  // Without a zone it is not an instant. We have no such column, and pg would guess a zone.
  [oid.timestamp, (text) => text],
]);

export const columnTypes: CustomTypesConfig = {
  getTypeParser: (id: number, format: "text" | "binary" = "text") =>
    (format === "text" ? parsers.get(id) : undefined) ?? parserOf(id, format),
};

/** Turns Temporal values into ISO text and objects into JSON, inside arrays too. */
export function encodeValue(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\u0000", "\uFFFD");
  if (value instanceof Temporal.Instant || value instanceof Temporal.PlainDate) {
    return value.toString();
  }
  if (Array.isArray(value)) return value.map(encodeValue);
  return isPlainObject(value) ? jsonRows(value) : value;
}

/** Bytes and dates are objects as well, and pg knows what to do with them. */
function isPlainObject(value: unknown): value is object {
  return value instanceof Object && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Reads an `int8` column, which arrives as text because it may exceed what a number can hold.
 *
 * @throws {RangeError} when it is not a whole number or a number cannot hold it exactly.
 */
export function safeInteger(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new RangeError(`${text} is not a whole number that JavaScript holds exactly`);
  }
  return value;
}
