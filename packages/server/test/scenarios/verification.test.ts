import { money } from "@maedal/gateways";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { everyProvider, spoilCharge, spoilLookUp } from "../support/provider-terms.ts";
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
} from "../support/world.ts";

describe.each(everyProvider)("at $provider", (terms) => {
  const { provider, currency } = terms;

  /** Rule 7: an answer is adopted only when all that it returns is ours. */
  describe("an answer that is not about our charge", () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld({ provider });
      world.worker();
    });
    afterEach(() => world.stop());

    it("goes to a person and pauses the connection", async () => {
      await spoilCharge(world, terms.otherAnswer);
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
      await spoilCharge(world, terms.otherAnswer);
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
      expect(await chargePayments(world)).toHaveLength(1);
      expect(await statusOf(world, subscription.id)).toBe("active");
    });

    it("found by a look-up with another amount goes to a person too", async () => {
      const { subscription } = await subscribe(world, {
        async beforeCharge(orderId) {
          await spoilCharge(world, { type: "close_after" });
          await spoilLookUp(world, terms.otherAmount(orderId));
        },
      });
      const [charge] = await untilCharges(world, subscription.id, "in_review");
      expect(charge?.review_reason).toBe("mismatch");
      expect((await connectionNow(world)).state).toBe("paused");
    });
  });

  describe("a payment that was refunded before we heard of it", () => {
    it("is captured with its refund, never plain paid", async () => {
      const world = await createWorld({ provider, windows: patientWindows });
      await spoilCharge(world, { type: "close_after" });
      // No look-up is answered before the refund was made.
      await spoilLookUp(world, { type: "outage" }, { times: null });
      world.worker();
      const { subscription } = await subscribe(world, { amount: 10_000 });
      const payment = await eventually("the payment", async () => {
        return (await chargePayments(world))[0];
      });
      const gateway = await world.patient.of(world.engine.database, world.connection);
      await gateway.refund({
        paymentId: payment.paymentId,
        amount: money(4_000, currency),
        refundableMinor: 10_000,
        reason: "by the merchant",
        idempotencyKey: world.engine.effects.random.uuid(),
      });
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
      const world = await createWorld({ provider });
      const { subscription, key } = await subscribe(world);
      const [charge] = await chargesOf(world, subscription.id);
      // As if another copy of this database had charged the period already.
      const elsewhere = await world.patient.of(world.engine.database, world.connection);
      const { billingKey, customerKey } = key;
      await elsewhere.chargeBillingKey({
        secret: { billingKey, customerKey },
        orderId: charge?.order_id ?? "",
        orderName: "프리미엄",
        amount: money(9_900, currency),
        idempotencyKey: world.engine.effects.random.uuid(),
      });
      world.worker();
      await untilCharges(world, subscription.id, "captured");
      expect(await chargePayments(world)).toHaveLength(1);
      await world.stop();
    });
  });

  describe("an answer with a payment that another charge has already", () => {
    it("goes to a person, and the results that came with it are recorded all the same", async () => {
      const world = await createWorld({ provider });
      const first = await subscribe(world);
      const worker = world.worker();
      await untilCharges(world, first.subscription.id, "captured");
      await worker.stop();
      const [payment] = await chargePayments(world);
      const action = terms.answerWith(payment?.paymentId ?? "");
      await spoilCharge(world, action, { match: { amount: 10_000 } });
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
});

describe("an answer of Toss's in a version that we do not know", () => {
  it("without the transfer object, or with another version, is adopted and noted", async () => {
    const world = await createWorld();
    world.worker();
    const action = { type: "alter_answer", set: { transfer: null, version: "2099-01-01" } };
    await world.control.fault({ operation: "charge", action });
    const { subscription } = await subscribe(world);
    await untilCharges(world, subscription.id, "captured");
    const seen = await world.db.database.query<{ code: string }>(
      "select code from observations order by code",
    );
    expect(seen.length).toBeGreaterThan(0);
    await world.stop();
  });
});
