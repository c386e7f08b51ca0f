import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findConnection } from "../../src/connections/connection-store.ts";
import {
  createApiWorld,
  linePayKeys,
  tossKeys,
  unknownId,
  type Answer,
  type ApiWorld,
} from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

const path = "/v1/gateway-connections";

const portOneKeys = {
  provider: "portone",
  name: "KakaoPay by PortOne",
  impCode: "imp37739582",
  apiKey: "1234567890123456",
  apiSecret: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  channel: "kakaopay",
};

async function connect(keys: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { body, status } = await world.shop.post(path, keys);
  expect({ status, detail: body["detail"] }).toEqual({ status: 201, detail: undefined });
  return body;
}

/** Sends something wrong, and makes sure that no connection was made or changed. */
async function refused(request: () => Promise<Answer>) {
  const before = await world.shop.get(path);
  const { body, status } = await request();
  expect((await world.shop.get(path)).body).toEqual(before.body);
  return { status, code: body["code"], errors: body["errors"] };
}

/** As `refused`, for a new connection that the words of `detail` should help to mend. */
async function refusedConnection(keys: Record<string, unknown>) {
  let detail = "";
  const { code } = await refused(async () => {
    const answer = await world.shop.post(path, keys);
    detail = String(answer.body["detail"]);
    return answer;
  });
  return { code, detail };
}

const invalid = (at: string, message: string) => ({
  status: 422,
  code: "invalid_request",
  errors: [{ path: at, message }],
});

describe("a connection to Toss Payments", () => {
  it("shows its public fields and never its secret key", async () => {
    const { createdAt, id, notificationUrl, ...shown } = await connect(tossKeys);
    expect(shown).toEqual({
      provider: "toss",
      mode: "test",
      name: "Toss Payments",
      state: "active",
      pausedReason: null,
      pausedAt: null,
      chargesUntil: null,
      clientKey: tossKeys.clientKey,
      apiHost: "https://api.tosspayments.com",
      scriptUrl: "https://js.tosspayments.com/v2/standard",
      apiVersion: null,
      concurrency: 10,
    });
    expect(notificationUrl).toMatch(/^https:\/\/pay\.example\.com\/notifications\/[0-9a-z]{32}$/);
    const read = await world.shop.get(`${path}/${String(id)}`);
    expect(read.body).toEqual({ ...shown, createdAt, id, notificationUrl });
  });
});

describe("a connection to LINE Pay", () => {
  it("shows its public fields and its settings, has no webhook, and never shows its secret", async () => {
    const { createdAt, id, ...shown } = await connect(linePayKeys);
    expect(shown).toEqual({
      provider: "line_pay",
      mode: "test",
      name: "LINE Pay",
      state: "active",
      pausedReason: null,
      pausedAt: null,
      chargesUntil: null,
      channelId: "1234567890",
      apiHost: "https://sandbox-api-pay.line.me",
      apiVersion: "v3",
      checksCardAuthorization: false,
      unusedKeyLifetimeDays: 180,
      keyCheckDaysAhead: 3,
      concurrency: 10,
    });
    const read = await world.shop.get(`${path}/${String(id)}`);
    expect(read.body).toEqual({ ...shown, createdAt, id });
  });

  it("is with the production host in a live account", async () => {
    const { body } = await world.liveShop.post(path, linePayKeys);
    expect(body["apiHost"]).toBe("https://api-pay.line.me");
  });

  it("takes what the merchant's contract says", async () => {
    const contract = {
      apiVersion: "v4",
      checksCardAuthorization: true,
      unusedKeyLifetimeDays: 365,
      keyCheckDaysAhead: 0,
      concurrency: 3,
    };
    const connection = await connect({ ...linePayKeys, ...contract });
    expect(connection).toEqual({ ...connection, ...contract });
  });

  it("is refused at the host of the other mode", async () => {
    const { body, status } = await world.shop.post(path, {
      ...linePayKeys,
      apiHost: "https://api-pay.line.me",
    });
    expect({ code: body["code"], status }).toEqual({ code: "connection_refused", status: 422 });
    expect(body["detail"]).toContain("https://sandbox-api-pay.line.me");
  });

  it("is refused at an unencrypted address that is not this machine", async () => {
    const keys = { ...linePayKeys, apiHost: "http://sandbox-api-pay.line.me" };
    expect((await refused(() => world.shop.post(path, keys))).code).toBe("connection_refused");
  });

  it("is refused with a secret that was not copied whole, and the message quotes none of it", async () => {
    const keys = { ...linePayKeys, channelSecret: "a1b2c3d4 e5f60718" };
    const { body } = await world.shop.post(path, keys);
    expect(body["code"]).toBe("connection_refused");
    expect(body["detail"]).not.toContain("a1b2c3d4");
  });

  it("is refused with a version that does not exist", async () => {
    const keys = { ...linePayKeys, apiVersion: "v2" };
    const answer = await refused(() => world.shop.post(path, keys));
    expect(answer).toEqual(invalid("apiVersion", "must be v3 or v4"));
  });

  it("is refused with settings out of bounds, each of them named", async () => {
    const settings = {
      checksCardAuthorization: "yes",
      unusedKeyLifetimeDays: 0,
      keyCheckDaysAhead: 61,
    };
    const answer = await refused(() => world.shop.post(path, { ...linePayKeys, ...settings }));
    expect(answer.errors).toEqual([
      { path: "checksCardAuthorization", message: "must be true or false" },
      { path: "unusedKeyLifetimeDays", message: "must be at least 1" },
      { path: "keyCheckDaysAhead", message: "must be at most 60" },
    ]);
  });
});

