/**
 * Billing period: a half-open range of calendar dates, `[startsOn, endsOn)`, for which one invoice
 * is owed. Period n is computed from the anchor, never from period n - 1, so the 31st comes back
 * after February: 31 Jan, 28 Feb, 31 Mar. Dates belong to the subscription's zone; the only instant
 * is `dueAt`, when the charge of the period becomes due.
 *
 * Invariants: period 0 starts on the anchor; the end of period n is the start of period n + 1; later
 * periods are never due earlier. Two can be due at one instant: Samoa had no 30 December 2011, so
 * what was due on that day is due on the 31st.
 *
 * Pure module.
 */
import { Temporal } from "temporal-polyfill";

export type BillingUnit = "day" | "week" | "month" | "year";

export interface BillingInterval {
  readonly unit: BillingUnit;
  /** How many units one period lasts: 3 with `month` bills every quarter. */
  readonly count: number;
}

/** When a subscription bills. Made by `billingCalendar`, which checks it. */
export interface BillingCalendar {
  /** First day of period 0, in `zone`. Its day of the month is the anchor day. */
  readonly anchorOn: Temporal.PlainDate;
  /** IANA name, such as `Asia/Seoul`. */
  readonly zone: string;
  readonly interval: BillingInterval;
  /** Local time at which a period is due on its first day; absent means `defaultChargeTime`. */
  readonly chargeTime?: Temporal.PlainTime;
}

export interface BillingPeriod {
  /** 0 for the period that starts on the anchor. */
  readonly index: number;
  /** First day, in the calendar's zone. */
  readonly startsOn: Temporal.PlainDate;
  /** The day after the last: the first day of the next period. */
  readonly endsOn: Temporal.PlainDate;
  /**
   * The charge time on `startsOn`. A local time that the clocks skip moves forward by what they
   * skipped; of one that they repeat, the first counts.
   */
  readonly dueAt: Temporal.Instant;
}

/**
 * Daytime, when a declined customer can act; around midnight Korean banks do maintenance and refuse
 * charges with `NOT_AVAILABLE_BANK`. Unverified: our advice, drawn from the error's description in
 * Toss Payments' list of codes (read 2026-11).
 */
export const defaultChargeTime = Temporal.PlainTime.from("10:00");

/** The longest interval of each unit: about a hundred years. */
export const maximumCounts: Readonly<Record<BillingUnit, number>> = {
  day: 36_500,
  week: 5_200,
  month: 1_200,
  year: 100,
};

const durationFields = { day: "days", week: "weeks", month: "months", year: "years" } as const;

/** An anchor before this year is a typing error (`0026-01-31`), not a subscription. */
const firstYear = 1900;
/** Dates are written with four digits for the year, everywhere. */
const lastYear = 9999;
/** No calendar reaches further, because a hundred of the longest intervals pass the last year. */
const longestIntervals = 100;

/**
 * The checked constructor of a BillingCalendar.
 *
 * @throws {RangeError} when the anchor's year, the zone or the interval cannot be billed.
 */
export function billingCalendar(calendar: BillingCalendar): BillingCalendar {
  const { anchorOn, zone, interval } = calendar;
  const maximum = maximumCounts[interval.unit];
  if (anchorOn.year < firstYear || anchorOn.year > lastYear) {
    throw new RangeError(
      `The anchor ${anchorOn.toString()} is outside the years ${firstYear} to ${lastYear}`,
    );
  }
  if (!isKnownZone(zone)) {
    throw new RangeError(
      `${JSON.stringify(zone)} is not a known time zone: use an IANA name such as "Asia/Seoul"`,
    );
  }
  if (!Number.isSafeInteger(interval.count) || interval.count < 1 || interval.count > maximum) {
    throw new RangeError(
      `An interval of ${interval.count} × ${interval.unit} cannot be billed: use a whole number from 1 to ${maximum}`,
    );
  }
  return calendar;
}

/**
 * True for the IANA names that this Node knows, links such as `Asia/Calcutta` included. False for a
 * fixed offset (`+09:00`): it is not a place, and does not follow the law of one.
 */
export function isKnownZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param index Whole number, 0 or more.
 * @throws {RangeError} when the index is not one, or the period does not end within the year 9999.
 */
export function billingPeriod(calendar: BillingCalendar, index: number): BillingPeriod {
  const startsOn = periodStart(calendar, index);
  const endsOn = periodStart(calendar, index + 1);
  const plainTime = calendar.chargeTime ?? defaultChargeTime;
  const due = startsOn.toZonedDateTime({ timeZone: calendar.zone, plainTime });
  return { index, startsOn, endsOn, dueAt: due.toInstant() };
}

/**
 * Which period contains a date of the calendar's zone.
 *
 * @returns undefined when the date lies before the anchor.
 * @throws {RangeError} when that period does not end within the year 9999.
 */
export function periodIndexAt(
  calendar: BillingCalendar,
  date: Temporal.PlainDate,
): number | undefined {
  const { anchorOn, interval } = calendar;
  if (Temporal.PlainDate.compare(date, anchorOn) < 0) return undefined;

  const passed = anchorOn.until(date, { largestUnit: interval.unit });
  const index = Math.floor(passed[durationFields[interval.unit]] / interval.count);
  // Temporal counts 31 Jan to 28 Feb as 28 days; for us a whole month has passed.
  const next = periodStart(calendar, index + 1);
  return Temporal.PlainDate.compare(next, date) <= 0 ? index + 1 : index;
}

/**
 * The periods from `fromIndex` on whose time has come, in order.
 *
 * @param limit At most so many, 1 or more; ask again from the last index + 1 for the rest.
 * @throws {RangeError} when `limit` or `fromIndex` is not such a number, or the calendar has ended.
 */
export function periodsDueBy(
  calendar: BillingCalendar,
  fromIndex: number,
  now: Temporal.Instant,
  limit: number,
): BillingPeriod[] {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`The limit ${limit} is not a whole number from 1`);
  }
  const due: BillingPeriod[] = [];
  while (due.length < limit) {
    const period = billingPeriod(calendar, fromIndex + due.length);
    if (Temporal.Instant.compare(period.dueAt, now) > 0) break;
    due.push(period);
  }
  return due;
}

function periodStart({ anchorOn, interval }: BillingCalendar, index: number): Temporal.PlainDate {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new RangeError(`The period index ${index} is not a whole number from 0`);
  }
  const { unit, count } = interval;
  const steps = index * count;
  const start =
    steps <= maximumCounts[unit] * longestIntervals
      ? anchorOn.add({ [durationFields[unit]]: steps }, { overflow: "constrain" })
      : undefined;
  if (start === undefined || start.year > lastYear) {
    throw new RangeError(
      `Billing calendars end with the year ${lastYear}: there is no period boundary ${index} of ${count} × ${unit} from ${anchorOn.toString()}`,
    );
  }
  return start;
}
