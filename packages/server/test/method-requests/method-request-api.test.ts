import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createApiWorld,
  linePayKeys,
  monthlyPlan,
  tossKeys,
  unknownId,
  type ApiWorld,
} from "../http/api-world.ts";

let world: ApiWorld;
let connectionId: string;
let planId: string;
beforeAll(async () => {
  world = await createApiWorld();
  connectionId = await made("/v1/gateway-connections", tossKeys);
  // It cannot charge won: it is never chosen for these plans.
  await made("/v1/gateway-connections", linePayKeys);
  planId = await made("/v1/plans", monthlyPlan);
});
afterAll(async () => {
  await world.stop();
});

async function made(path: string, body: unknown): Promise<string> {
  return String((await world.shop.post(path, body)).body["id"]);
}

/** A subscription that waits for a method. */
async function addSubscription(): Promise<{ customerId: string; subscriptionId: string }> {
  const customerId = await made("/v1/customers", {});
  return { customerId, subscriptionId: await made("/v1/subscriptions", { customerId, planId }) };
}

const told = ({
  body,
  status,
}: {
  readonly body: Record<string, unknown>;
  readonly status: number;
}) => ({
  status,
  code: body["code"],
});

describe("POST /v1/method-requests", () => {
  it("gives a link to send, at the only connection that can charge the subscription", async () => {
    const { customerId, subscriptionId } = await addSubscription();
    const { body, status } = await world.shop.post("/v1/method-requests", { subscriptionId });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: body["id"],
        url: `https://pay.example.com/m/${String(body["id"])}`,
        subscriptionId,
        customerId,
        connectionId,
        sunsetConnectionId: null,
        status: "open",
        visitedAt: null,
        registrationId: null,
        createdAt: body["createdAt"],
        finishedAt: null,
      },
    });
    const again = await world.shop.post("/v1/method-requests", { subscriptionId });
    expect([again.status, again.body]).toEqual([201, body]);
    const read = await world.shop.get(`/v1/method-requests/${String(body["id"])}`);
    expect([read.status, read.body]).toEqual([200, body]);
  });

  it("repeats its answer under the same Idempotency-Key", async () => {
    const { subscriptionId } = await addSubscription();
    const headers = { "idempotency-key": "ask-once" };
    const first = await world.shop.post("/v1/method-requests", { subscriptionId }, headers);
    await world.shop.post(`/v1/method-requests/${String(first.body["id"])}/withdraw`);
    const second = await world.shop.post("/v1/method-requests", { subscriptionId }, headers);
    expect([second.status, second.body]).toEqual([201, first.body]);
  });

  it("refuses what is not there, of another account, over, or wrong", async () => {
    const { subscriptionId } = await addSubscription();
    const ask = (body: unknown, client = world.shop) => client.post("/v1/method-requests", body);
    const answers = [
      await ask({ subscriptionId: unknownId("sub") }),
      await ask({ subscriptionId }, world.otherShop),
      await ask({ subscriptionId, connectionId: unknownId("gwy") }),
      await ask({ subscriptionId: "sub_x" }),
      await ask({ subscriptionId, url: "https://mine" }),
    ];
    await world.shop.post(`/v1/gateway-connections/${connectionId}/pause`, { reason: "holiday" });
    answers.push(await ask({ subscriptionId, connectionId }));
    await world.shop.post(`/v1/gateway-connections/${connectionId}/resume`);
    await world.shop.post(`/v1/subscriptions/${subscriptionId}/cancel`, { when: "now" });
    answers.push(await ask({ subscriptionId }));
    expect(answers.map(told)).toEqual([
      { status: 404, code: "not_found" },
      { status: 404, code: "not_found" },
      { status: 404, code: "not_found" },
      { status: 422, code: "invalid_request" },
      { status: 422, code: "invalid_request" },
      { status: 409, code: "connection_not_active" },
      { status: 409, code: "subscription_canceled" },
    ]);
  });
});

describe("the list of method requests", () => {
  it("is filtered by subscription, status and sunset, and paged", async () => {
    const { subscriptionId } = await addSubscription();
    const ids: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { body } = await world.shop.post("/v1/method-requests", { subscriptionId });
      ids.unshift(body["id"]);
      if (n < 2) await world.shop.post(`/v1/method-requests/${String(body["id"])}/withdraw`);
    }
    const listed = async (query: string) => {
      const { body } = await world.shop.get(
        `/v1/method-requests?subscriptionId=${subscriptionId}${query}`,
      );
      const items = body["items"] as { id: string }[];
      return { ids: items.map(({ id }) => id), nextCursor: body["nextCursor"] };
    };
    expect(await listed("")).toEqual({ ids, nextCursor: null });
    expect((await listed("&status=open")).ids).toEqual(ids.slice(0, 1));
    expect((await listed("&status=withdrawn")).ids).toEqual(ids.slice(1));
    expect((await listed(`&sunsetConnectionId=${connectionId}`)).ids).toEqual([]);
    const first = await listed("&limit=2");
    expect(first.ids).toEqual(ids.slice(0, 2));
    expect((await listed(`&limit=2&cursor=${String(first.nextCursor)}`)).ids).toEqual(ids.slice(2));
  });

  it("holds nothing of another account", async () => {
    const { body } = await world.otherShop.get("/v1/method-requests");
    expect(body).toEqual({ items: [], nextCursor: null });
  });
});

describe("withdrawing a method request", () => {
  it("is done once, and repeated without harm", async () => {
    const { subscriptionId } = await addSubscription();
    const { body } = await world.shop.post("/v1/method-requests", { subscriptionId });
    const path = `/v1/method-requests/${String(body["id"])}/withdraw`;
    const first = await world.shop.post(path);
    const { finishedAt } = first.body;
    expect(first.body).toEqual({ ...body, status: "withdrawn", finishedAt });
    const second = await world.shop.post(path);
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it("is refused when the customer was faster, and where there is none", async () => {
    const { subscriptionId } = await addSubscription();
    const { body } = await world.shop.post("/v1/method-requests", { subscriptionId });
    await world.engine.database.execute(
      "update method_requests set status = 'completed', finished_at = now() where id = $1",
      [body["id"]],
    );
    const withdraw = (id: string, client = world.shop) =>
      client.post(`/v1/method-requests/${id}/withdraw`);
    const answers = [
      await withdraw(String(body["id"])),
      await withdraw(unknownId("mrq")),
      await withdraw(String(body["id"]), world.otherShop),
    ];
    expect(answers.map(told)).toEqual([
      { status: 409, code: "method_request_over" },
      { status: 404, code: "not_found" },
      { status: 404, code: "not_found" },
    ]);
  });
});
