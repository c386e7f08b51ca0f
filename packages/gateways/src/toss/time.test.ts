import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { readTossTime, writeTossTime } from "./time.ts";

describe("a time without an offset", () => {
  it("is Korean time, with any number of digits from 0 to 9 after the second", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{0,9}$/), (digits) => {
        const fraction = digits === "" ? "" : `.${digits}`;
        const nanoseconds = Number(digits.padEnd(9, "0"));
        const second = Temporal.Instant.from("2026-11-22T01:00:59Z");
        expect(readTossTime(`2026-11-22T10:00:59${fraction}`)?.epochNanoseconds).toBe(
          second.epochNanoseconds + BigInt(nanoseconds),
        );
      }),
    );
  });
});

describe("a time with an offset", () => {
  it("is that instant", () => {
    const instant = Temporal.Instant.from("2026-11-22T01:00:00Z");
    expect(readTossTime("2026-11-22T10:00:00+09:00")).toEqual(instant);
    expect(readTossTime("2026-11-22T01:00:00Z")).toEqual(instant);
  });
});

describe("a text that is no time", () => {
  it("is not read", () => {
    for (const text of [
      "",
      "yesterday",
      "2026-11-22",
      "2026-13-01T00:00:00",
      "2026-11-22T10:00:00.1234567890",
    ]) {
      expect(readTossTime(text)).toBeUndefined();
    }
  });
});

describe("a range that is asked for", () => {
  it("is written in Korean time without a zone, widened to whole seconds", () => {
    const instant = Temporal.Instant.from("2026-11-21T15:30:00.5Z");
    expect(writeTossTime(instant, "floor")).toBe("2026-11-22T00:30:00");
    expect(writeTossTime(instant, "ceil")).toBe("2026-11-22T00:30:01");
  });
});
