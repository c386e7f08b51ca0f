import { money } from "@maedal/gateways";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { noteLatePayment } from "../../src/charges/late-payment.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import {
  startNotificationReceiver,
  type NotificationReceiver,
} from "../gateways/notification-receiver.ts";
import type { Fault } from "../support/emulator-control.ts";
import { spoil, spoilCharge, spoilLookUp } from "../support/provider-terms.ts";
import { expectBooksToMatch, linesOf, paidCharge } from "../support/refund-world.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  statusOf,
  subscribe,
  testWindows,
  untilCharges,
  type Subscribed,
  type World,
  type WorldOptions,
} from "../support/world.ts";

let world: World;
let receiver: NotificationReceiver;
/** Of the receiver's notices, how many the server was handed. */
let handedOver: number;
afterEach(async () => {
  await receiver.stop();
  await world.stop();
});

async function setUp(options: WorldOptions = {}): Promise<void> {
  world = await createWorld({ ...options, provider: "portone" });
  receiver = await startNotificationReceiver();
  handedOver = 0;
}

const clockAt = "2026-03-02T01:00:00Z";
const nextTryAt = "2026-03-03T02:00:00Z";

/** From now on PortOne tells us what it does. */
async function listen(): Promise<void> {
  await world.control.post("/webhooks", { provider: "portone", url: receiver.url });
}

/** PortOne's time passes, and what it told us meanwhile reaches our server. */
async function pass(by: string): Promise<string[]> {
  await world.control.post("/clock", { by });
  const told = receiver.received.slice(handedOver);
  handedOver = receiver.received.length;
  for (const notice of told) await receiveNotification(world.engine, world.connection, notice);
  await processNotifications(world.engine);
  return told.map(({ body }) => body);
}

/** Somebody sends us these bytes. */
async function hear(body: string): Promise<"stored" | "duplicate"> {
  const heard = await receiveNotification(world.engine, world.connection, { body, headers: {} });
  await processNotifications(world.engine);
  return heard;
}

const notice = (impUid: string, merchantUid: string, status: string) =>
  JSON.stringify({ imp_uid: impUid, merchant_uid: merchantUid, status });

/** What came of each notice, oldest first: `processed note`. */
async function notes(): Promise<string[]> {
  const rows = await world.db.database.query<{ told: string }>(
    `select status || coalesce(' ' || note, '') as told from inbound_notifications
     order by received_at, id`,
  );
  return rows.map(({ told }) => told);
}

/** Notices that were kept are acted on once more, as after a while. */
async function actOnKeptNotices(): Promise<void> {
  await world.db.database.execute(
    "update inbound_notifications set process_after = protocol_now() where status = 'received'",
  );
  await processNotifications(world.engine);
}

/** The first charge is declined so, as far as anybody knows; no worker runs afterwards. */
async function declinedBy(action: Fault["action"]): Promise<Subscribed> {
  await spoilCharge(world, action);
  const worker = world.worker();
  const subscribed = await subscribe(world, { clockAt });
  await eventually("the decline", async () => {
    const [charge] = await chargesOf(world, subscribed.subscription.id);
    return charge?.status === "scheduled" && charge.declines === 1;
  });
  await worker.stop();
  return subscribed;
}

interface PaymentRecord {
  readonly impUid: string;
  readonly orderId: string;
}

/** PortOne's record of the first order that it was sent. */
async function firstRecord(): Promise<PaymentRecord> {
  const [attempt] = await world.db.database.query<{ order_id: string }>(
    "select order_id from attempts order by n",
  );
  const orderId = attempt?.order_id ?? "";
  const path = `/portone/payments?merchantUid=${orderId}`;
  const answer = await fetch(new URL(path, world.emulator.ready.control));
  const [record] = (await answer.json()) as { impUid: string }[];
  return { impUid: record?.impUid ?? "", orderId };
}

async function eventTypes(): Promise<string[]> {
  const rows = await world.db.database.query<{ type: string }>("select type from events");
  return rows.map(({ type }) => type);
}

