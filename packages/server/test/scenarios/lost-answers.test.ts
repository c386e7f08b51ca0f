import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../support/emulator-control.ts";
import {
  chargesOf,
  connectionNow,
  createWorld,
  patientWindows,
  subscribe,
  testTimeouts,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

/** Nobody knows whether the money moved: the charge is looked up, never charged again first. */
describe("a charge whose answer is lost", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    world.worker();
  });
  afterAll(() => world.stop());

  /** Subscribes while the next charge of 9,900 with this amount goes wrong. */
  let amount = 10_000;
  async function subscribeWith(action: Fault["action"], times = 1): Promise<Subscribed> {
    amount += 1;
    await world.control.fault({ operation: "charge", match: { amount }, times, action });
    return await subscribe(world, { amount });
  }

  async function paymentsOf({ key }: Subscribed) {
    const all = await world.control.payments();
    return all.filter((payment) => payment.key === key.billingKey);
  }

  async function attemptsOf({ subscription }: Subscribed) {
    return await world.db.database.query<{
      order_id: string;
      idempotency_key: string;
      outcome: string | null;
    }>(
      `select a.order_id, a.idempotency_key, a.outcome from attempts a
       join charges c on c.account_id = a.account_id and c.id = a.charge_id
       where c.subscription_id = $1 order by a.n`,
      [subscription.id],
    );
  }

  describe("after the money moved", () => {
    for (const action of [{ type: "drop_answer" }, { type: "close_after" }] as const) {
      it(`is adopted from the look-up when the provider goes silent (${action.type})`, async () => {
        const subscribed = await subscribeWith(action);
        const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
        expect(charge).toMatchObject({ generation: 0, resends: 0 });
        expect(await paymentsOf(subscribed)).toHaveLength(1);
        expect((await attemptsOf(subscribed)).map(({ outcome }) => outcome)).toEqual(["captured"]);
      });
    }

    it("is adopted when the answer was a 500", async () => {
      const action = {
        type: "error",
        status: 500,
        code: "FAILED_INTERNAL_SYSTEM_PROCESSING",
        when: "after",
      };
      const subscribed = await subscribeWith(action);
      await untilCharges(world, subscribed.subscription.id, "captured");
      expect(await paymentsOf(subscribed)).toHaveLength(1);
    });

    it("is adopted when the answer cannot be read", async () => {
      const subscribed = await subscribeWith({ type: "garbage", when: "after" });
      await untilCharges(world, subscribed.subscription.id, "captured");
      expect(await paymentsOf(subscribed)).toHaveLength(1);
    });
  });

  describe("before the provider saw it", () => {
    for (const action of [{ type: "drop_request" }, { type: "close_before" }] as const) {
      it(`is sent again under the same order id and key, once it is settled (${action.type})`, async () => {
        const subscribed = await subscribeWith(action);
        const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
        expect(charge).toMatchObject({ generation: 0, resends: 1 });
        expect(await paymentsOf(subscribed)).toHaveLength(1);
        const [first, second, ...others] = await attemptsOf(subscribed);
        expect(others).toEqual([]);
        expect(second).toEqual({ ...first, outcome: "captured" });
        expect(first?.outcome).toBe("unknown");
      });
    }
  });

  it("gets a new idempotency key after an answered 5xx, which the provider would replay", async () => {
    const failed = { status: 500, code: "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING" };
    const subscribed = await subscribeWith({ type: "error", ...failed, when: "before" });
    const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
    const [first, second] = await attemptsOf(subscribed);
    expect(second?.order_id).toBe(first?.order_id);
    expect(second?.idempotency_key).not.toBe(first?.idempotency_key);
    expect(charge?.order_id).toBe(first?.order_id);
    expect(await paymentsOf(subscribed)).toHaveLength(1);
  });

  it("waits for a person when three resends leave no trace at the provider", async () => {
    const subscribed = await subscribeWith({ type: "drop_request" }, 10);
    const [charge] = await untilCharges(world, subscribed.subscription.id, "in_review");
    expect(charge).toMatchObject({ review_reason: "resends_exhausted", generation: 0, resends: 3 });
    expect(await paymentsOf(subscribed)).toEqual([]);
    const orderIds = (await attemptsOf(subscribed)).map(({ order_id }) => order_id);
    expect(new Set(orderIds).size).toBe(1);
    expect(orderIds).toHaveLength(4);
    expect((await connectionNow(world)).state).toBe("active");
  });

  it("is believed only when the look-up says so twice: a stale not-found changes nothing", async () => {
    amount += 1;
    await world.control.fault({
      operation: "charge",
      match: { amount },
      action: { type: "drop_answer" },
    });
    await world.control.fault({
      operation: "get_order",
      times: 2,
      action: { type: "stale_lookup" },
    });
    const subscribed = await subscribe(world, { amount });
    await untilCharges(world, subscribed.subscription.id, "captured");
    expect(await paymentsOf(subscribed)).toHaveLength(1);
    expect(await attemptsOf(subscribed)).toHaveLength(1);
  });
});

