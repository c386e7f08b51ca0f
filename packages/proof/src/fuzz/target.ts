/**
 * Target: one part of the product that is fuzzed. Its cases come in blocks; every block begins from
 * the same state, so a case is named by its number alone and repeating its block repeats the case.
 */
import type { Chance } from "../chance.ts";

/** What one case did, and what is wrong with it. */
export interface CaseResult {
  /** What was sent and what came back, in a few words, for counting: `POST /v1/plans 422`. */
  readonly kind: string;
  /** One sentence for each rule that was broken; empty when all is well. */
  readonly violations: readonly string[];
  /** What was sent, for a person who has to understand a violation. */
  readonly shown: string;
}

export interface Block {
  run(chance: Chance): Promise<CaseResult>;
  /** After the last case: violations that only show at the end. */
  finish(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Of a hundred cases, so many are this target's. */
  readonly share: number;
  readonly casesPerBlock: number;
  /** @param seed Of everything that is random in the block and is not the case's own. */
  open(seed: string): Promise<Block>;
}
