import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { everyProvider, spoil, termsOf } from "../support/provider-terms.ts";
import {
  expectBooksToMatch,
  linesOf,
  paidCharge,
  refundInConsole,
} from "../support/refund-world.ts";
import {
  askForSweep,
  findingsOf,
  lineOf,
  payAs,
  sweep,
  sweepNow,
  takeUp,
  toldOf,
} from "../support/sweep-world.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

/** Claims and sends the one due charge, once. */
async function chargeOnce({ connection, engine }: World): Promise<void> {
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
}

const paysTwice = {
  toss: { paysOneOrderIdTwice: true },
  line_pay: { paysOneOrderIdTwice: true },
  portone: { paysOneMerchantUidTwice: true },
} as const;

describe.each(everyProvider)("at $provider", ({ provider, refusedButPaid }) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ provider });
  });
  afterEach(() => world.stop());

  describe("books that agree with the provider's", () => {
    it("leave nothing to find, and nothing is charged or asked for twice", async () => {
      for (let n = 0; n < 3; n += 1) await paidCharge(world);
      expect(await sweep(world)).toEqual([]);
      expect(await chargePayments(world)).toHaveLength(3);
      expect(await toldOf(world)).toEqual({});
    });
  });

  describe("a payment for a charge that was refused", () => {
    const clockAt = "2026-03-02T01:00:00Z";

    it("is told, and adopted when the charge falls due again: nothing is charged twice", async () => {
      await spoil(world, refusedButPaid);
      const { subscription, testClockId = "" } = await subscribe(world, { clockAt });
      world.worker();
      await eventually("the refusal", async () => {
        return (await chargesOf(world, subscription.id))[0]?.declines === 1;
      });
      const [payment] = await chargePayments(world);
      const [refused] = await chargesOf(world, subscription.id);
      const [finding, ...others] = await sweep(world);
      expect(others).toEqual([]);
      expect(finding && lineOf(finding)).toBe(`late_success looked_up open ${payment?.paymentId}`);
      expect(finding?.chargeId).toBe(refused?.id);

      await advanceTo(world, testClockId, "2026-03-03T02:00:00Z");
      await untilCharges(world, subscription.id, "captured");
      expect(await chargePayments(world)).toHaveLength(1);
      const settled = await eventually("the finding to be settled", async () => {
        const [now] = await findingsOf(world);
        return now?.settledBy === undefined ? undefined : now;
      });
      expect([settled.settledBy, settled.note]).toEqual([
        "maedal",
        `charge ${refused?.id} has the payment now`,
      ]);
      expect((await connectionNow(world)).state).toBe("active");
    });

    it("is booked when the charge has ended meanwhile: its invoice is paid", async () => {
      const { accountId, engine } = world;
      await spoil(world, refusedButPaid);
      const { subscription } = await subscribe(world);
      await chargeOnce(world);
      const key = { accountId, subscriptionId: subscription.id };
      await cancelSubscription(engine, { ...key, when: "now", reason: "by the customer" });
      const [payment] = await chargePayments(world);
      expect((await sweep(world)).map(lineOf)).toEqual([
        `late_success booked settled by maedal ${payment?.paymentId}`,
      ]);
      const charges = await chargesOf(world, subscription.id);
      expect(charges.map(({ status }) => status)).toEqual(["canceled", "captured"]);
      expect(await sweep(world)).toEqual([]);
      expect(await toldOf(world)).toEqual({ "charge.paid_after_the_end": 1, "sweep.found": 1 });
    });
  });

  describe("a second payment under one order id", () => {
    const payTwice = async (): Promise<{ first: string; second: string; charge: string }> => {
      await world.control.post("/switches", { provider, ...paysTwice[provider] });
      const { key, subscription } = await subscribe(world);
      await chargeOnce(world);
      const [charge] = await untilCharges(world, subscription.id, "captured");
      const second = await payAs(world, key, charge?.order_id ?? "");
      const payments = await chargePayments(world);
      const first = payments.find(({ paymentId }) => paymentId !== second)?.paymentId ?? "";
      return { first, second, charge: charge?.id ?? "" };
    };

    it("is named, stops the connection, and is told once however often it is swept", async () => {
      const { charge, second } = await payTwice();
      const found = await sweep(world);
      expect(found.map(lineOf)).toEqual([`second_payment connection_paused open ${second}`]);
      expect(found[0]?.chargeId).toBe(charge);
      const { pausedReason, state } = await connectionNow(world);
      expect([state, pausedReason?.includes(second)]).toEqual(["paused", true]);

      await resumeConnection(world.engine.database, world.accountId, world.connection.id);
      expect(await sweep(world)).toEqual([]);
      expect((await connectionNow(world)).state).toBe("active");
      expect(await toldOf(world)).toEqual({
        "charge.paid_twice": 1,
        "gateway_connection.paused": 1,
        "sweep.found": 1,
      });
      expect(await chargePayments(world)).toHaveLength(2);
    });

    it("is not Maedal's to refund: the charge has the other one", async () => {
      await payTwice();
      const [finding] = await sweep(world);
      expect(finding?.refundableChargeId).toBe(undefined);
    });
  });

  describe("a refund that was made in the provider's console", () => {
    it("is booked, and settled by that", async () => {
      const charge = await paidCharge(world);
      await refundInConsole(world, charge, 4_000);
      const found = await sweep(world);
      expect(found.map(lineOf)).toEqual([
        `refund_elsewhere booked settled by maedal ${charge.paymentId}`,
      ]);
      expect(await linesOf(world, charge)).toEqual(["provider 4000 refunded"]);
      await expectBooksToMatch(world, charge);
      expect(await sweep(world)).toEqual([]);
      expect((await connectionNow(world)).state).toBe("active");
    });
  });

  describe("a captured payment that the provider shows with another amount", () => {
    it("stops the connection", async () => {
      const charge = await paidCharge(world);
      await world.engine.database.execute(
        "update charges set captured_minor = 9999 where id = $1",
        [charge.id],
      );
      const found = await sweep(world);
      expect(found.map(lineOf)).toEqual([
        `amount_differs connection_paused open ${charge.paymentId}`,
      ]);
      expect((await connectionNow(world)).pausedReason).toContain("amount is 10000, ours is 9999");
    });
  });

  describe("a captured payment that the provider does not know", () => {
    const hide = async (): Promise<void> => {
      const action = { type: "stale_lookup" };
      await world.control.fault({ provider, operation: "any", times: null, action });
    };

    it("is told, stops nothing, and settles itself once it is there again", async () => {
      const charge = await paidCharge(world);
      await hide();
      const found = await eventually("the settle window to be over", async () => {
        const findings = await sweep(world);
        return findings.length > 0 && findings;
      });
      expect(found.map(lineOf)).toEqual([`missing_at_provider told open ${charge.paymentId}`]);
      expect((await connectionNow(world)).state).toBe("active");
      await world.control.clearFaults();
      await sweep(world);
      expect((await findingsOf(world)).map(lineOf)).toEqual([
        `missing_at_provider told settled by maedal ${charge.paymentId}`,
      ]);
    });

    it("is not judged before the settle window is over", async () => {
      const windows = { ...world.engine.windows, settleWindowMs: 3_600_000 };
      await paidCharge(world);
      await hide();
      expect(await sweep({ ...world, engine: world.engineWith({ windows }) })).toEqual([]);
    });
  });

  describe("a charge whose outcome is still being asked about", () => {
    it("is left to its own look-ups", async () => {
      await spoil(world, { operation: termsOf(world).charge, action: { type: "close_after" } });
      const { subscription } = await subscribe(world);
      await chargeOnce(world);
      expect((await chargesOf(world, subscription.id))[0]?.status).toBe("reconciling");
      expect(await sweep(world)).toEqual([]);
    });
  });

  describe("an outage in the middle", () => {
    it("puts the sweep off; what was found before is found once, and the rest afterwards", async () => {
      const lookUp = { toss: "get_payment", line_pay: "details", portone: "payments" }[provider];
      const charges = [];
      for (let n = 0; n < 4; n += 1) charges.push(await paidCharge(world));
      for (const charge of charges) await refundInConsole(world, charge, 1_000);
      const outage = { operation: lookUp, skip: 5, times: null, action: { type: "outage" } };
      await world.control.fault({ provider, ...outage });

      const id = await askForSweep(world);
      const end = await takeUp(world.engine, id);
      expect(end).toMatchObject({ kind: "put_off" });
      expect(await sweepNow(world, id)).toMatchObject({ status: "running", finishedAt: undefined });
      expect(await takeUp(world.engine, id)).toBe("not free");

      await world.control.clearFaults();
      await world.engine.database.execute("update sweeps set held_until = protocol_now()");
      expect(await takeUp(world.engine, id)).toEqual({ kind: "finished" });
      const found = await findingsOf(world);
      expect(found.map(({ kind, chargeId }) => `${kind} ${chargeId}`).sort()).toEqual(
        charges.map((charge) => `refund_elsewhere ${charge.id}`).sort(),
      );
      for (const charge of charges) await expectBooksToMatch(world, charge);
    });
  });

  describe("two workers at once", () => {
    it("take a sweep up one after the other, and find everything once even if both run it", async () => {
      await world.control.post("/switches", { provider, ...paysTwice[provider] });
      const { key, subscription } = await subscribe(world);
      await chargeOnce(world);
      const [charge] = await untilCharges(world, subscription.id, "captured");
      await payAs(world, key, charge?.order_id ?? "");
      const first = await askForSweep(world);
      const second = await askForSweep(world);
      const ends = await Promise.all([
        takeUp(world.engine, first),
        takeUp(world.engine, first),
        takeUp(world.engine, second),
      ]);
      expect(ends.filter((end) => end === "not free")).toHaveLength(1);
      expect((await findingsOf(world)).map(({ kind }) => kind)).toEqual(["second_payment"]);
      expect(await toldOf(world)).toEqual({
        "charge.paid_twice": 1,
        "gateway_connection.paused": 1,
        "sweep.found": 1,
      });
    });
  });
});
