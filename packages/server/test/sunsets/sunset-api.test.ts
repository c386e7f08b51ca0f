import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createApiWorld,
  linePayKeys,
  tossKeys,
  unknownId,
  type ApiWorld,
  type Answer,
} from "../http/api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.stop());

async function connect(keys: Readonly<Record<string, unknown>>): Promise<string> {
  const { body } = await world.shop.post("/v1/gateway-connections", keys);
  return String(body["id"]);
}

const sunsetOf = (id: string) => `/v1/gateway-connections/${id}/sunset`;
const problemOf = ({ body, status }: Answer) => {
  const errors = (body["errors"] ?? []) as { path: string }[];
  return [status, body["code"], ...errors.map(({ path }) => path)];
};

/** A connection with one subscription whose key is of our own making. */
async function connectionWithPayer(): Promise<{ id: string; subscriptionId: string }> {
  const { engine, shop } = world;
  const id = await connect(tossKeys);
  const customer = await shop.post("/v1/customers", { name: "김매달" });
  const plan = { name: "Milk", amount: 9900, currency: "KRW", interval: "month" };
  const { body } = await shop.post("/v1/plans", plan);
  const wanted = { customerId: customer.body["id"], planId: body["id"] };
  const subscription = await shop.post("/v1/subscriptions", wanted);
  const subscriptionId = String(subscription.body["id"]);
  const key = unknownId("bk").replace(/.{10}$/, id.slice(-10));
  await engine.database.execute(
    `insert into billing_keys (account_id, id, customer_id, connection_id, method, secret, blind_index)
     values ($1, $2, $3, $4, 'TRANSFER', '\\x00', '\\x00')`,
    [shop.account.id, key, wanted.customerId, id],
  );
  await engine.database.execute(
    `update subscriptions set billing_key_id = $2, status = 'active', anchor_on = '2026-01-31',
       next_due_at = '2027-01-31T01:00:00Z' where id = $1`,
    [subscriptionId, key],
  );
  return { id, subscriptionId };
}

const terms = (successorId: string) => ({
  successorId,
  reason: "CHAI closes",
  chargesUntil: "2100-12-31T15:00:00Z",
});

describe("leaving a provider over the API", () => {
  it("previews without changing anything, and names whom the successor cannot charge", async () => {
    const { id } = await connectionWithPayer();
    const toss = await connect(tossKeys);
    const preview = await world.shop.post(`${sunsetOf(id)}/preview`, terms(toss));
    expect([preview.status, preview.body]).toEqual([
      200,
      {
        ...terms(toss),
        whenSilent: "keep",
        cancelAt: null,
        keys: { active: 1, suspended: 0, dead: 0, revoked: 0 },
        subscriptions: { total: 1, ending: 0, dueBefore: 1, dueAfter: 0 },
        problems: [],
      },
    ]);
    const linePay = await connect(linePayKeys);
    const inTaiwan = await world.shop.post(`${sunsetOf(id)}/preview`, terms(linePay));
    expect(inTaiwan.body["problems"]).toEqual([
      {
        code: "currency_not_supported",
        message: expect.any(String),
        planId: expect.stringMatching(/^plan_/),
        subscriptions: 1,
      },
    ]);
    expect(problemOf(await world.shop.get(sunsetOf(id)))).toEqual([404, "not_found"]);
  });

  it("is said twice and means the same; said otherwise, it changes", async () => {
    const { id, subscriptionId } = await connectionWithPayer();
    const successor = await connect(tossKeys);
    const first = await world.shop.post(sunsetOf(id), terms(successor));
    const again = await world.shop.post(sunsetOf(id), terms(successor));
    expect([first.status, first.body]).toEqual([
      200,
      {
        connectionId: id,
        state: "charging",
        ...terms(successor),
        whenSilent: "keep",
        cancelAt: null,
        startedAt: expect.any(String),
        endedAt: null,
        subscriptions: {
          total: 1,
          switched: 0,
          waiting: 1,
          ending: 0,
          canceled: 0,
          asked: 0,
          visited: 0,
          silent: 0,
        },
        keys: { active: 1, suspended: 0, dead: 0, revoked: 0 },
        openCharges: 0,
        nextDueAt: "2027-01-31T01:00:00Z",
      },
    ]);
    expect(again.body).toEqual(first.body);
    const cancelAt = "2101-01-31T15:00:00Z";
    const other = { ...terms(successor), whenSilent: "cancel", cancelAt };
    const changed = await world.shop.post(sunsetOf(id), other);
    expect(changed.body).toEqual({ ...first.body, whenSilent: "cancel", cancelAt });

    const list = await world.shop.get(`${sunsetOf(id)}/subscriptions?standing=waiting`);
    expect(list.body).toEqual({
      items: [
        {
          subscriptionId,
          customerId: expect.stringMatching(/^cus_/),
          customerName: "김매달",
          status: "active",
          standing: "waiting",
          nextDueAt: "2027-01-31T01:00:00Z",
          requestUrl: null,
          visitedAt: null,
          createdAt: expect.any(String),
        },
      ],
      nextCursor: null,
    });
    const keys = await world.shop.get(`/v1/billing-keys?connectionId=${id}&status=active`);
    expect((keys.body["items"] as unknown[]).length).toBe(1);
    const dead = await world.shop.get(`/v1/billing-keys?connectionId=${id}&status=dead`);
    expect(dead.body["items"]).toEqual([]);
    const connection = await world.shop.get(`/v1/gateway-connections/${id}`);
    expect([connection.body["state"], connection.body["chargesUntil"]]).toEqual([
      "sunset",
      "2100-12-31T15:00:00Z",
    ]);
    const back = await world.shop.post(`${sunsetOf(id)}/take-back`);
    expect([back.status, back.body["state"], back.body["chargesUntil"]]).toEqual([
      200,
      "active",
      null,
    ]);
  });

  it("is refused with what is wrong, and then changes nothing", async () => {
    const id = await connect(tossKeys);
    const successor = await connect(tossKeys);
    const send = (body: unknown) => world.shop.post(sunsetOf(id), body);
    expect(problemOf(await send(terms(id)))).toEqual([422, "invalid_request", "successorId"]);
    const past = { ...terms(successor), chargesUntil: "2026-01-01T00:00:00Z" };
    expect(problemOf(await send(past))).toEqual([422, "invalid_request", "chargesUntil"]);
    const cancel = { ...terms(successor), whenSilent: "cancel" };
    expect(problemOf(await send(cancel))).toEqual([422, "invalid_request", "cancelAt"]);
    const early = { ...cancel, cancelAt: "2100-12-31T14:00:00Z" };
    expect(problemOf(await send(early))).toEqual([422, "invalid_request", "cancelAt"]);
    expect(problemOf(await send(terms(unknownId("gwy"))))).toEqual([404, "not_found"]);
    await world.shop.post(`/v1/gateway-connections/${successor}/pause`, { reason: "closed" });
    expect(problemOf(await send(terms(successor)))).toEqual([409, "connection_not_active"]);
    const others = await world.otherShop.post(sunsetOf(id), terms(successor));
    expect(problemOf(others)).toEqual([404, "not_found"]);
    const { body } = await world.shop.get(`/v1/gateway-connections/${id}`);
    expect(body["state"]).toBe("active");
  });
});
