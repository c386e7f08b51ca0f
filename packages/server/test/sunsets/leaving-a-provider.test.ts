import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listSunsetSubscriptions } from "../../src/sunsets/sunset-reads.ts";
import { takeBackSunset } from "../../src/sunsets/take-back-sunset.ts";
import { openRegistration } from "../../src/registrations/open-registration.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  connectionNow,
  eventually,
  untilCharges,
} from "../support/world.ts";
import {
  chaiOf,
  createSunsetWorld,
  eventTypesOf,
  inDays,
  keyStatusOf,
  leaveChai,
  leaveChaiAndCancel,
  moveToToss,
  paidWith,
  progressOf,
  stateOf,
  subscribeAtChai,
  tendAll,
  type SunsetWorld,
} from "./sunset-world.ts";

let world: SunsetWorld;
beforeEach(async () => {
  world = await createSunsetWorld();
});
afterEach(() => world.stop());

const clockAt = "2026-01-31T01:00:00Z";

describe("a shop that leaves CHAI while it still charges", () => {
  it("charges there until the customer has registered elsewhere, and then only there", async () => {
    const customer = await subscribeAtChai(world, clockAt);
    const { subscription, testClockId = "" } = customer;
    world.worker();
    const chargesUntil = inDays(30);
    await leaveChai(world, { chargesUntil });
    await eventually("the customer to be asked", async () => {
      return (await progressOf(world)).subscriptions.asked === 1;
    });
    await advanceTo(world, testClockId, "2026-02-28T03:00:00Z");
    await untilCharges(world, subscription.id, "captured", 2);
    expect(await paidWith(world, customer.key)).toEqual([2]);

    const key = await moveToToss(world, customer);
    await advanceTo(world, testClockId, "2026-03-31T03:00:00Z");
    await untilCharges(world, subscription.id, "captured", 3);
    expect(await paidWith(world, customer.key, key)).toEqual([2, 1]);
    await eventually("the old key to be deleted at PortOne", async () => {
      return (await world.control.requests("delete_customer")).length > 0;
    });
    expect(await progressOf(world)).toEqual({
      connectionId: world.connection.id,
      state: "charging",
      successorId: world.successor.id,
      reason: "CHAI closes its service",
      chargesUntil: chargesUntil.round("microsecond").toString(),
      whenSilent: "keep",
      cancelAt: null,
      startedAt: expect.any(String),
      endedAt: null,
      subscriptions: {
        total: 1,
        switched: 1,
        waiting: 0,
        ending: 0,
        canceled: 0,
        asked: 0,
        visited: 0,
        silent: 0,
      },
      keys: { active: 0, suspended: 0, dead: 0, revoked: 1 },
      openCharges: 0,
      nextDueAt: null,
    });
    const told = await eventTypesOf(world, subscription.id);
    expect(told.filter((type) => type.startsWith("subscription.method"))).toEqual([
      "subscription.method_requested",
      "subscription.method_replaced",
      "subscription.method_request_completed",
    ]);
  });

  it("takes no new registration there", async () => {
    const { customerId, subscription } = await subscribeAtChai(world);
    await leaveChai(world, { chargesUntil: inDays(30) });
    const { accountId, connection, engine } = world;
    const wanted = { accountId, customerId, subscriptionId: subscription.id };
    const atChai = { ...wanted, connectionId: connection.id, method: "chai" };
    await expect(openRegistration(engine, atChai)).rejects.toMatchObject({
      code: "connection_not_active",
    });
  });

  it("asks everybody once, by a lasting link, and those who end by themselves not at all", async () => {
    const [waiting, leaving] = [await subscribeAtChai(world), await subscribeAtChai(world)];
    await world.db.database.execute(
      "update subscriptions set cancels_at_period_end = true where id = $1",
      [leaving.subscription.id],
    );
    await leaveChai(world, { chargesUntil: inDays(30) });
    await tendAll(world);
    await tendAll(world);
    const page = { limit: 10, after: undefined };
    const { database } = world.engine;
    const { items } = await listSunsetSubscriptions(database, chaiOf(world), undefined, page);
    expect(
      items.map(({ id, methodRequestId, standing }) => ({ id, methodRequestId, standing })),
    ).toEqual([
      { id: leaving.subscription.id, methodRequestId: undefined, standing: "ending" },
      {
        id: waiting.subscription.id,
        methodRequestId: expect.stringMatching(/^mrq_/),
        standing: "waiting",
      },
    ]);
    const told = await eventTypesOf(world, waiting.subscription.id);
    expect(told.filter((type) => type === "subscription.method_requested")).toHaveLength(1);
  });

  it("gives its keys up when that time is over, and not before", async () => {
    const { key, subscription } = await subscribeAtChai(world);
    await leaveChai(world, { chargesUntil: inDays(30) });
    await tendAll(world);
    expect(await keyStatusOf(world, key.id)).toBe("active");
    await leaveChai(world);
    expect(await progressOf(world)).toMatchObject({ state: "stopped", endedAt: null });
    await tendAll(world);
    expect(await progressOf(world)).toMatchObject({ state: "ended" });
    expect(await keyStatusOf(world, key.id)).toBe("dead");
    expect(await stateOf(world, subscription.id)).toEqual({ status: "active", asks: true });
  });
});

