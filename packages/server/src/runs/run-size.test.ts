import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeRun, runPolicy, type RunFacts } from "./run-size.ts";

/** A month of a business that charges most customers on its first day. */
const history = [1_000, ...Array.from({ length: 30 }, () => 40)];
const facts: RunFacts = { charges: 40, history, ageDays: 200, confirmed: 0 };

describe("a run of charges", () => {
  it("goes when a day of the last weeks was about as large", () => {
    expect(judgeRun(facts)).toEqual({ kind: "goes" });
    expect(judgeRun({ ...facts, charges: 1_500 })).toEqual({ kind: "goes" });
  });

  it("waits when it is more than one and a half times as large as any", () => {
    expect(judgeRun({ ...facts, charges: 1_501 })).toEqual({ kind: "waits", usual: 1_000 });
  });

  it("goes once a person has confirmed it, and waits again when it keeps growing", () => {
    const confirmed = { ...facts, confirmed: 3_000 };
    expect(judgeRun({ ...confirmed, charges: 4_500 })).toEqual({ kind: "goes" });
    expect(judgeRun({ ...confirmed, charges: 4_501 })).toEqual({ kind: "waits", usual: 3_000 });
  });

  it("never waits in the first days, whatever falls due", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(runPolicy.minimumAgeDays - 1), (charges, ageDays) => {
        expect(judgeRun({ ...facts, charges, ageDays }).kind).toBe("goes");
      }),
    );
  });

  it("never waits when it is small", () => {
    fc.assert(
      fc.property(fc.nat(runPolicy.smallestRun - 1), (charges) => {
        expect(judgeRun({ ...facts, history: [], charges }).kind).toBe("goes");
      }),
    );
  });

  it("waits if a smaller one waits, and goes if a larger one goes", () => {
    const anyFacts = fc.record({
      charges: fc.nat(100_000),
      history: fc.array(fc.nat(50_000), { maxLength: 35 }),
      ageDays: fc.nat(400),
      confirmed: fc.nat(50_000),
    });
    fc.assert(
      fc.property(anyFacts, fc.nat(10_000), (some, more) => {
        const larger = judgeRun({ ...some, charges: some.charges + more });
        if (judgeRun(some).kind === "waits") expect(larger.kind).toBe("waits");
        if (larger.kind === "goes") expect(judgeRun(some).kind).toBe("goes");
      }),
    );
  });

  it("never waits when it is no larger than a day that was", () => {
    const days = fc.array(fc.nat(50_000), { minLength: 1, maxLength: 35 });
    fc.assert(
      fc.property(days, fc.nat(400), (all, ageDays) => {
        const charges = Math.max(...all);
        expect(judgeRun({ charges, history: all, ageDays, confirmed: 0 }).kind).toBe("goes");
      }),
    );
  });
});