describe("a charge that the provider books only after we stopped waiting", () => {
  it("is adopted by a look-up within the settle window, and never sent again", async () => {
    // The window is longer than any machine holds the request up, as in real life.
    const world = await createWorld({ windows: { ...patientWindows, settleWindowMs: 60_000 } });
    const late = { type: "delay", ms: testTimeouts.readMs + 500, when: "before" };
    await world.control.fault({ operation: "charge", action: late });
    world.worker();
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "captured");
    expect(charge).toMatchObject({ generation: 0, resends: 0 });
    expect(await world.control.payments()).toHaveLength(1);
    expect(await world.control.requests("charge")).toHaveLength(1);
    await world.stop();
  });
});

describe("a provider that is away for a day", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.stop());

  it("is asked until it answers, and everyone is charged once", async () => {
    await world.control.fault({
      operation: "charge",
      times: 5,
      action: { type: "drop_answer" },
    });
    const all = [];
    for (let n = 0; n < 10; n += 1) all.push(await subscribe(world));
    await world.control.fault({
      operation: "any",
      times: null,
      skip: 5,
      action: { type: "outage" },
    });
    world.worker();
    // Longer than the whole ladder: time alone must decide nothing.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    for (const { subscription } of all) {
      const [charge] = await chargesOf(world, subscription.id);
      expect(["captured", "in_flight", "reconciling", "scheduled"]).toContain(charge?.status);
    }
    await world.control.clearFaults();
    for (const { subscription } of all) await untilCharges(world, subscription.id, "captured");
    const payments = await world.control.payments();
    expect(payments).toHaveLength(10);
    expect(new Set(payments.map(({ key }) => key)).size).toBe(10);
  });
});

describe("a provider that cannot be reached at all", () => {
  it("is tried again later; nothing was sent, so no decline and no look-up is counted", async () => {
    let isDown = true;
    const world = await createWorld({
      sender: (real) => ({
        close: () => real.close(),
        send: (request) => {
          const isCharge = /\/v1\/billing\/(?!authorizations)/.test(request.url);
          // A port that nobody listens on: the connection is refused before a byte is written.
          const url = request.url.replace(/:\d+\//, ":9/");
          return real.send(isDown && isCharge ? { ...request, url } : request);
        },
      }),
    });
    world.worker();
    const { subscription } = await subscribe(world);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [waiting] = await chargesOf(world, subscription.id);
    expect(["scheduled", "in_flight"]).toContain(waiting?.status);
    isDown = false;
    const [charge] = await untilCharges(world, subscription.id, "captured");
    expect(charge).toMatchObject({ declines: 0, resends: 0, generation: 0 });
    expect(await world.control.requests("get_order")).toEqual([]);
    expect(await world.control.payments()).toHaveLength(1);
    await world.stop();
  });
});
