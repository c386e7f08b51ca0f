import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiWorld, tossKeys, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
let path: string;
beforeAll(async () => {
  world = await createApiWorld();
  const { body } = await world.shop.post("/v1/gateway-connections", tossKeys);
  path = new URL(String(body["notificationUrl"])).pathname;
});
afterAll(async () => {
  await world.stop();
});

const send = (to: string, body: string) => world.app.request(to, { method: "POST", body });
const stored = async () => (await world.rowCounts())["inbound_notifications"];

describe("a webhook of a provider", () => {
  it("is stored as it came and answered, without any key", async () => {
    const response = await send(path, '{"eventType":"PAYMENT_STATUS_CHANGED"}');
    expect(response.status).toBe(200);
    expect(await stored()).toBe(1);
  });

  it("is stored once when it is sent again", async () => {
    const response = await send(path, '{"eventType":"PAYMENT_STATUS_CHANGED"}');
    expect(response.status).toBe(200);
    expect(await stored()).toBe(1);
  });

  it("is stored even when nobody can read it", async () => {
    expect((await send(path, "\u0000not json")).status).toBe(200);
    expect(await stored()).toBe(2);
  });

  it("is refused and not stored at an address that no connection has", async () => {
    expect((await send("/notifications/0123456789abcdef0123", "{}")).status).toBe(404);
    expect(await stored()).toBe(2);
  });

  it("is refused and not stored when it is larger than 64 KiB", async () => {
    expect((await send(path, "a".repeat(64 * 1024 + 1))).status).toBe(413);
    expect(await stored()).toBe(2);
  });
});

describe("a gateway connection", () => {
  it("never shows its secret key", async () => {
    const { body } = await world.shop.get("/v1/gateway-connections");
    expect(JSON.stringify(body)).not.toContain(tossKeys.secretKey);
  });

  it("is paused with a reason and resumed, both safe to repeat", async () => {
    const list = await world.shop.get("/v1/gateway-connections");
    const [connection] = list.body["items"] as Record<string, unknown>[];
    const address = `/v1/gateway-connections/${String(connection?.["id"])}`;
    const paused = await world.shop.post(`${address}/pause`, { reason: "maintenance" });
    expect([paused.body["state"], paused.body["pausedReason"]]).toEqual(["paused", "maintenance"]);
    const again = await world.shop.post(`${address}/pause`, { reason: "another" });
    expect(again.body).toEqual(paused.body);
    expect((await world.shop.post(`${address}/resume`)).body).toEqual(connection);
    expect((await world.shop.post(`${address}/resume`)).body).toEqual(connection);
  });
});
