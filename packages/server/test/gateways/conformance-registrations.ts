/** Conformance: how a customer registers a method, and what a script window promises. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { exchange, register, scriptCustomer, scriptWindow } from "./customers.ts";
import { orderOf } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

export function describeRegistrations(provider: ProviderUnderTest): void {
  const { gateway, method, label } = provider;

  describe("a registration", () => {
    it("gives a key of the customer's method, with a label that people recognize", async () => {
      const { secret, ...registered } = withoutExchange(await register(provider));
      expect(secret.billingKey).toMatch(/./);
      expect(registered).toEqual({
        method,
        methodLabel: expect.stringMatching(label),
        observations: [],
      });
    });

    it("gives each customer another key", async () => {
      const first = await register(provider);
      const second = await register(provider);
      expect(second.secret.billingKey).not.toBe(first.secret.billingKey);
    });

    it("shows no key in its evidence", async () => {
      const { secret, exchange: evidence } = await register(provider);
      for (const text of Object.values(secret)) {
        expect(JSON.stringify(evidence)).not.toContain(text);
      }
    });
  });

  if (gateway.window.kind !== "script") return;
  describe("a registration in a script window", () => {
    describeScriptWindow(provider);
  });
}

function describeScriptWindow(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { ordered } = scriptWindow(gateway);

  it("moves no money, and its key belongs to the customer who came back", async () => {
    const returned = await scriptCustomer(provider).passWindow();
    const { secret } = await exchange(gateway, returned);
    expect(secret.customerKey).toBe(returned.customerKey);
    expect(await provider.movements({ key: secret.billingKey })).toEqual([]);
  });

  it.runIf(ordered === undefined)(
    "gives no second key for what the window returned once",
    async () => {
      const returned = await scriptCustomer(provider).passWindow();
      await exchange(gateway, returned);
      const again = { ...returned, idempotencyKey: randomUUID() };
      const { failure } = await errorOf(exchange(gateway, again));
      expect(["billing_key_invalid", "invalid_request"]).toContain(failure);
    },
  );

  it.runIf(gateway.capabilities.idempotencyWindowDays !== undefined)(
    "gives the key of a lost answer to whoever asks again with the same idempotency key",
    async () => {
      const returned = await scriptCustomer(provider).passWindow();
      await provider.spoil("register", "cut_after");
      const lost = await errorOf(exchange(gateway, returned));
      expect(lost.failure).toBe("outcome_unknown");
      const { secret } = await exchange(gateway, returned);
      const payment = await gateway.chargeBillingKey(orderOf(provider, secret));
      expect(payment.state).toBe("captured");
    },
  );
}
