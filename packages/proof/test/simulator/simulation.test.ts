import { describe, expect, it } from "vitest";
import { whatCaught } from "../../src/sabotage/sabotage-names.ts";
import { runJobs } from "../../src/simulator/jobs.ts";
import { progressText } from "../../src/simulator/progress.ts";
import {
  caughtText,
  summaryOfSabotages,
  type Caught,
} from "../../src/simulator/sabotage-report.ts";
import { reportText, summaryOf, type SeedLine } from "../../src/simulator/summary.ts";

const never = new AbortController().signal;

async function linesOf(seeds: readonly string[]): Promise<readonly SeedLine[]> {
  const lines: SeedLine[] = [];
  const onLine = (line: SeedLine) => void lines.push(line);
  await runJobs({ seeds, jobs: 1, sabotage: undefined, onLine, signal: never });
  return lines;
}

describe("simulations of the engine as it is", () => {
  it("take the same course for the same seed, whatever ran before, and violate nothing", async () => {
    const lines = await linesOf(["8", "2", "8"]);
    const [first, other, again] = lines.map(({ traceHash }) => traceHash);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(lines.flatMap(({ violations }) => violations)).toEqual([]);
    expect(lines.every(({ charges, payments }) => charges > 0 && payments > 0)).toBe(true);
  });
});

describe("a simulation of a sabotaged engine", () => {
  it("reports what was violated, how to see it again, and what happened to whom", async () => {
    const enough = new AbortController();
    const lines: SeedLine[] = [];
    const name = "http-retry";
    const onLine = (line: SeedLine) => {
      lines.push(line);
      if (whatCaught(name, line.violations) !== undefined) enough.abort();
    };
    const seeds = Array.from({ length: 40 }, (_, n) => String(1 + n));
    await runJobs({ seeds, jobs: 2, sabotage: name, onLine, signal: enough.signal });
    const caught = lines.find(({ violations }) => whatCaught(name, violations) !== undefined);
    if (caught === undefined) throw new Error("nothing was caught");
    const { seed, timeline } = caught;
    expect(timeline[0]).toMatch(/^subscription sub_[0-9a-z]{26}: /);
    expect(timeline.some((line) => line.includes("MONEY payment"))).toBe(true);
    const summary = summaryOf([caught], name, 1);
    const replay = `npm run simulate -- --replay ${seed} --sabotage ${name}`;
    expect(summary.failures.map((failure) => failure.replay)).toEqual([replay]);
    expect(reportText(summary)).toContain(`replay: ${replay}`);
  });
});

const line: SeedLine = {
  seed: "7",
  violations: [],
  timeline: [],
  charges: 90,
  payments: 88,
  subscriptionYears: 4.4,
  steps: 5_000,
  faults: { "process: dies": 2, "network: late": 3, "network: lost": 1 },
  traceHash: "ab",
  ms: 900,
};

describe("the summary of many simulations", () => {
  const bad = { ...line, seed: "8", violations: ["2. no period is lost: …"], traceHash: "cd" };
  const summary = { ...summaryOf([line, bad], undefined, 12.34), traceHash: "ef", commit: "12ab" };

  it("adds up, and says by kind what went wrong around the engine", () => {
    const { command, failures, sabotage, ...sums } = summary;
    expect({ command, sabotage }).toEqual({ command: "simulate", sabotage: undefined });
    expect(sums).toEqual({
      seeds: 2,
      charges: 180,
      payments: 176,
      subscriptionYears: 9,
      steps: 10_000,
      faults: { "network: late": 6, "network: lost": 2, "process: dies": 4 },
      seconds: 12.3,
      traceHash: "ef",
      commit: "12ab",
      violations: 1,
    });
    expect(failures.map(({ seed }) => seed)).toEqual(["8"]);
  });

  it("ends with the number of violations", () => {
    expect(reportText(summary).split("\n")).toEqual([
      "2 seeds, 180 charges, 176 payments, 9 subscription-years, 12.3 s",
      "faults:",
      "  network: late 6, lost 2",
      "  process: dies 4",
      "trace hash ef, commit 12ab",
      "seed 8:",
      "  2. no period is lost: …",
      "  replay: npm run simulate -- --replay 8",
      "1 violations in 1 of 2 seeds",
    ]);
  });

  it("does not depend on which simulation ended first", () => {
    const hashes = [
      [line, bad],
      [bad, line],
    ].map((lines) => summaryOf(lines, undefined, 1).traceHash);
    expect(hashes[0]).toBe(hashes[1]);
  });
});

describe("the summary of sabotages", () => {
  it("counts one that was not caught as a violation", () => {
    const at = { seconds: 3, charges: 90 };
    const found = { seeds: 2, violation: "7. …", replay: "npm …" };
    const nothing = { seeds: undefined, violation: undefined, replay: undefined };
    const some: Caught = { name: "no-intent", ...found, ...at };
    const none: Caught = { name: "no-lookup", ...nothing, ...at };
    const { charges, missed, seeds, violations } = summaryOfSabotages([some, none]);
    expect({ charges, missed, seeds, violations }).toEqual({
      charges: 180,
      missed: 1,
      seeds: 2,
      violations: 1,
    });
    expect(caughtText(some)).toBe("no-intent: caught after 2 seeds, 3 s\n  7. …\n  replay: npm …");
    expect(caughtText(none)).toBe("no-lookup: NOT CAUGHT in 3 s");
  });
});

describe("progress", () => {
  it("says how many simulations are over, and with what", () => {
    const bar = `${"█".repeat(15)}${"░".repeat(15)}`;
    const text = progressText([line, { ...line, violations: ["…"] }], 4, "simulating", 31);
    expect(text).toBe(`simulating ${bar} 2/4 seeds, 180 charges, 1 bad, 31 s`);
  });
});
