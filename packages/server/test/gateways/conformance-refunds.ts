/** Conformance: money given back, and the provider's own list of movements. */
import {
  isSameMoney,
  money,
  type ProviderPayment,
  type ProviderTransaction,
} from "@maedal/gateways";
import { describe, expect, it } from "vitest";
import { charged, newOrder } from "./customers.ts";
import { found, refunded, refundOf, untilMoved, usualAmount } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";
import { ifTold } from "./told.ts";

export function describeRefunds(provider: ProviderUnderTest): void {
  describeGivenBack(provider);
  describeNotGivenBack(provider);
  describeLists(provider);
}

/** A payment once these were given back; its own words for that are the provider's business. */
function afterRefunds(
  payment: Omit<ProviderPayment, "exchange">,
  refunds: readonly unknown[],
): Record<string, unknown> {
  const amounts = refunds.map((each) => (each as { readonly amountMinor: number }).amountMinor);
  return {
    ...payment,
    providerStatus: expect.stringMatching(/./),
    refundedMinor: amounts.reduce((sum, amount) => sum + amount, 0),
    refunds,
  };
}

function describeGivenBack(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { idempotencyWindowDays } = gateway.capabilities;
  const whole = usualAmount(provider);
  const part = money(whole.amountMinor / 10, whole.currency);
  const rest = money(whole.amountMinor - part.amountMinor, whole.currency);

  describe("a refund", () => {
    it("of everything is receipted, and leaves a captured payment with one refund", async () => {
      const { order, payment } = await charged(provider);
      const receipt = await gateway.refund(refundOf(payment));
      expect(withoutExchange(receipt)).toTell({
        refund: refunded(whole.amountMinor),
        refundedMinor: ifTold(whole.amountMinor),
        observations: [],
      });
      expect(await found(provider, order.orderId)).toTell(afterRefunds(payment, [receipt.refund]));
      expect(await provider.movements({ orderId: order.orderId })).toEqual([
        { kind: "payment", amountMinor: whole.amountMinor },
        { kind: "refund", amountMinor: whole.amountMinor },
      ]);
    });

    it("in parts adds up, each part receipted on its own", async () => {
      const { order, payment } = await charged(provider);
      const first = await gateway.refund(refundOf(payment, { amount: part, reason: "일부" }));
      const last = { refundableMinor: rest.amountMinor };
      const second = await gateway.refund(refundOf(payment, last));
      expect([first, second].map(({ refund }) => refund)).toTell([
        refunded(part.amountMinor, "일부"),
        refunded(rest.amountMinor),
      ]);
      expect([first, second].map(({ refundedMinor }) => refundedMinor)).toTell([
        ifTold(part.amountMinor),
        ifTold(whole.amountMinor),
      ]);
      expect(await found(provider, order.orderId)).toTell(
        afterRefunds(payment, [first.refund, second.refund]),
      );
    });

    it.each(["silence_after", "cut_after", "error_after", "garbage_after"] as const)(
      "whose answer was lost (%s) is found by the look-up",
      async (trouble) => {
        const { order, payment } = await charged(provider);
        await provider.spoil("refund", trouble);
        const impatient = await provider.gatewayWith("impatient");
        const lost = await errorOf(impatient.refund(refundOf(payment, { amount: part })));
        expect(lost.failure).toBe("outcome_unknown");
        await untilMoved(provider, order.orderId, 2);
        expect(await found(provider, order.orderId)).toTell(
          afterRefunds(payment, [refunded(part.amountMinor)]),
        );
      },
    );

    it("that never arrived is unknown, and the look-up finds none", async () => {
      const { order, payment } = await charged(provider);
      await provider.spoil("refund", "cut_before");
      const lost = await errorOf(gateway.refund(refundOf(payment, { amount: part })));
      expect(lost.failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toEqual(payment);
    });

    it.runIf(idempotencyWindowDays !== undefined)(
      "is given once however often one idempotency key is sent, and answers the same",
      async () => {
        const { order, payment } = await charged(provider);
        const refund = refundOf(payment, { amount: part });
        await provider.spoil("refund", "cut_after");
        expect((await errorOf(gateway.refund(refund))).failure).toBe("outcome_unknown");
        const second = await gateway.refund(refund);
        const third = await gateway.refund(refund);
        expect(withoutExchange(third)).toEqual(withoutExchange(second));
        expect(await provider.movements({ orderId: order.orderId })).toEqual([
          { kind: "payment", amountMinor: whole.amountMinor },
          { kind: "refund", amountMinor: part.amountMinor },
        ]);
      },
    );
  });
}

function describeNotGivenBack(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const whole = usualAmount(provider);
  const part = money(whole.amountMinor / 10, whole.currency);
  const rest = money(whole.amountMinor - part.amountMinor, whole.currency);

  describe("a refund that the provider refuses", () => {
    it("because everything was given back at once is unknown until it is looked up", async () => {
      const { order, payment } = await charged(provider);
      const { refund } = await gateway.refund(refundOf(payment));
      expect((await errorOf(gateway.refund(refundOf(payment)))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toTell(afterRefunds(payment, [refund]));
    });

    it("because everything was given back in parts is unknown until it is looked up", async () => {
      const { order, payment } = await charged(provider);
      const first = await gateway.refund(refundOf(payment, { amount: part }));
      const last = { refundableMinor: rest.amountMinor };
      const second = await gateway.refund(refundOf(payment, last));
      const again = refundOf(payment, { amount: part });
      expect((await errorOf(gateway.refund(again))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toTell(
        afterRefunds(payment, [first.refund, second.refund]),
      );
    });

    it("because it knows no such payment is our own mistake", async () => {
      const { payment } = await charged(provider);
      const { unknownPaymentId: paymentId } = provider;
      const { failure } = await errorOf(gateway.refund(refundOf({ ...payment, paymentId })));
      expect(failure).toBe("invalid_request");
    });
  });

  describe("a refund of more than is left", () => {
    it("is not sent", async () => {
      const { order, payment } = await charged(provider);
      const refundableMinor = part.amountMinor;
      for (const wrong of [{ amount: whole, refundableMinor }, { refundableMinor: 0 }]) {
        const { failure } = await errorOf(gateway.refund(refundOf(payment, wrong)));
        expect(failure).toBe("invalid_request");
      }
      expect(await found(provider, order.orderId)).toEqual(payment);
    });
  });
}

function describeLists(provider: ProviderUnderTest): void {
  const { gateway } = provider;

  describe.runIf(gateway.capabilities.listByDate)("the list of movements", () => {
    it("tells every payment and every refund, oldest first", async () => {
      const orders = [await newOrder(provider), await newOrder(provider)] as const;
      const payment = await gateway.chargeBillingKey(orders[0]);
      const other = await gateway.chargeBillingKey(orders[1]);
      const { refund } = await gateway.refund(refundOf(payment));
      const from = payment.requestedAt;
      if (from === undefined) throw new Error("A listed payment says when it was requested.");

      const listed: ProviderTransaction[] = [];
      const range = { from, to: from.add({ hours: 1 }) };
      for await (const transaction of gateway.listTransactions?.(range) ?? []) {
        if (orders.some(({ orderId }) => orderId === transaction.orderId)) listed.push(transaction);
      }
      expect(listed.map(({ orderId, paymentId }) => [orderId, paymentId])).toEqual([
        [orders[0].orderId, payment.paymentId],
        [orders[1].orderId, other.paymentId],
        [orders[0].orderId, payment.paymentId],
      ]);
      expect(listed.at(-1)?.transactionId).toBe(refund.transactionId);
      expect(new Set(listed.map(({ transactionId }) => transactionId)).size).toBe(3);
      const amounts = listed.map(({ amountMinor = 0 }) => Math.abs(amountMinor));
      expect(
        amounts.every((minor) => isSameMoney(money(minor, provider.currency), orders[0].amount)),
      ).toBe(true);
    });

    it("is empty for a time in which nothing happened", async () => {
      const { requestedAt } = await gateway.chargeBillingKey(await newOrder(provider));
      const to = requestedAt?.subtract({ hours: 24 * 300 });
      if (to === undefined) throw new Error("A listed payment says when it was requested.");
      const listed: ProviderTransaction[] = [];
      const range = { from: to.subtract({ hours: 24 }), to };
      for await (const each of gateway.listTransactions?.(range) ?? []) listed.push(each);
      expect(listed).toEqual([]);
    });
  });
}
