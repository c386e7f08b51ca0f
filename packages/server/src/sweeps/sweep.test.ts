import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { dueDaily, holdAfterFailure, isWithin, listedFor, slicesOf } from "./sweep.ts";

const at = (text: string) => Temporal.Instant.from(text);
const createdAt = at("2026-03-01T10:00:00Z");

describe("a connection's daily sweep", () => {
  it("is due a day after the connection was made, and covers all of it", () => {
    const asked = (now: string) => dueDaily({ createdAt, sweptUntil: undefined, now: at(now) });
    expect(asked("2026-03-02T09:59:59Z")).toBe(undefined);
    const now = at("2026-03-02T10:00:00Z");
    expect(asked("2026-03-02T10:00:00Z")).toEqual({ from: createdAt, to: now });
  });

  it("is due a day after the last one, and covers the day before once more", () => {
    const sweptUntil = at("2026-03-05T10:00:00Z");
    expect(dueDaily({ createdAt, sweptUntil, now: at("2026-03-06T09:00:00Z") })).toBe(undefined);
    const now = at("2026-03-06T10:00:00Z");
    const range = { from: at("2026-03-04T10:00:00Z"), to: now };
    expect(dueDaily({ createdAt, sweptUntil, now })).toEqual(range);
  });

  it("catches up on days that were missed", () => {
    const sweptUntil = at("2026-03-05T10:00:00Z");
    const now = at("2026-03-20T00:00:00Z");
    const range = { from: at("2026-03-04T10:00:00Z"), to: now };
    expect(dueDaily({ createdAt, sweptUntil, now })).toEqual(range);
  });

  it("looks back a month at most when an older installation has its first", () => {
    const now = at("2026-11-22T00:00:00Z");
    const range = { from: at("2026-10-22T00:00:00Z"), to: now };
    expect(dueDaily({ createdAt, sweptUntil: undefined, now })).toEqual(range);
  });
});

describe("the slices of a sweep", () => {
  const anyRange = fc
    .record({ fromMs: fc.nat(10 ** 12), hours: fc.integer({ min: 1, max: 2_000 }) })
    .map(({ fromMs, hours }) => {
      const from = Temporal.Instant.fromEpochMilliseconds(fromMs);
      return { from, to: from.add({ minutes: hours * 7 }) };
    });

  it("follow each other from its beginning to its end, without a gap, and none is empty", () => {
    fc.assert(
      fc.property(anyRange, (range) => {
        const slices = [...slicesOf(range)];
        const ends = slices.flatMap(({ from, to }) => [from.toString(), to.toString()]);
        expect(ends[0]).toBe(range.from.toString());
        expect(ends.at(-1)).toBe(range.to.toString());
        for (const [n, { from, to }] of slices.entries()) {
          expect(Temporal.Instant.compare(from, to)).toBe(-1);
          if (n > 0) expect(from.equals(slices[n - 1]?.to ?? "")).toBe(true);
        }
      }),
    );
  });

  it("are listed with a margin around them, in which their own movements all are", () => {
    fc.assert(
      fc.property(anyRange, (range) => {
        const listed = listedFor(range);
        expect(isWithin(listed, range.from) && isWithin(listed, range.to)).toBe(true);
        expect(isWithin(range, range.from) && !isWithin(range, range.to)).toBe(true);
      }),
    );
  });
});

describe("a sweep that a provider does not answer", () => {
  it("is taken up again ever more rarely, an hour apart at most, and given up after a day", () => {
    const minutes = Array.from({ length: 25 }, (_, failures) => holdAfterFailure(failures)).map(
      (ms) => (ms === undefined ? "over" : ms / 60_000),
    );
    expect(minutes.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(minutes.slice(22)).toEqual([60, "over", "over"]);
  });
});
