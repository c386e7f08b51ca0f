import { afterEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { findChargeView } from "../../src/charges/charge-reads.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { chargeJson } from "../../src/http/charge-json.ts";
import { spoilCharge, termsOf } from "../support/provider-terms.ts";
import { lineOf, sweep } from "../support/sweep-world.ts";
import { comeBack, approve, enterWindow, newcomer } from "../support/window-world.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

const clockAt = "2026-03-02T01:00:00Z";

async function linePayWith(switches: object): Promise<void> {
  world = await createWorld({ provider: "line_pay" });
  await world.control.post("/switches", { provider: "line_pay", ...switches });
}

/** A worker of another process claims and sends the first charge, and dies before it records. */
async function sendAndDie({ engine, connection, db }: World): Promise<void> {
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, "test", 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  await sendCharge(engine, connection, gateway, claim);
  await db.database.execute(
    "update charges set lease_until = protocol_now(), last_send_over_at = protocol_now()",
  );
}

/** The order id of each charge that LINE Pay was sent, with what came of it. */
async function sentOf({ subscription }: Subscribed): Promise<string[]> {
  const rows = await world.db.database.query<{ sent: string }>(
    `select a.order_id || ' ' || coalesce(a.outcome, 'open') || coalesce(' ' || a.failure_code, '')
       as sent from attempts a join charges c on c.account_id = a.account_id and c.id = a.charge_id
     where c.subscription_id = $1 order by a.n`,
    [subscription.id],
  );
  return rows.map(({ sent }) => sent);
}

describe.each([false, true])(
  "LINE Pay, where a declined order id can be used again: %s",
  (declinedOrderIdReusable) => {
    it("a decline that we heard of is followed by another order id", async () => {
      await linePayWith({ declinedOrderIdReusable });
      const subscribed = await subscribe(world, {
        clockAt,
        beforeCharge: () => spoilCharge(world, { type: "decline", code: "1142" }),
      });
      const { subscription, testClockId = "" } = subscribed;
      world.worker();
      await eventually("the decline", async () => {
        return (await chargesOf(world, subscription.id))[0]?.declines === 1;
      });
      const [declined] = await chargesOf(world, subscription.id);
      await advanceTo(world, testClockId, "2026-03-03T02:00:00Z");
      const [paid] = await untilCharges(world, subscription.id, "captured");
      expect(paid?.generation).toBe(1);
      const before = paid?.order_id.replace(/1$/, "0");
      expect(await sentOf(subscribed)).toEqual([
        `${before} declined 1142`,
        `${paid?.order_id} captured`,
      ]);
      expect(declined?.order_id).toBe(paid?.order_id);
      expect(await chargePayments(world)).toHaveLength(1);
    });
  },
);

describe("a declined charge whose worker dies before it records", () => {
  const declinedUnheard = async (): Promise<Subscribed> => {
    const subscribed = await subscribe(world, {
      clockAt,
      beforeCharge: () => spoilCharge(world, { type: "decline", code: "1142" }),
    });
    await sendAndDie(world);
    world.worker();
    return subscribed;
  };

  it("is sent again under the same order id, and paid where LINE Pay takes that", async () => {
    await linePayWith({ declinedOrderIdReusable: true });
    const subscribed = await declinedUnheard();
    const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
    expect(await sentOf(subscribed)).toEqual([
      `${charge?.order_id} unknown lease_expired`,
      `${charge?.order_id} captured`,
    ]);
    expect(charge).toMatchObject({ generation: 0, declines: 0, resends: 1 });
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("is refused with 1172 elsewhere: never a decline, never another id, and a person is asked", async () => {
    await linePayWith({ declinedOrderIdReusable: false });
    const subscribed = await declinedUnheard();
    const { subscription } = subscribed;
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    const again = `${charge?.order_id} unknown 1172`;
    expect(await sentOf(subscribed)).toEqual([
      `${charge?.order_id} unknown lease_expired`,
      again,
      again,
      again,
    ]);
    const reason = { review_reason: "resends_exhausted", generation: 0, declines: 0 };
    expect(charge).toMatchObject(reason);
    expect(await chargePayments(world)).toEqual([]);
    expect((await connectionNow(world)).state).toBe("active");
  });

  it("is collected by another charge once a person has said that it was not paid", async () => {
    await linePayWith({ declinedOrderIdReusable: false });
    const { subscription } = await declinedUnheard();
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    const { accountId, engine } = world;
    const person = { decision: "not_paid", note: "seen in the console", by: "test" } as const;
    await resolveReview(engine, { accountId, chargeId: charge?.id ?? "", ...person });
    const [, next] = await eventually("another charge to be paid", async () => {
      const charges = await chargesOf(world, subscription.id);
      return charges.some(({ status }) => status === "captured") && charges;
    });
    expect(next).toMatchObject({ status: "captured", generation: 1 });
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("a LINE Pay that pays one order id twice", () => {
  it("and shows both payments stops the connection, which names them", async () => {
    await linePayWith({ paysOneOrderIdTwice: true });
    const subscribed = await subscribe(world, {
      clockAt,
      beforeCharge: () => spoilCharge(world, { type: "close_after" }),
    });
    const { subscription } = subscribed;
    const { connection, engine, patient } = world;
    const [charge] = await chargesOf(world, subscription.id);
    // A copy of this database, restored elsewhere, pays the same period.
    const gateway = await patient.of(engine.database, connection);
    const { billingKey } = subscribed.key;
    await gateway
      .chargeBillingKey({
        secret: { billingKey },
        orderId: charge?.order_id ?? "",
        orderName: "프리미엄",
        amount: { amountMinor: 9_900, currency: termsOf(world).currency },
        idempotencyKey: "",
      })
      .catch(() => undefined);
    await spoilCharge(world, { type: "close_after" });
    world.worker();
    const [stopped] = await untilCharges(world, subscription.id, "in_review");
    expect(stopped?.review_reason).toBe("mismatch");
    const { pausedReason, state } = await connectionNow(world);
    expect(state).toBe("paused");
    const payments = await chargePayments(world);
    expect(payments).toHaveLength(2);
    for (const { paymentId } of payments) expect(pausedReason).toContain(paymentId);
    await subscribe(world, { clockAt });
    expect(await claimCharges(engine, connection, gateway.capabilities, "test", 1)).toEqual([]);
  });

  /**
   * Nothing asks again after a clear answer, so the payment whose answer was lost, and which details did
   * not show for longer than the settle window, is found by the daily comparison (rule 14).
   */
  it("and answers the second time is found out by the sweep, which stops the connection", async () => {
    await linePayWith({ paysOneOrderIdTwice: true, detailsLagSeconds: 3_600 });
    const { subscription } = await subscribe(world, {
      beforeCharge: () => spoilCharge(world, { type: "close_after" }),
    });
    world.worker();
    const [charge] = await untilCharges(world, subscription.id, "captured");
    const [hidden, second] = await chargePayments(world);
    expect((await connectionNow(world)).state).toBe("active");
    await world.control.post("/clock", { by: "PT2H" });
    const found = await sweep(world);
    expect(found.map(lineOf)).toEqual([
      `second_payment connection_paused open ${hidden?.paymentId}`,
    ]);
    expect([found[0]?.chargeId, found[0]?.detail.includes(second?.paymentId ?? "")]).toEqual([
      charge?.id,
      true,
    ]);
    const { pausedReason, state } = await connectionNow(world);
    expect([state, pausedReason?.includes(hidden?.paymentId ?? "")]).toEqual(["paused", true]);
  });
});

describe("LINE Pay's ids of 19 digits, more than a double can hold", () => {
  it("arrive digit by digit in the database and in the API", async () => {
    await linePayWith({});
    world.worker();
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "captured");
    const [payment] = await chargePayments(world);
    const paymentId = payment?.paymentId ?? "";
    expect(paymentId).toMatch(/^\d{19}$/);
    expect(Number.isSafeInteger(Number(paymentId))).toBe(false);
    const { accountId, engine } = world;
    const view = await findChargeView(engine.database, accountId, charge?.id ?? "");
    if (view === undefined) throw new Error("the charge is gone");
    expect(view.paymentId).toBe(paymentId);
    expect(JSON.parse(JSON.stringify(chargeJson(view)))).toMatchObject({ paymentId });
  });

  it("are the window's own, and lead back to it", async () => {
    await linePayWith({});
    const trip = await enterWindow(world, await newcomer(world));
    expect(trip.windowId).toMatch(/^\d{19}$/);
    await approve(world, trip);
    expect(await comeBack(world, trip)).toBe("approved");
    const [payment] = await chargePayments(world);
    expect(payment?.paymentId).toBe(trip.windowId);
  });
});
