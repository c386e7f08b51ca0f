import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { revokeBillingKey } from "../../src/billing-keys/revoke-billing-key.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import { addCustomer, advanceTo, eventually, subscribe, untilCharges } from "../support/world.ts";
import {
  join,
  keyEvents,
  keyOf,
  openLinePayShop,
  registerRegKey,
  requestsAbout,
  subscribeWith,
  type LinePayShop,
} from "./key-health-shop.ts";

let shop: LinePayShop;
beforeAll(async () => {
  shop = await openLinePayShop();
  shop.worker();
});
afterAll(() => shop.stop());

const start = "2026-03-05T02:00:00Z";
const givenUp = { status: "revoked", statusReason: "no subscription uses it any more" };

const cancel = (subscriptionId: string, when: "now" | "period_end" = "now") =>
  cancelSubscription(shop.engine, { accountId: shop.accountId, subscriptionId, when });

const untilExpired = (regKey: string) =>
  eventually("the key to be expired", async () => {
    const requests = await requestsAbout(shop, regKey, "expire");
    return requests.length > 0 && requests;
  });

async function stateOfKey(keyId: string) {
  const { status, statusReason } = await keyOf(shop, keyId);
  return { status, statusReason };
}

describe("a LINE Pay key whose only subscription is canceled", () => {
  it("is given up at once, and expired at LINE Pay", async () => {
    const { keyId, regKey, subscriptionId } = await join(shop, start);
    await untilCharges(shop, subscriptionId, "captured");
    await cancel(subscriptionId);

    expect(await stateOfKey(keyId)).toEqual(givenUp);
    expect((await untilExpired(regKey)).length).toBe(1);
    const data = { billingKeyId: keyId, reason: givenUp.statusReason };
    expect(await keyEvents(shop, keyId)).toEqual([
      { type: "billing_key.revoked", occurredAt: start, data },
    ]);
  });

  it("is kept until the period ends, when the cancel is for then", async () => {
    const { keyId, regKey, subscriptionId, testClockId } = await join(shop, start);
    await untilCharges(shop, subscriptionId, "captured");
    await cancel(subscriptionId, "period_end");
    await advanceTo(shop, testClockId, "2026-04-04T00:00:00Z");
    expect((await keyOf(shop, keyId)).status).toBe("active");

    await advanceTo(shop, testClockId, "2026-04-06T00:00:00Z");
    expect(await stateOfKey(keyId)).toEqual(givenUp);
    expect((await untilExpired(regKey)).length).toBe(1);
    expect(await requestsAbout(shop, regKey, "key_check")).toEqual([]);
  });

  it("is expired only once the charge that was on its way is decided", async () => {
    const spoil = (operation: string, action: string, times: number) =>
      shop.control.post("/faults", { provider: "line_pay", operation, action, times });
    await spoil("charge", "close_after", 1);
    await spoil("details", "bad_gateway", 2);
    const { keyId, regKey, subscriptionId } = await join(shop, start);
    await eventually("the first look-up to fail", async () => {
      return (await shop.control.requests("details")).length > 0;
    });
    await cancel(subscriptionId);
    expect((await keyOf(shop, keyId)).status).toBe("revoked");
    const [expired] = await untilExpired(regKey);

    expect((await untilCharges(shop, subscriptionId, "captured")).length).toBe(1);
    const lookUps = await shop.control.requests("details");
    expect(lookUps.length).toBe(3);
    expect(expired?.sequence).toBeGreaterThan(lookUps.at(-1)?.sequence ?? Infinity);
  });
});

describe("a key that pays for two subscriptions", () => {
  it("is given up with the last one, also when two are canceled at the same moment", async () => {
    const { customerId, keyId, subscriptionId } = await join(shop, start);
    const second = await subscribeWith(shop, customerId, keyId);
    await cancel(subscriptionId);
    expect((await keyOf(shop, keyId)).status).toBe("active");

    const third = await subscribeWith(shop, customerId, keyId);
    await Promise.all([cancel(second), cancel(third)]);
    expect(await stateOfKey(keyId)).toEqual(givenUp);
    expect((await keyEvents(shop, keyId)).length).toBe(1);
  });

  it("is either taken up by a new subscription or given up, when both happen at once", async () => {
    const { accountId, engine, planId } = shop;
    for (let round = 0; round < 5; round += 1) {
      const { customerId, keyId: billingKeyId, subscriptionId } = await join(shop, start);
      const wanted = { accountId, customerId, planId, billingKeyId };
      const [taken] = await Promise.allSettled([
        createSubscription(engine, wanted),
        cancel(subscriptionId),
      ]);
      const expected = taken.status === "fulfilled" ? "active" : "revoked";
      expect((await keyOf(shop, billingKeyId)).status).toBe(expected);
    }
  });
});

describe("a key that never had a subscription", () => {
  it("stays, whatever becomes of its customer's others", async () => {
    const { customerId, subscriptionId } = await join(shop, start);
    const { keyId } = await registerRegKey(shop, customerId);
    await cancel(subscriptionId);
    expect((await keyOf(shop, keyId)).status).toBe("active");
  });
});

describe("a key that the merchant has revoked before", () => {
  it("is not given up a second time", async () => {
    const { accountId, engine } = shop;
    const { keyId, subscriptionId } = await join(shop, start);
    await revokeBillingKey(engine, { accountId, billingKeyId: keyId });
    await cancel(subscriptionId);
    expect((await keyEvents(shop, keyId)).map(({ type }) => type)).toEqual([
      "billing_key.revoked",
      "subscription.method_required",
    ]);
  });
});

describe("a subscription that is canceled before it had a key", () => {
  it("ends, and no key with it", async () => {
    const { accountId, engine, planId } = shop;
    const { id: customerId } = await addCustomer(shop, start);
    const { id } = await createSubscription(engine, { accountId, customerId, planId });
    expect((await cancel(id)).status).toBe("canceled");
  });
});

describe("a Toss key whose only subscription is canceled", () => {
  it("stays: Toss does not want unused keys back", async () => {
    const { key, subscription } = await subscribe(shop, { clockAt: start });
    await untilCharges(shop, subscription.id, "captured");
    await cancel(subscription.id);
    expect((await keyOf(shop, key.id)).status).toBe("active");
    expect(await shop.control.requests("delete_key")).toEqual([]);
  });
});
