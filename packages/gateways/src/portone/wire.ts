/**
 * What several answers of PortOne have in common. Unknown members and values pass: PortOne adds them
 * without notice (`sandbox`, January 2026).
 */
import { Temporal } from "temporal-polyfill";
import * as z from "zod";

/** Absent, `null` and another type are all: unknown. */
export const optionalText = z.string().nullish().catch(undefined);

export const optionalBoolean = z.boolean().nullish().catch(undefined);

/** UNIX seconds; 0 means that it did not happen. */
export const optionalSeconds = z.number().int().nullish().catch(undefined);

/** @returns undefined when it did not happen, or is not known. */
export function readSeconds(seconds: number | null | undefined): Temporal.Instant | undefined {
  if (seconds == null || seconds <= 0) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(seconds * 1_000);
  } catch {
    return undefined; // Later than a Temporal.Instant reaches.
  }
}

/** @param rounding Which second stands for a fraction: `floor` for a start, `ceil` for an end. */
export function writeSeconds(instant: Temporal.Instant, rounding: "floor" | "ceil"): string {
  return String(Math[rounding](instant.epochMilliseconds / 1_000));
}
