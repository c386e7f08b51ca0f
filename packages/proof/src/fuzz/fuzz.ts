/**
 * Fuzzing: runs cases of every target, block by block, and tells what broke and how to see it again.
 * Which cases there are is decided by the seed alone, whatever their number.
 */
import { createChance } from "../chance.ts";
import { answerTarget } from "./answer-target.ts";
import { apiTarget } from "./api-target.ts";
import { hostedTarget, operatorTarget } from "./page-target.ts";
import { stageOnDemand, type Stage } from "./stage.ts";
import type { CaseResult, Target } from "./target.ts";
import { webhookTarget } from "./webhook-target.ts";

export interface FuzzOptions {
  readonly cases: number;
  /** Any text. */
  readonly seed: string;
  /** `api:1234`: this case alone, after the cases of its block before it. */
  readonly only?: string | undefined;
  /** A PostgreSQL to make databases on; undefined starts one. */
  readonly serverUrl?: string | undefined;
  /** Told after each block how many cases are done. */
  readonly progress?: (done: number) => void;
}

export interface Violation {
  /** `api:1234`; the block's last case where it only shows at the end. */
  readonly case: string;
  readonly rule: string;
  readonly shown: string;
  /** Repeats it. */
  readonly command: string;
}

export interface FuzzReport {
  readonly seed: string;
  readonly cases: number;
  readonly byTarget: Readonly<Record<string, number>>;
  /** How often each answer came: `POST /v1/plans 422`. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly violations: number;
  /** The first of them. */
  readonly shown: readonly Violation[];
}

const shownViolations = 20;

/** @throws {Error} when the stage cannot be built, or there is no such target or case. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const beganAt = performance.now();
  const stage = stageOnDemand(options.serverUrl, options.seed);
  const byTarget: Record<string, number> = {};
  const kinds = new Map<string, number>();
  const violations: Violation[] = [];
  let done = 0;
  try {
    for (const { from, target, to } of plannedRuns(targetsOn(stage), options)) {
      const found = await runBlock(target, from, to, options, kinds);
      violations.push(...found);
      byTarget[target.name] = (byTarget[target.name] ?? 0) + to - from;
      done += to - from;
      options.progress?.(done);
    }
  } finally {
    await stage.close();
  }
  return {
    seed: options.seed,
    cases: done,
    byTarget,
    kinds: Object.fromEntries([...kinds].sort(([one], [other]) => (one < other ? -1 : 1))),
    seconds: Math.round((performance.now() - beganAt) / 100) / 10,
    violations: violations.length,
    shown: violations.slice(0, shownViolations),
  };
}

function targetsOn(stage: Stage): readonly Target[] {
  return [
    answerTarget,
    apiTarget(stage),
    webhookTarget(stage),
    hostedTarget(stage),
    operatorTarget(stage),
  ];
}

interface PlannedRun {
  readonly target: Target;
  /** Numbers of cases, the last one not included. */
  readonly from: number;
  readonly to: number;
}

function plannedRuns(targets: readonly Target[], { cases, only }: FuzzOptions): PlannedRun[] {
  if (only !== undefined) return [runOf(targets, only)];
  return targets.flatMap((target) => {
    const count = Math.round((cases * target.share) / 100);
    const blocks = Math.ceil(count / target.casesPerBlock);
    return Array.from({ length: blocks }, (_, block) => {
      const from = block * target.casesPerBlock;
      return { target, from, to: Math.min(count, from + target.casesPerBlock) };
    });
  });
}

function runOf(targets: readonly Target[], name: string): PlannedRun {
  const [, wanted, digits] = /^([a-z]+):(\d+)$/.exec(name) ?? [];
  const target = targets.find((each) => each.name === wanted);
  if (target === undefined) {
    const names = targets.map((each) => each.name).join(", ");
    throw new Error(`${name} is no case: write a target (${names}), a colon and its number.`);
  }
  const last = Number(digits);
  return { target, from: last - (last % target.casesPerBlock), to: last + 1 };
}

async function runBlock(
  target: Target,
  from: number,
  to: number,
  { only, seed }: FuzzOptions,
  kinds: Map<string, number>,
): Promise<Violation[]> {
  const block = await target.open(`${seed}/${target.name}/${from}`);
  const violations: Violation[] = [];
  const note = (index: number, { violations: rules, shown }: Omit<CaseResult, "kind">) => {
    const name = `${target.name}:${index}`;
    const command = `npm run fuzz -- --seed ${seed} --case ${name}`;
    violations.push(...rules.map((rule) => ({ case: name, rule, shown, command })));
  };
  try {
    for (let index = from; index < to; index += 1) {
      const result = await block.run(createChance(`${seed}/${target.name}/${index}`));
      kinds.set(result.kind, (kinds.get(result.kind) ?? 0) + 1);
      // Of a repeated block only the case that was asked for is of interest.
      if (only === undefined || index === to - 1) note(index, result);
    }
    note(to - 1, { violations: await block.finish(), shown: "" });
    return violations;
  } finally {
    await block.close();
  }
}
