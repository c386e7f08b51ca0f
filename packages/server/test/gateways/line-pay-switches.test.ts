/**
 * What the documents of LINE Pay leave open, each way of it: whatever LINE Pay does, the client adopts
 * the money that moved, charges no dead key, and takes no silence for a no.
 */
import { GatewayError, money, type ChargeOrder } from "@maedal/gateways";
import { createLinePayClient, createLinePayGateway } from "@maedal/gateways/line-pay";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { approvedWindow, charged, newOrder, openWindow, paymentWindow } from "./customers.ts";
import { capturedPayment, found, newOrderId, orderOf, refundOf, untilMoved } from "./orders.ts";
import { errorOf, withoutExchange } from "./provider-under-test.ts";
import { startLinePayProvider } from "./line-pay-provider.ts";

const provider = await startLinePayProvider("TWD");
afterAll(() => provider.stop());
beforeEach(() => provider.reset());

const { gateway, control } = provider;
const window = paymentWindow(gateway);
const client = createLinePayClient(provider.options);
const fields = gateway.capabilities.lookUpFields;

async function refusalOf(call: Promise<unknown>): Promise<readonly unknown[]> {
  const { failure, code } = await errorOf(call);
  return [failure, code];
}

/** The next charge of the order is declined by the card. */
async function declined(order: ChargeOrder, code: string): Promise<readonly unknown[]> {
  await provider.fault("charge", { type: "decline", code });
  return refusalOf(gateway.chargeBillingKey(order));
}

async function healthOf({ secret }: ChargeOrder): Promise<string | undefined> {
  return (await gateway.checkBillingKey?.(secret))?.state;
}

describe("reservationMinutes", () => {
  it.each([
    [5, "over"],
    [60, "approved"],
  ])("%i: 21 minutes after it was opened, a window is %s", async (reservationMinutes, state) => {
    await provider.turn({ reservationMinutes });
    const { opened } = await approvedWindow(provider);
    await provider.wait("PT21M");
    expect(await window.check(opened.windowId)).toBe(state);
  });
});

describe("expiredConfirm", () => {
  it.each(["1180", "1159"])("%s: a confirm that comes too late takes nothing", async (code) => {
    await provider.turn({ expiredConfirm: code });
    const { order, confirm } = await approvedWindow(provider);
    await provider.wait("PT21M");
    expect(await refusalOf(window.confirm(confirm))).toEqual(["hard_decline", code]);
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });
});

