/** Invariant: one promise, judged for one account. */
import type { AccountEvidence } from "./account-evidence.ts";

export interface Judgement {
  /** How many things were looked at; what they are, the invariant's `unit` says. */
  readonly checked: number;
  /** Each in words, with all ids that are needed to look at it. */
  readonly violations: readonly string[];
}

export interface Invariant {
  /** As in issue and documents; stable. */
  readonly number: number;
  /** The promise, as a sentence. */
  readonly promise: string;
  readonly unit: string;
  readonly judge: (account: AccountEvidence) => Judgement;
}

/** What each thing violates, over many of them. */
export function judgeEach<T>(
  things: readonly T[],
  violationsOf: (thing: T) => readonly string[],
): Judgement {
  return { checked: things.length, violations: things.flatMap((thing) => violationsOf(thing)) };
}

export function together(...judgements: readonly Judgement[]): Judgement {
  return {
    checked: judgements.reduce((sum, { checked }) => sum + checked, 0),
    violations: judgements.flatMap(({ violations }) => violations),
  };
}

/** An instant as people read it. */
export function timeOf(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
