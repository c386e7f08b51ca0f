import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../support/emulator-control.ts";
import {
  chargeRequests,
  everyProvider,
  spoil,
  spoilCharge,
  spoilLookUp,
} from "../support/provider-terms.ts";
import {
  chargePayments,
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

type Action = Fault["action"];

async function paymentsOf(world: World, { key }: Subscribed) {
  return (await chargePayments(world)).filter((payment) => payment.key === key.billingKey);
}

async function attemptsOf(world: World, { subscription }: Subscribed) {
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

/** Subscribes a customer whose first charge goes wrong. */
async function subscribeWith(world: World, action: Action, times = 1): Promise<Subscribed> {
  return await subscribe(world, {
    beforeCharge: (orderId) => spoilCharge(world, action, { match: { orderId }, times }),
  });
}

describe.each(everyProvider)("at $provider", (terms) => {
  const { broken, chargeUrl, hasIdempotencyKeys, lookUp, provider } = terms;

  /** Nobody knows whether the money moved: the charge is looked up, never charged again first. */
  describe("a charge whose answer is lost", () => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld({ provider });
      world.worker();
    });
    afterAll(() => world.stop());

    it.each<Action>([
      { type: "drop_answer" },
      { type: "close_after" },
      { ...broken, when: "after" },
      { type: "garbage", when: "after" },
      { type: "bad_gateway", when: "after" },
    ])("after the money moved is adopted from the look-up ($type)", async (action) => {
      const subscribed = await subscribeWith(world, action);
      const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
      expect(charge).toMatchObject({ generation: 0, resends: 0, declines: 0 });
      expect(await paymentsOf(world, subscribed)).toHaveLength(1);
      const attempts = await attemptsOf(world, subscribed);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(["captured"]);
    });

    describe.each<Action>([{ type: "drop_request" }, { type: "close_before" }])(
      "before the provider saw it ($type)",
      (action) => {
        let subscribed: Subscribed;
        beforeAll(async () => {
          subscribed = await subscribeWith(world, action);
          await untilCharges(world, subscribed.subscription.id, "captured");
        });

        it("is sent again under the same order id, once it is settled", async () => {
          const [charge] = await chargesOf(world, subscribed.subscription.id);
          expect(charge).toMatchObject({ generation: 0, resends: 1, declines: 0 });
          expect(await paymentsOf(world, subscribed)).toHaveLength(1);
          const attempts = await attemptsOf(world, subscribed);
          const orderId = charge?.order_id;
          expect(attempts.map(({ order_id, outcome }) => [order_id, outcome])).toEqual([
            [orderId, "unknown"],
            [orderId, "captured"],
          ]);
        });

        it.runIf(hasIdempotencyKeys)("repeats its idempotency key", async () => {
          const [first, second] = await attemptsOf(world, subscribed);
          expect(second?.idempotency_key).toBe(first?.idempotency_key);
        });
      },
    );

    it.each<Action>([
      { ...broken, when: "before" },
      { type: "bad_gateway", when: "before" },
      { type: "rate_limit" },
    ])("behind an answer that proves nothing is sent again ($type)", async (action) => {
      const subscribed = await subscribeWith(world, action);
      const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
      expect(charge).toMatchObject({ generation: 0, resends: 1, declines: 0 });
      const [first, second] = await attemptsOf(world, subscribed);
      expect(second?.order_id).toBe(first?.order_id);
      // Whoever remembers keys would replay the error.
      expect(second?.idempotency_key).not.toBe(first?.idempotency_key);
      expect(await paymentsOf(world, subscribed)).toHaveLength(1);
    });

    it("waits for a person when three resends leave no trace at the provider", async () => {
      const subscribed = await subscribeWith(world, { type: "close_before" }, 10);
      const [charge] = await untilCharges(world, subscribed.subscription.id, "in_review");
      const reason = { review_reason: "resends_exhausted", generation: 0, resends: 3 };
      expect(charge).toMatchObject(reason);
      expect(await paymentsOf(world, subscribed)).toEqual([]);
      const orderIds = (await attemptsOf(world, subscribed)).map(({ order_id }) => order_id);
      expect(orderIds).toEqual(Array.from({ length: 4 }, () => charge?.order_id));
      expect((await connectionNow(world)).state).toBe("active");
    });

    it("is believed only when the look-up says so twice: a stale not-found changes nothing", async () => {
      const subscribed = await subscribe(world, {
        async beforeCharge(orderId) {
          await spoilCharge(world, { type: "drop_answer" }, { match: { orderId } });
          await spoilLookUp(world, { type: "stale_lookup" }, { match: { orderId }, times: 2 });
        },
      });
      await untilCharges(world, subscribed.subscription.id, "captured");
      expect(await paymentsOf(world, subscribed)).toHaveLength(1);
      expect(await attemptsOf(world, subscribed)).toHaveLength(1);
    });
  });

  describe("a charge that the provider books only after we stopped waiting", () => {
    it("is adopted by a look-up within the settle window, and never sent again", async () => {
      // The window is longer than any machine holds the request up, as in real life.
      const windows = { ...patientWindows, settleWindowMs: 60_000 };
      const world = await createWorld({ provider, windows });
      const late = { type: "delay", ms: testTimeouts.readMs + 500, when: "before" };
      await spoilCharge(world, late);
      world.worker();
      const { subscription } = await subscribe(world);
      const [charge] = await untilCharges(world, subscription.id, "captured");
      expect(charge).toMatchObject({ generation: 0, resends: 0 });
      expect(await chargePayments(world)).toHaveLength(1);
      expect(await chargeRequests(world)).toHaveLength(1);
      await world.stop();
    });
  });

  describe("a provider that is away for a day", () => {
    it("is asked until it answers, and everyone is charged once", async () => {
      const world = await createWorld({ provider });
      await spoilCharge(world, { type: "drop_answer" }, { times: 5 });
      const all = [];
      for (let n = 0; n < 10; n += 1) all.push(await subscribe(world));
      const away = { operation: "any", action: { type: "outage" } };
      await spoil(world, away, { times: null, skip: 5 });
      world.worker();
      // Longer than the whole ladder: time alone must decide nothing.
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      for (const { subscription } of all) {
        const [charge] = await chargesOf(world, subscription.id);
        expect(["captured", "in_flight", "reconciling", "scheduled"]).toContain(charge?.status);
      }
      await world.control.clearFaults();
      for (const { subscription } of all) await untilCharges(world, subscription.id, "captured");
      const payments = await chargePayments(world);
      expect(payments).toHaveLength(10);
      expect(new Set(payments.map(({ key }) => key)).size).toBe(10);
      await world.stop();
    });
  });

  describe("a provider that cannot be reached at all", () => {
    it("is tried again later; nothing was sent, so no decline and no look-up is counted", async () => {
      let isDown = true;
      const world = await createWorld({
        provider,
        sender: (real) => ({
          close: () => real.close(),
          send: (request) => {
            // A port that nobody listens on: the connection is refused before a byte is written.
            const url = request.url.replace(/:\d+\//, ":9/");
            const isRefused = isDown && chargeUrl.test(request.url);
            return real.send(isRefused ? { ...request, url } : request);
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
      expect(await world.control.requests(lookUp)).toEqual([]);
      expect(await chargePayments(world)).toHaveLength(1);
      await world.stop();
    });
  });
});

describe("LINE Pay's codes that say neither paid nor refused", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ provider: "line_pay" });
    world.worker();
  });
  afterAll(() => world.stop());

  // Known to be open, and in no list at all.
  const codes = ["1172", "1198", "1197", "1145", "1152", "1199", "9000", "1911", "1299"];

  /** All at once: what each of them does takes its time. */
  async function chargeWith(when: "before" | "after") {
    const all: { code: string; subscribed: Subscribed }[] = [];
    for (const code of codes) {
      const action = { type: "error", code, when };
      all.push({ code, subscribed: await subscribeWith(world, action) });
    }
    const ends = [];
    for (const { code, subscribed } of all) {
      const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
      const attempts = await attemptsOf(world, subscribed);
      ends.push({
        code,
        declines: charge?.declines,
        generation: charge?.generation,
        outcomes: attempts.map(({ outcome }) => outcome),
        payments: (await paymentsOf(world, subscribed)).length,
      });
    }
    return ends;
  }

  const once = { declines: 0, generation: 0, payments: 1 };

  it("are looked up: what was paid is adopted, and never a decline or a second payment", async () => {
    const ends = codes.map((code) => ({ code, ...once, outcomes: ["captured"] }));
    expect(await chargeWith("after")).toEqual(ends);
  });

  it("are looked up: what was not paid is sent again under the same order id", async () => {
    const ends = codes.map((code) => ({ code, ...once, outcomes: ["unknown", "captured"] }));
    expect(await chargeWith("before")).toEqual(ends);
  });

  it("are the same in the shape of the official sample: resultCode, a number", async () => {
    const shape = (errorShape: string) =>
      world.control.post("/switches", { provider: "line_pay", errorShape });
    await shape("resultCode");
    const ends = codes.map((code) => ({ code, ...once, outcomes: ["captured"] }));
    expect(await chargeWith("after")).toEqual(ends);
    await shape("returnCode");
  });
});

