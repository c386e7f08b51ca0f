import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captureCharge } from "../../src/authorizations/settle-authorization.ts";
import { tendAuthorizations } from "../../src/authorizations/tend-authorizations.ts";
import { collectInvoice } from "../../src/invoices/collect-invoice.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import {
  chargeNow,
  collectDue,
  createHeldWorld,
  eventsSince,
  heldAmount,
  holdMoney,
  invoiceStatusOf,
  ledgerOf,
  untilStatus,
  type Held,
} from "../support/held-world.ts";
import { advanceTo, chargesOf, statusOf, type World } from "../support/world.ts";

/** The provider holds money for five days, by its own clock; a test clock goes along with it. */
let world: World;
beforeAll(async () => {
  world = await createHeldWorld();
});
afterAll(() => world.stop());

/** Moves the provider's clock, and a customer's where there is one, as the demo does. */
async function wait(by: string, ...held: readonly Held[]): Promise<void> {
  const { now } = await world.control.post<{ now: string }>("/clock", { by });
  for (const { testClockId } of held) {
    await world.db.database.execute("update test_clocks set now_at = $2 where id = $1", [
      testClockId,
      now,
    ]);
  }
}

/** All that a worker would do about authorizations now. */
async function tend(): Promise<void> {
  for (let rounds = 0; rounds < 20; rounds += 1) {
    if ((await tendAuthorizations(world.engine)) === 0) return;
  }
}

const capture = ({ chargeId }: Held) =>
  captureCharge(world.engine, { accountId: world.accountId, chargeId, requestedBy: "test" });

describe("a merchant who has not captured", () => {
  it("is told once, a quarter of a short validity before it ends", async () => {
    const held = await holdMoney(world, { onTestClock: true });
    await wait("P3DT17H", held);
    await tend();
    expect(await eventsSince(world, held)).toEqual([]);
    await wait("PT2H", held);
    await Promise.all([tend(), tend()]);
    await tend();
    expect(await eventsSince(world, held)).toEqual(["charge.authorization_expiring"]);
    await capture(held);
    await tend();
    expect(await eventsSince(world, held)).toEqual([
      "charge.authorization_expiring",
      "charge.captured",
      "invoice.paid",
    ]);
  });
});

describe("an authorization whose date has passed", () => {
  it("is voided; the period stays owed, and nothing is charged by itself", async () => {
    const held = await holdMoney(world, { onTestClock: true });
    await wait("P6D", held);
    await tend();
    expect((await chargeNow(world, held.chargeId)).status).toBe("voided");
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `void ${heldAmount}`,
    ]);
    expect(await invoiceStatusOf(world, held)).toBe("open");
    expect(await statusOf(world, held.subscriptionId)).toBe("past_due");
    expect(await chargesOf(world, held.subscriptionId)).toHaveLength(1);
    expect(await eventsSince(world, held)).toEqual([
      "charge.authorization_expired",
      "subscription.past_due",
    ]);
  });

  it("is collected again when the merchant says so, once, under the next order id", async () => {
    const held = await holdMoney(world, { onTestClock: true });
    await wait("P6D", held);
    await tend();
    const invoice = { accountId: world.accountId, invoiceId: held.invoiceId };
    const both = await Promise.allSettled([
      collectInvoice(world.engine, invoice),
      collectInvoice(world.engine, invoice),
    ]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(collectInvoice(world.engine, invoice)).rejects.toMatchObject({
      code: "invoice_not_collectible",
    });
    await collectDue(world);
    const charges = await chargesOf(world, held.subscriptionId);
    expect(charges.map(({ status, generation }) => [status, generation])).toEqual([
      ["voided", 0],
      ["authorized", 1],
    ]);
    expect(await statusOf(world, held.subscriptionId)).toBe("active");
  });

  it("is captured all the same when somebody did so in the provider's console", async () => {
    const held = await holdMoney(world, { onTestClock: true });
    const gateway = await world.patient.of(world.engine.database, world.connection);
    const [order] = await chargesOf(world, held.subscriptionId);
    const amount = { amountMinor: 400, currency: "TWD" } as const;
    const { paymentId } = held;
    await gateway.authorizations?.capture({ paymentId, orderId: order?.order_id ?? "", amount });
    await wait("P6D", held);
    await tend();
    const charge = await chargeNow(world, held.chargeId);
    expect([charge.status, charge.capturedMinor]).toEqual(["captured", 400]);
    expect(await invoiceStatusOf(world, held)).toBe("paid");
  });

  it("stays held when the provider's own clock has not come so far", async () => {
    const held = await holdMoney(world, { onTestClock: true });
    await world.db.database.execute(
      "update test_clocks set now_at = now_at + interval '6 days' where id = $1",
      [held.testClockId],
    );
    await tend();
    expect((await chargeNow(world, held.chargeId)).status).toBe("authorized");
    await capture(held);
    expect((await chargeNow(world, held.chargeId)).status).toBe("captured");
  });

  it("is found out by a capture that comes too late", async () => {
    const held = await holdMoney(world);
    await wait("P6D");
    await capture(held);
    expect((await chargeNow(world, held.chargeId)).status).toBe("capturing");
    const worker = world.worker();
    await untilStatus(world, held, "voided");
    await worker.stop();
    expect(await eventsSince(world, held)).toEqual([
      "charge.authorization_expired",
      "subscription.past_due",
    ]);
    expect(await chargesOf(world, held.subscriptionId)).toHaveLength(1);
  });

  it("leaves nothing owed when the subscription has ended meanwhile", async () => {
    const held = await holdMoney(world, { onTestClock: true });
    const { accountId, engine } = world;
    const { subscriptionId } = held;
    await cancelSubscription(engine, { accountId, subscriptionId, when: "now" });
    expect((await chargeNow(world, held.chargeId)).status).toBe("authorized");
    await wait("P6D", held);
    await tend();
    expect((await chargeNow(world, held.chargeId)).status).toBe("voided");
    expect(await invoiceStatusOf(world, held)).toBe("void");
  });
});

describe("a test clock that is sent a month on", () => {
  it("stops where the merchant is told and where the money is let go, and then bills the next period", async () => {
    const own = await createHeldWorld();
    own.worker();
    const held = await holdMoney(own, { onTestClock: true });
    const target = own.engine.effects.clock.now().add({ hours: 24 * 40 });
    // The demo moves the provider's clock first.
    await own.control.post("/clock", { to: target.toString() });
    await advanceTo(own, held.testClockId ?? "", target.toString());
    const told = await eventsSince(own, held);
    expect(told.slice(0, 3)).toEqual([
      "charge.authorization_expiring",
      "charge.authorization_expired",
      "subscription.past_due",
    ]);
    const charges = await chargesOf(own, held.subscriptionId);
    expect(charges.map(({ period, status }) => [period, status])).toEqual([
      [0, "voided"],
      [1, expect.stringMatching(/authorized|voided/)],
    ]);
    await own.stop();
  });
});
