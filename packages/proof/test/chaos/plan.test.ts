import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChance } from "../../src/chance.ts";
import { drawPlan, floorsOf, type PlanOptions } from "../../src/chaos/plan.ts";

const options: PlanOptions = { seconds: 180, workers: 4, apis: 2, leaseMs: 4_000, canFill: true };
const planOf = (seed: string, change: Partial<PlanOptions> = {}) =>
  drawPlan(createChance(seed), { ...options, ...change });

function countOf(faults: readonly { readonly kind: string }[]): Record<string, number> {
  const groups = Map.groupBy(faults, ({ kind }) => kind);
  return Object.fromEntries([...groups].map(([kind, { length }]) => [kind, length]));
}

describe("the plan of three minutes", () => {
  it("is the same for the same seed, and another one for another", () => {
    expect(planOf("1")).toEqual(planOf("1"));
    expect(planOf("1")).not.toEqual(planOf("2"));
  });

  it("kills more than the floors ask for, because some victims are down already", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const plan = planOf(seed);
        const [processes, database] = [countOf(plan.processes), countOf(plan.database)];
        const { databaseKills, workerKills } = floorsOf(180);
        expect(processes["kill"]).toBeGreaterThanOrEqual(workerKills * 1.1);
        expect(database["kill"]).toBeGreaterThanOrEqual(databaseKills * 1.1);
      }),
    );
  });

  it("has one worker in a crash loop at a time, and each in its turn", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const kills = planOf(seed).processes.filter((fault) => fault.kind === "kill");
        const victims = kills.flatMap((fault) => ("worker" in fault ? fault.worker : []));
        for (const looping of [0, 1, 2, 3]) {
          const meanwhile = victims.slice(20 * looping, 20 * (looping + 1));
          const often = meanwhile.filter((victim) => victim === looping);
          expect(often.length).toBeGreaterThan(meanwhile.length / 5);
        }
      }),
    );
  });

  it("has every kind of fault, in order of time, the last before the end", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const plan = planOf(seed);
        expect(Object.keys(countOf(plan.processes)).sort()).toEqual([
          "cut_commit",
          "fill_journal",
          "freeze",
          "kill",
          "kill_api",
        ]);
        expect(Object.keys(countOf(plan.database)).sort()).toEqual([
          "fill_disk",
          "kill",
          "promote",
          "read_only",
        ]);
        for (const faults of [plan.processes, plan.database]) {
          const times = faults.map(({ atMs }) => atMs);
          expect(times).toEqual(times.toSorted((one, other) => one - other));
          expect(Math.max(...times)).toBeLessThan(180_000);
        }
      }),
    );
  });

  it("freezes for longer than a lease, and only processes that there are", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 9 }), (seed, workers) => {
        for (const fault of planOf(seed, { workers }).processes) {
          if (fault.kind === "freeze") expect(fault.ms).toBeGreaterThan(options.leaseMs);
          if ("worker" in fault) expect(fault.worker).toBeLessThan(workers);
          if ("api" in fault) expect(fault.api).toBeLessThan(options.apis);
        }
      }),
    );
  });

  it("fills no disk where that cannot be done", () => {
    const { database, processes } = planOf("1", { canFill: false });
    const kinds = [...database, ...processes].map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind.startsWith("fill"))).toEqual([]);
  });
});

describe("a longer or a shorter run", () => {
  it("has floors in proportion", () => {
    expect(floorsOf(180)).toEqual({ workerKills: 100, databaseKills: 10, charges: 5_000 });
    expect(floorsOf(18)).toEqual({ workerKills: 10, databaseKills: 1, charges: 500 });
    expect(floorsOf(3_600)).toEqual({ workerKills: 2_000, databaseKills: 200, charges: 100_000 });
  });
});
