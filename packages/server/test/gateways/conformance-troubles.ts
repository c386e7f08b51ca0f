/** Conformance: what is known of the money when a call goes wrong. */
import { describe, expect, it } from "vitest";
import { charged, newOrder, register } from "./customers.ts";
import { capturedPayment, found, orderOf, refundOf, untilMoved } from "./orders.ts";
import { errorOf, type ProviderUnderTest } from "./provider-under-test.ts";

export function describeTroubles(provider: ProviderUnderTest): void {
  describeUnknownCharges(provider);
  describeUnknownLookUps(provider);
  describeNotSent(provider);
}

function describeUnknownCharges(provider: ProviderUnderTest): void {
  const { lookUpFields } = provider.gateway.capabilities;

  describe("a charge that gets no clear answer", () => {
    it.each(["silence_after", "cut_after", "error_after", "garbage_after"] as const)(
      "is unknown, and the look-up finds it paid: %s",
      async (trouble) => {
        const order = await newOrder(provider);
        await provider.spoil("charge", trouble);
        const gateway = await provider.gatewayWith("impatient");
        expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
        await untilMoved(provider, order.orderId, 1);
        const payment = await found(provider, order.orderId);
        expect(payment).toTell(capturedPayment(order, lookUpFields));
      },
    );

    it.each([
      "silence_before",
      "cut_before",
      "error_before",
      "unavailable_before",
      "rate_limit",
    ] as const)("is unknown, and the look-up finds nothing: %s", async (trouble) => {
      const order = await newOrder(provider);
      await provider.spoil("charge", trouble);
      const gateway = await provider.gatewayWith("impatient");
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toBe("not_found");
      expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
    });

    it("is unknown, and may be paid after we gave up waiting", async () => {
      const order = await newOrder(provider);
      await provider.spoil("charge", "slow_before");
      const gateway = await provider.gatewayWith("impatient");
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
      await untilMoved(provider, order.orderId, 1);
      const payment = await found(provider, order.orderId);
      expect(payment).toTell(capturedPayment(order, lookUpFields));
      expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
    });

    it("tells how long the provider wants to be left alone", async () => {
      const order = await newOrder(provider);
      await provider.spoil("charge", "rate_limit");
      const error = await errorOf(provider.gateway.chargeBillingKey(order));
      expect([error.httpStatus, error.retryAfterSeconds]).toEqual([429, 7]);
    });
  });
}

function describeUnknownLookUps(provider: ProviderUnderTest): void {
  describe("a look-up that gets no clear answer", () => {
    it.each([
      "silence_before",
      "cut_before",
      "cut_after",
      "error_before",
      "garbage_after",
      "rate_limit",
    ] as const)("says nothing about the payment: %s", async (trouble) => {
      const order = await newOrder(provider);
      await provider.gateway.chargeBillingKey(order);
      await provider.spoil("look_up", trouble);
      const gateway = await provider.gatewayWith("impatient");
      const { failure } = await errorOf(gateway.lookUpByOrderId(order.orderId));
      expect(failure).toBe("outcome_unknown");
    });
  });

  describe("a look-up that comes too early", () => {
    it("finds nothing, though the money moved, and finds it later", async () => {
      const order = await newOrder(provider);
      await provider.gateway.chargeBillingKey(order);
      await provider.spoil("look_up", "not_visible_yet");
      expect(await found(provider, order.orderId)).toBe("not_found");
      const { lookUpFields } = provider.gateway.capabilities;
      expect(await found(provider, order.orderId)).toTell(capturedPayment(order, lookUpFields));
    });
  });
}

function describeNotSent(provider: ProviderUnderTest): void {
  describe("a provider that does not listen", () => {
    it("was sent nothing, and is known to have been sent nothing", async () => {
      const gateway = await provider.gatewayWith("nobody_listens");
      const { order, payment } = await charged(provider);
      const errors = [
        await errorOf(gateway.chargeBillingKey(orderOf(provider, order.secret))),
        await errorOf(gateway.refund(refundOf(payment))),
        await errorOf(register(provider, gateway)),
        await errorOf(gateway.deleteBillingKey(order.secret)),
      ];
      expect(errors.map(({ failure }) => failure)).toEqual(errors.map(() => "not_sent"));
    });

    it("says nothing about a payment that is looked up", async () => {
      const gateway = await provider.gatewayWith("nobody_listens");
      const errors = [
        await errorOf(gateway.lookUpByOrderId("ORDER-0001")),
        await errorOf(gateway.lookUpByPaymentId(provider.unknownPaymentId)),
      ];
      expect(errors.map(({ failure }) => failure)).toEqual(["outcome_unknown", "outcome_unknown"]);
    });
  });
}
