import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readWorkOnClock } from "../../src/test-clocks/test-clock-store.ts";
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
});
