/** Which simulations lose commits: drawn from their seed alone, before anything of them is run. */
import type { Chance } from "../chance.ts";

/** One in so many does. */
const oneIn = 10;

/** The luck of a simulation's losses. */
export function lossesOf(chance: Chance): Chance {
  return chance.fork("losses");
}

/** The first that is drawn of it. */
export function losesCommits(losses: Chance): boolean {
  return losses.happens(1 / oneIn);
}
