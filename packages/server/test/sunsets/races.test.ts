import { createHttpSender } from "@maedal/gateways";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { holdConnection, reopenConnection } from "../../src/connections/hold-connection.ts";
import { requestRefund } from "../../src/refunds/request-refund.ts";
import { startSunset } from "../../src/sunsets/start-sunset.ts";
import { takeBackSunset } from "../../src/sunsets/take-back-sunset.ts";
import { findSunset } from "../../src/sunsets/sunset-store.ts";
import { tendSunset, tendSunsets } from "../../src/sunsets/tend-sunsets.ts";
import { killAtEachStep } from "../support/mortal.ts";
import {
  addConnection,
  chargesOf,
  connectionNow,
  eventually,
  patientWindows,
  subscribe,
  untilCharges,
  type Subscribed,
} from "../support/world.ts";
import {
  chaiOf,
  collectDue,
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
  world = await createSunsetWorld({ windows: patientWindows });
});
afterEach(() => world.stop());

/** The first period is claimed at CHAI, and nothing of it is recorded yet. */
async function claimAtChai() {
  const customer = await subscribe(world);
  const { connection, engine } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  const finish = async () => {
    await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
  };
  return { customer, finish };
}

const again = (action: Readonly<Record<string, unknown>>) =>
  world.control.fault({ provider: "portone", operation: "again", action });

describe("a charge that is on its way at the moment when CHAI's keys are given up", () => {
  it("is paid there, once, and its customer is asked for another method", async () => {
    const { customer, finish } = await claimAtChai();
    await leaveChai(world);
    await tendAll(world);
    expect(await keyStatusOf(world, customer.key.id)).toBe("dead");
    expect((await progressOf(world)).openCharges).toBe(1);
    await finish();
    expect(await paidWith(world, customer.key)).toEqual([1]);
    expect(await stateOf(world, customer.subscription.id)).toEqual({
      status: "active",
      asks: true,
    });
  });

  it("without an answer is looked up there before anything is charged elsewhere", async () => {
    await again({ type: "drop_answer" });
    const { customer, finish } = await claimAtChai();
    await finish();
    await leaveChai(world);
    await tendAll(world);
    const key = await moveToToss(world, customer);
    world.worker();
    await untilCharges(world, customer.subscription.id, "captured");
    expect(await chargesOf(world, customer.subscription.id)).toHaveLength(1);
    expect(await paidWith(world, customer.key, key)).toEqual([1, 0]);
  });

  it("that PortOne knows nothing of goes to a person, and then to Toss", async () => {
    await again({ type: "drop_request" });
    const { customer, finish } = await claimAtChai();
    await finish();
    await leaveChai(world);
    await tendAll(world);
    const worker = world.worker();
    const { id } = customer.subscription;
    await untilCharges(world, id, "scheduled");
    const key = await moveToToss(world, customer);
    const [charge] = await untilCharges(world, id, "in_review");
    expect(charge?.review_reason).toBe("outcome_unresolved");
    const { accountId, engine } = world;
    const review = { accountId, chargeId: charge?.id ?? "", note: "seen in the console", by: "me" };
    await resolveReview(engine, { ...review, decision: "not_paid" });
    await untilCharges(world, id, "captured");
    await worker.stop();
    expect(await paidWith(world, customer.key, key)).toEqual([0, 1]);
  });
});

describe("a charge that waits to be sent to CHAI again when its key is given up", () => {
  async function waitingToBeResent(): Promise<Subscribed> {
    await again({ type: "drop_request" });
    const { customer, finish } = await claimAtChai();
    await finish();
    // Stopped, so that it is looked up and not sent again.
    await holdConnection(world.engine, chaiOf(world), "maintenance", "test");
    const worker = world.worker();
    await untilCharges(world, customer.subscription.id, "scheduled");
    await worker.stop();
    return customer;
  }

  it("waits for a person, whose customer is not canceled meanwhile", async () => {
    const customer = await waitingToBeResent();
    const { id } = customer.subscription;
    await leaveChaiAndCancel(world);
    await tendAll(world);
    const [charge] = await chargesOf(world, id);
    expect([charge?.status, charge?.review_reason]).toEqual(["in_review", "outcome_unresolved"]);
    expect((await stateOf(world, id))?.status).toBe("incomplete");

    const { accountId, engine } = world;
    const review = { accountId, chargeId: charge?.id ?? "", note: "not there", by: "me" };
    await resolveReview(engine, { ...review, decision: "not_paid" });
    expect((await chargesOf(world, id)).map(({ status }) => status)).toEqual(["canceled"]);
    await tendAll(world);
    expect((await stateOf(world, id))?.status).toBe("canceled");
  });

  it("is charged once at Toss after the person has decided and a method has come", async () => {
    const customer = await waitingToBeResent();
    await leaveChai(world);
    await tendAll(world);
    const [charge] = await chargesOf(world, customer.subscription.id);
    const { accountId, engine } = world;
    const review = { accountId, chargeId: charge?.id ?? "", note: "not there", by: "me" };
    await resolveReview(engine, { ...review, decision: "not_paid" });
    const key = await moveToToss(world, customer);
    world.worker();
    await untilCharges(world, customer.subscription.id, "captured");
    expect(await paidWith(world, customer.key, key)).toEqual([0, 1]);
  });
});

