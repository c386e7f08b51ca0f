/** Creates a test clock, and sends one on its way; the workers do the walking. */
import { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { notifyWork } from "../worker/wake-up.ts";
import {
  insertTestClock,
  lockTestClock,
  saveTestClock,
  type TestClock,
} from "./test-clock-store.ts";

export async function createTestClock(
  engine: Engine,
  clock: { readonly accountId: string; readonly name: string; readonly now: Temporal.Instant },
): Promise<TestClock> {
  const { accountId, name, now: nowAt } = clock;
  const id = newId("clk", engine.effects.random);
  return await insertTestClock(engine.database, { accountId, id, name, nowAt });
}

/**
 * Sets where a test clock goes to. Returns at once: its status is `advancing` until every charge and
 * period on the way is done.
 *
 * @throws {AppError} `not_found`, `test_clock_busy`, `test_clock_backwards`.
 */
export async function advanceTestClock(
  engine: Engine,
  advance: {
    readonly accountId: string;
    readonly testClockId: string;
    readonly to: Temporal.Instant;
  },
): Promise<TestClock> {
  const { accountId, testClockId, to } = advance;
  return await engine.database.transaction(async (tx) => {
    const clock = await lockTestClock(tx, accountId, testClockId);
    if (clock === undefined) {
      throw new AppError("not_found", `There is no test clock ${testClockId}.`);
    }
    if (clock.status === "advancing") {
      const message = `The clock is still on its way to ${clock.targetAt?.toString()}.`;
      throw new AppError("test_clock_busy", message);
    }
    if (Temporal.Instant.compare(to, clock.nowAt) <= 0) {
      const message = `The clock shows ${clock.nowAt.toString()}; it only goes forward.`;
      throw new AppError("test_clock_backwards", message);
    }
    const moved = await saveTestClock(tx, { ...clock, targetAt: to });
    await notifyWork(tx);
    return moved;
  });
}
