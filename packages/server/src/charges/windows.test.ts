import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultWindows,
  leaseMs,
  scaledWindows,
  windowsFor,
  type ProtocolWindows,
} from "./windows.ts";

const anyMs = fc.integer({ min: 0, max: 1_000_000_000 });
const anyWindows: fc.Arbitrary<ProtocolWindows> = fc.record({
  sendGateMs: anyMs,
  leaseSlackMs: anyMs,
  lookUpLeaseMs: anyMs,
  settleWindowMs: anyMs,
  notFoundSpacingMs: anyMs,
  lookUpLadderMs: fc.array(anyMs, { maxLength: 10 }),
  maximumResends: fc.integer({ min: -3, max: 100 }),
  notSentHoldMs: anyMs,
  outageHoldMs: anyMs,
  recordToleranceMs: anyMs,
});

describe("the windows of a live connection", () => {
  it("are the documented ones unless configured otherwise", () => {
    expect(windowsFor("live", defaultWindows)).toEqual({
      sendGateMs: 20_000,
      leaseSlackMs: 30_000,
      lookUpLeaseMs: 120_000,
      settleWindowMs: 900_000,
      notFoundSpacingMs: 60_000,
      lookUpLadderMs: [15_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000],
      maximumResends: 3,
      notSentHoldMs: 60_000,
      outageHoldMs: 300_000,
      recordToleranceMs: 2_000,
    });
  });

  it("are never less careful than those, whatever is configured", () => {
    fc.assert(
      fc.property(anyWindows, (configured) => {
        const windows = windowsFor("live", configured);
        expect(windows.sendGateMs).toBe(defaultWindows.sendGateMs);
        expect(windows.recordToleranceMs).toBe(defaultWindows.recordToleranceMs);
        expect(windows.lookUpLadderMs).toEqual(defaultWindows.lookUpLadderMs);
        expect(windows.maximumResends).toBeLessThanOrEqual(defaultWindows.maximumResends);
        const atLeast = ["leaseSlackMs", "settleWindowMs", "notFoundSpacingMs"] as const;
        for (const name of atLeast) {
          expect(windows[name]).toBe(Math.max(configured[name], defaultWindows[name]));
        }
        expect(windows.notSentHoldMs).toBeGreaterThanOrEqual(defaultWindows.notSentHoldMs);
        expect(windows.outageHoldMs).toBeGreaterThanOrEqual(defaultWindows.outageHoldMs);
      }),
    );
  });
});

describe("the windows of a test connection", () => {
  it("are those that were configured", () => {
    fc.assert(
      fc.property(anyWindows, (configured) => {
        expect(windowsFor("test", configured)).toEqual(configured);
      }),
    );
  });

  it("can be the same protocol in less time, with as many resends and the same tolerance", () => {
    expect(scaledWindows(1 / 1000)).toEqual({
      sendGateMs: 20,
      leaseSlackMs: 30,
      lookUpLeaseMs: 120,
      settleWindowMs: 900,
      notFoundSpacingMs: 60,
      lookUpLadderMs: [15, 60, 300, 900, 3_600, 21_600, 86_400],
      maximumResends: 3,
      notSentHoldMs: 60,
      outageHoldMs: 300,
      recordToleranceMs: 2_000,
    });
  });
});

describe("a busy machine that plays the protocol in less time", () => {
  it("can give a call longer than the rest", () => {
    const { leaseSlackMs, lookUpLeaseMs, sendGateMs } = scaledWindows(1 / 1000, 1 / 10);
    expect(scaledWindows(1 / 1000, 1 / 10)).toEqual({
      ...scaledWindows(1 / 1000),
      leaseSlackMs,
      lookUpLeaseMs,
      sendGateMs,
    });
    expect([sendGateMs, leaseSlackMs, lookUpLeaseMs]).toEqual([2_000, 3_000, 12_000]);
  });
});

describe("a lease", () => {
  it("outlasts the gate, the connection and the answer: 125 s with Toss", () => {
    expect(leaseMs(defaultWindows, { connectMs: 10_000, readMs: 65_000 })).toBe(125_000);
  });
});
