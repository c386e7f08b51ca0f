import { describe, expect, inject, it } from "vitest";
import { fuzz } from "../../src/fuzz/fuzz.ts";

describe("four hundred cases that nobody should send", () => {
  it("break no rule, and reach every part", async () => {
    const serverUrl = inject("testServer").url;
    const { byTarget, cases, shown } = await fuzz({ cases: 400, seed: "test", serverUrl });
    expect(shown).toEqual([]);
    expect({ cases, byTarget }).toEqual({
      cases: 400,
      byTarget: { answers: 240, api: 88, webhook: 24, hosted: 24, operator: 24 },
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
