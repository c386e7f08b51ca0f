import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiWorld, monthlyPlan, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

const namesOf = (body: Record<string, unknown>) =>
  (body["items"] as { name: string }[]).map(({ name }) => name);

async function pagesOf(path: string, limit: number): Promise<string[][]> {
  const pages = [];
  let cursor: string | undefined;
  do {
    const suffix = cursor === undefined ? "" : `&cursor=${cursor}`;
    const { body } = await world.shop.get(`${path}?limit=${limit}${suffix}`);
    pages.push(namesOf(body));
    cursor = (body["nextCursor"] as string | null) ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

describe("a list that is longer than a page", () => {
  it("is read page by page, newest first, each thing once", async () => {
    for (const name of ["1", "2", "3", "4", "5"]) {
      await world.shop.post("/v1/plans", { ...monthlyPlan, name });
    }
    expect(await pagesOf("/v1/plans", 2)).toEqual([["5", "4"], ["3", "2"], ["1"]]);
  });

  it("has no empty last page", async () => {
    expect((await pagesOf("/v1/plans", 5)).length).toBe(1);
  });

  it("is not shifted by what is added meanwhile", async () => {
    const first = await world.shop.get("/v1/plans?limit=2");
    await world.shop.post("/v1/plans", { ...monthlyPlan, name: "late" });
    const cursor = String(first.body["nextCursor"]);
    const second = await world.shop.get(`/v1/plans?limit=2&cursor=${cursor}`);
    expect(namesOf(second.body)).toEqual(["3", "2"]);
  });

  it("holds nothing of another account", async () => {
    const { body } = await world.otherShop.get("/v1/plans");
    expect(body).toEqual({ items: [], nextCursor: null });
  });
});

describe("a page that cannot be", () => {
  it("is refused when its limit is not from 1 to 100", async () => {
    for (const limit of ["0", "101", "1.5", "many"]) {
      const { body, status } = await world.shop.get(`/v1/plans?limit=${limit}`);
      expect({ limit, code: body["code"], status }).toEqual({
        limit,
        code: "invalid_request",
        status: 422,
      });
    }
  });

  it("is refused when its cursor is not ours", async () => {
    for (const path of ["/v1/plans", "/v1/events", "/v1/charges"]) {
      const { body, status } = await world.shop.get(`${path}?cursor=nonsense`);
      const message = "must be the nextCursor of the page before";
      expect({ path, status, errors: body["errors"] }).toEqual({
        path,
        status: 422,
        errors: [{ path: "cursor", message }],
      });
    }
  });
});

describe("filters", () => {
  it("find a customer by the merchant's own id", async () => {
    const { body } = await world.shop.post("/v1/customers", { externalId: "user-7" });
    await world.shop.post("/v1/customers", { externalId: "user-8" });
    const found = await world.shop.get("/v1/customers?externalId=user-7");
    expect(found.body).toEqual({ items: [body], nextCursor: null });
  });

  it("find subscriptions by status and customer", async () => {
    const customer = await world.shop.post("/v1/customers", {});
    const plan = await world.shop.post("/v1/plans", monthlyPlan);
    const { body } = await world.shop.post("/v1/subscriptions", {
      customerId: customer.body["id"],
      planId: plan.body["id"],
    });
    const path = `/v1/subscriptions?customerId=${String(customer.body["id"])}`;
    expect((await world.shop.get(`${path}&status=incomplete`)).body["items"]).toEqual([body]);
    expect((await world.shop.get(`${path}&status=active`)).body["items"]).toEqual([]);
  });
});

describe("a plan that moves to a new price", () => {
  it("shows the new price, and retires once and for all", async () => {
    const { body: plan } = await world.shop.post("/v1/plans", monthlyPlan);
    const path = `/v1/plans/${String(plan["id"])}`;
    const price = { amount: 11_900, currency: "KRW", interval: "month", intervalCount: 3 };
    const moved = await world.shop.post(`${path}/prices`, price);
    const { priceId } = moved.body;
    expect(priceId).not.toBe(plan["priceId"]);
    expect(moved.body).toEqual({ ...plan, ...price, priceId });
    const retired = await world.shop.post(`${path}/retire`);
    expect(retired.body).toEqual({ ...moved.body, status: "retired" });
    expect((await world.shop.get(path)).body).toEqual(retired.body);
    expect((await world.shop.post(`${path}/prices`, price)).body["code"]).toBe("plan_retired");
  });
});

describe("a customer that changes", () => {
  it("keeps what is left out and empties what is null", async () => {
    const wanted = { name: "하늘", email: "sky@example.com", externalId: "user-9" };
    const { body } = await world.shop.post("/v1/customers", wanted);
    const path = `/v1/customers/${String(body["id"])}`;
    const init = {
      body: JSON.stringify({ name: null, locale: "en" }),
      headers: { "content-type": "application/json" },
    };
    const changed = await world.shop.send("PATCH", path, init);
    expect(changed.body).toEqual({ ...body, name: null, locale: "en" });
  });
});
