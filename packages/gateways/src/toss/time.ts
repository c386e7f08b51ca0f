/** Times as Toss Payments writes them. */
import { Temporal } from "temporal-polyfill";

const zone = "Asia/Seoul";

const shape =
  /^(?<local>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?<offset>Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads `yyyy-MM-dd'T'HH:mm:ss` with 0 to 9 digits of a second and with or without an offset.
 * API objects carry `+09:00`; webhooks carry none, and were seen with 5 digits instead of 6.
 * Unverified: that a time without an offset is Korean time; no document says so.
 *
 * @returns undefined when the text is no such time.
 */
export function readTossTime(text: string): Temporal.Instant | undefined {
  const { local, offset } = shape.exec(text)?.groups ?? {};
  if (local === undefined) return undefined;
  try {
    if (offset !== undefined) return Temporal.Instant.from(text);
    return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant();
  } catch {
    return undefined; // A 13th month, a 25th hour.
  }
}

/**
 * Korean time without an offset, to the whole second, as the transactions API wants it (a `Z` is
 * refused with INVALID_DATE).
 *
 * @param rounding Which second stands for a fraction: `floor` for a start, `ceil` for an end.
 */
export function writeTossTime(instant: Temporal.Instant, rounding: "floor" | "ceil"): string {
  return instant
    .round({ smallestUnit: "second", roundingMode: rounding })
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: "second" });
}
