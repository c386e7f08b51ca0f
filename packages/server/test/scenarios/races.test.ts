import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { createGateways } from "../../src/connections/gateways.ts";
import { connectDatabase } from "../../src/db/database.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import { createHttpSender } from "@maedal/gateways";
import {
  chargeRequests,
  everyProvider,
  spoil,
  spoilCharge,
  spoilLookUp,
} from "../support/provider-terms.ts";
import {
  addPlan,
  advanceTo,
  chargePayments,
  chargesOf,
  createWorld,
  eventually,
  patientWindows,
  registerMethod,
  statusOf,
  subscribe,
  testTimeouts,
  testWindows,
  untilCharges,
  type World,
} from "../support/world.ts";

describe.each(everyProvider)("at $provider", (terms) => {
  const { declinedIdsReusable, deleteKey, provider, softDecline } = terms;
  describe("several workers on one database", () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld({ provider });
    });
    afterEach(() => world.stop());

    async function claim(own = world.engine) {
      const gateway = await own.gateways.of(own.database, world.connection);
      const claims = await claimCharges(own, world.connection, gateway.capabilities, "real", 10);
      return { gateway, claims };
    }

    it("send each charge once, however many there are", async () => {
      const others = [1, 2, 3].map(() => connectDatabase({ url: world.db.url }));
      const subscribed = [];
      for (let n = 0; n < 20; n += 1) subscribed.push(await subscribe(world));
      for (const database of others) world.worker(world.engineWith({ database }));
      world.worker();
      for (const { subscription } of subscribed)
        await untilCharges(world, subscription.id, "captured");
      expect(await chargePayments(world)).toHaveLength(20);
      expect(await chargeRequests(world)).toHaveLength(20);
      await world.emulator.stop();
    });

    it("never claim one charge twice", async () => {
      await subscribe(world);
      const [a, b] = await Promise.all([claim(), claim()]);
      expect(a.claims.length + b.claims.length).toBe(1);
    });

    it("have at most one call in flight per billing key", async () => {
      const { customerId, key } = await subscribe(world);
      const planId = await addPlan(world, { amount: 5_000 });
      const { accountId } = world;
      const more = { accountId, customerId, planId, billingKeyId: key.id };
      await createSubscription(world.engine, more);
      await createSubscription(world.engine, more);
      expect((await claim()).claims).toHaveLength(1);
      expect((await claim()).claims).toHaveLength(0);
    });

    it("keep the connection's budget together", async () => {
      await world.db.database.execute("update gateway_connections set concurrency = 3");
      for (let n = 0; n < 6; n += 1) await subscribe(world);
      const rounds = await Promise.all([claim(), claim(), claim()]);
      const claimed = rounds.flatMap(({ claims }) => claims);
      expect(claimed).toHaveLength(3);
    });

    it("let a zombie's late answer change nothing: the look-up has decided", async () => {
      const { subscription } = await subscribe(world);
      const { claims, gateway } = await claim();
      const [zombie] = claims;
      if (zombie === undefined) throw new Error("nothing was claimed");
      const late = await sendCharge(world.engine, world.connection, gateway, zombie);
      world.worker();
      const before = await untilCharges(world, subscription.id, "captured");
      expect(await recordOutcomes(world.engine, [late])).toEqual([late]);
      expect(await chargesOf(world, subscription.id)).toEqual(before);
      expect(await chargePayments(world)).toHaveLength(1);
    });

    it("record the other results of a batch that a zombie's result came in", async () => {
      const first = await subscribe(world);
      const { claims, gateway } = await claim();
      const [zombie] = claims;
      if (zombie === undefined) throw new Error("nothing was claimed");
      const late = await sendCharge(world.engine, world.connection, gateway, zombie);
      const worker = world.worker();
      await untilCharges(world, first.subscription.id, "captured");
      await worker.stop();

      const second = await subscribe(world);
      const live = (await claim()).claims[0];
      if (live === undefined) throw new Error("nothing was claimed");
      const fresh = await sendCharge(world.engine, world.connection, gateway, live);
      expect(await recordOutcomes(world.engine, [late, fresh])).toEqual([late]);
      expect((await chargesOf(world, second.subscription.id))[0]?.status).toBe("captured");
    });

    it("send nothing once the gate is closed: the claim is too old", async () => {
      const { subscription } = await subscribe(world);
      const { claims, gateway } = await claim();
      const [slow] = claims;
      if (slow === undefined) throw new Error("nothing was claimed");
      await new Promise((resolve) => setTimeout(resolve, testWindows.sendGateMs + 50));
      const result = await sendCharge(world.engine, world.connection, gateway, slow);
      expect(result).toMatchObject({ outcome: { kind: "not_sent", code: "send_gate_closed" } });
      await recordOutcomes(world.engine, [result]);
      expect(await chargeRequests(world)).toEqual([]);
      world.worker();
      await untilCharges(world, subscription.id, "captured");
      expect(await chargePayments(world)).toHaveLength(1);
    });

    it("claim nothing for a subscription that was canceled first", async () => {
      const { subscription } = await subscribe(world);
      const { accountId, engine } = world;
      const cancel = { accountId, subscriptionId: subscription.id, when: "now" as const };
      await cancelSubscription(engine, cancel);
      expect((await claim()).claims).toEqual([]);
      expect((await chargesOf(world, subscription.id))[0]?.status).toBe("canceled");
      const [invoice] = await world.db.database.query("select status from invoices");
      expect(invoice).toEqual({ status: "void" });
    });

    it("await the outcome of a charge that was claimed before the cancel", async () => {
      const { subscription } = await subscribe(world);
      const { claims, gateway } = await claim();
      const [sent] = claims;
      if (sent === undefined) throw new Error("nothing was claimed");
      const { accountId, engine } = world;
      const cancel = { accountId, subscriptionId: subscription.id, when: "now" as const };
      await cancelSubscription(engine, cancel);
      const result = await sendCharge(engine, world.connection, gateway, sent);
      await recordOutcomes(engine, [result]);
      expect((await chargesOf(world, subscription.id))[0]?.status).toBe("captured");
      expect(await statusOf(world, subscription.id)).toBe("canceled");
      const told = await world.db.database.query<{ type: string }>(
        "select type from events where subscription_id = $1 order by sequence",
        [subscription.id],
      );
      expect(told.map(({ type }) => type)).toContain("charge.captured_after_cancel");
    });

    it("decide a race of cancel and claim either way, and never charge after the cancel", async () => {
      const { accountId, engine } = world;
      for (let n = 0; n < 10; n += 1) {
        const { subscription, key } = await subscribe(world);
        const cancel = { accountId, subscriptionId: subscription.id, when: "now" as const };
        const [{ claims, gateway }] = await Promise.all([
          claim(),
          cancelSubscription(engine, cancel),
        ]);
        const results = await Promise.all(
          claims.map((claimed) => sendCharge(engine, world.connection, gateway, claimed)),
        );
        await recordOutcomes(engine, results);
        const [charge] = await chargesOf(world, subscription.id);
        const paid = (await chargePayments(world)).filter(
          (payment) => payment.key === key.billingKey,
        );
        expect(charge?.status).toBe(claims.length === 1 ? "captured" : "canceled");
        expect(paid).toHaveLength(claims.length);
      }
    });

    it("claim nothing while the account's emergency stop is set", async () => {
      await subscribe(world);
      await world.db.database.execute("update accounts set charging_stopped_at = now()");
      expect((await claim()).claims).toEqual([]);
      await world.db.database.execute("update accounts set charging_stopped_at = null");
      expect((await claim()).claims).toHaveLength(1);
    });
  });

  describe("a method that is replaced while a charge is open", () => {
    it("leaves the charge to its outcome and collects the next period with the new key", async () => {
      const world = await createWorld({ provider, windows: patientWindows });
      const subscribed = await subscribe(world, { clockAt: "2026-03-02T01:00:00Z" });
      const { subscription, testClockId = "", customerId } = subscribed;
      await spoilCharge(world, { type: "close_after" });
      // No look-up is answered before the method was replaced: until then the charge stays open.
      await spoilLookUp(world, { type: "outage" }, { times: null });
      world.worker();
      await untilCharges(world, subscription.id, "reconciling");
      const key = await registerMethod(world, customerId, { subscriptionId: subscription.id });
      await world.control.clearFaults();
      await untilCharges(world, subscription.id, "captured");
      expect(await chargePayments(world)).toHaveLength(1);

      await advanceTo(world, testClockId, "2026-04-02T02:00:00Z");
      const payments = await chargePayments(world);
      expect(payments.map((payment) => payment.key)).toEqual([
        subscribed.key.billingKey,
        key.billingKey,
      ]);
      await eventually("the old key to be deleted at the provider", async () => {
        return (await world.control.requests(deleteKey)).length === 1;
      });
      await world.stop();
    });
  });

  describe("a sender that sleeps until its charge was declined for another sender", () => {
    it("keeps the order id from changing, so that only one of the two can be paid", async () => {
      const sender = createHttpSender();
      let wake: () => void = () => undefined;
      const asleep = new Promise<void>((resolve) => (wake = resolve));
      const world = await createWorld({ provider });
      await world.control.post("/switches", { provider, ...declinedIdsReusable });
      const subscribed = await subscribe(world, { clockAt: "2026-03-02T01:00:00Z" });
      const { subscription, testClockId = "" } = subscribed;

      // Stopped between the gate and the first byte, as a frozen process would be. Where a token is
      // fetched first, the gate is asked again after it.
      const sleepy = world.engineWith({
        gateways: createGateways(world.engine.keys, {
          sender: {
            close: () => sender.close(),
            send: async (request) => {
              if (!request.url.endsWith("/users/getToken")) await asleep;
              return await sender.send(request);
            },
          },
          ...world.engine.effects,
          timeouts: testTimeouts,
        }),
      });
      const gateway = await sleepy.gateways.of(sleepy.database, world.connection);
      const { capabilities } = gateway;
      const [claim] = await claimCharges(sleepy, world.connection, capabilities, "test", 1);
      if (claim === undefined) throw new Error("nothing was claimed");
      const sending = sendCharge(sleepy, world.connection, gateway, claim);

      await spoil(world, softDecline);
      world.worker();
      const declined = await eventually("the decline", async () => {
        const [charge] = await chargesOf(world, subscription.id);
        return charge?.status === "scheduled" && charge.declines === 1 && charge;
      });
      expect(declined).toMatchObject({ generation: 0, order_id: claim.charge.orderId });

      // Long enough for the provider to forget the idempotency key: the order id alone is the lock.
      // PortOne knows no such key, and refuses the sender's token after half an hour.
      await world.control.post("/clock", { by: provider === "portone" ? "PT20M" : "P16D" });
      wake();
      const late = await sending;
      expect(await recordOutcomes(sleepy, [late])).toEqual([late]);
      expect(await chargePayments(world)).toHaveLength(1);

      await advanceTo(world, testClockId, "2026-03-04T02:00:00Z");
      expect((await chargesOf(world, subscription.id))[0]?.status).toBe("captured");
      expect(await chargePayments(world)).toHaveLength(1);
      await sender.close();
      await world.stop();
    });
  });
});
