import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  advanceTo,
  createWorld,
  statusOf,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

describe("a subscription that pays by LINE Pay, with a key that is there already", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ provider: "line_pay" });
    world.worker();
  });
  afterAll(() => world.stop());

  it("is charged once a period, in the currency of the contract", async () => {
    const subscribed = await subscribe(world, { amount: 299, clockAt: "2026-01-31T01:00:00Z" });
    const { key, subscription, testClockId = "" } = subscribed;
    await untilCharges(world, subscription.id, "captured");
    await advanceTo(world, testClockId, "2026-03-31T12:00:00Z");
    const charges = await untilCharges(world, subscription.id, "captured", 3);
    const orderIds = charges.map((charge) => charge.order_id);
    const payments = (await world.control.payments()).filter(({ orderId }) => {
      return orderIds.includes(orderId);
    });
    expect(
      payments.map(({ amount, currency, key: charged, orderId }) => {
        return { amount, currency, charged, orderId };
      }),
    ).toEqual(
      orderIds.map((orderId) => {
        return { amount: 299, currency: "TWD", charged: key.billingKey, orderId };
      }),
    );
    expect(await statusOf(world, subscription.id)).toBe("active");
  });
});
