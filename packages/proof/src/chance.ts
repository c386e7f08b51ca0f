/**
 * Chance: everything that a simulation leaves to luck, drawn from one seed. The same seed draws the
 * same numbers on every machine; a fork draws its own, whatever its parent goes on to draw.
 */
import type { Random } from "../../server/src/effects.ts";

export interface Chance {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number;
  /** True so often: 0 never, 1 always. */
  happens(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** A generator of its own, named so that it does not depend on what was forked before. */
  fork(name: string): Chance;
}

/** @param seed Any text; seeds that differ in one letter have nothing in common. */
export function createChance(seed: string): Chance {
  const next = sfc32(seed);
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    between: (lowest, highest) => lowest + below(highest - lowest + 1),
    happens: (probability) => next() / 2 ** 32 < probability,
    pick(choices) {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new RangeError("there is nothing to pick from");
      return chosen;
    },
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count; at += 1) bytes[at] = next() & 0xff;
      return bytes;
    },
    fork: (name) => createChance(`${seed}/${name}`),
  };
}

/** The engine's randomness, drawn from a chance. */
export function randomOf(chance: Chance): Random {
  return {
    bytes: (count) => chance.bytes(count),
    uuid() {
      const bytes = Buffer.from(chance.bytes(16));
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      const hex = bytes.toString("hex");
      const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
      return [...parts, hex.slice(20)].join("-");
    },
  };
}

/** Chris Doty-Humphrey's small fast counting generator, 32 bits, from PractRand (public domain). */
function sfc32(seed: string): () => number {
  let [a, b, c] = [hash(seed, 1), hash(seed, 2), hash(seed, 3)];
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

/** FNV-1a over the text's code units, stirred at the end. */
function hash(text: string, salt: number): number {
  let value = 0x811c9dc5 ^ salt;
  for (let at = 0; at < text.length; at += 1) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return value ^ (value >>> 13);
}
