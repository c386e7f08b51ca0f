/** Conformance: charging a billing key, once, and looking it up. */
import { currencies, money, type Currency, type ProviderPayment } from "@maedal/gateways";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newOrder, register } from "./customers.ts";
import { capturedPayment, found, limitsOf, newOrderId, orderOf, paymentOf } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

export function describeCharges(provider: ProviderUnderTest): void {
  describeOneCharge(provider);
  describeLimits(provider);
  describeRepetitions(provider);
}

function describeOneCharge(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { answerFields, lookUpFields } = gateway.capabilities;

  describe("a charge", () => {
    it("is captured once, and carries every field that the capabilities name", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      expect(withoutExchange(payment)).toTell(capturedPayment(order, answerFields));
      const { orderId, amount } = order;
      expect(await provider.movements({ orderId })).toEqual([
        { kind: "payment", amountMinor: amount.amountMinor },
      ]);
    });

    it("is found by our order id and by the provider's own, as the same payment", async () => {
      const order = await newOrder(provider);
      const { paymentId } = await gateway.chargeBillingKey(order);
      const byOrder = await found(provider, order.orderId);
      expect(byOrder).toTell({ ...capturedPayment(order, lookUpFields), paymentId });
      expect(withoutExchange(await gateway.lookUpByPaymentId(paymentId))).toEqual(byOrder);
    });

    it("keeps the key's secrets out of its evidence, paid or refused", async () => {
      const order = await newOrder(provider);
      const { exchange } = await gateway.chargeBillingKey(order);
      await provider.spoil("charge", "soft_decline");
      const again = orderOf(provider, order.secret);
      const error = await errorOf(gateway.chargeBillingKey(again));
      const evidence = JSON.stringify([exchange, error.exchange, error.message]);
      expect(evidence).toContain(order.orderId);
      for (const secret of Object.values(order.secret)) expect(evidence).not.toContain(secret);
    });
  });

  describe("a look-up of what never was", () => {
    it("finds nothing, by either id", async () => {
      expect(await gateway.lookUpByOrderId(newOrderId())).toBe("not_found");
      expect(await gateway.lookUpByPaymentId(provider.unknownPaymentId)).toBe("not_found");
    });
  });
}

function describeLimits(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { maximumOrderNameLength } = gateway.capabilities;

  describe("a charge at the limits", () => {
    it("takes the smallest and the largest amount, and refuses what lies outside", async () => {
      const { minimumMinor, maximumMinor } = limitsOf(provider);
      const { secret } = await register(provider);
      await provider.setFunds(secret.billingKey, "enough");
      const orderFor = (amountMinor: number) =>
        orderOf(provider, secret, { amount: money(amountMinor, provider.currency) });
      for (const amountMinor of [minimumMinor, maximumMinor ?? minimumMinor]) {
        const order = orderFor(amountMinor);
        expect((await gateway.chargeBillingKey(order)).state).toBe("captured");
        const { orderId } = order;
        expect(await provider.movements({ orderId })).toEqual([{ kind: "payment", amountMinor }]);
      }
      const outside = [0, minimumMinor - 1];
      if (maximumMinor !== undefined) outside.push(maximumMinor + 1);
      for (const order of outside.map(orderFor)) {
        expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("invalid_request");
        expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
      }
    });

    it("takes an amount with every digit that the currency has", async () => {
      const amount = money(limitsOf(provider).minimumMinor * 1_000 + 987, provider.currency);
      const order = await newOrder(provider, { amount });
      await gateway.chargeBillingKey(order);
      const { lookUpFields } = gateway.capabilities;
      expect(await found(provider, order.orderId)).toTell(capturedPayment(order, lookUpFields));
      expect(await provider.movements({ orderId: order.orderId })).toEqual([
        { kind: "payment", amountMinor: amount.amountMinor },
      ]);
    });

    it("takes the longest order name, and refuses a longer one", async () => {
      const { secret } = await register(provider);
      const named = (orderName: string) => orderOf(provider, secret, { orderName });
      const longest = named("매".repeat(maximumOrderNameLength));
      expect((await gateway.chargeBillingKey(longest)).state).toBe("captured");
      const longer = named("매".repeat(maximumOrderNameLength + 1));
      expect((await errorOf(gateway.chargeBillingKey(longer))).failure).toBe("invalid_request");
      expect(await provider.movements({ orderId: longer.orderId })).toEqual([]);
    });

    it("refuses a currency that the method does not take", async () => {
      const taken = gateway.capabilities.methods[provider.method] ?? {};
      const other = (Object.keys(currencies) as Currency[]).find((each) => !(each in taken));
      const order = await newOrder(provider, { amount: money(10_000, other ?? "KRW") });
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("invalid_request");
      expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
    });
  });
}

/** What a charge came to: the payment that it tells, or the class of its failure. */
async function paymentIdOrFailure(charge: Promise<ProviderPayment>): Promise<string> {
  const outcome = await Promise.allSettled([charge]);
  return outcome[0].status === "fulfilled"
    ? outcome[0].value.paymentId
    : (await errorOf(charge)).failure;
}

function describeRepetitions(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { idempotencyWindowDays, lookUpFields } = gateway.capabilities;

  describe("one order id, charged twice", () => {
    it("is paid once; the second answer is unknown or tells the first payment", async () => {
      const order = await newOrder(provider);
      const { paymentId } = await gateway.chargeBillingKey(order);
      const again = gateway.chargeBillingKey({ ...order, idempotencyKey: randomUUID() });
      expect([paymentId, "outcome_unknown"]).toContain(await paymentIdOrFailure(again));
      const first = { ...capturedPayment(order, lookUpFields), paymentId };
      expect(await found(provider, order.orderId)).toTell(first);
      expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
    });

    it("is paid once when both charges are under way together", async () => {
      const order = await newOrder(provider);
      const again = { ...order, idempotencyKey: randomUUID() };
      const outcomes = await Promise.all(
        [order, again].map((each) => paymentIdOrFailure(gateway.chargeBillingKey(each))),
      );
      const { paymentId } = await paymentOf(provider, order.orderId);
      expect(outcomes).toContain(paymentId);
      for (const outcome of outcomes) expect([paymentId, "outcome_unknown"]).toContain(outcome);
      expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
    });
  });

  describe.runIf(idempotencyWindowDays !== undefined)("one idempotency key, sent twice", () => {
    it("charges once and answers the same", async () => {
      const order = await newOrder(provider);
      const first = await gateway.chargeBillingKey(order);
      const second = await gateway.chargeBillingKey(order);
      expect(withoutExchange(second)).toEqual(withoutExchange(first));
      expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
    });

    it.each(["silence_before", "silence_after", "cut_before", "cut_after"] as const)(
      "ends in one payment after %s",
      async (trouble) => {
        const order = await newOrder(provider);
        await provider.spoil("charge", trouble);
        await errorOf((await provider.gatewayWith("impatient")).chargeBillingKey(order));
        expect((await gateway.chargeBillingKey(order)).state).toBe("captured");
        expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
      },
    );
  });
}
