import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey } from "../../src/accounts/api-key-store.ts";
import { listEntries } from "../../src/audit/audit-store.ts";
import { createApp } from "../../src/http/app.ts";
import { newId } from "../../src/ids/id.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import { createHeldWorld, heldAmount, holdMoney, ledgerOf, spoil } from "../support/held-world.ts";
import type { World } from "../support/world.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

let world: World;
let keyId: string;
let post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
let get: (path: string) => Promise<Answer>;
const sender = createHttpSender();
beforeAll(async () => {
  world = await createHeldWorld();
  const { accountId, engine } = world;
  const { hash, hint, text } = newApiKey("test", engine.effects.random);
  keyId = newId("key", engine.effects.random);
  await insertApiKey(engine.database, { accountId, id: keyId, name: "test", hash, hint });
  const rateLimit = { perSecond: 1_000, burst: 1_000 };
  const baseUrl = "https://pay.example.com";
  const app = createApp({ engine, sender, baseUrl, rateLimit, pages: [] });
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${text.reveal()}`);
    const answer = await app.request(path, { ...init, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  get = (path) => send(path, {});
  post = (path, body, headers = {}) =>
    send(path, {
      method: "POST",
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
});
afterAll(async () => {
  await sender.close();
  await world.stop();
});

describe("a charge that holds money", () => {
  it("says how much is held, and until when", async () => {
    const held = await holdMoney(world);
    const { body } = await get(`/v1/charges/${held.chargeId}`);
    expect(body).toMatchObject({
      status: "authorized",
      capture: "manual",
      amount: heldAmount,
      currency: "TWD",
      authorizedAt: expect.any(String),
      authorizationExpiresAt: expect.any(String),
      capturedAt: null,
      capturedAmount: 0,
      authorizationCalls: [],
    });
    const list = await get("/v1/charges?status=authorized");
    expect(list.body["items"]).toHaveLength(1);
  });

  it("is captured whole without a body", async () => {
    const held = await holdMoney(world);
    const { body, status } = await post(`/v1/charges/${held.chargeId}/capture`);
    expect([status, body["status"], body["capturedAmount"]]).toEqual([200, "captured", heldAmount]);
    expect(body["authorizationCalls"]).toEqual([
      expect.objectContaining({
        n: 1,
        kind: "capture",
        amount: heldAmount,
        requestedBy: keyId,
        outcome: "done",
        failure: null,
      }),
    ]);
  });

  it("is captured in part, once, however often the request is sent", async () => {
    const held = await holdMoney(world);
    const path = `/v1/charges/${held.chargeId}/capture`;
    const key = { "idempotency-key": `capture-${held.chargeId}` };
    const first = await post(path, { amount: 250 }, key);
    const again = await post(path, { amount: 250 }, key);
    expect([first.status, first.body["capturedAmount"]]).toEqual([200, 250]);
    expect(again).toEqual(first);
    expect(await ledgerOf(world, held)).toEqual([`authorization ${heldAmount}`, "capture 250"]);
  });

  it("is voided", async () => {
    const held = await holdMoney(world);
    const { body, status } = await post(`/v1/charges/${held.chargeId}/void`);
    expect([status, body["status"]]).toEqual([200, "voided"]);
  });

  it("refuses what cannot be done, and changes nothing", async () => {
    const held = await holdMoney(world);
    const path = `/v1/charges/${held.chargeId}`;
    const tooMuch = await post(`${path}/capture`, { amount: heldAmount + 1 });
    expect([tooMuch.status, tooMuch.body["code"]]).toEqual([422, "amount_out_of_range"]);
    const nothing = await post(`${path}/capture`, { amount: 0 });
    expect([nothing.status, nothing.body["code"]]).toEqual([422, "amount_out_of_range"]);
    const unknown = await post(`${path}/capture`, { amountMinor: 1 });
    expect([unknown.status, unknown.body["code"]]).toEqual([422, "invalid_request"]);
    const missing = await post(`/v1/charges/chg_${"0".repeat(26)}/void`);
    expect([missing.status, missing.body["code"]]).toEqual([404, "not_found"]);
    expect(await ledgerOf(world, held)).toHaveLength(1);
    await post(`${path}/void`);
    const late = await post(`${path}/capture`);
    expect([late.status, late.body["code"]]).toEqual([409, "charge_not_authorized"]);
  });

  it("tells a refusal of the provider at once, the same each time for one idempotency key", async () => {
    const held = await holdMoney(world);
    const path = `/v1/charges/${held.chargeId}/capture`;
    const key = { "idempotency-key": `refused-${held.chargeId}` };
    await spoil(world, "capture", { type: "error", code: "1170", when: "before" });
    const refused = await post(path, {}, key);
    expect([refused.status, refused.body["code"]]).toEqual([409, "authorization_refused"]);
    expect(refused.body["detail"]).toContain("1170");
    expect((await post(path, {}, key)).body["code"]).toBe("authorization_refused");
    const { body } = await post(path, {}, { "idempotency-key": `again-${held.chargeId}` });
    expect(body["status"]).toBe("captured");
  });

  it("tells when the provider gave the money up instead", async () => {
    const held = await holdMoney(world);
    await spoil(world, "capture", { type: "decline", code: "1280" });
    const { body, status } = await post(`/v1/charges/${held.chargeId}/capture`);
    expect([status, body["code"]]).toEqual([409, "authorization_released"]);
    const invoice = await post(`/v1/invoices/${held.invoiceId}/collect`);
    expect([invoice.status, invoice.body["code"]]).toEqual([409, "invoice_not_collectible"]);
  });
});

describe("a person's word about held money", () => {
  /** Of one charge, oldest first. */
  async function wordsOn(chargeId: string) {
    const { accountId, engine } = world;
    const page = { after: 0, limit: 100, subjectId: chargeId };
    const entries = await listEntries(engine.database, accountId, page);
    return entries.map(({ action, actor, evidence }) => ({
      action,
      actor,
      evidence: JSON.parse(evidence) as unknown,
    }));
  }

  it("is on record once, with what it was about, however often the request is sent", async () => {
    const held = await holdMoney(world);
    const path = `/v1/charges/${held.chargeId}/capture`;
    const key = { "idempotency-key": `on-record-${held.chargeId}` };
    for (let n = 0; n < 2; n += 1) await post(path, { amount: 250 }, key);
    const evidence = { call: 1, amountMinor: 250 };
    expect(await wordsOn(held.chargeId)).toEqual([
      { action: "charge.capture_requested", actor: keyId, evidence },
    ]);
  });

  it("is on record though the provider refuses it, and so is the next one", async () => {
    const held = await holdMoney(world);
    const path = `/v1/charges/${held.chargeId}`;
    await spoil(world, "capture", { type: "error", code: "1170", when: "before" });
    await post(`${path}/capture`);
    await post(`${path}/void`);
    const words = await wordsOn(held.chargeId);
    expect(words.map(({ action, actor }) => [action, actor])).toEqual([
      ["charge.capture_requested", keyId],
      ["charge.void_requested", keyId],
    ]);
  });

  it("is not on record when we refuse it: nothing was decided", async () => {
    const held = await holdMoney(world);
    await post(`/v1/charges/${held.chargeId}/capture`, { amount: heldAmount + 1 });
    expect(await wordsOn(held.chargeId)).toEqual([]);
  });
});

describe("an open invoice that nothing collects", () => {
  it("is charged again on request", async () => {
    const held = await holdMoney(world);
    await world.db.database.execute(
      `update charges set status = 'expired', look_up_at = now() where id = $1`,
      [held.chargeId],
    );
    await world.db.database.execute(
      "update charges set status = 'voided', look_up_at = null where id = $1",
      [held.chargeId],
    );
    const { body, status } = await post(`/v1/invoices/${held.invoiceId}/collect`);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      invoiceId: held.invoiceId,
      status: "scheduled",
      amount: heldAmount,
      capture: "manual",
    });
    const none = await post(`/v1/invoices/inv_${"0".repeat(26)}/collect`);
    expect([none.status, none.body["code"]]).toEqual([404, "not_found"]);
  });
});
