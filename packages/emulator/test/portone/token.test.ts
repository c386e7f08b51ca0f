import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { World } from "../support/world.ts";
import { refusalOf, startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const lifeOf = ({ now, expired_at: expiredAt }: { now: number; expired_at: number }) =>
  expiredAt - now;

describe("a token", () => {
  it("is good for 30 minutes", async () => {
    const { code, message, response } = await portOne.token();
    expect([code, message, Object.keys(response)]).toEqual([
      0,
      null,
      ["access_token", "now", "expired_at"],
    ]);
    expect(lifeOf(response)).toBe(1800);
  });

  it("is asked for with a form too", async () => {
    const { apiKey, apiSecret } = world.ready.portone;
    const body = `imp_key=${apiKey}&imp_secret=${apiSecret}`;
    const answer = await portOne.post("/users/getToken", body, { authorization: null });
    expect([answer.status, answer.body.code]).toEqual([200, 0]);
  });

  it.each([
    ["PT28M", "the same, with the same expiry", true, 120],
    ["PT29M30S", "the same for five minutes more in its last minute", true, 330],
    ["PT30M1S", "a new one after that", false, 1800],
  ])("asked for again after %s is %s", async (by, _, isSame, life) => {
    const first = (await portOne.token()).response;
    await portOne.advance(by);
    const second = (await portOne.token()).response;
    expect(second.access_token === first.access_token).toBe(isSame);
    expect(Math.abs(lifeOf(second) - life)).toBeLessThan(20);
  });

  it.each([
    ["a wrong secret", { imp_secret: "x" }],
    ["a wrong key", { imp_key: "x" }],
    ["no key", { imp_key: undefined }],
  ])("is refused with 401 for %s", async (_, wrong) => {
    const { apiKey, apiSecret } = world.ready.portone;
    const keys = { imp_key: apiKey, imp_secret: apiSecret, ...wrong };
    const answer = await portOne.post("/users/getToken", keys, { authorization: null });
    expect(refusalOf(answer)).toEqual([
      401,
      -1,
      "인증에 실패하였습니다. API키와 secret을 확인하세요.",
    ]);
    expect(answer.body.response).toBeNull();
  });
});

describe("a call", () => {
  const path = "/users/pg";
  const bare = async () => (await portOne.token()).response.access_token;

  it("is let in with Bearer, with the bare token, and with the header of old", async () => {
    const token = await bare();
    const answers = [
      await portOne.get(path, { authorization: `Bearer ${token}` }),
      await portOne.get(path, { authorization: token }),
      await portOne.get(path, { authorization: null, headers: { "x-imptokenheader": token } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it("is 401 without a token, with a wrong one, and with Basic", async () => {
    const token = await bare();
    const answers = [
      await portOne.get(path, { authorization: null }),
      await portOne.get(path, { authorization: "Bearer nothing" }),
      await portOne.get(path, { authorization: `Basic ${token}` }),
    ];
    const unauthorized = [401, -1, "Unauthorized"];
    expect(answers.map(refusalOf)).toEqual([unauthorized, unauthorized, unauthorized]);
  });

  it("is 401 once the token has expired, though it was good before", async () => {
    const authorization = `Bearer ${await bare()}`;
    const before = await portOne.get(path, { authorization });
    await portOne.advance("PT31M");
    const after = await portOne.get(path, { authorization });
    expect([before.status, after.status]).toEqual([200, 401]);
  });

  it("tells the account's channels", async () => {
    const { response } = (await portOne.get(path)).body;
    expect(response[0]).toEqual({
      pg_provider: "chai",
      pg_id: "emul_chai_public_key",
      sandbox: true,
      type: "payment",
      channel_name: "차이 테스트",
      channel_key: "channel-key-emulated-chai",
    });
    expect(response.map((channel: { pg_provider: string }) => channel.pg_provider)).toEqual([
      "chai",
      "kakaopay",
      "naverpay",
      "settle_acc",
      "html5_inicis",
      "nice",
    ]);
  });

  it("to nowhere is 404 in the envelope", async () => {
    expect(refusalOf(await portOne.get("/nowhere"))).toEqual([404, -1, "Not Found"]);
  });

  it("with a body that cannot be read is 400, and nothing is charged", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await portOne.post("/subscribe/payments/again", "{", { headers });
    expect([answer.status, answer.body.code]).toEqual([400, 1]);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });
});

describe("the call log", () => {
  it("knows the order, the key and the amount, and no secret", async () => {
    await world.control("POST", "/requests/clear");
    await portOne.again();
    const requests = await world.control("GET", "/requests?provider=portone");
    const text = JSON.stringify(requests);
    expect(text).not.toContain(world.ready.portone.apiSecret);
    expect(text).not.toContain("Bearer");
    const [token, again] = requests;
    expect([token.operation, token.body.imp_secret]).toEqual(["token", "hidden"]);
    expect([again.operation, again.orderId, again.billingKey, again.amount]).toEqual([
      "again",
      "order-1",
      "key-1",
      3000,
    ]);
  });
});
