/**
 * A shop that sells on LINE Pay, for the stories of key health: a test world with a second connection,
 * and customers whose regKey was made in LINE Pay's window.
 */
import type { Temporal } from "temporal-polyfill";
import { attachBillingKey } from "../../src/billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../../src/billing-keys/billing-key-secret.ts";
import { findBillingKey, insertBillingKey } from "../../src/billing-keys/billing-key-store.ts";
import type { BillingKey } from "../../src/billing-keys/billing-key.ts";
import { saveKeysPaid } from "../../src/billing-keys/key-health-store.ts";
import { insertConnection } from "../../src/connections/connection-store.ts";
import type { Connection } from "../../src/connections/connection.ts";
import { encryptCredentials } from "../../src/connections/gateways.ts";
import { newId } from "../../src/ids/id.ts";
import { Secret } from "../../src/security/secret.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import { effectiveNowOfBillingKey } from "../../src/subscriptions/subscription-store.ts";
import type { LedgerEntry, LoggedRequest } from "../support/emulator-control.ts";
import { addCustomer, createWorld, type World } from "../support/world.ts";

export type Interval = "month" | "year";

export interface LinePayShop extends World {
  readonly linePay: Connection;
  /** The monthly plan. */
  readonly planId: string;
  readonly yearlyPlanId: string;
}

export interface Member {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly testClockId: string;
  readonly keyId: string;
  readonly regKey: string;
}

/** Every plan is 100 TWD; the yearly price knows that keys may die before it pays. */
export async function openLinePayShop(): Promise<LinePayShop> {
  const world = await createWorld();
  const { accountId, emulator, engine } = world;
  const { database, effects, keys } = engine;
  const { channelId, channelSecret, url } = emulator.ready.linePay;
  const owner = { accountId, id: newId("gwy", effects.random) };
  const secret = new Secret(channelSecret);
  const linePay = await insertConnection(database, {
    ...owner,
    mode: "test",
    provider: "line_pay",
    name: "LINE Pay",
    apiHost: url.replace(/\/$/, ""),
    publicId: channelId,
    channel: undefined,
    channelKey: undefined,
    scriptUrl: undefined,
    credentials: await encryptCredentials(database, keys, effects.random, owner, secret),
    apiVersion: "v3",
    settings: { unusedKeyLifetimeDays: 180, keyCheckDaysAhead: 3 },
    concurrency: 10,
    notificationToken: effects.random.uuid(),
  });
  const planId = await addPlan(world, "month");
  return { ...world, linePay, planId, yearlyPlanId: await addPlan(world, "year") };
}

async function addPlan({ accountId, engine }: World, interval: Interval): Promise<string> {
  const { database, effects } = engine;
  const [planId, priceId] = [newId("plan", effects.random), newId("price", effects.random)];
  await database.transaction(async (tx) => {
    await tx.execute(
      "insert into plans (account_id, id, name, price_id) values ($1, $2, 'Milk', $3)",
      [accountId, planId, priceId],
    );
    await tx.execute(
      `insert into prices (account_id, id, plan_id, amount_minor, currency, interval_unit,
         interval_count, outlives_unused_keys) values ($1, $2, $3, 100, 'TWD', $4, 1, $4 = 'year')`,
      [accountId, priceId, planId, interval],
    );
  });
  return planId;
}

