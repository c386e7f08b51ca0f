import { createHttpSender, money, type HttpSender } from "@maedal/gateways";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { createGateways } from "../../src/connections/gateways.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { spoil, spoilCharge } from "../support/provider-terms.ts";
import {
  askForRefund,
  expectBooksToMatch,
  ledgerRefunds,
  linesOf,
  notify,
  paidCharge,
  recordFound,
  untilRefund,
} from "../support/refund-world.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  statusOf,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "portone" });
});
afterEach(() => world.stop());

const clockAt = "2026-03-02T01:00:00Z";
const nextTryAt = "2026-03-03T02:00:00Z";

const turn = (switches: object) =>
  world.control.post("/switches", { provider: "portone", ...switches });

/** The order id of each charge that PortOne was sent, with what came of it. */
async function sentOf({ subscription }: Subscribed): Promise<string[]> {
  const rows = await world.db.database.query<{ sent: string }>(
    `select a.order_id || ' ' || coalesce(a.outcome, 'open') || coalesce(' ' || a.failure_code, '')
       as sent from attempts a join charges c on c.account_id = a.account_id and c.id = a.charge_id
     where c.subscription_id = $1 order by a.n`,
    [subscription.id],
  );
  return rows.map(({ sent }) => sent);
}

async function firstOrderId({ subscription }: Subscribed): Promise<string> {
  const [charge] = await chargesOf(world, subscription.id);
  return charge?.order_id ?? "";
}

/** The next order id of the same period. */
const following = (orderId: string) => orderId.replace(/0$/, "1");

async function untilDeclined({ subscription }: Subscribed): Promise<void> {
  await eventually("the decline", async () => {
    const [charge] = await chargesOf(world, subscription.id);
    return charge?.status === "scheduled" && charge.declines === 1;
  });
}

/** A worker claims and sends the first charge, and dies before it records. */
async function sendAndDie(): Promise<void> {
  const { connection, db, engine } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, "test", 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  await sendCharge(engine, connection, gateway, claim);
  await db.database.execute(
    "update charges set lease_until = protocol_now(), last_send_over_at = protocol_now()",
  );
}

