/** Times as PortOne V1 writes them: UNIX seconds, 0 for what did not happen. */
import { Temporal } from "temporal-polyfill";

/** @param at ISO-8601 UTC, or null for never. */
export function unixSeconds(at: string | null): number {
  return at === null ? 0 : Math.floor(Temporal.Instant.from(at).epochMilliseconds / 1000);
}

export function instantOf(seconds: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000);
}
