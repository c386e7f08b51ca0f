import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import {
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  patientWindows,
  statusOf,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

/** Rule 7: an answer is adopted only when all that it returns is ours. */
describe("an answer that is not about our charge", () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    world.worker();
  });
  afterEach(() => world.stop());

  it("with another amount goes to a person and pauses the connection", async () => {
    const action = { type: "alter_answer", set: { totalAmount: 1 } };
    await world.control.fault({ operation: "charge", action });
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    expect(charge?.review_reason).toBe("mismatch");
    const connection = await connectionNow(world);
    expect(connection.state).toBe("paused");
    expect(connection.pausedReason).toContain(charge?.id);
    expect(await statusOf(world, subscription.id)).toBe("incomplete");

    const second = await subscribe(world);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await chargesOf(world, second.subscription.id))[0]?.status).toBe("scheduled");
  });

  it("is adopted after all when a person has it looked up and everything is ours", async () => {
    const action = { type: "alter_answer", set: { totalAmount: 1 } };
    await world.control.fault({ operation: "charge", action });
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    await resolveReview(world.engine, {
      accountId: world.accountId,
      chargeId: charge?.id ?? "",
      decision: "look_up_again",
      note: "the console shows the right amount",
      by: "test",
    });
    await untilCharges(world, subscription.id, "captured");
    await resumeConnection(world.db.database, world.accountId, world.connection.id);
    expect(await world.control.payments()).toHaveLength(1);
    expect(await statusOf(world, subscription.id)).toBe("active");
  });

  it("found by a look-up with another amount goes to a person too", async () => {
    await world.control.fault({ operation: "charge", action: { type: "drop_answer" } });
    const action = { type: "alter_answer", set: { totalAmount: 1 } };
    await world.control.fault({ operation: "get_order", action });
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    expect(charge?.review_reason).toBe("mismatch");
    expect((await connectionNow(world)).state).toBe("paused");
  });

  it("without the transfer object, or with another version, is adopted and noted", async () => {
    const action = { type: "alter_answer", set: { transfer: null, version: "2099-01-01" } };
    await world.control.fault({ operation: "charge", action });
    const { subscription } = await subscribe(world);
    await untilCharges(world, subscription.id, "captured");
    const seen = await world.db.database.query<{ code: string }>(
      "select code from observations order by code",
    );
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe("a payment that was refunded before we heard of it", () => {
  it("is captured with its refund, never plain paid", async () => {
    const world = await createWorld({ windows: patientWindows });
    await world.control.fault({ operation: "charge", action: { type: "drop_answer" } });
    // No look-up is answered before the refund was made.
    const away = { type: "outage" };
    await world.control.fault({ operation: "get_order", times: null, action: away });
    world.worker();
    const { subscription } = await subscribe(world, { amount: 10_000 });
    const payment = await eventually("the payment", async () => {
      return (await world.control.payments())[0];
    });
    const { toss } = world.emulator.ready;
    const refunded = await fetch(new URL(`/v1/payments/${payment.paymentId}/cancel`, toss.url), {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${toss.secretKey}:`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ cancelReason: "by the merchant", cancelAmount: 4_000 }),
    });
    expect(refunded.status).toBe(200);
    await world.control.clearFaults();
    await untilCharges(world, subscription.id, "captured");
    const [charge] = await world.db.database.query<{ refunded_minor: string }>(
      "select refunded_minor from charges where subscription_id = $1",
      [subscription.id],
    );
    expect(charge?.refunded_minor).toBe("4000");
    const refunds = await world.db.database.query<{ amount_minor: string; origin: string }>(
      "select amount_minor, origin from refunds",
    );
    expect(refunds).toEqual([{ amount_minor: "4000", origin: "provider" }]);
    await world.stop();
  });
});

describe("a provider that knows our order id already", () => {
  it("is asked what it knows, and what is ours is adopted without another charge", async () => {
    const world = await createWorld();
    const { subscription, key } = await subscribe(world);
    const [charge] = await chargesOf(world, subscription.id);
    const { toss } = world.emulator.ready;
    // As if another copy of this database had charged the period already.
    const elsewhere = await fetch(new URL(`/v1/billing/${key.billingKey}`, toss.url), {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${toss.secretKey}:`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        customerKey: key.customerKey,
        amount: 9_900,
        orderId: charge?.order_id,
        orderName: "프리미엄",
      }),
    });
    expect(elsewhere.status).toBe(200);
    world.worker();
    await untilCharges(world, subscription.id, "captured");
    expect(await world.control.payments()).toHaveLength(1);
    await world.stop();
  });
});

describe("an answer with a payment that another charge has already", () => {
  it("goes to a person, and the results that came with it are recorded all the same", async () => {
    const world = await createWorld();
    const first = await subscribe(world);
    const worker = world.worker();
    await untilCharges(world, first.subscription.id, "captured");
    await worker.stop();
    const [payment] = await world.control.payments();
    const action = { type: "alter_answer", set: { paymentKey: payment?.paymentId } };
    await world.control.fault({ operation: "charge", match: { amount: 10_000 }, action });
    const wrong = await subscribe(world, { amount: 10_000 });
    const right = await subscribe(world, { amount: 11_000 });
    world.worker();
    const [charge] = await untilCharges(world, wrong.subscription.id, "in_review");
    expect(charge?.review_reason).toBe("mismatch");
    expect((await connectionNow(world)).state).toBe("paused");
    await resumeConnection(world.db.database, world.accountId, world.connection.id);
    await untilCharges(world, right.subscription.id, "captured");
    await world.stop();
  });
});
