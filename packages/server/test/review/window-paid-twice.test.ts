import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { approve, comeBack, enterWindow, newcomer, untilOver } from "../support/window-world.ts";
import { connectionNow, createWorld, eventually, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "line_pay" });
  await world.control.post("/switches", { provider: "line_pay", paysOneOrderIdTwice: true });
});
afterEach(() => world.stop());

const spoil = (
  operation: string,
  action: Readonly<Record<string, unknown>>,
  times: number | null,
) => world.control.fault({ provider: "line_pay", operation, action, times });

async function chargeNow() {
  const [charge] = await world.db.database.query<{ status: string; reason: string | null }>(
    "select status, review_reason as reason from charges",
  );
  return charge;
}

/** The first confirmation was paid and not answered; the provider hides it, and its window. */
async function paidAndHidden() {
  const visitor = await newcomer(world);
  const first = await enterWindow(world, visitor);
  const second = await enterWindow(world, visitor);
  await approve(world, first);
  await approve(world, second);
  await spoil("confirm", { type: "drop_answer" }, 1);
  await comeBack(world, first);
  await spoil("details", { type: "stale_lookup" }, null);
  await spoil("check", { type: "error", code: "0110" }, null);
  await eventually("the charge to wait for its customer again", async () => {
    await world.db.database.execute(
      "update charges set look_up_at = protocol_now() where look_up_at is not null",
    );
    await reconcileCharges(world.engine);
    return (await chargeNow())?.status === "awaiting_customer";
  });
  return { first, second };
}

async function expectNamed(): Promise<void> {
  const payments = await world.control.payments();
  expect(payments).toHaveLength(2);
  const stopped = await eventually("the connection to stop", async () => {
    const now = await connectionNow(world);
    return now.state === "paused" && now;
  });
  for (const { paymentId } of payments) expect(stopped.pausedReason).toContain(paymentId);
}

describe("a provider that pays two windows of one order id", () => {
  it("is found out when the second is answered: the connection stops, and both are named", async () => {
    const { second } = await paidAndHidden();
    await world.control.clearFaults();
    await comeBack(world, second);
    expect((await untilOver(world, second)).status).toBe("completed");
    await expectNamed();
    expect(await chargeNow()).toEqual({ status: "captured", reason: null });
    const told = await world.db.database.query<{ type: string }>("select type from events");
    expect(told.map(({ type }) => type)).toContain("charge.paid_twice");
  });

  it("is found out by the look-up when neither is answered: a person decides", async () => {
    const { second } = await paidAndHidden();
    await spoil("confirm", { type: "drop_answer" }, 1);
    await comeBack(world, second);
    await world.control.clearFaults();
    world.worker();
    await expectNamed();
    expect(await chargeNow()).toEqual({ status: "in_review", reason: "mismatch" });
  });
});
