/**
 * Notifications as the emulated Toss Payments sends them over HTTP, each open question both ways:
 * the reader names the same key or payment, whatever else a delivery carries.
 */
import type { Notification } from "@maedal/gateways";
import { readTossWebhook } from "@maedal/gateways/toss";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { newOrder, register } from "./customers.ts";
import { refundOf } from "./orders.ts";
import { errorOf, type ReceivedNotification } from "./provider-under-test.ts";
import { startTossProvider } from "./toss-provider.ts";

const transfers = await startTossProvider("TRANSFER");
const cards = await startTossProvider("CARD");
afterAll(async () => {
  await transfers.stop();
  await cards.stop();
});
beforeEach(async () => {
  await transfers.reset();
  await cards.reset();
});

const { gateway } = transfers;

function read({ body, headers }: ReceivedNotification): Notification {
  const notification = gateway.readNotification(body, headers);
  if (notification === "unreadable") throw new Error(`This should be readable: ${body}`);
  return notification;
}

function createdAt(notification: Notification): Temporal.Instant {
  const at = notification.kind === "ignored" ? undefined : notification.createdAt;
  if (at === undefined) throw new Error("This notification should say when it was made.");
  return at;
}

const byNumber = (a: number, b: number) => a - b;

describe("createdAtFractionDigits", () => {
  it.each([
    [0, /T\d\d:\d\d:\d\d$/],
    [3, /\.\d{3}$/],
    [5, /\.\d{5}$/],
    [6, /\.\d{6}$/],
  ])("%i: the time is read as Korean time", async (createdAtFractionDigits, form) => {
    await transfers.turn({ createdAtFractionDigits });
    const { secret } = await register(transfers);
    const [received] = await transfers.notificationsOf(() => gateway.deleteBillingKey(secret));
    if (received === undefined) throw new Error("A notification was expected.");
    const { createdAt: sent } = JSON.parse(received.body) as { createdAt: string };
    expect(sent).toMatch(form);
    expect(read(received)).toEqual({
      kind: "billing_key_deleted",
      billingKey: secret.billingKey,
      reason: expect.any(String),
      createdAt: Temporal.Instant.from(`${sent}+09:00`),
      deliveryId: received.headers["tosspayments-webhook-transmission-id"],
    });
  });
});

describe("billingDeletedReason", () => {
  const reasonsOf = async (act: (billingKey: string) => Promise<unknown>) => {
    const { secret } = await register(transfers);
    const received = await transfers.notificationsOf(() => act(secret.billingKey));
    return received
      .map(read)
      .map((each) =>
        each.kind === "billing_key_deleted"
          ? { billingKey: each.billingKey === secret.billingKey, reason: each.reason }
          : each,
      );
  };
  const withdrawn = (billingKey: string) =>
    transfers.control.post("/toss/withdrawals", { billingKey });
  const deleted = (billingKey: string) =>
    gateway.deleteBillingKey({ billingKey, customerKey: "not-asked-for" });

  it.each([
    [true, "퀵계좌이체 탈퇴", "API를 통한 삭제"],
    [false, undefined, undefined],
  ])("%s: the key is named, by withdrawal and by our own deletion", async (isSent, left, ours) => {
    await transfers.turn({ billingDeletedReason: isSent });
    expect(await reasonsOf(withdrawn)).toEqual([{ billingKey: true, reason: left }]);
    expect(await reasonsOf(deleted)).toEqual([{ billingKey: true, reason: ours }]);
  });
});

describe("billingDeletedForCards", () => {
  it.each([
    [true, ["billing_key_deleted"]],
    [false, []],
  ])("%s: a deleted card key is dead, told or not", async (billingDeletedForCards, kinds) => {
    await cards.turn({ billingDeletedForCards });
    const order = await newOrder(cards);
    const received = await cards.notificationsOf(() =>
      cards.gateway.deleteBillingKey(order.secret),
    );
    expect(received.map(read).map(({ kind }) => kind)).toEqual(kinds);
    const { failure } = await errorOf(cards.gateway.chargeBillingKey(order));
    expect(failure).toBe("billing_key_invalid");
  });
});

