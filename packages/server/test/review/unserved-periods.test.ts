import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  advanceTo,
  chargesOf,
  createWorld,
  eventually,
  registerMethod,
  statusOf,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  world.worker();
});
afterEach(() => world.stop());

const declineWith = (code: string, times: number) =>
  world.control.fault({
    operation: "charge",
    times,
    action: { type: "decline", code },
  });

describe("a subscription whose first payment succeeds days after it was made", () => {
  it("is not billed for the days on which it had not begun", async () => {
    await declineWith("REJECT_ACCOUNT_PAYMENT", 2);
    const { subscription, testClockId = "" } = await subscribe(world, {
      clockAt: "2026-01-01T03:00:00Z",
      unit: "day",
    });
    await eventually("the first refusal", async () => {
      const [charge] = await chargesOf(world, subscription.id);
      return charge?.status === "scheduled" && charge.declines === 1;
    });
    expect(await statusOf(world, subscription.id)).toBe("incomplete");

    await advanceTo(world, testClockId, "2026-01-05T04:00:00Z");

    expect(await statusOf(world, subscription.id)).toBe("active");
    expect(await world.control.payments()).toHaveLength(1);
  });
});

describe("a subscription that was given up, and whose next method is refused for good", () => {
  it("owes no period of the time in which it was given up", async () => {
    const {
      customerId,
      subscription,
      testClockId = "",
    } = await subscribe(world, {
      clockAt: "2026-01-10T03:00:00Z",
    });
    await untilCharges(world, subscription.id, "captured");
    await declineWith("REJECT_ACCOUNT_PAYMENT", 5);
    await advanceTo(world, testClockId, "2026-06-20T03:00:00Z");
    expect(await statusOf(world, subscription.id)).toBe("unpaid");

    await declineWith("ALREADY_CLOSE_ACCOUNT", 1);
    await registerMethod(world, customerId, {
      subscriptionId: subscription.id,
    });
    await untilCharges(world, subscription.id, "failed", 2);
    await registerMethod(world, customerId, {
      subscriptionId: subscription.id,
    });
    await untilCharges(world, subscription.id, "captured", 2);
    await eventually("the subscription to go on", async () => {
      return (await statusOf(world, subscription.id)) === "active";
    });
    await advanceTo(world, testClockId, "2026-06-20T04:00:00Z");

    const periods = (await chargesOf(world, subscription.id)).map(({ period }) => period);
    expect([...new Set(periods)]).toEqual([0, 1]);
  });
});
