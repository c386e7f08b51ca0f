/**
 * Mutations of a text that somebody else wrote: of its bytes, and of the JSON in it. Each is drawn
 * once and then does the same each time, so that a list of them can be shortened.
 */
import { Buffer } from "node:buffer";
import type { Chance } from "../chance.ts";
import { hostileValue } from "./hostile-values.ts";

export interface Mutation {
  readonly name: string;
  apply(text: string): string;
}

/** One to `most` mutations, few more often than many. */
export function drawMutations(chance: Chance, most: number): readonly Mutation[] {
  const count = chance.happens(0.6) ? 1 : chance.between(1, most);
  return Array.from({ length: count }, () =>
    chance.happens(0.5) ? drawBytes(chance) : drawJson(chance),
  );
}

export function mutate(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((mutated, mutation) => mutation.apply(mutated), text);
}

const tokens = ['"', "{", "}", "[", "]", ",", ":", "null", "true", "0", "-", "\\", "\u0000", "é"];

function drawBytes(chance: Chance): Mutation {
  const at = chance.below(1_000_000) / 1_000_000;
  const length = chance.between(1, chance.pick([1, 4, 40]));
  const byte = chance.below(256);
  const bit = 1 << chance.below(8);
  const token = chance.pick(tokens);
  const kinds: readonly [string, (bytes: Buffer, from: number) => Buffer][] = [
    ["flips a bit", (bytes, from) => withByte(bytes, from, (bytes[from] ?? 0) ^ bit)],
    ["sets a byte", (bytes, from) => withByte(bytes, from, byte)],
    ["sets a digit", (bytes, from) => withByte(bytes, from, 0x30 + (byte % 10))],
    [
      "drops bytes",
      (bytes, from) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]),
    ],
    [
      "doubles bytes",
      (bytes, from) => Buffer.concat([bytes.subarray(0, from + length), bytes.subarray(from)]),
    ],
    [
      "inserts a token",
      (bytes, from) =>
        Buffer.concat([bytes.subarray(0, from), Buffer.from(token), bytes.subarray(from)]),
    ],
    ["cuts the end off", (bytes, from) => bytes.subarray(0, from)],
  ];
  const [name, change] = chance.pick(kinds);
  return {
    name: `${name} at ${at}`,
    apply(text) {
      const bytes = Buffer.from(text, "utf8");
      return change(bytes, Math.floor(at * bytes.length)).toString("utf8");
    },
  };
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  if (at < changed.length) changed[at] = value & 0xff;
  return changed;
}

/** Changes one value anywhere in the document; a text that is no JSON stays as it is. */
function drawJson(chance: Chance): Mutation {
  const at = chance.below(1_000_000) / 1_000_000;
  const other = chance.below(1_000_000) / 1_000_000;
  const value = hostileValue(chance);
  const kind = chance.pick(["replaces", "removes", "swaps", "retypes", "adds"] as const);
  return {
    name: `${kind} a value at ${at}`,
    apply(text) {
      const root = parsed(text);
      if (root === undefined) return text;
      const slots = slotsOf(root);
      const slot = slots[Math.floor(at * slots.length)];
      const second = slots[Math.floor(other * slots.length)];
      if (slot === undefined || second === undefined) return text;
      changeSlot(kind, slot, second, value);
      return JSON.stringify(root);
    },
  };
}

interface Slot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function slotsOf(value: unknown): Slot[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...slotsOf(holder[key])]);
}

function changeSlot(
  kind: "replaces" | "removes" | "swaps" | "retypes" | "adds",
  { holder, key }: Slot,
  second: Slot,
  value: unknown,
): void {
  const present = holder[key];
  switch (kind) {
    case "replaces":
      holder[key] = value;
      return;
    case "removes":
      delete holder[key];
      return;
    case "swaps":
      // A holder that is put into itself could not be written down any more.
      if (isWithin(present, second.holder) || isWithin(second.holder[second.key], holder)) return;
      holder[key] = second.holder[second.key];
      second.holder[second.key] = present;
      return;
    case "retypes":
      holder[key] = typeof present === "number" ? String(present) : [present];
      return;
    case "adds":
      holder[`${key} `] = value;
  }
}

function isWithin(outer: unknown, sought: object): boolean {
  if (typeof outer !== "object" || outer === null) return false;
  return outer === sought || Object.values(outer).some((inner) => isWithin(inner, sought));
}

/** Whole numbers that JSON.parse would round are written as they came only by byte mutations. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
