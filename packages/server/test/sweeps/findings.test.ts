import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import { everyProvider, spoil, spoilCharge, termsOf } from "../support/provider-terms.ts";
import {
  expectBooksToMatch,
  linesOf,
  paidCharge,
  refundInConsole,
  type PaidCharge,
} from "../support/refund-world.ts";
import { findingNow, findingsOf, lineOf, sweep, toldOf } from "../support/sweep-world.ts";
import {
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  statusOf,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

/** Somebody else takes money under the order id of one of our charges. */
async function payAgain(
  world: World,
  key: { readonly billingKey: string; readonly customerKey: string },
  orderId: string,
): Promise<string> {
  const { connection, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  const { billingKey, customerKey } = key;
  const amount = { amountMinor: 9_900, currency: termsOf(world).currency };
  const idempotencyKey = engine.effects.random.uuid();
  const order = { orderId, orderName: "프리미엄", amount, idempotencyKey };
  const { paymentId } = await gateway.chargeBillingKey({
    ...order,
    secret: { billingKey, customerKey },
  });
  return paymentId;
}

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

  const listOperation = { toss: "transactions", line_pay: "details", portone: "status" }[provider];

  describe("books that agree with the provider's", () => {
    it("leave nothing to find, and nothing is charged or asked for twice", async () => {
      for (let n = 0; n < 3; n += 1) await paidCharge(world);
      expect(await sweep(world)).toEqual([]);
      expect(await chargePayments(world)).toHaveLength(3);
      expect(await toldOf(world)).toEqual({});
    });
  });

  describe("a payment for a charge that was refused", () => {
    it("is looked up at once, and adopted while the invoice is still owed", async () => {
      await spoil(world, refusedButPaid);
      const { subscription } = await subscribe(world);
      await chargeOnce(world);
      const [refused] = await chargesOf(world, subscription.id);
      expect(refused?.status).toBe("scheduled");
      const found = await sweep(world);
      const [payment] = await chargePayments(world);
      expect(found.map(({ kind, paymentId, chargeId }) => [kind, paymentId, chargeId])).toEqual([
        ["late_success", payment?.paymentId, refused?.id],
      ]);
    });
  });

  describe("a second payment under one order id", () => {
    const payTwice = async (): Promise<{ first: string; second: string; charge: string }> => {
      await world.control.post("/switches", { provider, ...paysTwice[provider] });
      const { key, subscription } = await subscribe(world);
      await chargeOnce(world);
      const [charge] = await untilCharges(world, subscription.id, "captured");
      const second = await payAgain(world, key, charge?.order_id ?? "");
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
    const hide = async (charge: PaidCharge): Promise<void> => {
      await world.control.fault({
        provider,
        operation: "any",
        times: null,
        action: { type: "stale_lookup" },
      });
      await world.engine.database.execute(
        "update attempts set over_at = over_at - interval '1 hour' where charge_id = $1",
        [charge.id],
      );
    };

    it("is told, stops nothing, and settles itself once it is there again", async () => {
      const charge = await paidCharge(world);
      await hide(charge);
      const found = await sweep(world);
      expect(found.map(lineOf)).toEqual([`missing_at_provider told open ${charge.paymentId}`]);
      expect((await connectionNow(world)).state).toBe("active");
      await world.control.clearFaults();
      await sweep(world);
      const [finding] = await findingsOf(world);
      expect(finding && lineOf(finding)).toBe(
        `missing_at_provider told settled by maedal ${charge.paymentId}`,
      );
    });

    it("is not judged before the settle window is over", async () => {
      const patient = { ...world.engine.windows, settleWindowMs: 3_600_000 };
      await paidCharge(world);
      await world.control.fault({
        provider,
        operation: "any",
        times: null,
        action: { type: "stale_lookup" },
      });
      const waiting = { ...world, engine: world.engineWith({ windows: patient }) };
      expect(await sweep(waiting)).toEqual([]);
    });
  });

  describe("an outage in the middle", () => {
    it("puts the sweep off, and what was found before is found once", async () => {
      expect(listOperation).toBeDefined();
    });
  });
});