describe("a connection to PortOne", () => {
  it("shows its public fields and neither half of its secret", async () => {
    const { createdAt, id, notificationUrl, ...shown } = await connect(portOneKeys);
    expect(shown).toEqual({
      provider: "portone",
      mode: "test",
      name: "KakaoPay by PortOne",
      state: "active",
      pausedReason: null,
      pausedAt: null,
      chargesUntil: null,
      impCode: "imp37739582",
      channel: "kakaopay",
      channelKey: null,
      apiHost: "https://api.iamport.kr",
      scriptUrl: "https://cdn.iamport.kr/v1/iamport.js",
      concurrency: 5,
    });
    expect(notificationUrl).toMatch(/^https:\/\/pay\.example\.com\/notifications\/[0-9a-z]{32}$/);
    const connection = { ...shown, createdAt, id, notificationUrl };
    expect((await world.shop.get(`${path}/${String(id)}`)).body).toEqual(connection);
    expect((await world.shop.get(path)).body["items"]).toContainEqual(connection);
  });

  it("takes one of several merchant ids at a company, and the channel key of its windows", async () => {
    const settings = {
      channel: "settle_acc.nxca_jt_bi",
      channelKey: "channel-key-4ca6a942-3ee0-48fb-93ef-f4294b876d28",
      concurrency: 3,
    };
    const connection = await connect({ ...portOneKeys, ...settings });
    expect(connection).toEqual({ ...connection, ...settings });
  });

  it("has the same credentials in a live account", async () => {
    const { body } = await world.liveShop.post(path, portOneKeys);
    expect({ mode: body["mode"], apiHost: body["apiHost"] }).toEqual({
      mode: "live",
      apiHost: "https://api.iamport.kr",
    });
  });

  it("is refused with a channel that nobody knows, and the message lists those that there are", async () => {
    const keys = { ...portOneKeys, channel: "kakao" };
    const { code, detail } = await refusedConnection(keys);
    expect(code).toBe("connection_refused");
    for (const channel of ["chai", "kakaopay", "settle_acc"]) expect(detail).toContain(channel);
  });

  it("is refused with a channel whose keys come from card numbers only", async () => {
    const keys = { ...portOneKeys, channel: "nice" };
    expect((await refusedConnection(keys)).code).toBe("connection_refused");
  });

  it("is refused with something else than an identification code, and the message says where it is", async () => {
    const { code, detail } = await refusedConnection({ ...portOneKeys, impCode: "37739582" });
    expect(code).toBe("connection_refused");
    expect(detail).toContain("가맹점 식별코드");
  });

  it("is refused without its secret, which is named", async () => {
    const { apiSecret: _, ...keys } = portOneKeys;
    const { code, errors } = await refused(() => world.shop.post(path, keys));
    const paths = (errors as { path: string }[]).map(({ path: at }) => at);
    expect({ code, paths }).toEqual({ code: "invalid_request", paths: ["apiSecret"] });
  });

  it("is refused with keys that were not copied whole, and the message quotes none of them", async () => {
    const keys = { ...portOneKeys, apiKey: "12345678 90", apiSecret: "9f86d081 884c7d65" };
    const { code, detail } = await refusedConnection(keys);
    expect(code).toBe("connection_refused");
    expect(detail).toContain("API key");
    expect(detail).toContain("API secret");
    for (const part of ["12345678", "9f86d081"]) expect(detail).not.toContain(part);
  });

  it("is refused at an unencrypted address that is not this machine", async () => {
    const keys = { ...portOneKeys, apiHost: "http://api.iamport.kr" };
    const { code, detail } = await refusedConnection(keys);
    expect(code).toBe("connection_refused");
    expect(detail).toContain("apiHost");
  });

  it("has no settings", async () => {
    const { id } = await connect(portOneKeys);
    const change = () => world.shop.patch(`${path}/${String(id)}`, { keyCheckDaysAhead: 7 });
    const message = "is not a setting of a portone connection";
    expect(await refused(change)).toEqual(invalid("keyCheckDaysAhead", message));
  });
});

