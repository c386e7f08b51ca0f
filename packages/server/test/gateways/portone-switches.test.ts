/**
 * What the documents of PortOne V1 leave open, each way of it: whatever PortOne does, the client adopts
 * the money that moved, takes nothing else for money, and opens the right window.
 */
import type { ProviderTransaction } from "@maedal/gateways";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { exchange, newOrder, register } from "./customers.ts";
import {
  capturedPayment,
  found,
  newOrderId,
  orderOf,
  paymentOf,
  refundOf,
  usualAmount,
} from "./orders.ts";
import { startPortOneProvider } from "./portone-provider.ts";
import { errorOf, withoutExchange } from "./provider-under-test.ts";

const chai = await startPortOneProvider("chai");
const kakaopay = await startPortOneProvider("kakaopay");
afterAll(async () => {
  await chai.stop();
  await kakaopay.stop();
});
beforeEach(async () => {
  await chai.reset();
  await kakaopay.reset();
});

const { gateway } = chai;
const fields = gateway.capabilities.lookUpFields;

describe("declineShape and declineText", () => {
  const words = [
    ["OVER_LIMIT", "soft_decline"],
    ["INSUFFICIENT_BALANCE", "soft_decline"],
    ["LOST", "hard_decline"],
    ["EXPIRED", "hard_decline"],
    ["STOPPED", "hard_decline"],
    ["CONTRACT", "configuration"],
    ["8901", "configuration"],
    ["2116", "soft_decline"],
    ["3112", "soft_decline"],
    ["BANK_MAINTENANCE", "soft_decline"],
    ["MaintenanceOngoing", "outage"],
    ["UNHEARD_OF", "soft_decline"],
  ] as const;

  it.each(
    (["failed", "refused"] as const).flatMap((declineShape) =>
      (["bracketed", "sentence", "prefixed"] as const).map(
        (declineText) => [declineShape, declineText] as const,
      ),
    ),
  )("%s, %s: a decline has the class of its cause, and moves nothing", async (shape, text) => {
    await chai.turn({ declineShape: shape, declineText: text });
    const { secret } = await register(chai);
    for (const [code, failure] of words) {
      const order = orderOf(chai, secret);
      await chai.fault("again", { type: "decline", code });
      expect([code, (await errorOf(gateway.chargeBillingKey(order))).failure]).toEqual([
        code,
        failure,
      ]);
      const record = await found(chai, order.orderId);
      expect(record === "not_found" ? record : record.state).toBe(
        shape === "failed" ? "failed" : "not_found",
      );
      expect(await chai.movements({ orderId: order.orderId })).toEqual([]);
    }
  });
});

describe("endedKey", () => {
  it.each(["declined", "unknown"])(
    "%s: a key that PortOne has is declined for good",
    async (way) => {
      await chai.turn({ endedKey: way });
      const order = await newOrder(chai);
      await chai.withdraw?.(order.secret.billingKey);
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("hard_decline");
    },
  );
});

