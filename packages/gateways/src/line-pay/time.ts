/** Times as LINE Pay writes them. */
import { Temporal } from "temporal-polyfill";

/**
 * Reads ISO 8601 with `Z` or an offset, such as `2026-11-01T03:00:01Z`.
 *
 * @returns undefined when there is none, or the text is no such time.
 */
export function readLinePayTime(text: string | null | undefined): Temporal.Instant | undefined {
  if (text == null) return undefined;
  try {
    return Temporal.Instant.from(text);
  } catch {
    return undefined; // Without an offset no document says which zone it would be in.
  }
}
