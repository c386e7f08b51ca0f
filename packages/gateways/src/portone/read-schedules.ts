/**
 * The lists of schedules, read whole, or up to a bound. They come in pages without a count, for three
 * months at most. PortOne V1 API schema (read 2026-08).
 */
import type { Temporal } from "temporal-polyfill";
import { GatewayError } from "../gateway-error.ts";
import type { PortOneSchedule, Schedules } from "./schedules.ts";

export interface ScheduleSpan {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

/** Three months have 89 days at least. */
const longestHours = 88 * 24;

/**
 * From yesterday, because what is due may not have run yet, to more than 14 months ahead. Unverified: how
 * far ahead PortOne takes schedules. Customarily each is made when the one before has run, so even one a
 * year is within.
 */
export function spansAhead(now: Temporal.Instant): readonly ScheduleSpan[] {
  const start = now.subtract({ hours: 24 });
  return Array.from({ length: 5 }, (_, index) => ({
    from: start.add({ hours: index * longestHours }),
    to: start.add({ hours: (index + 1) * longestHours }),
  }));
}

/** The longest time before now that one list can be asked for. */
export function spanBehind(now: Temporal.Instant): ScheduleSpan {
  return { from: now.subtract({ hours: longestHours }), to: now };
}

interface PageReading {
  readonly pageSize: number;
  readonly maximumPages: number;
}

/**
 * Reads pages until one is not full. It is believed to be the last when the page after it is empty: a
 * page size that PortOne did not heed would look the same, and hide charges that it is still to make.
 *
 * @returns `isWhole` is false when there are, or may be, more than were read.
 * @throws {GatewayError} a page got no clear answer.
 */
export async function readPages(
  { pageSize, maximumPages }: PageReading,
  ask: (page: number) => Promise<Schedules>,
): Promise<{ readonly schedules: readonly PortOneSchedule[]; readonly isWhole: boolean }> {
  const schedules: PortOneSchedule[] = [];
  for (let page = 1; page <= maximumPages; page += 1) {
    const rows = page === 1 ? (await ask(page)).schedules : await nextPage(() => ask(page));
    schedules.push(...rows);
    if (rows.length === 0) return { schedules, isWhole: true };
    if (rows.length < pageSize) {
      const rest = await nextPage(() => ask(page + 1));
      return { schedules, isWhole: rest.length === 0 };
    }
  }
  return { schedules, isWhole: false };
}

/**
 * Unverified: whether a page beyond the end is empty, or a 400 as documented for the list of payments.
 * The page before it was answered to the same question, so a 400 can mean nothing else.
 */
async function nextPage(ask: () => Promise<Schedules>): Promise<readonly PortOneSchedule[]> {
  try {
    return (await ask()).schedules;
  } catch (error) {
    if (error instanceof GatewayError && error.httpStatus === 400) return [];
    throw error;
  }
}
