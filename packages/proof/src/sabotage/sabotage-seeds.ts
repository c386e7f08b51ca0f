/** Which simulations are run: one seed after the other, but only such as can show what is looked for. */
import { createChance } from "../chance.ts";
import { losesCommits, lossesOf } from "../simulator/losing-seeds.ts";
import type { SabotageName } from "./sabotage-names.ts";

/** @returns So many, from the first on; of a sabotage of the send journal, those that lose commits. */
export function seedsFor(
  sabotage: SabotageName | undefined,
  first: number,
  count: number,
): readonly string[] {
  const seeds: string[] = [];
  for (let seed = first; seeds.length < count; seed += 1) {
    const shows = sabotage !== "no-journal" || losesCommits(lossesOf(createChance(String(seed))));
    if (shows) seeds.push(String(seed));
  }
  return seeds;
}