describe("refusalStatus", () => {
  it.each([200, 400, 404, 409])("%i: a paid order id is not paid again", async (refusalStatus) => {
    await chai.turn({ refusalStatus });
    const order = await newOrder(chai);
    const { paymentId } = await gateway.chargeBillingKey(order);
    const again = await gateway.chargeBillingKey(order).then(
      (payment) => payment.paymentId,
      (error: unknown) => (error as { failure: string }).failure,
    );
    expect(again).toBe(refusalStatus === 409 ? "outcome_unknown" : paymentId);
    expect(await chai.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it.each([200, 400, 404, 409])("%i: an unknown key moves nothing", async (refusalStatus) => {
    await chai.turn({ refusalStatus });
    const order = orderOf(chai, { billingKey: newOrderId() });
    const { failure } = await errorOf(gateway.chargeBillingKey(order));
    expect(failure).toBe(refusalStatus === 409 ? "outcome_unknown" : "billing_key_invalid");
    expect(await found(chai, order.orderId)).toBe("not_found");
  });
});

describe("failedMerchantUidReusable", () => {
  it("off: an id that failed is unknown, and found as failed", async () => {
    await chai.turn({ failedMerchantUidReusable: false });
    const order = await newOrder(chai);
    await chai.spoil("charge", "soft_decline");
    await errorOf(gateway.chargeBillingKey(order));
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
    expect((await paymentOf(chai, order.orderId)).state).toBe("failed");
  });

  it("on: it is paid, and the payment is found, whatever failed before or after it", async () => {
    const order = await newOrder(chai);
    await chai.spoil("charge", "soft_decline");
    await errorOf(gateway.chargeBillingKey(order));
    const { paymentId } = await gateway.chargeBillingKey(order);
    expect(await found(chai, order.orderId)).toTell({
      ...capturedPayment(order, fields),
      paymentId,
    });
  });
});

describe("a payment that a newer failed record hides", () => {
  it("answers a decline and is found paid, so an id is looked up before another is sent", async () => {
    const order = await newOrder(chai);
    await chai.fault("again", { type: "pay_then_fail" });
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("soft_decline");
    expect(await found(chai, order.orderId)).toTell(capturedPayment(order, fields));
    expect(await chai.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("a payment that is approved after it was answered as failed", () => {
  it("is found paid once it is", async () => {
    const order = await newOrder(chai);
    await chai.fault("again", { type: "late_success", afterSeconds: 60 });
    await errorOf(gateway.chargeBillingKey(order));
    await chai.wait("PT61S");
    expect(await found(chai, order.orderId)).toTell(capturedPayment(order, fields));
  });
});

describe("paysOneMerchantUidTwice", () => {
  it("on: the look-up tells a mismatch, and the list of movements shows both", async () => {
    await chai.turn({ paysOneMerchantUidTwice: true });
    const order = await newOrder(chai);
    const first = await gateway.chargeBillingKey(order);
    const second = await gateway.chargeBillingKey(order);
    expect(second.paymentId).not.toBe(first.paymentId);
    const { failure, message } = await errorOf(gateway.lookUpByOrderId(order.orderId));
    expect(failure).toBe("mismatch");
    expect(message).toContain(first.paymentId);
    expect(message).toContain(second.paymentId);
    const from = first.requestedAt;
    if (from === undefined) throw new Error("A payment says when it was requested.");
    const listed: ProviderTransaction[] = [];
    for await (const each of gateway.listTransactions?.({ from, to: from.add({ hours: 1 }) }) ??
      []) {
      listed.push(each);
    }
    expect(listed.map(({ paymentId }) => paymentId)).toEqual([first.paymentId, second.paymentId]);
  });
});

describe("issuanceStatus", () => {
  it.each(["paid", "ready"])("%s: the key itself tells that it was issued", async (way) => {
    for (const provider of [chai, kakaopay]) {
      await provider.turn({ issuanceStatus: way });
      const { secret, payment } = await register(provider);
      expect(payment).toBe(undefined);
      const order = orderOf(provider, secret);
      expect((await provider.gateway.chargeBillingKey(order)).state).toBe("captured");
    }
  });
});

describe("abandonedStatus", () => {
  it.each([
    ["failed", "soft_decline"],
    ["ready", "outcome_unknown"],
  ])("%s: a window that the customer left brings no key (%s)", async (abandonedStatus, failure) => {
    await chai.turn({ abandonedStatus });
    const left = await chai.customer.leaveWindow?.();
    if (left === undefined) throw new Error("Customers of PortOne can leave.");
    expect(left.said.failure?.isCanceled).toBe(true);
    expect((await errorOf(exchange(gateway, left.handle))).failure).toBe(failure);
  });
});

describe("redirectParameters", () => {
  it.each(["imp_success", "success", "ids", "merchant_uid", "lying"])(
    "%s: the key is registered, whatever the browser says",
    async (redirectParameters) => {
      for (const provider of [chai, kakaopay]) {
        await provider.turn({ redirectParameters });
        const { secret } = await register(provider);
        const payment = await provider.gateway.chargeBillingKey(orderOf(provider, secret));
        expect(payment.state).toBe("captured");
      }
    },
  );
});

describe("partialCancelStatus", () => {
  it.each(["cancelled", "paid"])("%s: a part given back leaves a captured payment", async (way) => {
    await chai.turn({ partialCancelStatus: way });
    const order = await newOrder(chai);
    const payment = await gateway.chargeBillingKey(order);
    const amount = { ...order.amount, amountMinor: 3 };
    const { refund } = await gateway.refund(refundOf(payment, { amount }));
    const { state, refunds, providerStatus } = await paymentOf(chai, order.orderId);
    expect([state, refunds, providerStatus]).toEqual(["captured", [refund], way]);
  });
});

describe("partialRefunds and refundDays", () => {
  it("off, and over: the refund is refused for good, and nothing was given back", async () => {
    await chai.turn({ partialRefunds: false, refundDays: 7 });
    const order = await newOrder(chai);
    const payment = await gateway.chargeBillingKey(order);
    const amount = { ...order.amount, amountMinor: 3 };
    const inPart = await errorOf(gateway.refund(refundOf(payment, { amount })));
    await chai.wait("P8D");
    const late = await errorOf(gateway.refund(refundOf(payment)));
    expect([inPart.failure, late.failure]).toEqual(["hard_decline", "hard_decline"]);
    expect((await paymentOf(chai, order.orderId)).refundedMinor).toBe(0);
  });
});

describe("lookUpLagSeconds", () => {
  it("is not found at first, and found later", async () => {
    await chai.turn({ lookUpLagSeconds: 30 });
    const order = await newLaggingOrder();
    await gateway.chargeBillingKey(order);
    expect(await found(chai, order.orderId)).toBe("not_found");
    await chai.wait("PT31S");
    expect(await found(chai, order.orderId)).toTell(capturedPayment(order, fields));
  });

  /** The window's record lags, too. */
  async function newLaggingOrder() {
    const returned = await chai.customer.passWindow();
    expect((await errorOf(exchange(gateway, returned))).failure).toBe("outcome_unknown");
    await chai.wait("PT31S");
    const { secret } = await exchange(gateway, returned);
    return orderOf(chai, secret);
  }
});

describe("cardTypeAsText, strictIds and deleteEndsPgKey", () => {
  it("on: nothing changes for us", async () => {
    await chai.turn({ cardTypeAsText: true, strictIds: true, deleteEndsPgKey: true });
    const registered = await register(chai);
    const order = orderOf(chai, registered.secret);
    const payment = await gateway.chargeBillingKey(order);
    expect(withoutExchange(payment)).toEqual(await found(chai, order.orderId));
    await gateway.deleteBillingKey(order.secret);
    const next = orderOf(chai, order.secret);
    expect((await errorOf(gateway.chargeBillingKey(next))).failure).toBe("billing_key_invalid");
  });
});

describe("webhooks", () => {
  it.each([
    ["json", "once", 1],
    ["form", "twice", 2],
    ["form", "never", 0],
  ])("%s, %s: each names the payment, to be looked up", async (format, webhookDelivery, count) => {
    await chai.turn({ webhookDelivery });
    await chai.control.post("/settings", { provider: "portone", webhookFormat: format });
    const order = await newOrder(chai);
    const received = await chai.notificationsOf?.(() => gateway.chargeBillingKey(order));
    const { paymentId, orderId } = await paymentOf(chai, order.orderId);
    const told = received?.map(({ body, headers }) => gateway.readNotification(body, headers));
    const expected = { kind: "payment_changed", paymentId, orderId, createdAt: undefined };
    expect(told).toEqual(Array.from({ length: count }, () => expected));
  });
});

describe("issuanceWebhook", () => {
  it.each([true, false])("%s: what is sent names the window's record", async (issuanceWebhook) => {
    await chai.turn({ issuanceWebhook });
    const order = { orderId: newOrderId(), amount: usualAmount(chai), isPayment: false };
    const received = await chai.notificationsOf?.(() => chai.customer.passWindow(order));
    const told = received?.map(({ body, headers }) => gateway.readNotification(body, headers));
    const { paymentId, orderId } = await paymentOf(chai, order.orderId);
    const expected = { kind: "payment_changed", paymentId, orderId, createdAt: undefined };
    expect(told).toEqual(issuanceWebhook ? [expected] : []);
  });
});

describe("sandboxHiddenFrom", () => {
  it("all_look_ups: a payment that is not found by its order id is not made again", async () => {
    await chai.turn({ sandboxHiddenFrom: "all_look_ups" });
    const order = await newOrder(chai);
    const { paymentId } = await gateway.chargeBillingKey(order);
    expect(await found(chai, order.orderId)).toBe("not_found");
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
    expect(await gateway.lookUpByPaymentId(paymentId)).toTell({
      ...capturedPayment(order, fields),
      paymentId,
      exchange: expect.any(Object),
    });
    expect(await chai.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("merchantUidLifetimeDays", () => {
  it("over: an id that is paid again is a mismatch that names both payments", async () => {
    await chai.turn({ merchantUidLifetimeDays: 1 });
    const order = await newOrder(chai);
    const first = await gateway.chargeBillingKey(order);
    await chai.wait("P2D");
    const second = await gateway.chargeBillingKey(order);
    const { failure, message } = await errorOf(gateway.lookUpByOrderId(order.orderId));
    expect(failure).toBe("mismatch");
    for (const { paymentId } of [first, second]) expect(message).toContain(paymentId);
  });
});

describe("ipRefusalStatus", () => {
  it.each([401, 403])("%i: is a matter of configuration that the message explains", async (ip) => {
    await chai.turn({ ipRefusalStatus: ip });
    const order = await newOrder(chai);
    const blocked = await chai.gatewayWith("no_contract");
    const { failure, message, httpStatus } = await errorOf(blocked.chargeBillingKey(order));
    expect([failure, httpStatus]).toEqual(["configuration", ip]);
    expect(message).toContain("allowed IP addresses");
  });
});

describe("chaiServes", () => {
  it("off: no charge of a test connection moves money", async () => {
    const order = await newOrder(chai);
    await chai.turn({ chaiServes: false });
    await errorOf(gateway.chargeBillingKey(order));
    expect((await paymentOf(chai, order.orderId)).state).toBe("failed");
    expect(await chai.movements({ orderId: order.orderId })).toEqual([]);
  });
});