describe("paymentStatusChangedOnCancel", () => {
  it.each([true, false])("%s: a refund is found by the look-up, told or not", async (isSent) => {
    await transfers.turn({ paymentStatusChangedOnCancel: isSent });
    const order = await newOrder(transfers);
    const payment = await gateway.chargeBillingKey(order);
    const { paymentId } = payment;
    const received = await transfers.notificationsOf(() => gateway.refund(refundOf(payment)));
    const told = {
      kind: "payment_changed",
      paymentId,
      orderId: order.orderId,
      createdAt: expect.any(Temporal.Instant),
      deliveryId: expect.stringMatching(/^whtrans_/),
    };
    expect(received.map(read)).toEqual(isSent ? [told] : []);
    const after = await gateway.lookUpByPaymentId(paymentId);
    expect(after === "not_found" ? after : after.refundedMinor).toBe(payment.amount?.amountMinor);
  });

  it("has no counterpart for a charge: nothing tells that one was paid", async () => {
    const order = await newOrder(transfers);
    const received = await transfers.notificationsOf(() => gateway.chargeBillingKey(order));
    expect(received).toEqual([]);
  });
});

describe("webhookTransmissionId", () => {
  it.each([
    ["stable", 1],
    ["new", 2],
  ])("%s: a repeated delivery says the same of the key", async (webhookTransmissionId, ids) => {
    await transfers.turn({ webhookTransmissionId });
    const { secret } = await register(transfers);
    const received = await transfers.notificationsTo([500], "PT2M", () =>
      gateway.deleteBillingKey(secret),
    );
    const [first, second] = received.map(read);
    expect(received).toHaveLength(2);
    expect(second).toEqual({ ...first, deliveryId: second?.deliveryId });
    expect(new Set([first?.deliveryId, second?.deliveryId]).size).toBe(ids);
    const tries = received.map(({ body, headers }) => {
      const webhook = readTossWebhook(body, headers);
      return webhook === "unreadable" ? webhook : webhook.delivery;
    });
    const transmittedAt = expect.any(Temporal.Instant);
    expect(tries).toEqual([
      { transmissionId: first?.deliveryId, retriedCount: 0, transmittedAt },
      { transmissionId: second?.deliveryId, retriedCount: 1, transmittedAt },
    ]);
  });
});

describe("webhookOrder", () => {
  const twoDeletions = async (webhookOrder: string) => {
    await transfers.turn({ webhookOrder });
    const keys = [(await register(transfers)).secret, (await register(transfers)).secret];
    const received = await transfers.notificationsOf(async () => {
      for (const key of keys) await gateway.deleteBillingKey(key);
    });
    const names = new Map(keys.map(({ billingKey }, index) => [billingKey, index + 1]));
    const notifications = received.map(read);
    const order = notifications.map((each) =>
      each.kind === "billing_key_deleted" ? (names.get(each.billingKey) ?? 0) : 0,
    );
    return { order, notifications };
  };

  it("normal: each comes once", async () => {
    expect((await twoDeletions("normal")).order.toSorted(byNumber)).toEqual([1, 2]);
  });

  it("duplicate: a second copy says the same, delivery id included", async () => {
    const { order, notifications } = await twoDeletions("duplicate");
    expect(order.toSorted(byNumber)).toEqual([1, 1, 2, 2]);
    expect(new Set(notifications.map(({ deliveryId }) => deliveryId)).size).toBe(2);
    expect(new Set(notifications.map((each) => JSON.stringify(each))).size).toBe(2);
  });

  it("out_of_order: the later one comes first, and its time says so", async () => {
    const { order, notifications } = await twoDeletions("out_of_order");
    expect(order).toEqual([2, 1]);
    const [later, earlier] = notifications.map(createdAt);
    expect(Temporal.Instant.compare(later ?? "", earlier ?? "")).toBeGreaterThanOrEqual(0);
  });
});
