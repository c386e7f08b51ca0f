import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { timeAfter } from "./time-travel.ts";

const zone = "Asia/Seoul";
const at = (text: string) => Temporal.Instant.from(`${text}+09:00`);
const shown = (instant: Temporal.Instant) =>
  instant.toZonedDateTimeISO(zone).toPlainDateTime().toString();

describe("one month later", () => {
  it("is the same time of the next month when the payment was due before", () => {
    const target = timeAfter("month", at("2026-11-22T15:00"), at("2026-12-22T10:00"), zone);
    expect(shown(target)).toBe("2026-12-22T15:00:00");
  });

  it("waits for a payment that is due a little later", () => {
    const morning = timeAfter("month", at("2026-11-22T08:00"), at("2026-12-22T10:00"), zone);
    expect(shown(morning)).toBe("2026-12-22T10:00:00");
    const monthEnd = timeAfter("month", at("2027-02-28T15:00"), at("2027-03-31T10:00"), zone);
    expect(shown(monthEnd)).toBe("2027-03-31T10:00:00");
  });

  it("does not wait for one that is far away, or for none", () => {
    const yearly = timeAfter("month", at("2026-11-22T15:00"), at("2027-11-22T10:00"), zone);
    const none = timeAfter("month", at("2026-11-22T15:00"), undefined, zone);
    expect([yearly, none].map(shown)).toEqual(["2026-12-22T15:00:00", "2026-12-22T15:00:00"]);
  });
});

describe("one day later", () => {
  it("is the same time of the next day", () => {
    const target = timeAfter("day", at("2026-11-30T15:00"), at("2026-12-22T10:00"), zone);
    expect(shown(target)).toBe("2026-12-01T15:00:00");
  });
});
