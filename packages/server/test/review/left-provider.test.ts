/** What could go wrong at the edges of leaving a provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { visitOrderWindow } from "../pages/hosted-order-visit.ts";
import {
  collectDue,
  createSunsetWorld,
  eventTypesOf,
  inDays,
  keyStatusOf,
  leaveChai,
  leaveChaiAndCancel,
  moveToToss,
  paidWith,
  stateOf,
  subscribeAtChai,
  tendAll,
  type SunsetWorld,
} from "../sunsets/sunset-world.ts";
import {
  chargesOf,
  patientWindows,
  registerMethod,
  subscribe,
  untilCharges,
} from "../support/world.ts";

let world: SunsetWorld;
beforeEach(async () => {
  world = await createSunsetWorld({ windows: patientWindows });
});
afterEach(() => world.stop());

async function keyOfSubscription(id: string): Promise<string | undefined> {
  const [row] = await world.db.database.query<{ key: string }>(
    "select billing_key_id as key from subscriptions where id = $1",
    [id],
  );
  return row?.key;
}

describe("a charge whose outcome is open when CHAI's keys are given up, and that PortOne does not know", () => {
  it("goes to a person although its customer never brings a method", async () => {
    await world.control.fault({
      provider: "portone",
      operation: "again",
      action: { type: "drop_request" },
    });
    const { key, subscription } = await subscribe(world);
    const { connection, engine } = world;
    const gateway = await engine.gateways.of(engine.database, connection);
    const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
    if (claim === undefined) throw new Error("nothing was claimed");
    await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
    await leaveChaiAndCancel(world);
    await tendAll(world);
    expect(await keyStatusOf(world, key.id)).toBe("dead");

    world.worker();
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    expect(charge?.review_reason).toBe("outcome_unresolved");
    const told = await eventTypesOf(world, subscription.id);
    expect(told.filter((type) => type === "charge.in_review")).toHaveLength(1);
    expect(await paidWith(world, key)).toEqual([0]);
  });
});

describe("a window of CHAI that its customer finishes after moving to Toss", () => {
  it.each([
    { when: "while CHAI still charges", chargesUntil: inDays(30) },
    { when: "after CHAI's end", chargesUntil: undefined },
  ])("$when does not take the subscription back", async ({ chargesUntil }) => {
    const customer = await subscribeAtChai(world);
    const { customerId, subscription } = customer;
    await leaveChai(world, { chargesUntil });
    await tendAll(world);
    const toss = await moveToToss(world, customer);
    const late = await registerMethod(world, customerId, { subscriptionId: subscription.id });
    await tendAll(world);
    expect(await keyOfSubscription(subscription.id)).toBe(toss.id);
    expect(await keyStatusOf(world, toss.id)).toBe("active");
    expect(await stateOf(world, subscription.id)).toEqual({ status: "active", asks: false });
    await collectDue(world, world.connection);
    expect(await paidWith(world, late)).toEqual([0]);
  });

  it("tells its customer of no payment, and is not charged", async () => {
    const visit = await visitOrderWindow(world);
    const back = await visit.pass();
    await leaveChai(world, { chargesUntil: inDays(30) });
    const toss = await moveToToss(world, visit.customer);
    await visit.leads("get", back);
    expect(await visit.settled()).toBe("stored");
    world.worker();
    await untilCharges(world, visit.customer.subscription.id, "captured");
    expect(await keyOfSubscription(visit.customer.subscription.id)).toBe(toss.id);
    expect(await paidWith(world, toss)).toEqual([1]);
    expect(await world.control.payments()).toHaveLength(1);
  });

  it("is the subscription's method as long as there is no other", async () => {
    const { customerId, subscription } = await subscribeAtChai(world);
    await leaveChai(world, { chargesUntil: inDays(30) });
    await tendAll(world);
    const another = await registerMethod(world, customerId, { subscriptionId: subscription.id });
    expect(await keyOfSubscription(subscription.id)).toBe(another.id);
    expect(await chargesOf(world, subscription.id)).toMatchObject([{ status: "captured" }]);
  });
});
