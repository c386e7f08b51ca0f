import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkBillingKeyNow } from "../../src/billing-keys/check-billing-key.ts";
import { checkExpiringKeys } from "../../src/cli/checks.ts";
import { advanceTo, chargesOf, statusOf, subscribe, untilCharges } from "../support/world.ts";
import {
  join,
  keyEvents,
  keyOf,
  openLinePayShop,
  paymentsWith,
  requestsAbout,
  type Interval,
  type LinePayShop,
  type Member,
} from "./key-health-shop.ts";

let shop: LinePayShop;
beforeAll(async () => {
  shop = await openLinePayShop();
  shop.worker();
  shop.worker(shop.engineWith({}));
});
afterAll(() => shop.stop());

/** A customer whose first charge has been captured; the next one is due on 5 April, 01:00 UTC. */
async function member(interval: Interval = "month", at = "2026-03-05T02:00:00Z") {
  const joined = await join(shop, at, interval);
  await untilCharges(shop, joined.subscriptionId, "captured");
  return joined;
}

const amountsOf = async ({ regKey }: Member) =>
  (await paymentsWith(shop, regKey)).map(({ amount }) => amount);

const spoilCheck = (regKey: string, action: unknown, times: number | null = 1) =>
  shop.control.post("/faults", {
    provider: "line_pay",
    operation: "key_check",
    match: { billingKey: regKey },
    action,
    times,
  });

describe("a key whose customer removes the merchant in LINE Pay", () => {
  it("is found out three days before the next charge, which is not tried with it", async () => {
    const joined = await member();
    const { keyId, regKey, subscriptionId, testClockId } = joined;
    await shop.control.post(`/line-pay/keys/${regKey}/delete`, {});
    await advanceTo(shop, testClockId, "2026-04-04T00:00:00Z");

    const occurredAt = "2026-04-02T01:00:00Z";
    const { checkedAt, status } = await keyOf(shop, keyId);
    expect({ status, checkedAt: checkedAt?.toString() }).toEqual({
      status: "dead",
      checkedAt: occurredAt,
    });
    const reason = expect.stringMatching(/^gone at the provider \(1141: .+\)$/);
    const data = { billingKeyId: keyId, reason };
    expect(await keyEvents(shop, keyId)).toEqual([
      { type: "billing_key.dead", occurredAt, data },
      { type: "subscription.method_required", occurredAt, data: { ...data, subscriptionId } },
    ]);

    await advanceTo(shop, testClockId, "2026-04-07T00:00:00Z");
    expect(await statusOf(shop, subscriptionId)).toBe("past_due");
    expect((await requestsAbout(shop, regKey, "key_check")).length).toBe(1);
    expect((await requestsAbout(shop, regKey, "charge")).length).toBe(1);
    expect(await amountsOf(joined)).toEqual([1, 100]);
  });
});

describe("a key that stays usable", () => {
  it("is checked once before each charge, by however many workers, and is told of nowhere", async () => {
    const joined = await member();
    await advanceTo(shop, joined.testClockId, "2026-06-10T00:00:00Z");

    const charges = await chargesOf(shop, joined.subscriptionId);
    expect(charges.map(({ status }) => status)).toEqual(Array(4).fill("captured"));
    expect((await requestsAbout(shop, joined.regKey, "key_check")).length).toBe(3);
    expect(await amountsOf(joined)).toEqual([1, 100, 100, 100, 100]);
    expect(await keyEvents(shop, joined.keyId)).toEqual([]);
  });
});

describe("a key that is blocked when it is checked", () => {
  it("is told of once, and charged on its day all the same", async () => {
    const joined = await member();
    await spoilCheck(joined.regKey, { type: "error", code: "1154" });
    await advanceTo(shop, joined.testClockId, "2026-04-07T00:00:00Z");

    const { customerId, keyId: billingKeyId } = joined;
    const data = { billingKeyId, customerId, code: "1154", message: expect.any(String) };
    expect(await keyEvents(shop, billingKeyId)).toEqual([
      { type: "billing_key.blocked", occurredAt: "2026-04-02T01:00:00Z", data },
    ]);
    expect((await keyOf(shop, billingKeyId)).status).toBe("active");
    expect(await amountsOf(joined)).toEqual([1, 100, 100]);
  });
});

describe("a check that gets no clear answer", () => {
  it("changes nothing and holds up no charge", async () => {
    const joined = await member();
    await spoilCheck(joined.regKey, "garbage", null);
    await advanceTo(shop, joined.testClockId, "2026-04-07T00:00:00Z");

    const { checkedAt, status } = await keyOf(shop, joined.keyId);
    expect({ checkedAt, status }).toEqual({ checkedAt: undefined, status: "active" });
    expect(await keyEvents(shop, joined.keyId)).toEqual([]);
    expect(await amountsOf(joined)).toEqual([1, 100, 100]);
  });
});

