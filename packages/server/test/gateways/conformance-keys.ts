/** Conformance: keys that are asked about, and keys that are gone. */
import { describe, expect, it } from "vitest";
import { newOrder, register } from "./customers.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";
import { orderOf } from "./orders.ts";

export function describeKeys(provider: ProviderUnderTest): void {
  describeGoneKeys(provider);
  const { gateway } = provider;
  it("offers a check of a billing key exactly where the capabilities say so", () => {
    expect("checkBillingKey" in gateway).toBe(gateway.capabilities.keyCheck);
  });
  if (!gateway.capabilities.keyCheck) return;
  describe("a key that is asked about", () => {
    describeKeyCheck(provider);
  });
}

function describeGoneKeys(provider: ProviderUnderTest): void {
  const { gateway, withdraw, endedKeyFailure } = provider;

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
      expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe(endedKeyFailure);
      await gateway.deleteBillingKey(order.secret);
    });

    it("because a charge was refused for good, charges no more, and may be deleted", async () => {
      const order = await newOrder(provider);
      await provider.spoil("charge", "dead_key");
      await errorOf(gateway.chargeBillingKey(order));
      const next = orderOf(provider, order.secret);
      expect((await errorOf(gateway.chargeBillingKey(next))).failure).toBe(endedKeyFailure);
      await gateway.deleteBillingKey(order.secret);
      expect(await provider.movements({ orderId: next.orderId })).toEqual([]);
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

function describeKeyCheck(provider: ProviderUnderTest): void {
  const { gateway, withdraw } = provider;

  async function healthOf(billingKey: string, gatewayToAsk = gateway): Promise<unknown> {
    const health = await gatewayToAsk.checkBillingKey?.({ billingKey });
    return health === undefined ? undefined : withoutExchange(health);
  }

  const health = (state: string) => ({
    state,
    code: expect.stringMatching(/./),
    message: expect.any(String),
  });

  it("is usable after it was registered", async () => {
    const { secret } = await register(provider);
    expect(await healthOf(secret.billingKey)).toEqual(health("usable"));
  });

  it("is blocked while its method cannot be charged", async () => {
    const { secret } = await register(provider);
    await provider.spoil("check_key", "soft_decline");
    expect(await healthOf(secret.billingKey)).toEqual(health("blocked"));
    expect(await healthOf(secret.billingKey)).toEqual(health("usable"));
  });

  it("is gone after we deleted it", async () => {
    const { secret } = await register(provider);
    await gateway.deleteBillingKey(secret);
    expect(await healthOf(secret.billingKey)).toEqual(health("gone"));
  });

  it.runIf(withdraw !== undefined)("is gone after the customer left", async () => {
    const { secret } = await register(provider);
    await withdraw?.(secret.billingKey);
    expect(await healthOf(secret.billingKey)).toEqual(health("gone"));
  });

  it("shows no key in the evidence", async () => {
    const { secret } = await register(provider);
    const { exchange } = (await gateway.checkBillingKey?.(secret)) ?? {};
    expect(JSON.stringify(exchange)).not.toContain(secret.billingKey);
  });

  it.each(["silence_before", "cut_after", "error_before", "garbage_after", "rate_limit"] as const)(
    "is not taken for gone when there is no clear answer: %s",
    async (trouble) => {
      const { secret } = await register(provider);
      const impatient = await provider.gatewayWith("impatient");
      await provider.spoil("check_key", trouble);
      const error = await errorOf(healthOf(secret.billingKey, impatient));
      expect(error.failure).toBe("outcome_unknown");
      expect(await healthOf(secret.billingKey)).toEqual(health("usable"));
    },
  );
}
