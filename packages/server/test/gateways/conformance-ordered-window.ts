/** Conformance: a script's window that is opened for an order, with which its exchange compares. */
import { money, type OrderedWindow, type ScriptOrder } from "@maedal/gateways";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { exchange, register, scriptCustomer } from "./customers.ts";
import { capturedPayment, found, newOrderId, orderOf, usualAmount } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

export function describeOrderedWindow(provider: ProviderUnderTest): void {
  if (provider.gateway.window.kind !== "script") return;
  const { ordered } = provider.gateway.window;
  if (ordered === undefined) return;
  describe("a window that is opened for an order", () => {
    describeExchange(provider);
    describeOthers(provider, ordered);
    describeLeft(provider);
    if (ordered.takesPayment === "never") describeUnpaid(provider);
    else describePaid(provider);
  });
}

function orderFor(provider: ProviderUnderTest, isPayment: boolean): ScriptOrder {
  return { orderId: newOrderId(), amount: usualAmount(provider), isPayment };
}

function describeExchange(provider: ProviderUnderTest): void {
  const { gateway } = provider;

  it("is exchanged for the same key, however often", async () => {
    const returned = await scriptCustomer(provider).passWindow();
    const first = await exchange(gateway, returned);
    const second = await exchange(gateway, { ...returned, idempotencyKey: randomUUID() });
    expect(withoutExchange(second)).toEqual(withoutExchange(first));
    expect((await gateway.chargeBillingKey(orderOf(provider, second.secret))).state).toBe(
      "captured",
    );
  });

  it("is exchanged by our order id, where that is all that came back", async () => {
    const order = orderFor(provider, false);
    const returned = await scriptCustomer(provider).passWindow(order);
    const ids = { ...returned, authKey: order.orderId };
    expect(withoutExchange(await exchange(gateway, ids))).toEqual(
      withoutExchange(await exchange(gateway, returned)),
    );
  });

  it.each(["silence_before", "cut_after", "error_before", "garbage_after", "rate_limit"] as const)(
    "whose exchange was answered by %s is asked again, and the key is there",
    async (trouble) => {
      const returned = await scriptCustomer(provider).passWindow();
      await provider.spoil("register", trouble);
      const impatient = await provider.gatewayWith("impatient");
      expect((await errorOf(exchange(impatient, returned))).failure).toBe("outcome_unknown");
      expect((await exchange(gateway, returned)).secret.customerKey).toBe(returned.customerKey);
    },
  );
}

function describeOthers(provider: ProviderUnderTest, { takesPayment }: OrderedWindow): void {
  const { gateway } = provider;
  const takesMoney = takesPayment !== "never";

  it("gives another customer nothing, whichever way they name it", async () => {
    const customer = scriptCustomer(provider);
    const returned = await customer.passWindow(orderFor(provider, takesMoney));
    const others = await customer.passWindow(orderFor(provider, takesMoney));
    const { authKey, order } = returned;
    for (const forged of [
      { ...others, authKey },
      { ...others, authKey, order },
      { ...others, authKey: order?.orderId ?? "" },
    ]) {
      const { failure, payment } = await errorOf(exchange(gateway, forged));
      expect([failure, payment]).toEqual(["invalid_request", undefined]);
    }
  });

  it("for another amount is a mismatch where money was taken, and refused where none was", async () => {
    const order = orderFor(provider, takesMoney);
    const returned = await scriptCustomer(provider).passWindow(order);
    const amount = money(order.amount.amountMinor + 100, order.amount.currency);
    const wrong = { ...returned, order: { ...order, amount } };
    const { failure, payment } = await errorOf(exchange(gateway, wrong));
    expect(failure).toBe(takesMoney ? "mismatch" : "invalid_request");
    expect(payment?.orderId).toBe(order.orderId);
  });

  it("that returned what nobody opened gives nothing", async () => {
    const returned = await scriptCustomer(provider).passWindow();
    const { failure } = await errorOf(
      exchange(gateway, { ...returned, authKey: provider.unknownPaymentId }),
    );
    expect(failure).toBe("outcome_unknown");
  });
}

function describeLeft(provider: ProviderUnderTest): void {
  const { gateway, customer } = provider;
  if (customer.kind !== "script" || customer.leaveWindow === undefined) return;
  const { leaveWindow } = customer;

  it("and left by the customer says so, brings no key, and moves no money", async () => {
    const { said, handle } = await leaveWindow();
    expect(said).toEqual({
      authKey: handle.authKey,
      orderId: handle.order?.orderId,
      failure: {
        code: expect.stringMatching(/./),
        message: expect.stringMatching(/./),
        isCanceled: true,
      },
    });
    const error = await errorOf(exchange(gateway, handle));
    expect(error.failure).toBe("soft_decline");
    const { customerKey } = handle;
    const charge = orderOf(provider, { billingKey: customerKey, customerKey });
    expect((await errorOf(gateway.chargeBillingKey(charge))).failure).toBe("billing_key_invalid");
    expect(await provider.movements({ key: customerKey })).toEqual([]);
  });
}

function describeUnpaid(provider: ProviderUnderTest): void {
  it("is not opened to take a payment, which it cannot", async () => {
    const order = orderFor(provider, true);
    const { failure } = await errorOf(scriptCustomer(provider).passWindow(order));
    expect(failure).toBe("invalid_request");
    expect(await found(provider, order.orderId)).toBe("not_found");
  });

  it("leaves a record that nobody takes for money", async () => {
    const order = orderFor(provider, false);
    await exchange(provider.gateway, await scriptCustomer(provider).passWindow(order));
    const record = await found(provider, order.orderId);
    expect(record === "not_found" ? record : record.state).toBe("other");
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });
}

function describePaid(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { answerFields, lookUpFields } = gateway.capabilities;

  it("takes the money of its order once, tells the payment, and brings a key that charges", async () => {
    const order = orderFor(provider, true);
    const returned = await scriptCustomer(provider).passWindow(order);
    const { payment, secret } = await exchange(gateway, returned);
    expect(withoutExchange(payment ?? {})).toTell(capturedPayment(order, answerFields));
    await exchange(gateway, returned);
    expect(await found(provider, order.orderId)).toTell({
      ...capturedPayment(order, lookUpFields),
      paymentId: payment?.paymentId,
    });
    expect(await provider.movements({ orderId: order.orderId })).toEqual([
      { kind: "payment", amountMinor: order.amount.amountMinor },
    ]);
    expect((await gateway.chargeBillingKey(orderOf(provider, secret))).state).toBe("captured");
  });

  it("that took money is found paid when nobody ever came back", async () => {
    const order = orderFor(provider, true);
    await scriptCustomer(provider).passWindow(order);
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, lookUpFields));
  });

  it("whose order was paid is not paid once more by a charge", async () => {
    const order = orderFor(provider, true);
    await scriptCustomer(provider).passWindow(order);
    const { secret } = await register(provider);
    const { orderId } = order;
    const { failure } = await errorOf(
      gateway.chargeBillingKey(orderOf(provider, secret, { orderId })),
    );
    expect(["mismatch", "outcome_unknown"]).toContain(failure);
    expect(await provider.movements({ orderId })).toHaveLength(1);
  });
}