describe("a customer who never brings another method", () => {
  it("is kept, owes the first period that falls due, and is billed no more after it", async () => {
    const customer = await subscribeAtChai(world, clockAt);
    const { subscription, testClockId = "" } = customer;
    await leaveChai(world);
    await tendAll(world);
    world.worker();
    await advanceTo(world, testClockId, "2026-02-28T03:00:00Z");
    expect(await stateOf(world, subscription.id)).toEqual({ status: "past_due", asks: true });
    await advanceTo(world, testClockId, "2026-04-30T03:00:00Z");
    expect(await stateOf(world, subscription.id)).toEqual({ status: "unpaid", asks: true });
    expect(await paidWith(world, customer.key)).toEqual([1]);

    const key = await moveToToss(world, customer);
    await untilCharges(world, subscription.id, "captured", 2);
    expect(await paidWith(world, customer.key, key)).toEqual([1, 1]);
    expect(await stateOf(world, subscription.id)).toEqual({ status: "active", asks: false });
  });

  it("is canceled at the time that was set, where that was decided", async () => {
    const customer = await subscribeAtChai(world);
    const moved = await subscribeAtChai(world);
    await moveToToss(world, moved);
    const cancelAt = inDays(30);
    await leaveChai(world, { chargesUntil: inDays(10), whenSilent: "cancel", cancelAt });
    await tendAll(world);
    expect(await stateOf(world, customer.subscription.id)).toEqual({
      status: "active",
      asks: false,
    });
    await leaveChaiAndCancel(world);
    await tendAll(world);
    expect((await stateOf(world, customer.subscription.id))?.status).toBe("canceled");
    expect(await stateOf(world, moved.subscription.id)).toEqual({ status: "active", asks: false });
    expect((await progressOf(world)).subscriptions).toMatchObject({ total: 1, canceled: 1 });
    // The period that was paid is nobody's to give back but a person's.
    const refunds = await world.db.database.query("select id from refunds");
    expect(refunds).toEqual([]);
  });
});

describe("a sunset that is taken back", () => {
  it("leaves the connection as it was, and nobody is asked any more", async () => {
    const customer = await subscribeAtChai(world, clockAt);
    const { subscription, testClockId = "" } = customer;
    await leaveChai(world, { chargesUntil: inDays(30) });
    await tendAll(world);
    const first = await takeBackSunset(world.engine, chaiOf(world), "test");
    const again = await takeBackSunset(world.engine, chaiOf(world), "test");
    expect([first, again]).toEqual([world.connection, world.connection]);
    const told = await eventTypesOf(world, subscription.id);
    expect(told.at(-1)).toBe("subscription.method_request_withdrawn");
    world.worker();
    await advanceTo(world, testClockId, "2026-02-28T03:00:00Z");
    await untilCharges(world, subscription.id, "captured", 2);
    expect(await paidWith(world, customer.key)).toEqual([2]);
    await leaveChai(world);
    await eventually("to be left again", async () => {
      return (await progressOf(world)).state === "ended";
    });
  });

  it("is refused for good once its keys are given up", async () => {
    await subscribeAtChai(world);
    await leaveChai(world);
    await tendAll(world);
    const takeBack = takeBackSunset(world.engine, chaiOf(world), "test");
    await expect(takeBack).rejects.toMatchObject({ code: "sunset_ended" });
    await expect(leaveChai(world, { reason: "another" })).rejects.toMatchObject({
      code: "sunset_ended",
    });
    expect((await connectionNow(world)).state).toBe("sunset");
  });
});

describe("what is owed when CHAI stops charging", () => {
  it("is collected once at Toss under the next order id, after PortOne was asked", async () => {
    const customer = await subscribeAtChai(world, clockAt);
    const { subscription, testClockId = "" } = customer;
    const action = { type: "decline", code: "INSUFFICIENT_BALANCE" };
    await world.control.fault({ provider: "portone", operation: "again", action });
    const worker = world.worker();
    await advanceTo(world, testClockId, "2026-02-28T03:00:00Z");
    await untilCharges(world, subscription.id, "scheduled");
    await worker.stop();
    await leaveChai(world);
    await tendAll(world);

    const asked = (await world.control.requests("find_all")).length;
    const key = await moveToToss(world, customer);
    world.worker();
    await untilCharges(world, subscription.id, "captured", 2);
    const charges = await chargesOf(world, subscription.id);
    expect(charges.map(({ period, status }) => `${period} ${status}`)).toEqual([
      "0 captured",
      "1 canceled",
      "1 captured",
    ]);
    expect((await world.control.requests("find_all")).length).toBeGreaterThan(asked);
    expect(await paidWith(world, customer.key, key)).toEqual([1, 1]);
    const orderIds = (await chargePayments(world)).map(({ orderId }) => orderId);
    expect(orderIds).toEqual([charges[0]?.order_id, charges[2]?.order_id]);
  });
});