describe("declinedConfirmFails", () => {
  async function declinedConfirm() {
    const visit = await approvedWindow(provider);
    await provider.spoil("register", "soft_decline");
    expect(await refusalOf(window.confirm(visit.confirm))).toEqual(["soft_decline", "1280"]);
    return visit;
  }

  it("on: the window is over, and another is opened", async () => {
    const { order, opened } = await declinedConfirm();
    expect(await window.check(opened.windowId)).toBe("over");
    expect(await found(provider, order.orderId)).toBe("not_found");
  });

  it("off: the window is still approved, and can be confirmed once the card pays", async () => {
    await provider.turn({ declinedConfirmFails: false });
    const { order, opened, confirm } = await declinedConfirm();
    expect(await window.check(opened.windowId)).toBe("approved");
    expect((await window.confirm(confirm)).payment.state).toBe("captured");
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("zeroAmountRegistration", () => {
  it.each([false, true])("%s: no window is asked for that pays nothing", async (isTaken) => {
    await provider.turn({ zeroAmountRegistration: isTaken });
    const { order } = await openWindow(provider);
    await control.post("/requests/clear", {});
    const { failure } = await errorOf(window.open({ ...order, amount: money(0, "TWD") }));
    expect(failure).toBe("invalid_request");
    expect(await control.requests("request")).toEqual([]);
  });
});

describe("declinedOrderIdReusable", () => {
  async function chargedAgain(): Promise<{ order: ChargeOrder; outcome: Promise<unknown> }> {
    const order = await newOrder(provider);
    await declined(order, "1280");
    return { order, outcome: gateway.chargeBillingKey(order) };
  }

  it("off: the id is unknown and looked up, and the look-up finds nothing", async () => {
    const { order, outcome } = await chargedAgain();
    expect(await refusalOf(outcome)).toEqual(["outcome_unknown", "1172"]);
    expect(await found(provider, order.orderId)).toBe("not_found");
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });

  it("on: it is paid once, and found paid", async () => {
    await provider.turn({ declinedOrderIdReusable: true });
    const { order, outcome } = await chargedAgain();
    await outcome;
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, fields));
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("paysOneOrderIdTwice", () => {
  it("off: the second charge is unknown and moves nothing", async () => {
    const { order } = await charged(provider);
    expect(await refusalOf(gateway.chargeBillingKey(order))).toEqual(["outcome_unknown", "1172"]);
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it("on: the look-up of the order id finds two payments, and adopts neither", async () => {
    await provider.turn({ paysOneOrderIdTwice: true });
    const { order, payment } = await charged(provider);
    const second = await gateway.chargeBillingKey(order);
    expect(second.paymentId).not.toBe(payment.paymentId);
    const error = await errorOf(gateway.lookUpByOrderId(order.orderId));
    expect(error.failure).toBe("mismatch");
    expect(error.message).toContain(payment.paymentId);
    expect(error.message).toContain(second.paymentId);
    const first = await gateway.lookUpByPaymentId(payment.paymentId);
    expect(withoutExchange(first)).toEqual(payment);
  });
});

describe("keyDeadCodes", () => {
  it.each([
    ["current", "1290", "billing_key_invalid"],
    ["current", "1295", "billing_key_invalid"],
    ["current", "1281", "soft_decline"],
    ["seed", "1290", "soft_decline"],
    ["seed", "1294", "soft_decline"],
    ["v2", "1294", "billing_key_invalid"],
    ["v2", "1281", "billing_key_invalid"],
    ["v2", "1295", "soft_decline"],
  ])("%s: %s is a %s, for the key was asked about", async (keyDeadCodes, code, failure) => {
    await provider.turn({ keyDeadCodes });
    const order = await newOrder(provider);
    expect(await declined(order, code)).toEqual([failure, code]);
    const next = gateway.chargeBillingKey(orderOf(provider, order.secret));
    if (failure === "soft_decline") expect((await next).state).toBe("captured");
    else expect((await errorOf(next)).failure).toBe("billing_key_invalid");
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });

  it.each(["current", "seed", "v2"])("%s: 1282 is the end of the key", async (keyDeadCodes) => {
    await provider.turn({ keyDeadCodes });
    const order = await newOrder(provider);
    expect(await declined(order, "1282")).toEqual(["billing_key_invalid", "1282"]);
    expect(await healthOf(order)).toBe("gone");
  });
});

describe("deadKey", () => {
  it.each(["1190", "1193"])("%s: a key that we expired is gone, whoever asks", async (deadKey) => {
    await provider.turn({ deadKey });
    const order = await newOrder(provider);
    await gateway.deleteBillingKey(order.secret);
    expect(await healthOf(order)).toBe("gone");
    expect(await refusalOf(gateway.chargeBillingKey(order))).toEqual([
      "billing_key_invalid",
      deadKey,
    ]);
    await gateway.deleteBillingKey(order.secret);
  });
});

describe("keyLifetimeDays", () => {
  it("180: a key that was not used for two days charges", async () => {
    const order = await newOrder(provider);
    await provider.wait("P2D");
    expect((await gateway.chargeBillingKey(order)).state).toBe("captured");
  });

  it("1: it is gone, as in the sandbox", async () => {
    await provider.turn({ keyLifetimeDays: 1 });
    const order = await newOrder(provider);
    await provider.wait("P2D");
    expect(await healthOf(order)).toBe("gone");
    expect(await refusalOf(gateway.chargeBillingKey(order))).toEqual([
      "billing_key_invalid",
      "1193",
    ]);
  });
});

describe("checkRenewsKey and failedChargeRenewsKey", () => {
  it.each([
    [false, "gone"],
    [true, "usable"],
  ])("check %s: a key that was only asked about is %s in the end", async (renews, state) => {
    await provider.turn({ keyLifetimeDays: 10, checkRenewsKey: renews });
    const order = await newOrder(provider);
    await provider.wait("P6D");
    expect(await healthOf(order)).toBe("usable");
    await provider.wait("P6D");
    expect(await healthOf(order)).toBe(state);
  });

  it.each([
    [false, "gone"],
    [true, "usable"],
  ])("charge %s: a key that was only declined is %s in the end", async (renews, state) => {
    await provider.turn({ keyLifetimeDays: 10, failedChargeRenewsKey: renews });
    const order = await newOrder(provider);
    await provider.wait("P6D");
    expect(await declined(order, "1280")).toEqual(["soft_decline", "1280"]);
    await provider.wait("P6D");
    expect(await healthOf(order)).toBe(state);
  });
});

describe("busyKey", () => {
  it.each(["1198", "1197"])(
    "%s: of two charges at once one is unknown, and not paid",
    async (code) => {
      await provider.turn({ busyKey: code });
      const first = await newOrder(provider);
      const orders = [first, orderOf(provider, first.secret)];
      await provider.fault("charge", { type: "delay", ms: 1_000 });
      const outcomes = await Promise.all(
        orders.map((order) =>
          gateway.chargeBillingKey(order).then(
            ({ state }) => state,
            (error: unknown) => error instanceof GatewayError && [error.failure, error.code],
          ),
        ),
      );
      expect(outcomes).toContainEqual("captured");
      expect(outcomes).toContainEqual(["outcome_unknown", code]);
      const states = await Promise.all(orders.map(({ orderId }) => found(provider, orderId)));
      expect(states.filter((state) => state === "not_found")).toHaveLength(1);
    },
  );
});

describe("authorizationDays", () => {
  it.each([
    [1, "expired"],
    [30, "authorized"],
  ])("%i: after two days an authorization is %s", async (authorizationDays, state) => {
    await provider.turn({ authorizationDays });
    const order = await newOrder(provider, { capture: "manual" });
    await gateway.chargeBillingKey(order);
    await provider.wait("P2D");
    expect(await found(provider, order.orderId)).toEqual(expect.objectContaining({ state }));
  });
});

describe("refundDays", () => {
  it("1: after two days a refund is too late, for good", async () => {
    await provider.turn({ refundDays: 1 });
    const { payment } = await charged(provider);
    await provider.wait("P2D");
    expect(await refusalOf(gateway.refund(refundOf(payment)))).toEqual(["hard_decline", "1163"]);
  });

  it("60: it is given", async () => {
    const { payment } = await charged(provider);
    await provider.wait("P2D");
    const { refund } = await gateway.refund(refundOf(payment));
    expect(refund.amountMinor).toBe(payment.amount?.amountMinor);
  });
});

describe("detailsLagSeconds", () => {
  it("60: a lost charge is not found for a minute, though the money moved, and then it is", async () => {
    await provider.turn({ detailsLagSeconds: 60 });
    const order = await newOrder(provider);
    await provider.spoil("charge", "cut_after");
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
    await untilMoved(provider, order.orderId, 1);
    expect(await found(provider, order.orderId)).toBe("not_found");
    await provider.wait("PT61S");
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, fields));
  });

  it("0: it is found at once", async () => {
    const { order, payment } = await charged(provider);
    expect(await found(provider, order.orderId)).toEqual(payment);
  });
});

describe("mixedDetails", () => {
  it.each(["known", "1150"])("%s: a look-up of one id finds it", async (mixedDetails) => {
    await provider.turn({ mixedDetails });
    const { order, payment } = await charged(provider);
    expect(await found(provider, order.orderId)).toEqual(payment);
    expect(await found(provider, newOrderId())).toBe("not_found");
  });

  it.each([
    ["known", 1],
    ["1150", 0],
  ])("%s: of a known and an unknown id, %i are found at once", async (mixedDetails, count) => {
    await provider.turn({ mixedDetails });
    const { order } = await charged(provider);
    const orderIds = [order.orderId, newOrderId()];
    expect((await client.paymentDetails({ orderIds })).payments).toHaveLength(count);
  });
});

describe("commaJoinedIds and bracketedIds", () => {
  it.each([false, true])(
    "%s: several ids are found, for their bare name is repeated",
    async (on) => {
      await provider.turn({ commaJoinedIds: on, bracketedIds: on });
      const orders = [(await charged(provider)).order, (await charged(provider)).order];
      const orderIds = orders.map(({ orderId }) => orderId);
      const { payments } = await client.paymentDetails({ orderIds });
      expect(payments.map(({ orderId }) => orderId)).toEqual(orderIds);
    },
  );
});

describe("detailsCarryRegKey", () => {
  it.each([false, true])("%s: a look-up shows no key in its evidence", async (isCarried) => {
    await provider.turn({ detailsCarryRegKey: isCarried });
    const { order } = await charged(provider);
    const payment = await gateway.lookUpByOrderId(order.orderId);
    expect(JSON.stringify(payment)).not.toContain(order.secret.billingKey);
    expect(JSON.stringify(payment)).toContain(order.orderId);
  });
});

describe("detailsCarryPayStatus", () => {
  it("off: a payment that was captured at once is captured", async () => {
    await provider.turn({ detailsCarryPayStatus: false });
    const { order } = await charged(provider);
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, fields));
  });

  it.each([
    [true, "authorized"],
    [false, "other"],
  ])("%s: what is only held is never called captured: %s", async (isCarried, state) => {
    await provider.turn({ detailsCarryPayStatus: isCarried });
    const order = await newOrder(provider, { capture: "manual" });
    await gateway.chargeBillingKey(order);
    expect(await found(provider, order.orderId)).toEqual(expect.objectContaining({ state }));
  });
});

describe("repeatedNonceRefused", () => {
  it.each([false, true])(
    "%s: every call of ours has a nonce of its own",
    async (repeatedNonceRefused) => {
      await provider.turn({ repeatedNonceRefused });
      const { payment } = await charged(provider);
      expect((await gateway.refund(refundOf(payment))).refund.amountMinor).toBe(10);
    },
  );

  it("on: a nonce that does not change is refused as configuration", async () => {
    await provider.turn({ repeatedNonceRefused: true });
    const order = await newOrder(provider);
    const monotonous = createLinePayGateway({
      ...provider.options,
      nonce: () => "always-the-same",
    });
    expect((await monotonous.chargeBillingKey(order)).state).toBe("captured");
    const next = monotonous.chargeBillingKey(orderOf(provider, order.secret));
    expect(await refusalOf(next)).toEqual(["configuration", "1106"]);
  });
});

describe("emptyBody", () => {
  it.each([true, false])("%s: calls without fields are understood", async (emptyBody) => {
    await provider.turn({ emptyBody });
    const order = await newOrder(provider, { capture: "manual" });
    const { paymentId } = await gateway.chargeBillingKey(order);
    const { orderId, amount } = order;
    const voided = await gateway.authorizations?.void({ paymentId, orderId, amount });
    expect(voided?.state).toBe("voided");
    await gateway.deleteBillingKey(order.secret);
    expect(await healthOf(order)).toBe("gone");
  });
});

describe("errorShape", () => {
  it.each(["returnCode", "resultCode"])("%s: a refusal is read", async (errorShape) => {
    await provider.turn({ errorShape });
    const order = await newOrder(provider);
    await provider.fault("charge", { type: "decline", code: "1142", message: "Too little." });
    const { failure, code, providerMessage } = await errorOf(gateway.chargeBillingKey(order));
    expect([failure, code, providerMessage]).toEqual(["soft_decline", "1142", "Too little."]);
    expect(await found(provider, newOrderId())).toBe("not_found");
    await gateway.deleteBillingKey(order.secret);
    expect(await healthOf(order)).toBe("gone");
  });
});

describe("cancelUrlCarriesIds", () => {
  it.each([true, false])("%s: a browser that comes back names its window, or none", async (on) => {
    await provider.turn({ cancelUrlCarriesIds: on });
    const { order, opened } = await openWindow(provider);
    const path = `/line-pay/requests/${opened.windowId}/cancel`;
    const { cancelUrl } = await control.post<{ cancelUrl: string }>(path, {});
    expect(cancelUrl.startsWith(order.cancelUrl)).toBe(true);
    const query = Object.fromEntries(new URL(cancelUrl).searchParams);
    expect(window.readReturn(query)).toBe(on ? opened.windowId : undefined);
    expect(await window.check(opened.windowId)).toBe("over");
  });
});

describe("the switches of the emulator", () => {
  it("are all tried here", async () => {
    const turned = await control.post<{ linePay: object }>("/switches", { provider: "line_pay" });
    expect(Object.keys(turned.linePay).toSorted()).toEqual([
      "authorizationDays",
      "bracketedIds",
      "busyKey",
      "cancelUrlCarriesIds",
      "checkRenewsKey",
      "commaJoinedIds",
      "deadKey",
      "declinedConfirmFails",
      "declinedOrderIdReusable",
      "detailsCarryPayStatus",
      "detailsCarryRegKey",
      "detailsLagSeconds",
      "emptyBody",
      "errorShape",
      "expiredConfirm",
      "failedChargeRenewsKey",
      "keyDeadCodes",
      "keyLifetimeDays",
      "mixedDetails",
      "paysOneOrderIdTwice",
      "refundDays",
      "repeatedNonceRefused",
      "reservationMinutes",
      "zeroAmountRegistration",
    ]);
  });
});
