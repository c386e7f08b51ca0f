/**
 * Times as Toss Payments writes them: Korean time, which has no daylight saving, at `+09:00`.
 */
import { Temporal } from "temporal-polyfill";

const offset = "+09:00";

let latest = { second: "", text: "" };

/**
 * `2026-11-22T10:00:00+09:00`, the form of every time in an API object. Remembers the latest second:
 * busy answers tell the same one over and over.
 *
 * @param at ISO-8601 UTC.
 */
export function wholeSeconds(at: string): string {
  const second = at.slice(0, "2026-11-22T01:00:00".length);
  if (latest.second === second) return latest.text;
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(offset);
  latest = { second, text: local.toString({ timeZoneName: "never", fractionalSecondDigits: 0 }) };
  return latest.text;
}

/** `2026-11-22T10:00:00.12345` without an offset, the form of `createdAt` in webhooks. */
export function withoutOffset(at: Temporal.Instant, fractionDigits: 0 | 3 | 5 | 6): string {
  const local = at.toZonedDateTimeISO(offset).toPlainDateTime();
  return local.toString({ fractionalSecondDigits: fractionDigits });
}

/**
 * Reads `yyyy-MM-dd'T'HH:mm:ss` or `yyyy-MM-dd` as Korean time; undefined for anything else, a zone
 * suffix included.
 */
export function parseLocal(text: string): Temporal.Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?)?$/.test(text)) return undefined;
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(offset).toInstant();
  } catch {
    return undefined;
  }
}
