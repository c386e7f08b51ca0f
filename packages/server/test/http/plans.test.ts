import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealBillingKey } from "../../src/billing-keys/billing-key-secret.ts";
import { insertBillingKey } from "../../src/billing-keys/billing-key-store.ts";
import { newId } from "../../src/ids/id.ts";
import { createApiWorld, linePayKeys, monthlyPlan, tossKeys, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
let tossId: string;
let linePayId: string;
beforeAll(async () => {
  world = await createApiWorld();
  tossId = await made("/v1/gateway-connections", tossKeys);
  linePayId = await made("/v1/gateway-connections", linePayKeys);
});
afterAll(async () => {
  await world.stop();
});

const taiwanPlan = { name: "鮮奶", amount: 299, currency: "TWD", interval: "month" };

/** Makes something that must succeed. @returns Its id. */
async function made(path: string, body: unknown): Promise<string> {
  const answer = await world.shop.post(path, body);
  expect({ path, status: answer.status, detail: answer.body["detail"] }).toEqual({
    path,
    status: 201,
    detail: undefined,
  });
  return String(answer.body["id"]);
}

/** A customer who may be asked to register a method for this plan; and what came of asking. */
async function register(plan: object, connectionId = linePayId, method = "LINE_PAY") {
  const customerId = await made("/v1/customers", {});
  const planId = await made("/v1/plans", plan);
  const subscriptionId = await made("/v1/subscriptions", { customerId, planId });
  const wanted = { customerId, connectionId, subscriptionId, method };
  const { body, status } = await world.shop.post("/v1/registrations", wanted);
  return status === 201 ? "opened" : body["code"];
}

/** A customer with a registered method. No provider is asked for it. */
async function payer(connectionId = linePayId, method = "LINE_PAY") {
  const { engine, shop } = world;
  const { random } = engine.effects;
  const accountId = shop.account.id;
  const customerId = await made("/v1/customers", {});
  const row = { accountId, id: newId("bk", random), customerId };
  const dataKey = await engine.keys.dataKeyOf(engine.database, accountId);
  const sealed = sealBillingKey(dataKey, { billingKey: random.uuid() }, row, random);
  await engine.database.transaction((tx) =>
    insertBillingKey(tx, { ...row, connectionId, method, methodLabel: undefined, ...sealed }),
  );
  return { customerId, billingKeyId: row.id };
}

describe("a price", () => {
  it("captures by itself, and lets no key die, unless told", async () => {
    const { body } = await world.shop.post("/v1/plans", monthlyPlan);
    const { capture, outlivesUnusedKeys, registrationAmount } = body;
    expect({ capture, outlivesUnusedKeys, registrationAmount }).toEqual({
      capture: "automatic",
      outlivesUnusedKeys: false,
      registrationAmount: null,
    });
  });

  it("says how it is captured, what a registration takes, and that keys may die", async () => {
    const told = { capture: "manual", outlivesUnusedKeys: true, registrationAmount: 10 };
    const { body } = await world.shop.post("/v1/plans", { ...taiwanPlan, ...told });
    expect(body).toEqual({ ...body, ...told });
    expect((await world.shop.get(`/v1/plans/${String(body["id"])}`)).body).toEqual(body);
  });

  it("says nothing of that after a move to a price that does not", async () => {
    const told = { capture: "manual", outlivesUnusedKeys: true, registrationAmount: 10 };
    const id = await made("/v1/plans", { ...taiwanPlan, ...told });
    const price = { amount: 399, currency: "TWD", interval: "month" };
    const { body } = await world.shop.post(`/v1/plans/${id}/prices`, price);
    const usual = { capture: "automatic", outlivesUnusedKeys: false, registrationAmount: null };
    expect(body).toEqual({ ...body, ...price, ...usual });
  });

  it("is refused when it says what it cannot say, each field named", async () => {
    const wrong = { capture: "later", registrationAmount: 0, outlivesUnusedKeys: "yes" };
    const before = await world.rowCounts();
    const { body, status } = await world.shop.post("/v1/plans", { ...taiwanPlan, ...wrong });
    expect({ status, errors: body["errors"] }).toEqual({
      status: 422,
      errors: [
        { path: "capture", message: "must be automatic or manual" },
        { path: "registrationAmount", message: "must be at least 1" },
        { path: "outlivesUnusedKeys", message: "must be true or false" },
      ],
    });
    expect(await world.rowCounts()).toEqual(before);
  });
});

describe("a registration with a provider whose window takes a payment", () => {
  it("is opened for a subscription", async () => {
    expect(await register(taiwanPlan)).toBe("opened");
  });

  it("is refused without a subscription, because there is nothing to pay", async () => {
    const customerId = await made("/v1/customers", {});
    const wanted = { customerId, connectionId: linePayId, method: "LINE_PAY" };
    const { body, status } = await world.shop.post("/v1/registrations", wanted);
    expect({ status, code: body["code"] }).toEqual({
      status: 422,
      code: "registration_needs_subscription",
    });
    expect((body["errors"] as { path: string }[]).map(({ path }) => path)).toEqual([
      "subscriptionId",
    ]);
  });

  it("is refused by a method of another provider", async () => {
    expect(await register(taiwanPlan, linePayId, "CARD")).toBe("invalid_request");
    expect(await register(monthlyPlan, tossId, "LINE_PAY")).toBe("invalid_request");
  });

  it("is refused in a currency that the provider does not take", async () => {
    expect(await register(monthlyPlan)).toBe("currency_not_supported");
  });
});

describe("a registration with a provider whose window takes nothing", () => {
  it("needs no subscription", async () => {
    const customerId = await made("/v1/customers", {});
    await made("/v1/registrations", { customerId, connectionId: tossId, method: "TRANSFER" });
  });
});

describe("a plan whose payments lie further apart than a key lives", () => {
  const yearly = { ...taiwanPlan, interval: "year" };

  it("is refused when a method is to be registered for it", async () => {
    expect(await register(yearly)).toBe("interval_outlives_key");
    expect(await register({ ...taiwanPlan, intervalCount: 6 })).toBe("interval_outlives_key");
    expect(await register({ ...taiwanPlan, trialDays: 181 })).toBe("interval_outlives_key");
    expect(await register({ ...taiwanPlan, intervalCount: 5, trialDays: 180 })).toBe("opened");
  });

  it("is accepted when its price says that keys may die", async () => {
    expect(await register({ ...yearly, outlivesUnusedKeys: true })).toBe("opened");
  });

  it("is accepted when the merchant's contract lets keys live longer", async () => {
    const keys = { ...linePayKeys, unusedKeyLifetimeDays: 400 };
    expect(await register(yearly, await made("/v1/gateway-connections", keys))).toBe("opened");
  });

  it("is accepted where keys do not die of disuse", async () => {
    expect(await register({ ...monthlyPlan, interval: "year" }, tossId, "TRANSFER")).toBe("opened");
  });

  it("is refused for a subscription that starts with a key", async () => {
    const { billingKeyId, customerId } = await payer();
    const planId = await made("/v1/plans", yearly);
    const wanted = { customerId, planId, billingKeyId };
    const { body } = await world.shop.post("/v1/subscriptions", wanted);
    expect(body["code"]).toBe("interval_outlives_key");
  });

  it("is refused when a subscription would change to it, a trial that is over aside", async () => {
    const { billingKeyId, customerId } = await payer();
    const planId = await made("/v1/plans", taiwanPlan);
    const id = await made("/v1/subscriptions", { customerId, planId, billingKeyId });
    const changeTo = async (plan: object) => {
      const wanted = { planId: await made("/v1/plans", plan) };
      const { body, status } = await world.shop.post(`/v1/subscriptions/${id}/change-plan`, wanted);
      return status === 200 ? "changed" : body["code"];
    };
    expect(await changeTo(yearly)).toBe("interval_outlives_key");
    expect(await changeTo({ ...taiwanPlan, trialDays: 365 })).toBe("changed");
  });
});

describe("a price that is captured by hand", () => {
  it("is refused by a provider that takes money at once, and no other", async () => {
    const manual = { capture: "manual" };
    expect(await register({ ...monthlyPlan, ...manual }, tossId, "TRANSFER")).toBe(
      "capture_not_supported",
    );
    expect(await register({ ...taiwanPlan, ...manual })).toBe("opened");
  });
});

describe("a plan that is retired", () => {
  /** A subscription that runs: in its trial, so that no provider is needed. */
  async function running(planId: string): Promise<string> {
    return await made("/v1/subscriptions", { ...(await payer()), planId });
  }
  const stateOf = async (id: string) => {
    const { body } = await world.shop.get(`/v1/subscriptions/${id}`);
    const { cancelReason, cancelsAtPeriodEnd, status } = body;
    return { cancelReason, cancelsAtPeriodEnd, status };
  };
  const eventsOf = async (id: string) => {
    const rows = await world.engine.database.query<{ type: string }>(
      "select type from events where subscription_id = $1 order by sequence",
      [id],
    );
    return rows.map(({ type }) => type);
  };
  const trial = { ...taiwanPlan, trialDays: 14 };
  const isGoingOn = { cancelReason: null, cancelsAtPeriodEnd: false, status: "trialing" };
  const retire = async (planId: string, subscriptions?: string) => {
    const body = subscriptions === undefined ? undefined : { subscriptions };
    return await world.shop.post(`/v1/plans/${planId}/retire`, body);
  };

  it("leaves its subscriptions alone, unless told", async () => {
    const planId = await made("/v1/plans", trial);
    const id = await running(planId);
    expect((await retire(planId)).body["status"]).toBe("retired");
    expect((await retire(planId, "keep")).body["status"]).toBe("retired");
    expect(await stateOf(id)).toEqual(isGoingOn);
  });

  it("ends them with the period that is paid for, and says why, once", async () => {
    const planId = await made("/v1/plans", trial);
    const id = await running(planId);
    const { body, status } = await retire(planId, "cancel_at_period_end");
    expect({ status, plan: body["status"] }).toEqual({ status: 200, plan: "retired" });
    await retire(planId, "cancel_at_period_end");
    const { cancelsAtPeriodEnd, status: state } = await stateOf(id);
    expect({ cancelsAtPeriodEnd, state }).toEqual({ cancelsAtPeriodEnd: true, state: "trialing" });
    const events = await eventsOf(id);
    expect(events.filter((type) => type === "subscription.cancel_scheduled").length).toBe(1);
  });

  it("ends at once what waits for its first method: there is no period to wait for", async () => {
    const planId = await made("/v1/plans", trial);
    const customerId = await made("/v1/customers", {});
    const id = await made("/v1/subscriptions", { customerId, planId });
    await retire(planId, "cancel_at_period_end");
    expect((await stateOf(id)).status).toBe("canceled");
    expect((await eventsOf(id)).at(-1)).toBe("subscription.canceled");
  });

  it("ends those at an older price of it, and those about to change to it", async () => {
    const planId = await made("/v1/plans", trial);
    const older = await running(planId);
    const { interval, currency } = trial;
    await made(`/v1/plans/${planId}/prices`, { amount: 399, currency, interval });
    const arriving = await running(await made("/v1/plans", trial));
    await world.shop.post(`/v1/subscriptions/${arriving}/change-plan`, { planId });
    await retire(planId, "cancel_at_period_end");
    expect((await stateOf(older)).cancelsAtPeriodEnd).toBe(true);
    expect((await stateOf(arriving)).cancelsAtPeriodEnd).toBe(true);
  });

  it("leaves alone those of other plans, and those about to change to another", async () => {
    const planId = await made("/v1/plans", trial);
    const otherPlanId = await made("/v1/plans", trial);
    const other = await running(otherPlanId);
    const leaving = await running(planId);
    const change = { planId: otherPlanId };
    await world.shop.post(`/v1/subscriptions/${leaving}/change-plan`, change);
    await retire(planId, "cancel_at_period_end");
    expect([await stateOf(other), await stateOf(leaving)]).toEqual([isGoingOn, isGoingOn]);
  });

  it("ends every one of very many", async () => {
    const planId = await made("/v1/plans", trial);
    const customerId = await made("/v1/customers", {});
    for (let n = 0; n < 210; n += 1) await made("/v1/subscriptions", { customerId, planId });
    await retire(planId, "cancel_at_period_end");
    const path = `/v1/subscriptions?customerId=${customerId}&limit=100`;
    expect((await world.shop.get(`${path}&status=incomplete`)).body["items"]).toEqual([]);
  });

  it("is refused with a word that is none of the two, and stays active", async () => {
    const planId = await made("/v1/plans", trial);
    const { body, status } = await retire(planId, "cancel_now");
    expect({ status, errors: body["errors"] }).toEqual({
      status: 422,
      errors: [{ path: "subscriptions", message: "must be keep or cancel_at_period_end" }],
    });
    expect((await world.shop.get(`/v1/plans/${planId}`)).body["status"]).toBe("active");
  });

  it("is refused when the word is not sent as JSON, rather than not read", async () => {
    const planId = await made("/v1/plans", trial);
    const init = { body: "subscriptions=cancel_at_period_end" };
    const { body } = await world.shop.send("POST", `/v1/plans/${planId}/retire`, init);
    expect(body["code"]).toBe("unsupported_media_type");
  });
});
