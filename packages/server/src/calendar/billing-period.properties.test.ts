import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  billingCalendar,
  billingPeriod,
  type BillingUnit,
  maximumCounts,
  periodIndexAt,
} from "./billing-period.ts";

const hardZones = [
  "Asia/Seoul",
  "Asia/Taipei",
  "Asia/Bangkok",
  "Asia/Tokyo",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "America/Havana",
  "America/Nuuk",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Africa/Monrovia",
  "Antarctica/Troll",
  "Asia/Beirut",
  "Asia/Gaza",
  "Asia/Kathmandu",
  "Asia/Pyongyang",
  "Australia/Lord_Howe",
  "Europe/Dublin",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Pacific/Kiritimati",
  "Pacific/Kwajalein",
  "UTC",
];

/** Civil arithmetic of the test's own, on whole days since 1 March 0000 and nothing of Temporal. */
interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const monthLength = (year: number, month: number) =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

function dayNumber({ year, month, day }: Civil): number {
  const marchYear = month > 2 ? year : year - 1;
  const monthsSinceMarch = (month + 9) % 12;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * monthsSinceMarch + 2) / 5) + day - 1;
}

const civil = ({ year, month, day }: Temporal.PlainDate): Civil => ({ year, month, day });

function expectedStartDay(anchor: Civil, unit: BillingUnit, steps: number): number {
  if (unit === "day") return dayNumber(anchor) + steps;
  if (unit === "week") return dayNumber(anchor) + 7 * steps;
  const months = anchor.year * 12 + (anchor.month - 1) + (unit === "month" ? steps : 12 * steps);
  const year = Math.floor(months / 12);
  const month = (months % 12) + 1;
  return dayNumber({ year, month, day: Math.min(anchor.day, monthLength(year, month)) });
}

const unitsIn400Years = { day: 146_097, week: 20_871, month: 4_800, year: 400 } as const;

const anyAnchor = fc
  .record({ year: fc.integer({ min: 1900, max: 2400 }), month: fc.integer({ min: 1, max: 12 }) })
  .chain(({ year, month }) =>
    // The ends of months are where calendars go wrong: drawn as often as all other days.
    fc
      .oneof(
        fc.integer({ min: 1, max: monthLength(year, month) }),
        fc.integer({ min: 28, max: 31 }).map((day) => Math.min(day, monthLength(year, month))),
      )
      .map((day) => Temporal.PlainDate.from({ year, month, day })),
  );

const anyPeriod = fc
  .record({
    anchorOn: anyAnchor,
    unit: fc.constantFrom<BillingUnit>("day", "week", "month", "year"),
    zone: fc.constantFrom(...hardZones),
    chargeMinute: fc.option(fc.integer({ min: 0, max: 1439 })),
  })
  .chain(({ anchorOn, unit, zone, chargeMinute }) => {
    const largestCount = Math.min(24, maximumCounts[unit]);
    return fc.integer({ min: 1, max: largestCount }).chain((count) =>
      fc.nat(Math.floor(unitsIn400Years[unit] / count)).map((index) => {
        const chargeTime = new Temporal.PlainTime(0).add({ minutes: chargeMinute ?? 0 });
        const interval = { unit, count };
        const base = { anchorOn, zone, interval };
        const of = billingCalendar(chargeMinute === null ? base : { ...base, chargeTime });
        return { of, index };
      }),
    );
  });

describe("every period of every calendar, over 400 years", () => {
  it("starts on the day that civil arithmetic gives", () => {
    fc.assert(
      fc.property(anyPeriod, ({ of, index }) => {
        const { startsOn } = billingPeriod(of, index);
        const { unit, count } = of.interval;
        const expected = expectedStartDay(civil(of.anchorOn), unit, count * index);
        expect(dayNumber(civil(startsOn))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps the anchor's day of the month where the month is long enough", () => {
    fc.assert(
      fc.property(anyPeriod, ({ of, index }) => {
        fc.pre(of.interval.unit === "month" || of.interval.unit === "year");
        const { year, month, day } = billingPeriod(of, index).startsOn;
        expect(day).toBe(Math.min(of.anchorOn.day, monthLength(year, month)));
      }),
      { numRuns: 500 },
    );
  });

  it("ends where the next starts, has days in it, and is never due before the one before", () => {
    fc.assert(
      fc.property(anyPeriod, ({ of, index }) => {
        const period = billingPeriod(of, index);
        const next = billingPeriod(of, index + 1);
        expect(period.endsOn.equals(next.startsOn)).toBe(true);
        expect(dayNumber(civil(period.endsOn))).toBeGreaterThan(dayNumber(civil(period.startsOn)));
        expect(next.dueAt.epochMilliseconds).toBeGreaterThanOrEqual(period.dueAt.epochMilliseconds);
      }),
      { numRuns: 500 },
    );
  });

  it("is found by its first day and its last, and not by the days around them", () => {
    fc.assert(
      fc.property(anyPeriod, ({ of, index }) => {
        const { startsOn, endsOn } = billingPeriod(of, index);
        const dates = [
          startsOn.subtract({ days: 1 }),
          startsOn,
          endsOn.subtract({ days: 1 }),
          endsOn,
        ];
        expect(dates.map((date) => periodIndexAt(of, date))).toEqual([
          index === 0 ? undefined : index - 1,
          index,
          index,
          index + 1,
        ]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is due when the local clock first shows the charge time, or would have shown it", () => {
    fc.assert(
      fc.property(anyPeriod, ({ of, index }) => {
        const { startsOn, dueAt: due } = billingPeriod(of, index);
        const { hour, minute } = of.chargeTime ?? { hour: 10, minute: 0 };
        const wall = wallMs(civil(startsOn), hour, minute);
        expect(due.epochMilliseconds).toBe(firstInstantShowing(wall, of.zone));
      }),
      { numRuns: 400 },
    );
  });
});

const dayMs = 86_400_000;
const unixEpochDay = dayNumber({ year: 1970, month: 1, day: 1 });

/** A local date and time, written as the milliseconds that it would be in UTC. */
const wallMs = (date: Civil, hour: number, minute: number) =>
  (dayNumber(date) - unixEpochDay) * dayMs + (hour * 60 + minute) * 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at an instant, read from Intl. */
function shownMs(epochMs: number, zone: string): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(
    format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]),
  ) as Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>;
  return wallMs(parts, parts.hour, parts.minute) + parts.second * 1_000;
}

function firstInstantShowing(wall: number, zone: string): number {
  const offsetAt = (epochMs: number) => shownMs(epochMs, zone) - epochMs;
  const before = offsetAt(wall - dayMs);
  const after = offsetAt(wall + dayMs);
  const shown = [wall - before, wall - after].filter((epochMs) => shownMs(epochMs, zone) === wall);
  return shown.length > 0 ? Math.min(...shown) : wall - before;
}
