import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attachBillingKey } from "../../src/billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../../src/billing-keys/billing-key-secret.ts";
import { insertBillingKey } from "../../src/billing-keys/billing-key-store.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { insertConnection } from "../../src/connections/connection-store.ts";
import { encryptCredentials, portOneSecretOf } from "../../src/connections/gateways.ts";
import { updateCustomer } from "../../src/customers/customer-store.ts";
import { newId } from "../../src/ids/id.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import type { LoggedRequest } from "../support/emulator-control.ts";
import {
  addCustomer,
  addPlan,
  createWorld,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

const everything = { name: "김하늘", email: "haneul@example.com", phone: "010-1234-5678" };

describe("a customer whose name, e-mail address and phone number are known", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.stop());

  it("is a stranger to a provider that insists on none of them", async () => {
    const { customerId, subscription } = await subscribe(world);
    await updateCustomer(world.engine.database, world.accountId, customerId, everything);
    world.worker();
    const [charge] = await untilCharges(world, subscription.id, "captured");
    const [request] = await requestsFor(world, "charge", charge!.order_id);
    expect(JSON.stringify(request)).toContain(charge!.order_id);
    for (const detail of Object.values(everything)) {
      expect(JSON.stringify(request)).not.toContain(detail);
    }
  });
});

describe("a charge through Naver Pay, which insists on the customer's phone number", () => {
  let world: World;
  beforeAll(async () => {
    const portOne = await createWorld({ provider: "portone" });
    world = { ...portOne, connection: await addNaverPay(portOne) };
    world.worker();
  });
  afterAll(() => world.stop());

  it("tells the number, and neither name nor e-mail address", async () => {
    const { charge } = await paidByNaverPay(world, everything, "captured");
    const [request] = await requestsFor(world, "again", charge.order_id);
    expect(request?.body).toEqual({
      customer_uid: expect.any(String),
      merchant_uid: charge.order_id,
      amount: 9_900,
      currency: "KRW",
      name: expect.any(String),
      buyer_tel: "010-1234-5678",
    });
  });

  it("waits for a person when there is no number, who is told what to do; then it is sent", async () => {
    const noPhone = { ...everything, phone: null };
    const { charge, customerId, subscriptionId } = await paidByNaverPay(
      world,
      noPhone,
      "in_review",
    );
    const { accountId, engine } = world;
    expect(await reviewOf(world, charge.id)).toEqual({
      review_reason: "invalid_request",
      failure_code: "payer_details_missing",
      failure_message: `네이버페이 must be told the customer's phone: add it with PATCH /v1/customers/${customerId}, then decide that the charge was not paid, and it is sent.`,
    });
    expect(await requestsFor(world, "again", charge.order_id)).toEqual([]);

    await updateCustomer(engine.database, accountId, customerId, { phone: "+82 10-1234-5678" });
    const decision = { decision: "not_paid", note: "the number is there", by: "test" } as const;
    await resolveReview(engine, { accountId, chargeId: charge.id, ...decision });
    await untilCharges(world, subscriptionId, "captured");
    const requests = await requestsFor(world, "again", charge.order_id);
    expect(requests.map(({ body }) => (body as { buyer_tel: string }).buyer_tel)).toEqual([
      "+82 10-1234-5678",
    ]);
  });
});

async function addNaverPay({ accountId, emulator, engine }: World) {
  const { database, effects, keys } = engine;
  const { url, impCode, apiKey, apiSecret } = emulator.ready.portone;
  const owner = { accountId, id: newId("gwy", effects.random) };
  const secret = portOneSecretOf({ apiKey, apiSecret });
  return await insertConnection(database, {
    ...owner,
    mode: "test",
    provider: "portone",
    name: "Naver Pay",
    apiHost: url.replace(/\/$/, ""),
    publicId: impCode,
    channel: "naverpay",
    channelKey: undefined,
    scriptUrl: undefined,
    apiVersion: undefined,
    credentials: await encryptCredentials(database, keys, effects.random, owner, secret),
    settings: {},
    concurrency: 5,
    notificationToken: effects.random.uuid(),
  });
}

/** A subscription whose first charge got so far. */
async function paidByNaverPay(
  world: World,
  details: Parameters<typeof updateCustomer>[3],
  status: "captured" | "in_review",
) {
  const { accountId, connection, control, engine } = world;
  const { database, effects, keys } = engine;
  const { id: customerId } = await addCustomer(world);
  await updateCustomer(database, accountId, customerId, details);
  const planId = await addPlan(world);
  const subscription = await createSubscription(engine, { accountId, customerId, planId });
  const billingKey = effects.random.uuid();
  await control.post("/portone/billing-keys", { customer_uid: billingKey, pg: "naverpay" });
  const row = { accountId, id: newId("bk", effects.random), customerId };
  const dataKey = await keys.dataKeyOf(database, accountId);
  await database.transaction(async (tx) => {
    await insertBillingKey(tx, {
      ...row,
      connectionId: connection.id,
      method: "EASY_PAY",
      methodLabel: "네이버페이",
      ...sealBillingKey(dataKey, { billingKey }, row, effects.random),
    });
    const attached = {
      accountId,
      billingKeyId: row.id,
      subscriptionId: subscription.id,
      customerId,
    };
    await attachBillingKey(tx, engine, attached);
  });
  const [charge] = await untilCharges(world, subscription.id, status);
  return { charge: charge!, customerId, subscriptionId: subscription.id };
}

/** What the provider was asked to charge under this order id. */
async function requestsFor(
  { control }: World,
  operation: string,
  orderId: string,
): Promise<LoggedRequest[]> {
  const requests = await control.requests(operation);
  return requests.filter(({ body }) => JSON.stringify(body ?? "").includes(orderId));
}

async function reviewOf({ db }: World, chargeId: string) {
  const [row] = await db.database.query(
    "select review_reason, failure_code, failure_message from charges where id = $1",
    [chargeId],
  );
  return row;
}