/** A customer goes through LINE Pay's window; the key is stored as a key that has just paid. */
export async function registerRegKey(
  shop: LinePayShop,
  customerId: string,
): Promise<{ readonly keyId: string; readonly regKey: string }> {
  const { accountId, control, engine, linePay, patient } = shop;
  const { random } = engine.effects;
  const { window } = await patient.of(engine.database, linePay);
  if (window.kind !== "payment") throw new Error("LINE Pay's window takes a payment");
  const orderId = `R${random.uuid().replaceAll("-", "").toUpperCase()}`;
  const amount = { amountMinor: 1, currency: "TWD" } as const;
  const { windowId } = await window.open({
    orderId,
    orderName: "Milk",
    amount,
    confirmUrl: "http://127.0.0.1/confirm",
    cancelUrl: "http://127.0.0.1/cancel",
    locale: "zh-TW",
  });
  await control.post(`/line-pay/requests/${windowId}/approve`, {});
  const { billingKey } = await window.confirm({ windowId, orderId, amount });
  if (billingKey === undefined) throw new Error("the confirm brought no key");
  const keyId = newId("bk", random);
  const dataKey = await engine.keys.dataKeyOf(engine.database, accountId);
  await engine.database.transaction(async (tx) => {
    const row = { accountId, id: keyId, customerId };
    await insertBillingKey(tx, {
      ...row,
      connectionId: linePay.id,
      method: "LINE_PAY",
      methodLabel: billingKey.methodLabel,
      ...sealBillingKey(dataKey, billingKey.secret, row, random),
    });
    const paidAt = await effectiveNowOfBillingKey(tx, accountId, keyId);
    await saveKeysPaid(tx, [{ accountId, billingKeyId: keyId, paidAt }]);
  });
  return { keyId, regKey: billingKey.secret.billingKey };
}

/** A customer on a test clock who subscribes; the first charge is due at once. */
export async function join(
  shop: LinePayShop,
  at: string,
  interval: Interval = "month",
): Promise<Member> {
  const customer = await addCustomer(shop, at);
  if (customer.testClockId === undefined) throw new Error("the customer has no clock");
  const key = await registerRegKey(shop, customer.id);
  const subscriptionId = await subscribeWith(shop, customer.id, key.keyId, interval);
  return { customerId: customer.id, testClockId: customer.testClockId, subscriptionId, ...key };
}

export async function subscribeWith(
  { accountId, engine, planId: monthlyPlanId, yearlyPlanId }: LinePayShop,
  customerId: string,
  billingKeyId: string,
  interval: Interval = "month",
): Promise<string> {
  const planId = interval === "month" ? monthlyPlanId : yearlyPlanId;
  const { id: subscriptionId } = await createSubscription(engine, {
    accountId,
    customerId,
    planId,
  });
  const attached = { accountId, billingKeyId, subscriptionId, customerId };
  await engine.database.transaction((tx) => attachBillingKey(tx, engine, attached));
  return subscriptionId;
}

export async function keyOf({ accountId, engine }: World, keyId: string): Promise<BillingKey> {
  const key = await findBillingKey(engine.database, accountId, keyId);
  if (key === undefined) throw new Error(`there is no key ${keyId}`);
  return key;
}

/** What LINE Pay was asked about a key, oldest first. */
export async function requestsAbout(
  { control }: World,
  regKey: string,
  operation: "charge" | "key_check" | "expire",
): Promise<LoggedRequest[]> {
  const requests = await control.requests(operation);
  return requests.filter(({ path }) => path.includes(`/${regKey}/`));
}

/** What LINE Pay moved for a key, its registration included. */
export async function paymentsWith({ control }: World, regKey: string): Promise<LedgerEntry[]> {
  return (await control.payments()).filter(({ key }) => key === regKey);
}

export interface Told {
  readonly type: string;
  readonly occurredAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events about a key, and those that ask for another, by the customer's time. */
export async function keyEvents({ accountId, engine }: World, keyId: string): Promise<Told[]> {
  const rows = await engine.database.query<{
    type: string;
    occurred_at: Temporal.Instant;
    data: Record<string, unknown>;
  }>(
    `select type, occurred_at, data from events
     where account_id = $1 and data->>'billingKeyId' = $2
     order by occurred_at, type`,
    [accountId, keyId],
  );
  return rows.map(({ data, occurred_at, type }) => ({
    type,
    occurredAt: occurred_at.toString(),
    data,
  }));
}
