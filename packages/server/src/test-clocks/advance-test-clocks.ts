/**
 * Walks test clocks towards their targets: from one due instant to the next, never past work that is
 * due or a charge whose outcome is open (rule 16). Nothing is computed in bulk: at each stop the
 * ordinary loops do what they would do on that day.
 */
import { Temporal } from "temporal-polyfill";
import { authorizationReminderDays } from "../authorizations/tend-authorizations.ts";
import { readAuthorizationWorkOnClock } from "../authorizations/tend-store.ts";
import { checkLeaseMs } from "../billing-keys/check-billing-key.ts";
import { readKeyWorkOnClock } from "../billing-keys/key-health-store.ts";
import type { KeyRules } from "../billing-keys/key-health.ts";
import { readKeyRules } from "../billing-keys/tend-billing-keys.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import {
  lockAdvancingTestClocks,
  readWorkOnClock,
  saveTestClock,
  type TestClock,
  type WorkOnClock,
} from "./test-clock-store.ts";

/**
 * Looks at every clock that advances, so many in a transaction: those that wait hold up no other.
 *
 * @returns How many clocks moved; 0 when none advances or all of them wait.
 */
export async function advanceTestClocks(engine: Engine, batchSize = 50): Promise<number> {
  let moved = 0;
  let last: TestClock | undefined;
  for (;;) {
    const batch = await advanceBatch(engine, batchSize, last);
    moved += batch.moved;
    last = batch.clocks.at(-1);
    if (batch.clocks.length < batchSize) return moved;
  }
}

interface Batch {
  readonly clocks: readonly TestClock[];
  readonly moved: number;
}

async function advanceBatch(
  engine: Engine,
  batchSize: number,
  after: TestClock | undefined,
): Promise<Batch> {
  return await engine.database.transaction(async (tx) => {
    const clocks = await lockAdvancingTestClocks(tx, batchSize, after);
    if (clocks.length === 0) return { clocks, moved: 0 };
    const rules = await readKeyRules(engine, tx);
    let moved = 0;
    for (const clock of clocks) if (await advanceOne(tx, clock, rules)) moved += 1;
    return { clocks, moved };
  });
}

async function advanceOne(
  tx: Transaction,
  clock: TestClock,
  rules: readonly KeyRules[],
): Promise<boolean> {
  const work = await readWorkOnClock(tx, clock.accountId, clock.id);
  const keyWork =
    rules.length === 0
      ? { dueWork: 0, nextDueAt: undefined }
      : await readKeyWorkOnClock(tx, rules, clock, checkLeaseMs);
  const held = await readAuthorizationWorkOnClock(tx, clock, authorizationReminderDays);
  const next = nextStop(clock, {
    ...work,
    dueWork: work.dueWork + keyWork.dueWork + held.dueWork,
    nextDueAt: earlier(earlier(work.nextDueAt, keyWork.nextDueAt), held.nextDueAt),
  });
  if (next === "wait") return false;
  await saveTestClock(tx, { ...clock, ...next });
  return true;
}

function earlier(
  one: Temporal.Instant | undefined,
  other: Temporal.Instant | undefined,
): Temporal.Instant | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Temporal.Instant.compare(one, other) <= 0 ? one : other;
}

/** Where an advancing clock goes now. Pure. */
export function nextStop(
  { nowAt, targetAt }: Pick<TestClock, "nowAt" | "targetAt">,
  { openCharges, dueWork, nextDueAt }: WorkOnClock,
): "wait" | Pick<TestClock, "nowAt" | "targetAt"> {
  if (targetAt === undefined || openCharges > 0 || dueWork > 0) return "wait";
  if (nextDueAt !== undefined && Temporal.Instant.compare(nextDueAt, targetAt) <= 0) {
    return { nowAt: nextDueAt, targetAt };
  }
  return {
    nowAt: Temporal.Instant.compare(nowAt, targetAt) < 0 ? targetAt : nowAt,
    targetAt: undefined,
  };
}
