/**
 * Run size: whether so many charges on one day are what a connection usually begins with. A price that
 * was imported twice, a clock that jumped, a database that was set back: what goes wrong in bulk shows
 * as a run that is larger than any before. Pure; holding and confirming are in hold-run.ts.
 */
export interface RunFacts {
  /** Charges of today: those begun, and those that are due and not begun. */
  readonly charges: number;
  /** Charges begun on each earlier day that had any, of the last `historyDays`. */
  readonly history: readonly number[];
  /** Since the connection began with its first charge. */
  readonly ageDays: number;
  /** The largest run that a person has confirmed within a day, which may go on past midnight; 0 without one. */
  readonly confirmed: number;
}

export interface RunPolicy {
  /** A run waits when it is more than so many times as large as the largest day. */
  readonly factor: number;
  /** Five weeks hold every kind of day that a monthly business has. */
  readonly historyDays: number;
  /** A connection that is younger has no usual day yet. */
  readonly minimumAgeDays: number;
  /** A run that is smaller never waits: too few charges to be usual or not. */
  readonly smallestRun: number;
}

export const runPolicy: RunPolicy = {
  factor: 1.5,
  historyDays: 35,
  minimumAgeDays: 14,
  smallestRun: 50,
};

export type RunDecision =
  | { readonly kind: "goes" }
  /** @param usual Charges of the largest earlier day, or of the run that was confirmed. */
  | { readonly kind: "waits"; readonly usual: number };

export function judgeRun(facts: RunFacts, policy: RunPolicy = runPolicy): RunDecision {
  const { ageDays, charges, confirmed, history } = facts;
  const usual = Math.max(0, ...history, confirmed);
  const isYoung = ageDays < policy.minimumAgeDays;
  if (isYoung || charges < policy.smallestRun || charges <= usual * policy.factor) {
    return { kind: "goes" };
  }
  return { kind: "waits", usual };
}