describe("a key that nothing is paid with for a year", () => {
  it("is told of two weeks before its death, and lives on when LINE Pay says that it does", async () => {
    const joined = await member("year", "2026-01-01T00:00:00Z");
    await advanceTo(shop, joined.testClockId, "2027-01-05T00:00:00Z");

    const data = {
      billingKeyId: joined.keyId,
      customerId: joined.customerId,
      expiresAt: "2026-06-30T00:00:00Z",
      nextDueAt: "2027-01-01T01:00:00Z",
    };
    expect(await keyEvents(shop, joined.keyId)).toEqual([
      { type: "billing_key.expiring", occurredAt: "2026-06-16T00:00:00Z", data },
    ]);
    expect((await requestsAbout(shop, joined.regKey, "key_check")).length).toBe(2);
    expect(await amountsOf(joined)).toEqual([1, 100, 100]);
  });

  it("is dead on the day when LINE Pay says so", async () => {
    const joined = await member("year", "2026-01-01T00:00:00Z");
    await shop.control.post("/clock", { by: "P181D" });
    await advanceTo(shop, joined.testClockId, "2026-12-01T00:00:00Z");

    const told = await keyEvents(shop, joined.keyId);
    expect(told.map(({ occurredAt, type }) => ({ type, occurredAt }))).toEqual([
      { type: "billing_key.expiring", occurredAt: "2026-06-16T00:00:00Z" },
      { type: "billing_key.dead", occurredAt: "2026-06-30T00:00:00Z" },
      { type: "subscription.method_required", occurredAt: "2026-06-30T00:00:00Z" },
    ]);
    expect((await requestsAbout(shop, joined.regKey, "key_check")).length).toBe(1);
  });
});

describe("somebody who asks about a key now", () => {
  const ask = (billingKeyId: string) =>
    checkBillingKeyNow(shop.engine, { accountId: shop.accountId, billingKeyId }).then(
      ({ code, state }) => ({ code, state }),
      ({ code, failure }: { code?: string; failure?: string }) => ({ refused: failure ?? code }),
    );

  it("is told what LINE Pay says, and a key that is gone is dead from then on", async () => {
    const { keyId, regKey } = await member();
    expect(await ask(keyId)).toEqual({ code: "0000", state: "usable" });
    await shop.control.post(`/line-pay/keys/${regKey}/delete`, {});
    expect(await ask(keyId)).toEqual({ code: "1141", state: "gone" });
    expect((await keyOf(shop, keyId)).status).toBe("dead");
    expect(await ask(keyId)).toEqual({ refused: "billing_key_not_usable" });
  });

  it("may ask again at once when there was no clear answer", async () => {
    const { keyId, regKey } = await member();
    await spoilCheck(regKey, "garbage");
    expect(await ask(keyId)).toEqual({ refused: "outcome_unknown" });
    expect(await ask(keyId)).toEqual({ code: "0000", state: "usable" });
  });

  it("is refused while somebody else is asking", async () => {
    const { keyId, regKey } = await member();
    await spoilCheck(regKey, { type: "delay", ms: 1_000 });
    const answers = await Promise.all([ask(keyId), ask(keyId), ask(keyId)]);
    expect(answers.filter((answer) => "refused" in answer)).toEqual([
      { refused: "conflict" },
      { refused: "conflict" },
    ]);
    expect((await requestsAbout(shop, regKey, "key_check")).length).toBe(1);
  });
});

describe("a key of Toss Payments, which cannot be asked", () => {
  it("is left alone", async () => {
    const options = { clockAt: "2026-03-05T02:00:00Z" };
    const { key, subscription, testClockId = "" } = await subscribe(shop, options);
    await untilCharges(shop, subscription.id, "captured");
    await advanceTo(shop, testClockId, "2026-04-07T00:00:00Z");
    expect((await keyOf(shop, key.id)).checkedAt).toBeUndefined();
    expect(await keyEvents(shop, key.id)).toEqual([]);
    expect((await untilCharges(shop, subscription.id, "captured", 2)).length).toBe(2);
  });
});

describe("a key in real time that dies before its yearly charge", () => {
  it("is named by the doctor, with the day of its death", async () => {
    const { engine } = shop;
    const well = { name: "Unused keys", state: "ok", detail: "none is about to die of disuse" };
    expect(await checkExpiringKeys(engine)).toEqual([well]);
    const { customerId, keyId, subscriptionId } = await member("year");
    const { database } = engine;
    await database.execute("update customers set test_clock_id = null where id = $1", [customerId]);
    await database.execute(
      `update subscriptions set test_clock_id = null, next_due_at = now() + interval '100 days'
       where id = $1`,
      [subscriptionId],
    );
    await database.execute(
      "update billing_keys set last_paid_at = now() - interval '175 days' where id = $1",
      [keyId],
    );
    const [row] = await database.query<{ day: string }>(
      `select to_char(last_paid_at at time zone 'UTC' + interval '180 days', 'YYYY-MM-DD') as day
       from billing_keys where id = $1`,
      [keyId],
    );
    const detail = `1 would die of disuse before the next payment, ${keyId} on ${row?.day}: ask their customers for a new method (POST /v1/registrations)`;
    expect(await checkExpiringKeys(engine)).toEqual([
      { name: "Unused keys", state: "notice", detail },
    ]);
  });
});