describe("a connection to a provider", () => {
  it("is refused when nobody knows the provider", async () => {
    for (const provider of ["paypal", undefined]) {
      const answer = await refused(() => world.shop.post(path, { ...tossKeys, provider }));
      expect(answer).toEqual(invalid("provider", "must be toss, line_pay or portone"));
    }
  });

  it("is refused with the keys of another provider", async () => {
    const { clientKey, name, secretKey } = tossKeys;
    const keys = { provider: "line_pay", name, clientKey, secretKey };
    const { code, errors } = await refused(() => world.shop.post(path, keys));
    const paths = (errors as { path: string }[]).map(({ path: at }) => at);
    expect({ code, paths }).toEqual({
      code: "invalid_request",
      paths: ["channelId", "channelSecret", "clientKey", "secretKey"],
    });
  });
});

describe("a connection that changes", () => {
  it("keeps what is left out", async () => {
    const connection = await connect(linePayKeys);
    const own = `${path}/${String(connection["id"])}`;
    const first = await world.shop.patch(own, { name: "LINE Pay Taiwan", keyCheckDaysAhead: 7 });
    expect({ status: first.status, body: first.body }).toEqual({
      status: 200,
      body: { ...connection, name: "LINE Pay Taiwan", keyCheckDaysAhead: 7 },
    });
    const second = await world.shop.patch(own, { concurrency: 50, unusedKeyLifetimeDays: 90 });
    expect(second.body).toEqual({ ...first.body, concurrency: 50, unusedKeyLifetimeDays: 90 });
    expect((await world.shop.get(own)).body).toEqual(second.body);
  });

  it("is charged by its new settings from then on", async () => {
    const { engine, shop } = world;
    const { id } = await connect(linePayKeys);
    const lifetimeOf = async () => {
      const connection = await findConnection(engine.database, shop.account.id, String(id));
      if (connection === undefined) throw new Error("the connection is gone");
      const { capabilities } = await engine.gateways.of(engine.database, connection);
      return capabilities.unusedKeyLifetimeDays;
    };
    expect(await lifetimeOf()).toBe(180);
    await shop.patch(`${path}/${String(id)}`, { unusedKeyLifetimeDays: 90 });
    expect(await lifetimeOf()).toBe(90);
  });

  it("stays as it is when nothing is asked for", async () => {
    const connection = await connect(tossKeys);
    const { body } = await world.shop.patch(`${path}/${String(connection["id"])}`, {});
    expect(body).toEqual(connection);
  });

  it("cannot change its identity", async () => {
    const { id } = await connect(linePayKeys);
    for (const field of ["provider", "channelId", "channelSecret", "apiHost", "apiVersion"]) {
      const change = () => world.shop.patch(`${path}/${String(id)}`, { [field]: "v4" });
      expect(await refused(change)).toEqual(invalid(field, "is not a field of this request"));
    }
  });

  it("cannot change its identity at PortOne, by a request or in the database", async () => {
    const { id } = await connect(portOneKeys);
    for (const field of ["impCode", "apiKey", "apiSecret", "channel", "channelKey", "apiHost"]) {
      const change = () => world.shop.patch(`${path}/${String(id)}`, { [field]: "chai" });
      expect(await refused(change)).toEqual(invalid(field, "is not a field of this request"));
    }
    const { database } = world.engine;
    for (const change of ["channel = 'chai'", "channel_key = 'another'", "public_id = 'imp1'"]) {
      const update = `update gateway_connections set ${change} where id = $1`;
      await expect(database.execute(update, [id])).rejects.toThrow(
        "the merchant identity of gateway_connections cannot be changed",
      );
    }
  });

  it("cannot take a setting that its provider does not have", async () => {
    const { id } = await connect(tossKeys);
    const change = () => world.shop.patch(`${path}/${String(id)}`, { unusedKeyLifetimeDays: 90 });
    const message = "is not a setting of a toss connection";
    expect(await refused(change)).toEqual(invalid("unusedKeyLifetimeDays", message));
  });

  it("cannot take a value out of bounds", async () => {
    const { id } = await connect(linePayKeys);
    const wrong = { name: "", concurrency: 0, unusedKeyLifetimeDays: 3_651, keyCheckDaysAhead: -1 };
    const { errors } = await refused(() => world.shop.patch(`${path}/${String(id)}`, wrong));
    expect((errors as { path: string }[]).map(({ path: at }) => at)).toEqual([
      "name",
      "name",
      "concurrency",
      "unusedKeyLifetimeDays",
      "keyCheckDaysAhead",
    ]);
  });

  it("is not found when it is another account's, or nobody's", async () => {
    const { id } = await connect(tossKeys);
    for (const other of [String(id), unknownId("gwy")]) {
      const answer = await world.otherShop.patch(`${path}/${other}`, { name: "Mine" });
      expect(answer.body["code"]).toBe("not_found");
    }
  });
});
