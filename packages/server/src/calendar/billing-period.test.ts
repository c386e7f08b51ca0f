import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  billingCalendar,
  billingPeriod,
  type BillingCalendar,
  type BillingUnit,
  isKnownZone,
  periodIndexAt,
  periodsDueBy,
} from "./billing-period.ts";

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
      ["Asia/Seoul", "America/Nuuk", "UTC", "Asia/Calcutta", "Etc/GMT+9"].filter(
        (zone) => !isKnownZone(zone),
      ),
    ).toEqual([]);
  });

  it("are neither offsets nor dates nor empty", () => {
    const others = ["", "+09:00", "Mars/Olympus", "2026-01-01T00:00[Asia/Seoul]", "Asia/Seoul "];
    expect(others.filter((zone) => isKnownZone(zone))).toEqual([]);
  });
});