/** Another copy of this database charges a key under this order id. */
async function chargeElsewhere(
  { key: { billingKey } }: Pick<Subscribed, "key">,
  orderId: string,
  amountMinor = 9_900,
): Promise<string> {
  const { connection, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  const { paymentId } = await gateway.chargeBillingKey({
    secret: { billingKey },
    orderId,
    orderName: "프리미엄",
    amount: money(amountMinor, "KRW"),
    idempotencyKey: "",
  });
  return paymentId;
}

describe("the registration of a key at CHAI", () => {
  it("takes no money, whatever price its window shows", async () => {
    const { key } = await subscribe(world);
    const records = await fetch(new URL("/portone/payments", world.emulator.ready.control));
    expect(await records.json()).toMatchObject([
      { customerUid: key.billingKey, usage: "issue", status: "paid", amount: 9_900 },
    ]);
    expect(await world.control.ledger()).toEqual([]);
  });
});

describe("an answer to a charge, which is HTTP 200 whatever became of it", () => {
  const decline = { type: "decline", code: "2116" };

  it("with a payment that is paid is captured", async () => {
    world.worker();
    const subscribed = await subscribe(world);
    await untilCharges(world, subscribed.subscription.id, "captured");
    expect(await sentOf(subscribed)).toEqual([`${await firstOrderId(subscribed)} captured`]);
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it.each([
    { shape: "failed", told: "with a payment that failed", code: "2116" },
    { shape: "refused", told: "with a refusal that leaves no record", code: "-1" },
  ])("$told is a decline, followed by another order id", async ({ shape, code }) => {
    await turn({ declineShape: shape });
    await spoilCharge(world, decline);
    world.worker();
    const subscribed = await subscribe(world, { clockAt });
    const { subscription, testClockId = "" } = subscribed;
    const orderId = await firstOrderId(subscribed);
    await untilDeclined(subscribed);
    const [charge] = await chargesOf(world, subscription.id);
    expect(charge).toMatchObject({ failure_class: "soft_decline", failure_code: code });
    expect(await chargePayments(world)).toEqual([]);

    await advanceTo(world, testClockId, nextTryAt);
    await untilCharges(world, subscription.id, "captured");
    expect(await sentOf(subscribed)).toEqual([
      `${orderId} declined ${code}`,
      `${following(orderId)} captured`,
    ]);
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it.each(["before", "after"])(
    "with a text that nobody knows says nothing: it is looked up (%s the money moved)",
    async (when) => {
      const message = "처리 결과를 확인해 주세요.";
      await spoilCharge(world, { type: "error", code: "1", message, when });
      world.worker();
      const subscribed = await subscribe(world);
      const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
      expect(charge).toMatchObject({ declines: 0, generation: 0 });
      const orderId = charge?.order_id ?? "";
      expect(await sentOf(subscribed)).toEqual([
        ...(when === "before" ? [`${orderId} unknown 1`] : []),
        `${orderId} captured`,
      ]);
      expect(await chargePayments(world)).toHaveLength(1);
    },
  );
});

describe("an order id that PortOne refuses as used", () => {
  it("by an earlier send of ours is adopted at once, and noted", async () => {
    const subscribed = await subscribe(world);
    await chargeElsewhere(subscribed, await firstOrderId(subscribed));
    world.worker();
    const { subscription } = subscribed;
    const [charge] = await untilCharges(world, subscription.id, "captured");
    expect(charge).toMatchObject({ declines: 0, generation: 0, resends: 0 });
    expect(await chargePayments(world)).toHaveLength(1);
    expect(await world.control.requests("find_all")).toEqual([]); // Its own answer asked "find".
    const noted = await world.db.database.query("select code from observations");
    expect(noted).toEqual([{ code: "paid_by_earlier_send" }]);
  });

  it.each([
    { told: "of another customer's", amount: 9_900, isOther: true },
    { told: "of another amount", amount: 5_000, isOther: false },
  ])("by a payment $told goes to a person and pauses the connection", async (theirs) => {
    const subscribed = await subscribe(world, { clockAt });
    const other = await subscribe(world, { clockAt: "2026-03-02T01:00:01Z" });
    const payer = theirs.isOther ? other : subscribed;
    await chargeElsewhere(payer, await firstOrderId(subscribed), theirs.amount);
    world.worker();
    const [charge] = await untilCharges(world, subscribed.subscription.id, "in_review");
    expect(charge).toMatchObject({ review_reason: "mismatch", generation: 0 });
    expect((await connectionNow(world)).state).toBe("paused");
    const paid = await chargePayments(world);
    expect(paid.filter(({ orderId }) => orderId === charge?.order_id)).toHaveLength(1);
  });

  it("by a payment of ours that was given back is captured with its refund, never paid again", async () => {
    const subscribed = await subscribe(world);
    const paymentId = await chargeElsewhere(subscribed, await firstOrderId(subscribed));
    await world.control.post(`/portone/payments/${paymentId}/cancel`, {});
    world.worker();
    const { subscription } = subscribed;
    await untilCharges(world, subscription.id, "captured");
    const [books] = await world.db.database.query(
      "select refunded_minor::int as refunded from charges where subscription_id = $1",
      [subscription.id],
    );
    expect(books).toEqual({ refunded: 9_900 });
    const movements = (await world.control.ledger()).map(({ kind, amount }) => [kind, amount]);
    expect(movements).toEqual([
      ["payment", 9_900],
      ["refund", 9_900],
    ]);
  });

  it("by a decline that nobody heard of is decided by the record of that decline", async () => {
    await turn({ failedMerchantUidReusable: false });
    const subscribed = await subscribe(world, {
      clockAt,
      beforeCharge: () => spoilCharge(world, { type: "decline", code: "2116" }),
    });
    const orderId = await firstOrderId(subscribed);
    await sendAndDie();
    world.worker();
    await untilDeclined(subscribed);
    await advanceTo(world, subscribed.testClockId ?? "", nextTryAt);
    await untilCharges(world, subscribed.subscription.id, "captured");
    expect(await sentOf(subscribed)).toEqual([
      `${orderId} declined 2116`,
      `${following(orderId)} captured`,
    ]);
    expect(await chargePayments(world)).toHaveLength(1);
  });

  /**
   * The id stays, because no decline is counted; PortOne answers it with "used" and no payment, so that
   * the resends run out. Safe, but it waits for a person. Toss does the same; see declines.test.ts.
   */
  it.fails("by maintenance, which counts as no decline, is paid after it", async () => {
    await turn({ failedMerchantUidReusable: false });
    await spoilCharge(world, { type: "decline", code: "MaintenanceOngoing" });
    world.worker();
    const { subscription } = await subscribe(world);
    const charge = await eventually("the end of it", async () => {
      const [first] = await chargesOf(world, subscription.id);
      return (first?.status === "captured" || first?.status === "in_review") && first;
    });
    expect(charge.status).toBe("captured");
  });
});

describe("a PortOne that pays one order id twice", () => {
  it("has its connection stopped, which names both payments", async () => {
    await turn({ paysOneMerchantUidTwice: true });
    const subscribed = await subscribe(world);
    await chargeElsewhere(subscribed, await firstOrderId(subscribed));
    await spoilCharge(world, { type: "close_after" });
    world.worker();
    const [charge] = await untilCharges(world, subscribed.subscription.id, "in_review");
    expect(charge).toMatchObject({ review_reason: "mismatch" });
    const { pausedReason, state } = await connectionNow(world);
    expect(state).toBe("paused");
    const payments = await chargePayments(world);
    expect(payments).toHaveLength(2);
    for (const { paymentId } of payments) expect(pausedReason).toContain(paymentId);
  });
});

describe("a failed record that is newer than the payment under its order id", () => {
  it("and was answered is a decline, until the next try finds the payment and adopts it", async () => {
    await spoilCharge(world, { type: "pay_then_fail" });
    world.worker();
    const subscribed = await subscribe(world, { clockAt });
    const orderId = await firstOrderId(subscribed);
    await untilDeclined(subscribed);
    await advanceTo(world, subscribed.testClockId ?? "", nextTryAt);
    await untilCharges(world, subscribed.subscription.id, "captured");
    const payments = await chargePayments(world);
    expect(payments.map((paid) => paid.orderId)).toEqual([orderId]);
    expect(await world.control.requests("again")).toHaveLength(1);
    expect(await statusOf(world, subscribed.subscription.id)).toBe("active");
  });

  it("does not hide it from the look-up of a lost answer", async () => {
    const subscribed = await subscribe(world, { clockAt });
    await spoilCharge(world, { type: "pay_then_fail" });
    await sendAndDie();
    world.worker();
    const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
    expect(charge).toMatchObject({ declines: 0, generation: 0, resends: 0 });
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("a payment that is refunded in part, where PortOne calls that", () => {
  it.each(["cancelled", "paid"])(
    "%s, has given back what its cancel_amount says",
    async (partialCancelStatus) => {
      await turn({ partialCancelStatus });
      world.worker();
      const charge = await paidCharge(world);
      const part = await askForRefund(world, charge, 4_000);
      await untilRefund(world, charge, part, "refunded");
      expect(await recordFound(world.engine, world, charge)).toBe("nothing new was refunded");
      expect(await notify(world, charge)).toBe("nothing new was refunded");
      expect(await linesOf(world, charge)).toEqual(["maedal 4000 refunded"]);
      await expectBooksToMatch(world, charge);

      const rest = await askForRefund(world, charge);
      await untilRefund(world, charge, rest, "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([4_000, 6_000]);
      await expectBooksToMatch(world, charge);
    },
  );
});

describe("an access token that ends before a charge", () => {
  it("is renewed within the charge, which is made once", async () => {
    const subscribed = await subscribe(world);
    const { connection, engine } = world;
    const gateway = await engine.gateways.of(engine.database, connection);
    await gateway.lookUpByOrderId("NONE"); // Brings the token that is about to end.
    await world.control.post("/clock", { by: "PT31M" });
    const claims = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
    for (const claim of claims) {
      await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
    }
    expect(await sentOf(subscribed)).toEqual([`${await firstOrderId(subscribed)} captured`]);
    expect(await world.control.requests("again")).toHaveLength(2); // The first was refused: 401.
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("and cannot be renewed leaves the charge unsent: no decline, no look-up, later again", async () => {
    const subscribed = await subscribe(world);
    await spoil(world, { operation: "token", action: { type: "close_before" } });
    world.worker();
    const [charge] = await untilCharges(world, subscribed.subscription.id, "captured");
    expect(charge).toMatchObject({ declines: 0, generation: 0, resends: 0 });
    expect(await world.control.requests("find_all")).toEqual([]);
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("a sender that falls asleep while it gets its access token", () => {
  it.each([
    { when: "the first", elapsed: "PT0S" },
    { when: "another, because the one it had was refused,", elapsed: "PT31M" },
  ])("is too late for its charge when it wakes with $when: not sent", async ({ elapsed }) => {
    const subscribed = await subscribe(world);
    const { connection, engine } = world;
    let asleepMs = 0;
    const { clock: real, random } = engine.effects;
    const clock = { ...real, monotonicMs: () => real.monotonicMs() + asleepMs };
    const sender = createHttpSender();
    const drowsy: HttpSender = {
      close: () => sender.close(),
      async send(request) {
        const answer = await sender.send(request);
        if (request.url.includes("getToken") && isLate) asleepMs += 45 * 60_000;
        return answer;
      },
    };
    let isLate = elapsed === "PT0S";
    try {
      const gateways = createGateways(engine.keys, { sender: drowsy, random, clock: real });
      const own = { ...engine, gateways, effects: { ...engine.effects, clock } };
      const gateway = await gateways.of(own.database, connection);
      if (!isLate) await gateway.lookUpByOrderId("NONE"); // Brings the token that is about to end.
      isLate = true;
      await world.control.post("/clock", { by: elapsed });
      const claims = await claimCharges(own, connection, gateway.capabilities, "real", 1);
      for (const claim of claims) {
        await recordOutcomes(own, [await sendCharge(own, connection, gateway, claim)]);
      }
    } finally {
      await sender.close();
    }
    expect(await sentOf(subscribed)).toEqual([
      `${await firstOrderId(subscribed)} not_sent not_sent`,
    ]);
    expect(await chargePayments(world)).toEqual([]);
  });
});

describe("a key that was deleted in PortOne's console", () => {
  it("is dead with the next charge, and the customer is asked for a new method", async () => {
    const { connection, engine, patient } = world;
    const subscribed = await subscribe(world, { clockAt });
    const { billingKey } = subscribed.key;
    const gateway = await patient.of(engine.database, connection);
    await gateway.deleteBillingKey({ billingKey });
    world.worker();
    const [charge] = await untilCharges(world, subscribed.subscription.id, "failed");
    expect(charge).toMatchObject({ failure_class: "billing_key_invalid", declines: 1 });
    const [row] = await world.db.database.query(
      `select k.status, s.method_required as "methodRequired" from billing_keys k, subscriptions s
       where k.id = $1 and s.id = $2`,
      [subscribed.key.id, subscribed.subscription.id],
    );
    expect(row).toEqual({ status: "dead", methodRequired: true });
    expect(await chargePayments(world)).toEqual([]);
  });
});
