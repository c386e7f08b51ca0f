import { describe, expect, it } from "vitest";
import { createChance, randomOf } from "../../src/chance.ts";

const draws = (seed: string) => {
  const chance = createChance(seed);
  return Array.from({ length: 8 }, () => chance.below(1_000));
};

describe("luck that is drawn from a seed", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(draws("1")).toEqual(draws("1"));
    expect(draws("1")).not.toEqual(draws("2"));
  });

  it("is spread over its range", () => {
    const chance = createChance("spread");
    const counts = [0, 0, 0, 0, 0];
    for (let n = 0; n < 5_000; n += 1) counts[chance.below(5)]! += 1;
    expect(counts.every((count) => count > 850 && count < 1_150)).toBe(true);
  });

  it("gives a fork its own, whatever its parent draws", () => {
    const [one, other] = [createChance("7"), createChance("7")];
    other.below(10);
    expect(one.fork("weather").below(1_000_000)).toBe(other.fork("weather").below(1_000_000));
  });

  it("makes UUIDs of version 4", () => {
    const uuid = randomOf(createChance("3")).uuid();
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
