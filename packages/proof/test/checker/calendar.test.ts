/** The checker's calendar, held against another one: the Temporal of the language. */
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { boundaryOf, dateAt, daysAfter, instantOf } from "../../src/checker/calendar.ts";

const zones = [
  "Asia/Seoul",
  "Asia/Taipei",
  "Asia/Bangkok",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
];

const anyDay = fc
  .integer({ min: 0, max: 80 * 365 })
  .map((days) => Temporal.PlainDate.from("1980-01-01").add({ days }));
const anyTime = fc
  .nat(24 * 60 - 1)
  .map((minutes) => Temporal.PlainTime.from("00:00").add({ minutes }));
const units = { day: "days", week: "weeks", month: "months", year: "years" } as const;

describe("the calendar of periods", () => {
  it("brings the 31st back after February, and leap days only in leap years", () => {
    const monthly = { anchorOn: "2026-01-31", interval: { unit: "month", count: 1 } } as const;
    const yearly = { anchorOn: "2024-02-29", interval: { unit: "year", count: 1 } } as const;
    expect([0, 1, 2, 3].map((steps) => boundaryOf(monthly, steps))).toEqual([
      "2026-01-31",
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
    ]);
    expect([1, 4, 76].map((steps) => boundaryOf(yearly, steps))).toEqual([
      "2025-02-28",
      "2028-02-29",
      "2100-02-28",
    ]);
  });

  it("agrees with Temporal on every interval", () => {
    const anyUnit = fc.constantFrom("day", "week", "month", "year");
    fc.assert(
      fc.property(
        anyDay,
        anyUnit,
        fc.integer({ min: 1, max: 13 }),
        fc.nat(24),
        (day, unit, count, n) => {
          const expected = day.add({ [units[unit]]: count * n }, { overflow: "constrain" });
          const cycle = { anchorOn: day.toString(), interval: { unit, count } };
          expect(boundaryOf(cycle, n)).toBe(expected.toString());
        },
      ),
    );
  });

  it("agrees with Temporal on days after one another", () => {
    fc.assert(
      fc.property(anyDay, fc.nat(800), (day, days) => {
        expect(daysAfter(day.toString(), days)).toBe(day.add({ days }).toString());
      }),
    );
  });
});

describe("the clocks of a zone", () => {
  it("show what Temporal says, skipped and repeated times included", () => {
    fc.assert(
      fc.property(anyDay, anyTime, fc.constantFrom(...zones), (day, plainTime, timeZone) => {
        const expected = day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
        expect(instantOf(day.toString(), plainTime.toString(), timeZone)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["is skipped", "2026-03-29", "02:30:00", "Europe/Berlin"],
    ["comes twice", "2026-10-25", "02:30:00", "Europe/Berlin"],
    ["is skipped by half an hour", "2026-10-04", "02:15:00", "Australia/Lord_Howe"],
    ["is on a day that never was", "2011-12-30", "10:00:00", "Pacific/Apia"],
  ])("agree where a time %s", (_, day, time, timeZone) => {
    const plainTime = Temporal.PlainTime.from(time);
    const expected = Temporal.PlainDate.from(day).toZonedDateTime({ timeZone, plainTime });
    expect(instantOf(day, time, timeZone)).toBe(expected.epochMilliseconds);
  });

  it("tell the date at any instant", () => {
    const anyInstant = fc.integer({ min: 400_000_000_000, max: 2_500_000_000_000 });
    fc.assert(
      fc.property(anyInstant, fc.constantFrom(...zones), (instantMs, zone) => {
        const shown = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(zone);
        expect(dateAt(instantMs, zone)).toBe(shown.toPlainDate().toString());
      }),
    );
  });
});
