/**
 * Rounds: what a loop has asked since it last slept. When all of it would be answered again as it was,
 * the next round would end as this one did, and the loop may as well sleep on.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Memory, Remembered } from "./memory.ts";

export interface Round {
  /** It asked this, and changed nothing. */
  looked(remembered: Remembered | undefined): void;
  /** It asked for what the poll of this name finds, which was nothing. */
  polled(name: string): void;
  /** It did something that is not known to end in the same way again. */
  acted(): void;
  /** Whether another round would find what this one did. */
  wouldRepeat(): boolean;
}

const rounds = new AsyncLocalStorage<Round>();

/** The round that asks at this moment; undefined for whoever is no loop. */
export const currentRound = (): Round | undefined => rounds.getStore();

/** From here on, what the caller does is its next round. @returns The one that ends. */
export function nextRound(memory: Memory, isIdle: (name: string) => boolean): Round | undefined {
  const over = rounds.getStore();
  rounds.enterWith(createRound(memory, isIdle));
  return over;
}

function createRound(memory: Memory, isIdle: (name: string) => boolean): Round {
  const known = new Set<Remembered>();
  const polls = new Set<string>();
  let hasActed = false;
  return {
    looked(remembered) {
      if (remembered === undefined) hasActed = true;
      else known.add(remembered);
    },
    polled: (name) => void polls.add(name),
    acted() {
      hasActed = true;
    },
    wouldRepeat() {
      if (hasActed || known.size + polls.size === 0) return false;
      return [...polls].every(isIdle) && [...known].every((one) => memory.isCurrent(one));
    },
  };
}
