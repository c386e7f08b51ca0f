/** Conformance: money given back, and the provider's own list of movements. */
import { isSameMoney, money, type ProviderTransaction } from "@maedal/gateways";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { capturedPayment, found, newOrder, refunded, refundOf, usualAmount } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

export function describeRefunds(provider: ProviderUnderTest): void {
  describeGivenBack(provider);
  describeNotGivenBack(provider);
  describeLists(provider);
}

function describeGivenBack(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { lookUpFields, idempotencyWindowDays } = gateway.capabilities;
  const whole = usualAmount(provider);
  const part = money(whole.amountMinor / 10, whole.currency);

  describe("a refund", () => {
    it("of everything leaves a captured payment with one refund", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      const after = await gateway.refund(refundOf(payment));
      const expected = {
        ...capturedPayment(order, lookUpFields),
        refundedMinor: whole.amountMinor,
        refunds: [refunded(whole.amountMinor)],
      };
      expect(withoutExchange(after)).toEqual(expected);
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(after));
      expect(await provider.movements({ orderId: order.orderId })).toEqual([
        { kind: "payment", amountMinor: whole.amountMinor },
        { kind: "refund", amountMinor: whole.amountMinor },
      ]);
    });

    it("in parts adds up, each part the last of the refunds in its own answer", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      const rest = whole.amountMinor - part.amountMinor;
      const first = await gateway.refund(refundOf(payment, { amount: part, reason: "일부" }));
      const second = await gateway.refund(refundOf(payment, { refundableMinor: rest }));
      expect([first.refundedMinor, first.refunds]).toEqual([
        part.amountMinor,
        [refunded(part.amountMinor, "일부")],
      ]);
      expect([second.state, second.refundedMinor, second.refunds]).toEqual([
        "captured",
        whole.amountMinor,
        [refunded(part.amountMinor, "일부"), refunded(rest)],
      ]);
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(second));
    });

    it("whose answer was lost is found by the look-up", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      await provider.spoil("refund", "silence_after");
      const impatient = await provider.gatewayWith("impatient");
      const lost = await errorOf(impatient.refund(refundOf(payment, { amount: part })));
      expect(lost.failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toEqual({
        ...capturedPayment(order, lookUpFields),
        refundedMinor: part.amountMinor,
        refunds: [refunded(part.amountMinor)],
      });
    });

    it.runIf(idempotencyWindowDays !== undefined)(
      "is given once however often one idempotency key is sent, and answers the same",
      async () => {
        const order = await newOrder(provider);
        const refund = refundOf(await gateway.chargeBillingKey(order), { amount: part });
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

  describe("a refund that the provider refuses", () => {
    it("because another amount is left than we believe gives nothing", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      const refundableMinor = whole.amountMinor - part.amountMinor;
      const wrong = refundOf(payment, { amount: part, refundableMinor });
      expect((await errorOf(gateway.refund(wrong))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(payment));
    });

    it("because everything was given back at once is unknown until it is looked up", async () => {
      const order = await newOrder(provider);
      const refund = refundOf(await gateway.chargeBillingKey(order));
      const after = await gateway.refund(refund);
      const again = { ...refund, idempotencyKey: randomUUID() };
      expect((await errorOf(gateway.refund(again))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(after));
    });

    it("because everything was given back in parts is unknown until it is looked up", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      await gateway.refund(refundOf(payment, { amount: part }));
      const refundableMinor = whole.amountMinor - part.amountMinor;
      const after = await gateway.refund(refundOf(payment, { refundableMinor }));
      const again = refundOf(payment, { amount: part });
      expect((await errorOf(gateway.refund(again))).failure).toBe("outcome_unknown");
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(after));
    });

    it("because it knows no such payment is our own mistake", async () => {
      const payment = await gateway.chargeBillingKey(await newOrder(provider));
      const { failure } = await errorOf(
        gateway.refund(refundOf(payment, { paymentId: "nobodys-payment" })),
      );
      expect(failure).toBe("invalid_request");
    });
  });

  describe("a refund of more than is left", () => {
    it("is not sent", async () => {
      const order = await newOrder(provider);
      const payment = await gateway.chargeBillingKey(order);
      const refundableMinor = part.amountMinor;
      for (const wrong of [{ amount: whole, refundableMinor }, { refundableMinor: 0 }]) {
        const { failure } = await errorOf(gateway.refund(refundOf(payment, wrong)));
        expect(failure).toBe("invalid_request");
      }
      expect(await found(provider, order.orderId)).toEqual(withoutExchange(payment));
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
      const { refunds } = await gateway.refund(refundOf(payment));
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
      expect(listed.at(-1)?.transactionId).toBe(refunds.at(-1)?.transactionId);
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
