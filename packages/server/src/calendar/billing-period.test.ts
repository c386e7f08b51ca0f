import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  billingCalendar,
  billingPeriod,
  type BillingCalendar,
  type BillingUnit,
  isKnownZone,
  maximumCounts,
  periodIndexAt,
  periodsDueBy,
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

function calendar(
  anchorOn: string,
  unit: BillingUnit = "month",
  count = 1,
  zone = "Asia/Seoul",
  chargeTime?: string,
): BillingCalendar {
  return billingCalendar({
    anchorOn: Temporal.PlainDate.from(anchorOn),
    zone,
    interval: { unit, count },
    ...(chargeTime === undefined ? {} : { chargeTime: Temporal.PlainTime.from(chargeTime) }),
  });
}

const starts = (of: BillingCalendar, count: number) =>
  Array.from({ length: count }, (_, index) => billingPeriod(of, index).startsOn.toString());

const dueAt = (of: BillingCalendar, index = 0) => billingPeriod(of, index).dueAt.toString();

describe("a monthly subscription that starts on 31 January", () => {
  it("bills on the last day of shorter months and comes back to the 31st", () => {
    expect(starts(calendar("2026-01-31"), 6)).toEqual([
      "2026-01-31",
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
      "2026-06-30",
    ]);
  });

  it("bills on 29 February in a leap year", () => {
    expect(starts(calendar("2028-01-31"), 3)).toEqual(["2028-01-31", "2028-02-29", "2028-03-31"]);
  });

  it("counts 28 February as the first day of the second period", () => {
    const monthly = calendar("2026-01-31");
    const indexOn = (date: string) => periodIndexAt(monthly, Temporal.PlainDate.from(date));
    expect(
      ["2026-01-30", "2026-01-31", "2026-02-27", "2026-02-28", "2026-03-30"].map(indexOn),
    ).toEqual([undefined, 0, 0, 1, 1]);
  });
});

describe("a yearly subscription that starts on 29 February", () => {
  it("bills on 28 February in common years and on the 29th in leap years", () => {
    expect(starts(calendar("2024-02-29", "year"), 5)).toEqual([
      "2024-02-29",
      "2025-02-28",
      "2026-02-28",
      "2027-02-28",
      "2028-02-29",
    ]);
  });

  it("bills on 28 February 2100, which is no leap year", () => {
    expect(billingPeriod(calendar("2096-02-29", "year"), 4).startsOn.toString()).toBe("2100-02-28");
  });
});

describe("a period", () => {
  it("is due at ten in the morning of its first day, in its zone, unless told otherwise", () => {
    expect(dueAt(calendar("2026-11-22"))).toBe("2026-11-22T01:00:00Z");
    expect(dueAt(calendar("2026-11-22", "month", 1, "Asia/Seoul", "14:30"))).toBe(
      "2026-11-22T05:30:00Z",
    );
  });

  it("ends where the next one starts", () => {
    const quarterly = billingPeriod(calendar("2026-11-30", "month", 3), 0);
    expect({
      ...quarterly,
      startsOn: quarterly.startsOn.toString(),
      endsOn: quarterly.endsOn.toString(),
    }).toEqual({
      index: 0,
      startsOn: "2026-11-30",
      endsOn: "2027-02-28",
      dueAt: Temporal.Instant.from("2026-11-30T01:00:00Z"),
    });
  });
});

describe("a charge time that the clocks skip", () => {
  it("moves forward by an hour in New York", () => {
    const of = calendar("2026-03-08", "day", 1, "America/New_York", "02:30");
    expect(dueAt(of)).toBe("2026-03-08T07:30:00Z"); // 03:30 EDT
  });

  it("moves forward by half an hour on Lord Howe Island", () => {
    const of = calendar("2026-10-04", "day", 1, "Australia/Lord_Howe", "02:15");
    expect(dueAt(of)).toBe("2026-10-03T15:45:00Z"); // 02:45 at +11:00
  });

  it("moves to one o'clock where midnight itself is skipped, as in Cairo and once in São Paulo", () => {
    expect(dueAt(calendar("2026-04-24", "day", 1, "Africa/Cairo", "00:00"))).toBe(
      "2026-04-23T22:00:00Z",
    );
    expect(dueAt(calendar("2018-11-04", "day", 1, "America/Sao_Paulo", "00:00"))).toBe(
      "2018-11-04T03:00:00Z",
    );
  });

  it("moves to the next day where a whole day is skipped, and two periods are due at once", () => {
    const apia = calendar("2011-12-29", "day", 1, "Pacific/Apia");
    expect([0, 1, 2, 3].map((index) => dueAt(apia, index))).toEqual([
      "2011-12-29T20:00:00Z",
      "2011-12-30T20:00:00Z",
      "2011-12-30T20:00:00Z",
      "2011-12-31T20:00:00Z",
    ]);
  });
});

