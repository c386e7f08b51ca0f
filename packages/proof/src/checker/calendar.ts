/**
 * A calendar of the checker's own: it walks. Months are counted one by one with their own lengths,
 * days one by one, and a local time is found by asking what clocks in the zone showed. No date
 * arithmetic is shared with the engine, nor the library that it computes with.
 *
 * Dates are texts, `2026-01-31`, which sort as the days do. Instants are milliseconds since 1970, UTC.
 */
export interface Interval {
  readonly unit: "day" | "week" | "month" | "year";
  readonly count: number;
}

/** Periods that are counted from one anchor. */
export interface Cycle {
  /** First day of its period 0. */
  readonly anchorOn: string;
  readonly interval: Interval;
}

interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** First day of the cycle's period `steps`, counted from its anchor. */
export function boundaryOf({ anchorOn, interval }: Cycle, steps: number): string {
  const { count, unit } = interval;
  const key = `${anchorOn} ${unit} ${count}`;
  const known = walked.get(key) ?? [anchorOn];
  walked.set(key, known);
  while (known.length <= steps) known.push(nextBoundary(anchorOn, interval, known));
  return known[steps] ?? anchorOn;
}

/** The boundaries of each cycle as far as anybody asked, so that a year is walked once. */
const walked = new Map<string, string[]>();

function nextBoundary(anchorOn: string, { count, unit }: Interval, known: string[]): string {
  if (unit === "day") return daysAfter(known.at(-1) ?? anchorOn, count);
  if (unit === "week") return daysAfter(known.at(-1) ?? anchorOn, 7 * count);
  const months = (unit === "year" ? 12 : 1) * count * known.length;
  return monthsAfter(anchorOn, months);
}

/** The day so many days later, walked one by one. */
export function daysAfter(date: string, days: number): string {
  let it = readDay(date);
  for (let walkedDays = 0; walkedDays < days; walkedDays += 1) it = dayAfter(it);
  return writeDay(it);
}

/** The anchor's day of the month so many months on, or that month's last day when it is shorter. */
function monthsAfter(anchorOn: string, months: number): string {
  const anchor = readDay(anchorOn);
  let { month, year } = anchor;
  for (let walkedMonths = 0; walkedMonths < months; walkedMonths += 1) {
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  return writeDay({ year, month, day: Math.min(anchor.day, lengthOfMonth(year, month)) });
}

function dayAfter({ day, month, year }: Day): Day {
  if (day < lengthOfMonth(year, month)) return { year, month, day: day + 1 };
  return month < 12 ? { year, month: month + 1, day: 1 } : { year: year + 1, month: 1, day: 1 };
}

function lengthOfMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function readDay(date: string): Day {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return { year, month, day };
}

function writeDay({ day, month, year }: Day): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/**
 * The instant at which clocks in the zone show this date and time. A time that they skip counts as
 * if they had not been moved yet; of one that they show twice, the first.
 *
 * @param time `10:00:00`.
 */
export function instantOf(date: string, time: string, zone: string): number {
  const asIfUtc = Date.parse(`${date}T${time}Z`);
  const before = asIfUtc - offsetAt(asIfUtc - dayMs, zone);
  if (before + offsetAt(before, zone) === asIfUtc) return before;
  const after = asIfUtc - offsetAt(asIfUtc + dayMs, zone);
  return after + offsetAt(after, zone) === asIfUtc ? after : before;
}

/** The date that calendars in the zone show at an instant. */
export function dateAt(instantMs: number, zone: string): string {
  return new Date(instantMs + offsetAt(instantMs, zone)).toISOString().slice(0, 10);
}

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * How far clocks in the zone are ahead of UTC, in milliseconds. Asked once for each quarter of an hour:
 * since 1972 no clock was moved within one.
 */
function offsetAt(instantMs: number, zone: string): number {
  const quarter = Math.floor(instantMs / quarterMs);
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const offset = shownAt(quarter * quarterMs, zone) - quarter * quarterMs;
  ofZone.set(quarter, offset);
  return offset;
}

const quarterMs = 15 * 60 * 1_000;
const offsets = new Map<string, Map<number, number>>();

/** What clocks in the zone show, read as if it were UTC. */
function shownAt(instantMs: number, zone: string): number {
  const shown = new Map(
    clockOf(zone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => shown.get(name) ?? "00";
  const date = `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
  return Date.parse(`${date}T${part("hour")}:${part("minute")}:${part("second")}Z`);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  clocks.set(zone, made);
  return made;
}
