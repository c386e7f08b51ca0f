/** Conformance: charges that are declined, and connections that do not work. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newOrder, register } from "./customers.ts";
import { found, newOrderId, orderOf } from "./orders.ts";
import { errorOf, type ProviderUnderTest } from "./provider-under-test.ts";

export function describeRefusals(provider: ProviderUnderTest): void {
  describeDeclines(provider);
  describeConnections(provider);
}

function describeDeclines(provider: ProviderUnderTest): void {
  const { gateway, unheardOf } = provider;
  const { declinedIdReusable } = gateway.capabilities;
  const declines = [
    { trouble: "soft_decline", failure: "soft_decline" },
    { trouble: "hard_decline", failure: "hard_decline" },
    { trouble: "dead_key", failure: provider.endedKeyFailure },
    { trouble: "maintenance", failure: "outage" },
  ] as const;

  describe("a declined charge", () => {
    it.each(declines.filter(({ trouble }) => !unheardOf.includes(trouble)))(
      "by $trouble moves no money and is a $failure",
      async ({ trouble, failure }) => {
        const order = await newOrder(provider);
        await provider.spoil("charge", trouble);
        const error = await errorOf(gateway.chargeBillingKey(order));
        expect([error.failure, typeof error.code]).toEqual([failure, "string"]);
        expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
        const record = await found(provider, order.orderId);
        const state = record === "not_found" ? record : record.state;
        expect(["not_found", "failed"]).toContain(state);
      },
    );

    it("leaves the key usable under another order id", async () => {
      const order = await newOrder(provider);
      await provider.spoil("charge", "soft_decline");
      await errorOf(gateway.chargeBillingKey(order));
      const next = orderOf(provider, order.secret);
      expect((await gateway.chargeBillingKey(next)).state).toBe("captured");
    });

    it("for want of money is a soft decline, and paid once there is enough", async () => {
      const order = await newOrder(provider);
      const { billingKey } = order.secret;
      await provider.setFunds(billingKey, "none");
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("soft_decline");
      expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
      await provider.setFunds(billingKey, "enough");
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
}

function describeConnections(provider: ProviderUnderTest): void {
  describe("credentials or a contract that do not work", () => {
    it.each(["unknown_credentials", "no_contract"] as const)(
      "are a matter of configuration that the message explains: %s",
      async (difference) => {
        const order = await newOrder(provider);
        const wrong = await provider.gatewayWith(difference);
        const charged = await errorOf(wrong.chargeBillingKey(order));
        const registered = await errorOf(register(provider, wrong));
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
