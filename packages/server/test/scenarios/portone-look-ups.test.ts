import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spoilCharge, spoilLookUp } from "../support/provider-terms.ts";
import { paidCharge, recordFound } from "../support/refund-world.ts";
import {
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  patientWindows,
  statusOf,
  subscribe,
  untilCharges,
  type World,
  type WorldOptions,
} from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

async function setUp(switches: object, options: WorldOptions = {}): Promise<void> {
  world = await createWorld({ ...options, provider: "portone" });
  await turn(switches);
}

const turn = (switches: object) =>
  world.control.post("/switches", { provider: "portone", ...switches });

describe("a payment of a test channel", () => {
  it("is found by its id, because the look-up asks for such payments", async () => {
    await setUp({});
    const charge = await paidCharge(world);
    expect(await recordFound(world.engine, world, charge)).toBe("nothing new was refunded");
    const lookUps = await world.control.requests("payments");
    const paths = lookUps.map(({ path }) => path).filter((path) => path.includes(charge.paymentId));
    expect(paths).toEqual([`/payments/${charge.paymentId}?include_sandbox=true`]);
  });

  it("that PortOne hides from every look-up is not paid twice: a person is asked", async () => {
    await setUp({ sandboxHiddenFrom: "all_look_ups" });
    await spoilCharge(world, { type: "close_after" });
    world.worker();
    const subscribed = await subscribe(world);
    const { subscription } = subscribed;
    const charge = await eventually("an end", async () => {
      const [first] = await chargesOf(world, subscription.id);
      return (first?.status === "in_review" || first?.status === "captured") && first;
    });
    expect(charge).toMatchObject({ status: "in_review", review_reason: "resends_exhausted" });
    expect(charge).toMatchObject({ generation: 0, declines: 0 });
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("a payment of a live channel on a connection in test mode", () => {
  const live = { sandbox: false };
  beforeEach(() => setUp({}));

  it("that answers a charge goes to a person and pauses the connection", async () => {
    await spoilCharge(world, { type: "alter_answer", set: { response: live } });
    world.worker();
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    expect(charge).toMatchObject({ review_reason: "mismatch" });
    const { pausedReason, state } = await connectionNow(world);
    expect(state).toBe("paused");
    expect(pausedReason).toContain(charge?.id);
    expect(await statusOf(world, subscription.id)).toBe("incomplete");
  });

  it("that a look-up finds goes to a person, too", async () => {
    const { subscription } = await subscribe(world, {
      async beforeCharge(orderId) {
        await spoilCharge(world, { type: "close_after" });
        const row = {
          ...live,
          imp_uid: "imp_000000000001",
          merchant_uid: orderId,
          status: "paid",
          amount: 9_900,
          cancel_amount: 0,
          currency: "KRW",
        };
        await spoilLookUp(world, { type: "alter_answer", set: { response: { list: [row] } } });
      },
    });
    world.worker();
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    expect(charge).toMatchObject({ review_reason: "mismatch" });
    expect((await connectionNow(world)).state).toBe("paused");
  });
});

describe("look-ups that show a payment only after a while", () => {
  /** The answer to the first charge is lost. */
  async function subscribeAndLose(options: WorldOptions = {}): Promise<string> {
    await setUp({}, options);
    await spoilCharge(world, { type: "close_after" });
    const { subscription } = await subscribe(world);
    await turn({ lookUpLagSeconds: 2 });
    world.worker();
    return subscription.id;
  }

  it("shorter than the settle window are asked until they do; nothing is sent again", async () => {
    const windows = { ...patientWindows, settleWindowMs: 60_000 };
    const subscriptionId = await subscribeAndLose({ windows });
    const [charge] = await untilCharges(world, subscriptionId, "captured");
    expect(charge).toMatchObject({ generation: 0, resends: 0 });
    expect((await world.control.requests("find_all")).length).toBeGreaterThan(1);
    expect(await world.control.requests("again")).toHaveLength(1);
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("longer than that have it sent again: refused as used, looked up, adopted, and paid once", async () => {
    const subscriptionId = await subscribeAndLose();
    const [charge] = await untilCharges(world, subscriptionId, "captured");
    expect(charge).toMatchObject({ generation: 0, declines: 0 });
    expect((await world.control.requests("again")).length).toBeGreaterThan(1);
    const payments = await chargePayments(world);
    expect(payments.map(({ orderId }) => orderId)).toEqual([charge?.order_id]);
  });
});