/** Charges this key under an order id that is none of ours. */
async function chargeForSomethingElse({ key }: Subscribed, orderId: string): Promise<string> {
  const { connection, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  const { paymentId } = await gateway.chargeBillingKey({
    secret: { billingKey: key.billingKey },
    orderId,
    orderName: "머그컵",
    amount: money(12_000, "KRW"),
    idempotencyKey: "",
  });
  return paymentId;
}

describe("a webhook, which anybody can send", () => {
  beforeEach(() => setUp());

  it.each(["failed", "cancelled", "ready", "paid"])(
    "that calls a paid charge %s changes nothing: PortOne is asked",
    async (status) => {
      const charge = await paidCharge(world);
      await hear(notice(charge.paymentId, charge.orderId, status));
      expect(await notes()).toEqual(["processed nothing new was refunded"]);
      expect(await chargesOf(world, charge.subscriptionId)).toMatchObject([
        { status: "captured", order_id: charge.orderId },
      ]);
      await expectBooksToMatch(world, charge);
    },
  );

  it("that calls a declined charge paid changes nothing", async () => {
    const { subscription } = await declinedBy({ type: "decline", code: "2116" });
    const before = await chargesOf(world, subscription.id);
    const { impUid, orderId } = await firstRecord();
    await hear(notice(impUid, orderId, "paid"));
    expect(await notes()).toEqual([`processed payment ${impUid} is failed`]);
    expect(await chargesOf(world, subscription.id)).toEqual(before);
  });

  it("about an order of another system on the same account is none of ours", async () => {
    const subscribed = await subscribe(world);
    const impUid = await chargeForSomethingElse(subscribed, "SHOP-1");
    await hear(notice(impUid, "SHOP-1", "paid"));
    await hear(notice(impUid, "SHOP-1", "paid"));
    const told = `it charged billing key ${subscribed.key.id}`;
    expect(await notes()).toEqual([`processed it is no payment of ours: ${told}`]);
    const events = (await eventTypes()).filter((type) => type.endsWith("charged_elsewhere"));
    expect(events).toHaveLength(1);
  });

  it("that names our order and another payment is judged by that payment's own order", async () => {
    const subscribed = await subscribe(world);
    const [charge] = await chargesOf(world, subscribed.subscription.id);
    const impUid = await chargeForSomethingElse(subscribed, "SHOP-1");
    await hear(notice(impUid, charge?.order_id ?? "", "paid"));
    const told = `it charged billing key ${subscribed.key.id}`;
    expect(await notes()).toEqual([`processed it is no payment of ours: ${told}`]);
    expect(await chargesOf(world, subscribed.subscription.id)).toEqual([charge]);
  });

  it("about a payment that there is not is forgotten when it has not shown up for a while", async () => {
    const { subscription } = await subscribe(world);
    const [charge] = await chargesOf(world, subscription.id);
    await hear(notice("imp_999999999999", charge?.order_id ?? "", "paid"));
    expect(await notes()).toEqual(["received"]);
    for (let tries = 1; tries < 6; tries += 1) await actOnKeptNotices();
    expect(await notes()).toEqual(["processed the provider knows no such payment"]);
    expect(await chargesOf(world, subscription.id)).toEqual([charge]);
  });

  it.each([
    notice("../subscribe/customers", "M-1", "paid"),
    notice("imp_1", "M-1", "refund-me"),
    "imp_uid=&status=paid",
    "[]",
    "",
  ])("that is not PortOne's is called unreadable, and nobody is asked: %s", async (body) => {
    await hear(body);
    expect(await notes()).toEqual(["unreadable the bytes are no notification of this provider"]);
    expect(await world.control.requests("payments")).toEqual([]);
  });

  it("that comes twice is one, and is looked into again, because it names no delivery", async () => {
    const charge = await paidCharge(world);
    const { orderId, paymentId } = charge;
    await hear(notice(paymentId, orderId, "paid"));
    const lookUps = await world.control.requests("payments");
    expect(await hear(notice(paymentId, orderId, "paid"))).toBe("stored");
    expect(await notes()).toHaveLength(1);
    expect((await world.control.requests("payments")).length).toBeGreaterThan(lookUps.length);
    expect(await linesOf(world, charge)).toEqual([]);
  });
});

describe("a webhook that is acted on while its charge gets the payment", () => {
  it("is not taken for a payment of somebody else's", async () => {
    await setUp();
    const charge = await paidCharge(world);
    const { connection, engine, patient } = world;
    const gateway = await patient.of(engine.database, connection);
    const found = await gateway.lookUpByPaymentId(charge.paymentId);
    if (found === "not_found") throw new Error("there is no payment");
    // As after a first look that came too early to see the charge with its payment.
    const { detail } = await engine.database.transaction((tx) =>
      noteLatePayment(tx, engine, connection, found),
    );
    expect(detail).toBe(
      `payment ${charge.paymentId} needs nothing: its order ${charge.orderId} is ours`,
    );
  });
});

describe("a refund in PortOne's console", () => {
  it.each([
    { webhookFormat: "json", begins: '{"imp_uid":"' },
    { webhookFormat: "form", begins: "imp_uid=" },
  ])("is booked when its webhook comes as $webhookFormat", async ({ webhookFormat, begins }) => {
    await setUp();
    const charge = await paidCharge(world);
    await world.control.post("/settings", { provider: "portone", webhookFormat });
    await listen();
    await world.control.post(`/portone/payments/${charge.paymentId}/cancel`, { amount: 3_000 });
    const told = await pass("PT1S");
    expect(told.map((body) => body.startsWith(begins))).toEqual([true]);
    expect(await linesOf(world, charge)).toEqual(["provider 3000 refunded"]);
    await expectBooksToMatch(world, charge);
  });
});

describe("a webhook of a charge whose answer was lost", () => {
  it("has it looked up at once", async () => {
    // Without the hint the first look-up would be tomorrow's.
    await setUp({ windows: { ...testWindows, lookUpLadderMs: [86_400_000, 86_400_000] } });
    await spoilCharge(world, { type: "close_after" });
    await listen();
    world.worker();
    const { subscription } = await subscribe(world);
    await untilCharges(world, subscription.id, "reconciling");
    await pass("PT1S");
    await untilCharges(world, subscription.id, "captured");
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("a webhook that comes before the answer to its charge", () => {
  it("leaves the charge to its answer", async () => {
    await setUp();
    const { subscription } = await subscribe(world);
    const { connection, engine } = world;
    const gateway = await engine.gateways.of(engine.database, connection);
    const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
    if (claim === undefined) throw new Error("nothing was claimed");
    await listen();
    const answered = await sendCharge(engine, connection, gateway, claim);
    await pass("PT1S");
    const { id } = claim.charge;
    expect(await notes()).toEqual([`processed charge ${id} is on its way, and this is its order`]);
    await recordOutcomes(engine, [answered]);
    expect(await chargesOf(world, subscription.id)).toMatchObject([{ status: "captured" }]);
    expect((await connectionNow(world)).state).toBe("active");
  });
});

/** Documented of Paymentwall: a payment that failed is approved later, and a webhook tells. */
describe("a payment that is reported as failed and approved an hour later", () => {
  async function declinedAtFirst(): Promise<Subscribed> {
    await listen();
    return await declinedBy({ type: "late_success", afterSeconds: 3_600 });
  }

  beforeEach(() => setUp());

  it("while the charge waits for its next try is adopted at once, and not tried again", async () => {
    const { subscription } = await declinedAtFirst();
    await pass("PT2H");
    expect((await notes()).at(-1)).toBe("received"); // Kept, until it is seen what became of it.
    const worker = world.worker();
    const [charge] = await untilCharges(world, subscription.id, "captured");
    await worker.stop();
    expect(charge).toMatchObject({ declines: 1 });
    expect(await statusOf(world, subscription.id)).toBe("active");
    expect(await chargePayments(world)).toHaveLength(1);
    expect(await world.control.requests("again")).toHaveLength(1);
    await actOnKeptNotices();
    expect((await notes()).at(-1)).toBe("processed nothing new was refunded");
  });

  it("when the subscription ends before it is adopted is told to the merchant, and booked", async () => {
    const { subscription } = await declinedAtFirst();
    const { accountId, engine } = world;
    await pass("PT2H");
    await cancelSubscription(engine, { accountId, subscriptionId: subscription.id, when: "now" });
    expect(await eventTypes()).not.toContain("charge.paid_after_the_end");
    await actOnKeptNotices();
    expect(await eventTypes()).toContain("charge.paid_after_the_end");
    const charges = await chargesOf(world, subscription.id);
    expect(charges.map(({ status }) => status)).toEqual(["canceled", "captured"]);
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("after the charge was paid under its next order id stops the connection", async () => {
    const { subscription, testClockId = "" } = await declinedAtFirst();
    const worker = world.worker();
    await advanceTo(world, testClockId, nextTryAt);
    await untilCharges(world, subscription.id, "captured");
    await worker.stop();
    await pass("PT2H");
    await expectPaidTwice();
  });

  it("while its next order id is on its way is not forgotten: the outcome decides", async () => {
    const { subscription, testClockId = "" } = await declinedAtFirst();
    await spoilCharge(world, { type: "close_after" });
    // The earlier order id is looked up before the charge is sent; nothing is answered afterwards.
    await spoilLookUp(world, { type: "outage" }, { times: null, skip: 1 });
    const worker = world.worker();
    const advanced = advanceTo(world, testClockId, nextTryAt);
    await untilCharges(world, subscription.id, "reconciling");
    await worker.stop();
    await pass("PT2H");
    expect((await notes()).at(-1)).toBe("received");
    await world.control.clearFaults();
    const another = world.worker();
    await untilCharges(world, subscription.id, "captured");
    await advanced;
    await another.stop();
    await actOnKeptNotices();
    await expectPaidTwice();
  });

  /** Of two order ids: nothing could have prevented it, and nothing hides it. */
  async function expectPaidTwice(): Promise<void> {
    const payments = await chargePayments(world);
    expect(payments).toHaveLength(2);
    const late = payments.find(({ orderId }) => orderId.endsWith("0"));
    const { pausedReason, state } = await connectionNow(world);
    expect(state).toBe("paused");
    expect(pausedReason).toContain(late?.paymentId);
    expect(await eventTypes()).toContain("charge.paid_twice");
  }

  /** PortOne's notices have no id of their own: the late one has the same bytes as one before it. */
  it("is looked up although somebody said so before it was true", async () => {
    await declinedAtFirst();
    const { impUid, orderId } = await firstRecord();
    await hear(notice(impUid, orderId, "paid"));
    const lookUps = await world.control.requests("payments");
    await pass("PT2H");
    expect((await world.control.requests("payments")).length).toBeGreaterThan(lookUps.length);
  });
});

describe("a payment that is approved late, after its charge was given up", () => {
  beforeEach(async () => {
    await setUp();
    await spoilCharge(world, { type: "late_success", afterSeconds: 3_600 });
    await listen();
    const worker = world.worker({ ...world.engine, dunning: { retryDelays: [] } });
    const { subscription } = await subscribe(world);
    await untilCharges(world, subscription.id, "failed");
    await worker.stop();
  });

  it("is told to the merchant, and is nobody's to take back by itself", async () => {
    await pass("PT2H");
    expect(await eventTypes()).toContain("charge.paid_after_the_end");
    expect((await connectionNow(world)).state).toBe("active");
    const movements = (await world.control.ledger()).map(({ kind }) => kind);
    expect(movements).toEqual(["payment"]);
  });

  it("is told although PortOne did not show it yet when its webhook came", async () => {
    const hidden = { operation: "payments", action: { type: "stale_lookup" } };
    await spoil(world, hidden);
    await pass("PT2H");
    await actOnKeptNotices();
    expect(await eventTypes()).toContain("charge.paid_after_the_end");
  });
});
