import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyRulesOf } from "./key-health.ts";

const dayMs = 24 * 60 * 60_000;
const id = { accountId: "acct_1", id: "gwy_1" };

describe("a connection whose provider can be asked, and drops unused keys after 180 days", () => {
  const capabilities = { keyCheck: true, unusedKeyLifetimeDays: 180 };
  const rules = {
    accountId: "acct_1",
    connectionId: "gwy_1",
    canCheck: true,
    checkAheadMs: 3 * dayMs,
    unusedLifetimeMs: 180 * dayMs,
    warningMs: 14 * dayMs,
  };

  it("has its keys checked three days ahead, and warns two weeks before they die", () => {
    expect(keyRulesOf({ ...id, settings: {} }, capabilities)).toEqual(rules);
  });

  it("has them checked as many days ahead as its settings say", () => {
    const settings = { keyCheckDaysAhead: 10 };
    expect(keyRulesOf({ ...id, settings }, capabilities)).toEqual({
      ...rules,
      checkAheadMs: 10 * dayMs,
    });
  });
});

describe("a connection whose provider cannot be asked and keeps its keys", () => {
  it("has nothing looked after", () => {
    expect(keyRulesOf({ ...id, settings: {} }, { keyCheck: false })).toBeUndefined();
  });
});

describe("a connection whose provider only drops unused keys", () => {
  it("warns, and asks nothing", () => {
    const capabilities = { keyCheck: false, unusedKeyLifetimeDays: 40 };
    expect(keyRulesOf({ ...id, settings: {} }, capabilities)).toEqual({
      accountId: "acct_1",
      connectionId: "gwy_1",
      canCheck: false,
      checkAheadMs: 3 * dayMs,
      unusedLifetimeMs: 40 * dayMs,
      warningMs: 10 * dayMs,
    });
  });
});

describe("any lifetime of unused keys", () => {
  it("is warned of a quarter of it ahead, and never more than two weeks", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3650 }), (unusedKeyLifetimeDays) => {
        const capabilities = { keyCheck: true, unusedKeyLifetimeDays };
        const warningMs = keyRulesOf({ ...id, settings: {} }, capabilities)?.warningMs ?? 0;
        expect(warningMs).toBeGreaterThan(0);
        expect(warningMs).toBeLessThanOrEqual(14 * dayMs);
        expect(warningMs).toBeLessThanOrEqual((unusedKeyLifetimeDays * dayMs) / 4);
      }),
    );
  });
});
