import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGroupCommit } from "./group-commit.ts";

/** A commit that ends when the test says so. */
function handCommit() {
  const batches: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const commit = (batch: readonly number[]) =>
    new Promise<void>((resolve) => {
      batches.push(batch);
      ends.push(resolve);
    });
  return { batches, commit, end: () => ends.shift()?.() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a group commit", () => {
  it("commits a result that comes alone at once", async () => {
    const { batches, commit } = handCommit();
    void createGroupCommit(commit, 10).add(1);
    expect(batches).toEqual([[1]]);
    await turn();
  });

  it("takes what comes meanwhile together, in order, and never two batches at once", async () => {
    const { batches, commit, end } = handCommit();
    const group = createGroupCommit(commit, 10);
    for (const result of [1, 2, 3]) void group.add(result);
    await turn();
    expect(batches).toEqual([[1]]);
    end();
    await turn();
    expect(batches).toEqual([[1], [2, 3]]);
    end();
  });

  it("tells each result only once its own batch is over", async () => {
    const { commit, end } = handCommit();
    const group = createGroupCommit(commit, 1);
    const done: number[] = [];
    for (const result of [1, 2]) void group.add(result).then(() => done.push(result));
    await turn();
    expect(done).toEqual([]);
    end();
    await turn();
    expect(done).toEqual([1]);
    end();
    await turn();
    expect(done).toEqual([1, 2]);
  });

  it("loses nothing and keeps the order, whatever arrives when", async () => {
    const anyArrivals = fc.array(fc.record({ turns: fc.nat(3) }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(anyArrivals, fc.integer({ min: 1, max: 7 }), async (arrivals, limit) => {
        const batches: (readonly number[])[] = [];
        const commit = async (batch: readonly number[]) => {
          batches.push(batch);
          await turn();
        };
        const group = createGroupCommit(commit, limit);
        const told: Promise<void>[] = [];
        for (const [result, { turns }] of arrivals.entries()) {
          for (let n = 0; n < turns; n += 1) await turn();
          told.push(group.add(result));
        }
        await Promise.all(told);
        expect(batches.flat()).toEqual(arrivals.map((_, result) => result));
        expect(batches.every(({ length }) => length >= 1 && length <= limit)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
