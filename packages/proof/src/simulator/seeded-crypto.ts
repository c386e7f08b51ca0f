/** `node:crypto` as the emulator gets it here: what is random comes from the simulation's seed. */
import { createChance, type Chance } from "../chance.ts";

export { createHash, createHmac, timingSafeEqual } from "node:crypto";

let chance: Chance = createChance("");

/** From now on, the emulator's luck is this seed's. */
export function seedEmulator(seed: string): void {
  chance = createChance(`${seed}/emulator`);
}

export function randomBytes(count: number): Buffer {
  return Buffer.from(chance.bytes(count));
}

export function randomInt(minimumOrLimit: number, limit?: number): number {
  const minimum = limit === undefined ? 0 : minimumOrLimit;
  const range = (limit ?? minimumOrLimit) - minimum;
  if (range <= 2 ** 32) return minimum + chance.below(range);
  const high = chance.below(Math.floor(range / 2 ** 26));
  return minimum + high * 2 ** 26 + chance.below(2 ** 26);
}
