import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { nextStop } from "./advance-test-clocks.ts";

const at = (text: string) => Temporal.Instant.from(text);
const january = at("2026-01-31T01:00:00Z");
const february = at("2026-02-28T01:00:00Z");
const march = at("2026-03-31T01:00:00Z");
const nothing = { openCharges: 0, dueWork: 0, nextDueAt: undefined };

describe("a test clock on its way", () => {
  it("stops where something falls due next", () => {
    const stop = nextStop({ nowAt: january, targetAt: march }, { ...nothing, nextDueAt: february });
    expect(stop).toEqual({ nowAt: february, targetAt: march });
  });

  it("stops for what falls due exactly at its target, and is still on its way there", () => {
    const stop = nextStop({ nowAt: january, targetAt: march }, { ...nothing, nextDueAt: march });
    expect(stop).toEqual({ nowAt: march, targetAt: march });
    expect(nextStop({ nowAt: march, targetAt: march }, nothing)).toEqual({
      nowAt: march,
      targetAt: undefined,
    });
  });

  it("arrives when nothing falls due before its target", () => {
    const clock = { nowAt: january, targetAt: february };
    const arrived = { nowAt: february, targetAt: undefined };
    expect(nextStop(clock, nothing)).toEqual(arrived);
    expect(nextStop(clock, { ...nothing, nextDueAt: march })).toEqual(arrived);
  });

  it("waits for open charges and for work that is due", () => {
    const clock = { nowAt: january, targetAt: march };
    expect(nextStop(clock, { ...nothing, openCharges: 1 })).toBe("wait");
    expect(nextStop(clock, { ...nothing, dueWork: 1, nextDueAt: february })).toBe("wait");
  });
});

describe("a test clock that goes nowhere", () => {
  it("stays where it is", () => {
    const clock = { nowAt: january, targetAt: undefined };
    expect(nextStop(clock, { ...nothing, nextDueAt: february })).toBe("wait");
  });
});

describe("any test clock", () => {
  it("passes every due instant on its way, each once and in order, and ends at its target", () => {
    const anyMs = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(fc.uniqueArray(anyMs, { maxLength: 20 }), anyMs, (dueMs, targetMs) => {
        const instant = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);
        let clock: Parameters<typeof nextStop>[0] = {
          nowAt: instant(0),
          targetAt: instant(targetMs),
        };
        const stops: number[] = [];
        while (clock.targetAt !== undefined) {
          const now = clock.nowAt.epochMilliseconds;
          const later = dueMs.filter((ms) => ms > now);
          const nextDueAt = later.length === 0 ? undefined : instant(Math.min(...later));
          const stop = nextStop(clock, { ...nothing, nextDueAt });
          if (stop === "wait") throw new Error("nothing to wait for");
          clock = stop;
          if (clock.targetAt !== undefined) stops.push(clock.nowAt.epochMilliseconds);
        }
        expect(stops).toEqual(dueMs.filter((ms) => ms <= targetMs).sort((a, b) => a - b));
        expect(clock.nowAt.epochMilliseconds).toBe(targetMs);
      }),
    );
  });
});
