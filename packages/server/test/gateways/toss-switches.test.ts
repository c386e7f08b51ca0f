/**
 * What the documents of Toss Payments leave open, each way of it: whatever Toss does, the client
 * adopts the money that moved, loses no key, and tells what was odd.
 */
import type { Observation, ProviderTransaction } from "@maedal/gateways";
import { createTossGateway, registrationRemedy } from "@maedal/gateways/toss";
import { randomUUID } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { exchange, newOrder, register } from "./customers.ts";
import { capturedPayment, found, orderOf } from "./orders.ts";
import { errorOf, withoutExchange } from "./provider-under-test.ts";
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
const fields = gateway.capabilities.lookUpFields;
const codesOf = (observations: readonly Observation[]) => observations.map(({ code }) => code);

describe("transfersOnIssue", () => {
  it.each([
    ["present", expect.stringMatching(transfers.label)],
    ["object", expect.stringMatching(transfers.label)],
    ["empty", undefined],
    ["null", undefined],
    ["absent", undefined],
  ])("%s: the key is accepted and pays, labelled as far as is known", async (form, methodLabel) => {
    await transfers.turn({ transfersOnIssue: form });
    const registered = await register(transfers);
    expect(withoutExchange(registered)).toEqual({
      secret: { billingKey: expect.any(String), customerKey: expect.any(String) },
      method: "TRANSFER",
      methodLabel,
      observations: [],
    });
    const payment = await gateway.chargeBillingKey(orderOf(transfers, registered.secret));
    expect([payment.state, payment.methodLabel]).toEqual(["captured", "토스뱅크"]);
  });
});

