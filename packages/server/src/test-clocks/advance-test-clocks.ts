/**
 * Walks test clocks towards their targets: from one due instant to the next, never past work that is
 * due or a charge whose outcome is open (rule 16). Nothing is computed in bulk: at each stop the
 * ordinary loops do what they would do on that day.
 */
import { Temporal } from "temporal-polyfill";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import {
  lockAdvancingTestClocks,
  readWorkOnClock,
  saveTestClock,
  type TestClock,
  type WorkOnClock,
} from "./test-clock-store.ts";

const batchSize = 50;

/** @returns How many clocks moved; 0 when none advances or all of them wait. */
export async function advanceTestClocks(engine: Engine): Promise<number> {
  return await engine.database.transaction(async (tx) => {
    const clocks = await lockAdvancingTestClocks(tx, batchSize);
    const moved = await Promise.all(clocks.map((clock) => advanceOne(tx, clock)));
    return moved.filter(Boolean).length;
  });
}

async function advanceOne(tx: Transaction, clock: TestClock): Promise<boolean> {
  const work = await readWorkOnClock(tx, clock.accountId, clock.id);
  const next = nextStop(clock, work);
  if (next === "wait") return false;
  await saveTestClock(tx, { ...clock, ...next });
  return true;
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
