import { Temporal } from "temporal-polyfill";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { advanceTestClocks } from "../../src/test-clocks/advance-test-clocks.ts";
import {
  insertTestClock,
  readWorkOnClock,
  saveTestClock,
} from "../../src/test-clocks/test-clock-store.ts";
import { createHeldWorld, holdMoney } from "../support/held-world.ts";
import { enterWindow, newcomer } from "../support/window-world.ts";
import type { World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createHeldWorld();
});
afterEach(() => world.stop());

async function openChargesOn(testClockId: string | undefined): Promise<number> {
  const { accountId, engine } = world;
  return (await readWorkOnClock(engine.database, accountId, testClockId ?? "")).openCharges;
}

describe("a test clock on its way", () => {
  it.each(["capturing", "voiding"])("waits for a call that is open: %s", async (status) => {
    const { chargeId, testClockId } = await holdMoney(world, { onTestClock: true });
    expect(await openChargesOn(testClockId)).toBe(0); // Held money waits for the merchant.
    await world.db.database.execute(
      `update charges set status = $2, lease_token = gen_random_uuid(),
         lease_until = protocol_now() + interval '1 hour' where id = $1`,
      [chargeId, status],
    );
    expect(await openChargesOn(testClockId)).toBe(1);
  });

  it("does not wait for a customer in a window", async () => {
    const visitor = await newcomer(world, { clockAt: "2026-03-02T01:00:00Z" });
    await enterWindow(world, visitor);
    expect(await openChargesOn(visitor.testClockId)).toBe(0);
  });

  it("is not held up by others that wait, however many are looked at at once", async () => {
    const { accountId, engine } = world;
    const { chargeId, testClockId: waiting = "" } = await holdMoney(world, { onTestClock: true });
    await world.db.database.execute(
      `update charges set status = 'capturing', lease_token = gen_random_uuid(),
         lease_until = protocol_now() + interval '1 hour' where id = $1`,
      [chargeId],
    );
    const nowAt = Temporal.Instant.from("2030-03-02T01:00:00Z");
    const targetAt = nowAt.add({ hours: 1 });
    const idle = ["clk_0", "clk_z"]; // One on each side, wherever the one that waits is.
    await engine.database.transaction(async (tx) => {
      for (const id of idle) await insertTestClock(tx, { accountId, id, name: id, nowAt });
      for (const id of [waiting, ...idle]) {
        await saveTestClock(tx, { accountId, id, nowAt, targetAt });
      }
    });

    expect(await advanceTestClocks(engine, 1)).toBe(2);
    const left = await world.db.database.query<{ id: string }>(
      "select id from test_clocks where target_at is not null",
    );
    expect(left).toEqual([{ id: waiting }]);
  });
});