describe("transferOnApprove", () => {
  it.each([
    ["transfer", "토스뱅크", []],
    ["transfers", undefined, ["transfer_missing"]],
  ])("%s: the money is adopted, and an odd form is told", async (form, label, observations) => {
    await transfers.turn({ transferOnApprove: form });
    const order = await newOrder(transfers);
    const payment = await gateway.chargeBillingKey(order);
    const { observations: told, ...rest } = withoutExchange(payment);
    const { observations: _, ...expected } = capturedPayment(order, fields);
    expect(rest).toTell({ ...expected, methodLabel: label });
    expect(codesOf(told)).toEqual(observations);
    expect(await found(transfers, order.orderId)).toEqual(withoutExchange(payment));
    expect(await transfers.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("declinedChargeVisible", () => {
  async function declinedOrder() {
    const order = await newOrder(transfers);
    await transfers.spoil("charge", "hard_decline");
    await errorOf(gateway.chargeBillingKey(order));
    return order;
  }

  it("off: a declined charge is not found", async () => {
    const order = await declinedOrder();
    expect(await found(transfers, order.orderId)).toBe("not_found");
  });

  it("on: it is found as failed, with the class that the answer had", async () => {
    await transfers.turn({ declinedChargeVisible: true });
    const order = await declinedOrder();
    expect(await found(transfers, order.orderId)).toTell({
      ...capturedPayment(order, fields),
      state: "failed",
      providerStatus: "ABORTED",
      requestedAt: expect.any(Temporal.Instant),
      approvedAt: undefined,
      failure: {
        failure: "hard_decline",
        code: "ALREADY_CLOSE_ACCOUNT",
        message: expect.any(String),
      },
    });
  });
});

describe("declinedOrderIdReusable", () => {
  async function chargedAgain(declinedChargeVisible: boolean) {
    await transfers.turn({ declinedChargeVisible });
    const order = await newOrder(transfers);
    await transfers.spoil("charge", "soft_decline");
    await errorOf(gateway.chargeBillingKey(order));
    const again = { ...order, idempotencyKey: randomUUID() };
    return { order, outcome: gateway.chargeBillingKey(again) };
  }

  it.each([
    [false, "not_found"],
    [true, "failed"],
  ])("off: the id is unknown and looked up, found or not (%s)", async (isVisible, expected) => {
    const { order, outcome } = await chargedAgain(isVisible);
    const { failure, code } = await errorOf(outcome);
    expect([failure, code]).toEqual(["outcome_unknown", "DUPLICATED_ORDER_ID"]);
    const record = await found(transfers, order.orderId);
    expect(record === "not_found" ? record : record.state).toBe(expected);
    expect(await transfers.movements({ orderId: order.orderId })).toEqual([]);
  });

  it.each([false, true])("on: it is paid once, and found paid (declines: %s)", async (visible) => {
    await transfers.turn({ declinedOrderIdReusable: true });
    const { order, outcome } = await chargedAgain(visible);
    const payment = await outcome;
    expect(await found(transfers, order.orderId)).toEqual(withoutExchange(payment));
    expect(await transfers.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("repeatDelete", () => {
  it.each(["200", "ALREADY_REMOVED_BILLING_KEY", "BILLING_KEY_NOT_FOUND", "NOT_FOUND_BILLING"])(
    "%s: a key that is gone already is a success",
    async (repeatDelete) => {
      await transfers.turn({ repeatDelete });
      const order = await newOrder(transfers);
      await gateway.deleteBillingKey(order.secret);
      await gateway.deleteBillingKey(order.secret);
      const { failure } = await errorOf(gateway.chargeBillingKey(order));
      expect(failure).toBe("billing_key_invalid");
    },
  );
});

describe("spentAuthKey and authKeyLifetimeMinutes", () => {
  it.each([
    ["NOT_FOUND_BILLING", "billing_key_invalid"],
    ["INVALID_BILLING_AUTH", "billing_key_invalid"],
    ["INVALID_REQUEST", "invalid_request"],
  ])("%s: whether spent or too old, a new window is opened", async (spentAuthKey, failure) => {
    await transfers.turn({ spentAuthKey, authKeyLifetimeMinutes: 5 });
    const spent = await transfers.customer.passWindow();
    await exchange(gateway, spent);
    const again = { ...spent, idempotencyKey: randomUUID() };
    const old = await transfers.customer.passWindow();
    await transfers.control.post("/clock", { by: "PT6M" });
    for (const registration of [again, old]) {
      const error = await errorOf(exchange(gateway, registration));
      expect([error.failure, error.code]).toEqual([failure, spentAuthKey]);
      expect(registrationRemedy(error.failure)).toBe("restart");
    }
  });
});

describe("idempotencyOnIssue", () => {
  it("on: a lost key is given again", async () => {
    const returned = await transfers.customer.passWindow();
    const first = await exchange(gateway, returned);
    const second = await exchange(gateway, returned);
    expect(withoutExchange(second)).toEqual(withoutExchange(first));
  });

  it("off: a lost key is lost, and a new window is opened", async () => {
    await transfers.turn({ idempotencyOnIssue: false });
    const returned = await transfers.customer.passWindow();
    await transfers.spoil("register", "cut_after");
    const lost = await errorOf(exchange(gateway, returned));
    expect(registrationRemedy(lost.failure)).toBe("unknown");
    const again = await errorOf(exchange(gateway, returned));
    expect(registrationRemedy(again.failure)).toBe("restart");
  });
});

describe("paysOneOrderIdTwice", () => {
  it("off: the second charge is unknown and moves nothing", async () => {
    const order = await newOrder(transfers);
    await gateway.chargeBillingKey(order);
    await errorOf(gateway.chargeBillingKey({ ...order, idempotencyKey: randomUUID() }));
    expect(await transfers.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it("on: the second payment has its own id, and the list of movements shows both", async () => {
    await transfers.turn({ paysOneOrderIdTwice: true });
    const order = await newOrder(transfers);
    const first = await gateway.chargeBillingKey(order);
    const second = await gateway.chargeBillingKey({ ...order, idempotencyKey: randomUUID() });
    expect(second.paymentId).not.toBe(first.paymentId);
    expect(await found(transfers, order.orderId)).toEqual(withoutExchange(second));
    expect(withoutExchange(await gateway.lookUpByPaymentId(first.paymentId))).toEqual(
      withoutExchange(first),
    );
    const listed: ProviderTransaction[] = [];
    const from = Temporal.Instant.from(String(first.requestedAt));
    const range = { from, to: from.add({ hours: 1 }) };
    for await (const each of gateway.listTransactions?.(range) ?? []) listed.push(each);
    expect(listed.map(({ paymentId }) => paymentId)).toEqual([first.paymentId, second.paymentId]);
  });
});

describe("the API version of a merchant", () => {
  it.each([
    ["2022-11-16", []],
    ["2024-06-01", ["other_api_version"]],
  ] as const)(
    "%s: keys and money are adopted, another version is told",
    async (apiVersion, told) => {
      for (const provider of [transfers, cards]) {
        await provider.control.post("/settings", { apiVersion });
        const aware = createTossGateway({ ...provider.options, apiVersion: "2022-11-16" });
        const { secret, methodLabel } = await exchange(aware, await provider.customer.passWindow());
        expect(methodLabel).toMatch(provider.label);
        const payment = await aware.chargeBillingKey(orderOf(provider, secret));
        expect([payment.state, codesOf(payment.observations)]).toEqual(["captured", told]);
      }
    },
  );
});

describe("the switches of the emulator", () => {
  it("are all tried, here or where notifications are read", async () => {
    const turned = await transfers.control.post<{ toss: object }>("/switches", {});
    expect(Object.keys(turned.toss).toSorted()).toEqual([
      "authKeyLifetimeMinutes",
      "billingDeletedForCards",
      "billingDeletedReason",
      "cancellationAmount",
      "createdAtFractionDigits",
      "declinedChargeVisible",
      "declinedOrderIdReusable",
      "idempotencyOnIssue",
      "paymentStatusChangedOnCancel",
      "paysOneOrderIdTwice",
      "repeatDelete",
      "spentAuthKey",
      "transferOnApprove",
      "transfersOnIssue",
      "webhookOrder",
      "webhookTransmissionId",
    ]);
  });
});
