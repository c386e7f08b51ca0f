/**
 * The conformance suite: what the engine relies on of any Gateway, against a provider that counts
 * the money. A gateway that passes may differ in its capabilities and in nothing else.
 */
import { currencies, money, type Currency } from "@maedal/gateways";
import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { describeNotifications } from "./conformance-notifications.ts";
import { describeRefunds } from "./conformance-refunds.ts";
import { describeTroubles } from "./conformance-troubles.ts";
import {
  capturedPayment,
  found,
  limitsOf,
  newOrder,
  newOrderId,
  orderOf,
  register,
} from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

/** Declares every case; the provider is stopped after the last. */
export function describeGateway(provider: ProviderUnderTest): void {
  describe(provider.name, () => {
    afterAll(() => provider.stop());
    describeRegistrations(provider);
    describeCharges(provider);
    describeRefusals(provider);
    describeDeletedKeys(provider);
    describeRepetitions(provider);
    describeRefunds(provider);
    describeTroubles(provider);
    describeNotifications(provider);
  });
}

function describeRegistrations(provider: ProviderUnderTest): void {
  const { gateway, method } = provider;
  const { registrationCharges, idempotencyWindowDays } = gateway.capabilities;

  describe("a registration", () => {
    it("opens the provider's window for each method that it takes, and for no other", () => {
      const window = gateway.registrationWindow(method);
      expect(window.method).toBe(method);
      expect(() => gateway.registrationWindow("BARTER")).toThrow(/BARTER/);
    });

    it("gives a key of the chosen method, with a label that people recognize", async () => {
      const returned = await provider.passWindow();
      const registered = await gateway.completeRegistration(returned);
      const { customerKey } = returned;
      expect(withoutExchange(registered)).toEqual({
        secret: { billingKey: expect.stringMatching(/./), customerKey },
        method,
        methodLabel: expect.stringMatching(provider.label),
        observations: [],
      });
    });

    it.runIf(!registrationCharges)("moves no money", async () => {
      const { secret } = await register(provider);
      expect(await provider.movements({ key: secret.billingKey })).toEqual([]);
    });

    it("gives no second key for what the window returned once", async () => {
      const returned = await provider.passWindow();
      await gateway.completeRegistration(returned);
      const again = { ...returned, idempotencyKey: randomUUID() };
      const { failure } = await errorOf(gateway.completeRegistration(again));
      expect(["billing_key_invalid", "invalid_request"]).toContain(failure);
    });

    it.runIf(idempotencyWindowDays !== undefined)(
      "gives the key of a lost answer to whoever asks again with the same idempotency key",
      async () => {
        const returned = await provider.passWindow();
        await provider.spoil("register", "cut_after");
        const lost = await errorOf(gateway.completeRegistration(returned));
        expect(lost.failure).toBe("outcome_unknown");
        const { secret } = await gateway.completeRegistration(returned);
        const payment = await gateway.chargeBillingKey(orderOf(provider, secret));
        expect(payment.state).toBe("captured");
      },
    );
  });
}

function describeCharges(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { answerFields, lookUpFields, maximumOrderNameLength } = gateway.capabilities;

  describe("a charge", () => {
    it("is captured once, and carries every field that the capabilities name", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      expect(withoutExchange(payment)).toEqual(capturedPayment(order, answerFields));
      const { orderId, amount } = order;
      expect(await provider.movements({ orderId })).toEqual([
        { kind: "payment", amountMinor: amount.amountMinor },
      ]);
    });

    it("is found by our order id and by the provider's own, as the same payment", async () => {
      const order = await newOrder(provider);
      const { paymentId } = await gateway.chargeBillingKey(order);
      const byOrder = await found(provider, order.orderId);
      expect(byOrder).toEqual({ ...capturedPayment(order, lookUpFields), paymentId });
      expect(withoutExchange(await gateway.lookUpByPaymentId(paymentId))).toEqual(byOrder);
    });

    it("takes the smallest and the largest amount, and refuses what lies outside", async () => {
      const { minimumMinor, maximumMinor } = limitsOf(provider);
      const { secret } = await register(provider);
      const charged = (amountMinor: number) => {
        const amount = money(amountMinor, provider.currency);
        return gateway.chargeBillingKey(orderOf(provider, secret, { amount }));
      };
      for (const amountMinor of [minimumMinor, maximumMinor ?? minimumMinor]) {
        expect((await charged(amountMinor)).state).toBe("captured");
      }
      const outside = [0, minimumMinor - 1];
      if (maximumMinor !== undefined) outside.push(maximumMinor + 1);
      for (const amountMinor of outside) {
        expect((await errorOf(charged(amountMinor))).failure).toBe("invalid_request");
      }
      expect(await provider.movements({ key: secret.billingKey })).toHaveLength(2);
    });

    it("takes the longest order name, and refuses a longer one", async () => {
      const { secret } = await register(provider);
      const named = (orderName: string) =>
        gateway.chargeBillingKey(orderOf(provider, secret, { orderName }));
      expect((await named("매".repeat(maximumOrderNameLength))).state).toBe("captured");
      const { failure } = await errorOf(named("매".repeat(maximumOrderNameLength + 1)));
      expect(failure).toBe("invalid_request");
      expect(await provider.movements({ key: secret.billingKey })).toHaveLength(1);
    });

    it("refuses a currency that the method does not take", async () => {
      const taken = gateway.capabilities.methods[provider.method] ?? {};
      const other = (Object.keys(currencies) as Currency[]).find((each) => !(each in taken));
      const { secret } = await register(provider);
      const order = orderOf(provider, secret, { amount: money(10_000, other ?? "KRW") });
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("invalid_request");
      expect(await provider.movements({ key: secret.billingKey })).toEqual([]);
    });

    it("keeps billing key and customer key out of its evidence, paid or refused", async () => {
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
      expect(await gateway.lookUpByPaymentId(newOrderId())).toBe("not_found");
    });
  });
}

