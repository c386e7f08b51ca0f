import { describe, expect, inject, it } from "vitest";
import { fuzz } from "../../src/fuzz/fuzz.ts";

describe("two hundred cases that nobody should send", () => {
  it("break no rule, and reach every part", async () => {
    const serverUrl = inject("testServer").url;
    const { byTarget, cases, shown } = await fuzz({ cases: 200, seed: "test", serverUrl });
    expect(shown).toEqual([]);
    expect({ cases, byTarget }).toEqual({
      cases: 200,
      byTarget: { answers: 120, api: 44, webhook: 12, hosted: 12, operator: 12 },
    });
  });
});

describe("a seed", () => {
  it("decides which cases there are, and a single one is repeated by its name", async () => {
    const serverUrl = inject("testServer").url;
    const options = { cases: 1, seed: "test", serverUrl, only: "answers:7" };
    const once = await fuzz(options);
    const again = await fuzz(options);
    expect({ ...again, seconds: 0 }).toEqual({ ...once, seconds: 0 });
    expect(once.cases).toBe(8);
  });
});