describe("a connection that is sunset", () => {
  it("gives money back after its end", async () => {
    const customer = await subscribeAtChai(world);
    await leaveChai(world);
    await tendAll(world);
    const [charge] = await chargesOf(world, customer.subscription.id);
    const { accountId, engine } = world;
    const wanted = {
      accountId,
      chargeId: charge?.id ?? "",
      reason: "unhappy",
      amountMinor: "all",
      requestedBy: "me",
    } as const;
    await engine.database.transaction((tx) => requestRefund(tx, engine, wanted));
    world.worker();
    await eventually("the refund", async () => {
      return (await world.control.ledger()).some(({ kind }) => kind === "refund");
    });
  });

  it("stops charging before its time when something is wrong there, until it is resumed", async () => {
    const chargesUntil = inDays(30).round("microsecond");
    await leaveChai(world, { chargesUntil });
    const held = await holdConnection(world.engine, chaiOf(world), "a mismatch", "test");
    expect([held.state, held.chargesUntil, held.pausedReason]).toEqual([
      "sunset",
      undefined,
      "a mismatch",
    ]);
    expect((await progressOf(world)).state).toBe("stopped");
    const { key } = await subscribe(world);
    await collectDue(world, world.connection);
    expect(await paidWith(world, key)).toEqual([0]);
    const resumed = await reopenConnection(world.engine, chaiOf(world), "test");
    expect([resumed.state, resumed.chargesUntil, resumed.pausedReason]).toEqual([
      "sunset",
      chargesUntil,
      undefined,
    ]);
    await collectDue(world, world.connection);
    expect(await paidWith(world, key)).toEqual([1]);
    await expect(reopenConnection(world.engine, chaiOf(world), "test")).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("that was paused before charges nothing, and is paused again when it is taken back", async () => {
    await holdConnection(world.engine, chaiOf(world), "credentials are refused", "test");
    await leaveChai(world, { chargesUntil: inDays(30) });
    expect((await connectionNow(world)).chargesUntil).toBeUndefined();
    const { pausedReason, state } = await takeBackSunset(world.engine, chaiOf(world), "test");
    expect([state, pausedReason]).toEqual(["paused", "credentials are refused"]);
  });

  it("has a successor that is active; one that is left itself sends customers on", async () => {
    const { accountId, emulator, engine, successor } = world;
    const customer = await subscribeAtChai(world);
    const third = await addConnection(engine, accountId, emulator, 10, "toss");
    await leaveChai(world, { chargesUntil: inDays(30) });
    await tendAll(world);
    const back = { accountId, id: successor.id };
    const terms = { reason: "a better one", whenSilent: "keep", cancelAt: undefined } as const;
    const wanted = { ...terms, chargesUntil: undefined };
    const inACircle = startSunset(
      engine,
      back,
      { ...wanted, successorId: world.connection.id },
      "test",
    );
    await expect(inACircle).rejects.toMatchObject({ code: "connection_not_active" });
    await startSunset(engine, back, { ...wanted, successorId: third.id }, "test");
    await tendAll(world);
    expect((await progressOf(world)).successorId).toBe(third.id);
    const asked = await world.db.database.query(
      "select connection_id from method_requests where subscription_id = $1 and status = 'open'",
      [customer.subscription.id],
    );
    expect(asked).toEqual([{ connection_id: third.id }]);
  });
});

describe("several workers at once, and one that is killed between every two steps", () => {
  it("ask once, give each key up once and cancel once, however many there are", async () => {
    const customers = [];
    for (let n = 0; n < 4; n += 1) customers.push(await subscribeAtChai(world));
    await leaveChaiAndCancel(world);
    await eventually("everybody to be canceled", async () => {
      await Promise.all([1, 2, 3, 4].map(() => tendSunsets(world.engine, { limit: 3 })));
      return (await progressOf(world)).subscriptions.canceled === customers.length;
    });
    for (const { key, subscription } of customers) {
      const told = await eventTypesOf(world, subscription.id);
      const count = (type: string) => told.filter((one) => one === type).length;
      expect([
        count("subscription.method_requested"),
        count("subscription.method_required"),
        count("subscription.canceled"),
      ]).toEqual([1, 1, 1]);
      expect(await keyStatusOf(world, key.id)).toBe("dead");
      expect(await paidWith(world, key)).toEqual([1]);
    }
  });

  it("leaves nothing half done", async () => {
    const sender = createHttpSender();
    const { accountId, engine, emulator } = world;
    const prepared = await killAtEachStep(
      world,
      sender,
      async () => {
        const connection = await addConnection(engine, accountId, emulator, 10, "portone");
        const own = { ...world, connection };
        const customer = await subscribe(own);
        await collectDue(own, connection);
        await leaveChaiAndCancel(own);
        const sunset = await findSunset(engine.database, chaiOf(own));
        if (sunset === undefined) throw new Error("CHAI was not left");
        return { ...customer, sunset };
      },
      async (mortalEngine, { sunset }) => {
        while ((await tendSunset(mortalEngine, sunset)) > 0);
      },
    );
    await sender.close();
    expect(prepared.length).toBeGreaterThan(20);
    await tendAll(world);
    for (const { key, subscription } of prepared) {
      expect(await stateOf(world, subscription.id)).toMatchObject({ status: "canceled" });
      const told = await eventTypesOf(world, subscription.id);
      expect(told.filter((type) => type === "subscription.canceled")).toHaveLength(1);
      expect(told.filter((type) => type === "subscription.method_required")).toHaveLength(1);
      expect([await keyStatusOf(world, key.id), await paidWith(world, key)]).toEqual(["dead", [1]]);
    }
  });
});
