import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/accounts/create-api-key.ts";
import { revokeApiKey } from "../../src/accounts/api-key-store.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import { createApiWorld, monthlyPlan, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

const codeWith = async (key: string) => {
  const { body, headers, status } = await world.clientWith(key).get("/v1/account");
  return { code: body["code"], status, challenge: headers.get("www-authenticate") };
};
const unauthorized = {
  code: "unauthorized",
  status: 401,
  challenge: 'Bearer realm="maedal"',
};

describe("an API key", () => {
  it("opens its own account", async () => {
    const { body, status } = await world.shop.get("/v1/account");
    const { createdAt, id } = world.shop.account;
    expect(status).toBe(200);
    expect(body).toEqual({
      id,
      name: "Milk",
      mode: "test",
      chargingStoppedAt: null,
      overduePeriods: "collect_each",
      latePayments: "paid",
      createdAt: createdAt.toString(),
    });
  });

  it("must be there", async () => {
    const response = await world.app.request("/v1/account");
    expect(response.status).toBe(401);
  });

  it("is refused when it was never made, was mistyped, or is none at all", async () => {
    const unknown = newApiKey("test", world.engine.effects.random).text.reveal();
    expect(await codeWith(unknown)).toEqual(unauthorized);
    expect(await codeWith(world.shop.key.slice(0, -1))).toEqual(unauthorized);
    expect(await codeWith("letmein")).toEqual(unauthorized);
  });

  it("is refused from the moment it is revoked", async () => {
    const { database } = world.engine;
    const { key, record } = await createApiKey(world.engine, world.shop.account, "to revoke");
    expect((await world.clientWith(key.reveal()).get("/v1/account")).status).toBe(200);
    await revokeApiKey(database, record.id);
    expect(await codeWith(key.reveal())).toEqual(unauthorized);
  });

  it("of a live account does not open a test account, whatever the database says", async () => {
    const key = newApiKey("live", world.engine.effects.random);
    await world.engine.database.execute(
      "insert into api_keys (account_id, id, name, key_hash, hint) values ($1, 'key_x', '', $2, '')",
      [world.shop.account.id, key.hash],
    );
    const { code, status } = await codeWith(key.text.reveal());
    expect({ code, status }).toEqual({ code: "wrong_mode", status: 403 });
  });
});

describe("a client that runs wild", () => {
  it("is slowed down, and others are not", async () => {
    const limited = await createApiWorld({ rateLimit: { perSecond: 0.001, burst: 2 } });
    try {
      const statuses = [];
      for (let n = 0; n < 3; n += 1) {
        statuses.push((await limited.shop.get("/v1/account")).status);
      }
      expect(statuses).toEqual([200, 200, 429]);
      const { body, headers } = await limited.shop.get("/v1/account");
      expect(body["code"]).toBe("too_many_requests");
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await limited.otherShop.get("/v1/account")).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });
});

describe("the emergency stop", () => {
  it("is set, stays set when set again, and is taken back", async () => {
    const first = await world.shop.post("/v1/account/stop");
    const second = await world.shop.post("/v1/account/stop");
    expect(first.body["chargingStoppedAt"]).not.toBeNull();
    expect(second.body).toEqual(first.body);
    const resumed = await world.shop.post("/v1/account/resume");
    expect(resumed.body["chargingStoppedAt"]).toBeNull();
  });
});

describe("a request", () => {
  it("has an id, which is the caller's own when it sends one", async () => {
    const init = { headers: { "x-request-id": "trace-0001" } };
    const { headers } = await world.shop.send("GET", "/v1/account", init);
    expect(headers.get("x-request-id")).toBe("trace-0001");
    const own = await world.shop.get("/v1/account");
    expect(own.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is answered with nothing that a cache may keep", async () => {
    const { headers } = await world.shop.post("/v1/plans", monthlyPlan);
    expect(headers.get("cache-control")).toBe("no-store");
  });
});