describe("LINE Pay details that show a payment only after a while", () => {
  it("shorter than the settle window are asked until they do; nothing is sent again", async () => {
    const windows = { ...patientWindows, settleWindowMs: 60_000 };
    const world = await createWorld({ provider: "line_pay", windows });
    await world.control.post("/switches", { provider: "line_pay", detailsLagSeconds: 2 });
    world.worker();
    const subscribed = await subscribeWith(world, { type: "close_after" });
    const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
    expect(charge).toMatchObject({ generation: 0, resends: 0 });
    const lookUps = await world.control.requests("details");
    expect(lookUps.length).toBeGreaterThan(1); // The first ones found nothing.
    expect(await world.control.requests("charge")).toHaveLength(1);
    expect(await chargePayments(world)).toHaveLength(1);
    await world.stop();
  });

  it("longer than that have it sent again: 1172, looked up, adopted, and paid once", async () => {
    const world = await createWorld({ provider: "line_pay" });
    await world.control.post("/switches", { provider: "line_pay", detailsLagSeconds: 2 });
    world.worker();
    const subscribed = await subscribeWith(world, { type: "close_after" });
    const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
    expect(charge).toMatchObject({ generation: 0, declines: 0 });
    const sent = await world.control.requests("charge");
    expect(sent.length).toBeGreaterThan(1);
    const orderIds = (await attemptsOf(world, subscribed)).map(({ order_id }) => order_id);
    expect(new Set(orderIds)).toEqual(new Set([charge?.order_id]));
    expect(await chargePayments(world)).toHaveLength(1);
    await world.stop();
  });
});
