/** The engine's calendar, but each period begins a month after the one before: 31, 28, 28, 28 … */
import type { Temporal } from "temporal-polyfill";
import {
  billingPeriod as anchored,
  type BillingCalendar,
  type BillingPeriod,
} from "../../../server/src/calendar/billing-period.ts";

export * from "../../../server/src/calendar/billing-period.ts";

const fields = { day: "days", week: "weeks", month: "months", year: "years" } as const;

export function billingPeriod(calendar: BillingCalendar, index: number): BillingPeriod {
  const period = anchored(calendar, index);
  const startsOn = startOf(calendar, index);
  const moved = period.startsOn.until(startsOn);
  const zoned = period.dueAt.toZonedDateTimeISO(calendar.zone);
  return {
    ...period,
    startsOn,
    endsOn: startOf(calendar, index + 1),
    dueAt: zoned.add(moved).toInstant(),
  };
}

export function periodsDueBy(
  calendar: BillingCalendar,
  fromIndex: number,
  now: Temporal.Instant,
  limit: number,
): BillingPeriod[] {
  const due: BillingPeriod[] = [];
  while (due.length < limit) {
    const period = billingPeriod(calendar, fromIndex + due.length);
    if (period.dueAt.epochMilliseconds > now.epochMilliseconds) break;
    due.push(period);
  }
  return due;
}

function startOf({ anchorOn, interval }: BillingCalendar, index: number): Temporal.PlainDate {
  let start = anchorOn;
  for (let step = 0; step < index; step += 1) {
    start = start.add({ [fields[interval.unit]]: interval.count });
  }
  return start;
}