describe("a charge time that the clocks repeat", () => {
  it("is the first of the two in New York", () => {
    const of = calendar("2026-11-01", "day", 1, "America/New_York", "01:30");
    expect(dueAt(of)).toBe("2026-11-01T05:30:00Z"); // EDT; again at 06:30Z in EST
  });

  it("is the first of the two on Lord Howe Island, where half an hour is repeated", () => {
    const of = calendar("2026-04-05", "day", 1, "Australia/Lord_Howe", "01:45");
    expect(dueAt(of)).toBe("2026-04-04T14:45:00Z");
  });

  it("is the first of the two on the day before, where midnight is reached twice", () => {
    const of = calendar("2018-02-17", "day", 1, "America/Sao_Paulo", "23:30");
    expect(dueAt(of)).toBe("2018-02-18T01:30:00Z"); // -02:00; again at 02:30Z in -03:00
  });
});

describe("zones far from the ordinary", () => {
  it("keep their odd offsets", () => {
    expect(dueAt(calendar("2026-11-22", "day", 1, "Asia/Kathmandu"))).toBe("2026-11-22T04:15:00Z");
    expect(dueAt(calendar("2026-11-22", "day", 1, "Pacific/Kiritimati"))).toBe(
      "2026-11-21T20:00:00Z",
    );
  });
});

describe("the periods that are due", () => {
  const monthly = calendar("2026-01-31");
  const indexesDue = (from: number, now: string, limit: number) =>
    periodsDueBy(monthly, from, Temporal.Instant.from(now), limit).map(({ index }) => index);

  it("are none a moment before, and one at the moment itself", () => {
    expect(indexesDue(1, "2026-02-28T00:59:59.999Z", 10)).toEqual([]);
    expect(indexesDue(1, "2026-02-28T01:00:00Z", 10)).toEqual([1]);
  });

  it("are all that were missed, in order, up to the limit", () => {
    expect(indexesDue(1, "2026-06-15T00:00:00Z", 10)).toEqual([1, 2, 3, 4]);
    expect(indexesDue(1, "2026-06-15T00:00:00Z", 2)).toEqual([1, 2]);
  });

  it("cannot be asked for without a limit", () => {
    expect(() => indexesDue(1, "2026-06-15T00:00:00Z", 0)).toThrow(RangeError);
  });
});

describe("a calendar that cannot be billed", () => {
  it("is refused for a zone that nobody knows, with a hint", () => {
    expect(() => calendar("2026-01-01", "month", 1, "Asia/Soul")).toThrow(
      '"Asia/Soul" is not a known time zone: use an IANA name such as "Asia/Seoul"',
    );
  });

  it("is refused for an interval that is no whole number in range", () => {
    for (const count of [0, -1, 1.5, Number.NaN, 1_201]) {
      expect(() => calendar("2026-01-01", "month", count)).toThrow(/whole number from 1 to 1200/);
    }
  });

  it("is refused for an anchor whose year was mistyped", () => {
    expect(() => calendar("0026-01-31")).toThrow(/outside the years 1900 to 9999/);
  });
});

describe("a period that does not exist", () => {
  it("is refused when the index is no whole number from 0", () => {
    for (const index of [-1, 0.5, Number.NaN, Number.MAX_VALUE]) {
      expect(() => billingPeriod(calendar("2026-01-31"), index)).toThrow(/period index/);
    }
  });

  it("is refused past the year 9999, for every unit", () => {
    for (const unit of ["day", "week", "month", "year"] as const) {
      for (const index of [8_000 * 366, Number.MAX_SAFE_INTEGER - 1]) {
        expect(() => billingPeriod(calendar("2026-01-31", unit, 100), index)).toThrow(
          /calendars end with the year 9999/,
        );
      }
    }
  });
});

describe("time zones", () => {
  it("are known by their IANA names, old ones included", () => {
    expect(
      [...hardZones, "Asia/Calcutta", "Etc/GMT+9"].filter((zone) => !isKnownZone(zone)),
    ).toEqual([]);
  });

  it("are neither offsets nor dates nor empty", () => {
    const others = ["", "+09:00", "Mars/Olympus", "2026-01-01T00:00[Asia/Seoul]", "Asia/Seoul "];
    expect(others.filter((zone) => isKnownZone(zone))).toEqual([]);
  });
});

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
