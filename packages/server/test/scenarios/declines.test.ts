import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import {
  advanceTo,
  chargesOf,
  createWorld,
  eventually,
  registerMethod,
  statusOf,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

const start = "2026-03-02T01:00:00Z";

describe("a charge that is declined", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    world.worker();
  });
  afterAll(() => world.stop());

  async function setBalance({ key }: Subscribed, balance: number): Promise<void> {
    const { customerKey } = key;
    await world.control.post("/accounts", { kind: "change", customerKey, balance });
  }

  async function paymentsOf({ key }: Subscribed) {
    return (await world.control.payments()).filter((paid) => paid.key === key.billingKey);
  }

  it("for lack of money is tried again after 1, 3, 5 and 7 days, each time under a new order id", async () => {
    const subscribed = await subscribe(world, { clockAt: start });
    const { subscription, testClockId = "" } = subscribed;
    await untilCharges(world, subscription.id, "captured");
    await setBalance(subscribed, 0);
    await advanceTo(world, testClockId, "2026-04-02T02:00:00Z");
    expect(await statusOf(world, subscription.id)).toBe("past_due");

    await advanceTo(world, testClockId, "2026-04-25T02:00:00Z");
    const failed = (await chargesOf(world, subscription.id)).at(-1);
    expect(failed).toMatchObject({ status: "failed", declines: 5, generation: 4 });
    expect(await statusOf(world, subscription.id)).toBe("unpaid");

    const sent = await world.db.database.query<{ order_id: string; day: string }>(
      `select a.order_id, a.failure_code as day from attempts a where a.charge_id = $1 order by a.n`,
      [failed?.id],
    );
    expect(new Set(sent.map(({ order_id }) => order_id)).size).toBe(5);
    expect(await paymentsOf(subscribed)).toHaveLength(1);

    await advanceTo(world, testClockId, "2026-08-01T02:00:00Z");
    expect(await chargesOf(world, subscription.id)).toHaveLength(2);
  });

  it("is recovered when the money is there at the next try", async () => {
    const subscribed = await subscribe(world, { clockAt: start });
    const { subscription, testClockId = "" } = subscribed;
    await untilCharges(world, subscription.id, "captured");
    await setBalance(subscribed, 0);
    await advanceTo(world, testClockId, "2026-04-02T02:00:00Z");
    await setBalance(subscribed, 100_000);
    await advanceTo(world, testClockId, "2026-04-03T02:00:00Z");
    expect((await chargesOf(world, subscription.id)).map(({ status }) => status)).toEqual([
      "captured",
      "captured",
    ]);
    expect(await statusOf(world, subscription.id)).toBe("active");
    expect(await paymentsOf(subscribed)).toHaveLength(2);
    await advanceTo(world, testClockId, "2026-05-02T02:00:00Z");
    expect(await paymentsOf(subscribed)).toHaveLength(3);
  });

  it("because the key was deleted mid-charge stops, and the customer is asked for a new method", async () => {
    const subscribed = await subscribe(world, { clockAt: start });
    const { subscription, testClockId = "" } = subscribed;
    await untilCharges(world, subscription.id, "captured");
    const { billingKey } = subscribed.key;
    const action = { type: "kill_key" };
    await world.control.fault({ operation: "charge", match: { billingKey }, action });
    await advanceTo(world, testClockId, "2026-04-02T02:00:00Z");
    const failed = (await chargesOf(world, subscription.id)).at(-1);
    expect(failed).toMatchObject({ status: "failed", failure_class: "billing_key_invalid" });
    const [row] = await world.db.database.query<{ method_required: boolean; status: string }>(
      "select method_required, status from subscriptions where id = $1",
      [subscription.id],
    );
    expect(row).toEqual({ method_required: true, status: "past_due" });

    const key = await registerMethod(world, subscribed.customerId, {
      subscriptionId: subscription.id,
    });
    await eventually("recovery", async () => {
      return (await statusOf(world, subscription.id)) === "active";
    });
    expect(await paymentsOf({ ...subscribed, key })).toHaveLength(1);
    expect((await chargesOf(world, subscription.id)).map(({ generation }) => generation)).toEqual([
      0, 0, 1,
    ]);
  });

  it("though an earlier order id turns out to be paid is adopted from that id, not charged again", async () => {
    const subscribed = await subscribe(world, { clockAt: start });
    const { subscription, testClockId = "" } = subscribed;
    await untilCharges(world, subscription.id, "captured");
    const { billingKey } = subscribed.key;
    // The money moves, and the answer says that it did not.
    const action = { type: "error", status: 403, code: "REJECT_ACCOUNT_PAYMENT", when: "after" };
    await world.control.fault({ operation: "charge", match: { billingKey }, action });
    await advanceTo(world, testClockId, "2026-04-02T02:00:00Z");
    expect(await statusOf(world, subscription.id)).toBe("past_due");
    await advanceTo(world, testClockId, "2026-04-03T02:00:00Z");
    expect(await statusOf(world, subscription.id)).toBe("active");
    expect(await paymentsOf(subscribed)).toHaveLength(2);
  });
});

describe("a connection whose credentials are refused", () => {
  it("is paused; nobody's dunning advances, and everyone is charged once it is resumed", async () => {
    const world = await createWorld();
    const action = { type: "error", status: 401, code: "UNAUTHORIZED_KEY", when: "before" };
    await world.control.fault({ operation: "charge", times: 1, action });
    const { subscription } = await subscribe(world);
    world.worker();
    await eventually("the pause", async () => {
      const [row] = await world.db.database.query<{ state: string }>(
        "select state from gateway_connections",
      );
      return row?.state === "paused";
    });
    const [charge] = await chargesOf(world, subscription.id);
    expect(charge).toMatchObject({ status: "scheduled", declines: 0, generation: 0 });
    await resumeConnection(world.db.database, world.accountId, world.connection.id);
    await untilCharges(world, subscription.id, "captured");
    expect(await world.control.payments()).toHaveLength(1);
    await world.stop();
  });
});