function describeRefusals(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { declinedIdReusable } = gateway.capabilities;

  describe("a declined charge", () => {
    it.each([
      ["soft_decline", "soft_decline"],
      ["hard_decline", "hard_decline"],
      ["maintenance", "outage"],
    ] as const)("by %s moves no money and is a %s", async (trouble, failure) => {
      const order = await newOrder(provider);
      await provider.spoil("charge", trouble);
      const error = await errorOf(gateway.chargeBillingKey(order));
      expect([error.failure, typeof error.code]).toEqual([failure, "string"]);
      expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
      const record = await found(provider, order.orderId);
      const state = record === "not_found" ? record : record.state;
      expect(["not_found", "failed"]).toContain(state);
    });

    it("leaves the key usable under another order id", async () => {
      const order = await newOrder(provider);
      await provider.spoil("charge", "soft_decline");
      await errorOf(gateway.chargeBillingKey(order));
      const next = orderOf(provider, order.secret);
      expect((await gateway.chargeBillingKey(next)).state).toBe("captured");
    });

    it.runIf(declinedIdReusable)("leaves the order id usable", async () => {
      const order = await newOrder(provider);
      await provider.spoil("charge", "soft_decline");
      await errorOf(gateway.chargeBillingKey(order));
      const again = { ...order, idempotencyKey: randomUUID() };
      expect((await gateway.chargeBillingKey(again)).state).toBe("captured");
    });
  });

  describe("credentials or a contract that do not work", () => {
    it.each(["unknown_credentials", "no_contract"] as const)(
      "are a matter of configuration that the message explains: %s",
      async (difference) => {
        const order = await newOrder(provider);
        const wrong = await provider.gatewayWith(difference);
        const charged = await errorOf(wrong.chargeBillingKey(order));
        const registered = await errorOf(wrong.completeRegistration(await provider.passWindow()));
        for (const { failure, message, code } of [charged, registered]) {
          expect(failure).toBe("configuration");
          expect(message.length).toBeGreaterThan((code ?? "").length + 60);
        }
        expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
      },
    );

    it("say nothing about a payment that is looked up", async () => {
      const wrong = await provider.gatewayWith("unknown_credentials");
      const { failure } = await errorOf(wrong.lookUpByOrderId(newOrderId()));
      expect(failure).toBe("outcome_unknown");
    });
  });
}

function describeDeletedKeys(provider: ProviderUnderTest): void {
  const { gateway, withdraw } = provider;

  describe("a key that is gone", () => {
    it("because we deleted it, charges no more, and may be deleted again", async () => {
      const order = await newOrder(provider);
      await gateway.deleteBillingKey(order.secret);
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("billing_key_invalid");
      await gateway.deleteBillingKey(order.secret);
      expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
    });

    it.runIf(withdraw !== undefined)("because the customer left, charges no more", async () => {
      const order = await newOrder(provider);
      await withdraw?.(order.secret.billingKey);
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("billing_key_invalid");
      await gateway.deleteBillingKey(order.secret);
    });

    it("is gone after a deletion whose answer was lost and that is repeated", async () => {
      const order = await newOrder(provider);
      await provider.spoil("delete", "cut_after");
      const lost = await errorOf(gateway.deleteBillingKey(order.secret));
      expect(lost.failure).toBe("outcome_unknown");
      await gateway.deleteBillingKey(order.secret);
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("billing_key_invalid");
    });
  });
}

function describeRepetitions(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { idempotencyWindowDays } = gateway.capabilities;

  describe("one order id, charged twice", () => {
    it("is paid once; the second answer is unknown, and the look-up finds the first", async () => {
      const order = await newOrder(provider);
      const first = await gateway.chargeBillingKey(order);
      const again = { ...order, idempotencyKey: randomUUID() };
      expect((await errorOf(gateway.chargeBillingKey(again))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(first));
      expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
    });

    it("is paid once when both charges are under way together", async () => {
      const order = await newOrder(provider);
      const outcomes = await Promise.allSettled([
        gateway.chargeBillingKey(order),
        gateway.chargeBillingKey({ ...order, idempotencyKey: randomUUID() }),
      ]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
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
