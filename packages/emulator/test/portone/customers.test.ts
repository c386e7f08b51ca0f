import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { key, outcomeOf, refusalOf, startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const path = (customerUid: string) => `/subscribe/customers/${customerUid}`;
const unknown = (customerUid: string) => [
  404,
  -1,
  `요청하신 customer_uid(${customerUid})로 등록된 정보를 찾을 수 없습니다.`,
];

describe("a key", () => {
  it("is told with what PortOne knows, and nothing of the account behind it", async () => {
    await portOne.register({ buyer_name: "김구매", buyer_tel: "010-1111-2222" });
    const { response } = (await portOne.get(path(key))).body;
    expect(response).toEqual({
      customer_uid: key,
      pg_provider: "chai",
      pg_id: "emul_chai_public_key",
      sandbox: true,
      customer_id: null,
      card_code: null,
      card_name: null,
      card_number: null,
      card_type: null,
      customer_name: "김구매",
      customer_tel: "010-1111-2222",
      customer_email: null,
      customer_addr: null,
      customer_postcode: null,
      inserted: response.inserted,
      updated: response.inserted,
    });
  });

  it("is told for several: all, 207 for some, 404 for none, 400 for nothing asked", async () => {
    await portOne.register({ customer_uid: "a" });
    await portOne.register({ customer_uid: "b" });
    const asked = [
      "?customer_uid[]=a&customer_uid[]=b",
      "?customer_uid%5B%5D=a&customer_uid%5B%5D=c",
      "?customer_uid=a&customer_uid=b",
      "?customer_uid[]=c",
      "",
    ];
    const answers = await Promise.all(
      asked.map((query) => portOne.get(`/subscribe/customers${query}`)),
    );
    const told = answers.map(({ status, body }) => [
      status,
      body.code,
      body.response?.map(({ customer_uid: uid }: Json) => uid),
    ]);
    expect(told).toEqual([
      [200, 0, ["a", "b"]],
      [207, 0, ["a"]],
      [200, 0, ["a", "b"]],
      [404, -1, undefined],
      [400, 1, undefined],
    ]);
  });

  it("that nobody made is 404", async () => {
    expect(refusalOf(await portOne.get(path("none")))).toEqual(unknown("none"));
  });

  it("with signs in its name is found by its encoded path", async () => {
    await portOne.register({ customer_uid: "김 1/2" });
    expect((await portOne.get(path(encodeURIComponent("김 1/2")))).status).toBe(200);
  });
});

describe("a customer_uid that is used for another key", () => {
  it("is replaced silently; the key before it lives on at the PG", async () => {
    const first = await portOne.register();
    await portOne.advance("PT1H");
    const second = await portOne.register();
    const { inserted, updated } = (await portOne.get(path(key))).body.response;
    expect(updated - inserted).toBeGreaterThanOrEqual(3600);
    expect(first.meansId).not.toBe(second.meansId);
    await portOne.change({ id: first.meansId, balance: 0 });
    expect(outcomeOf(await portOne.again())).toEqual([200, 0, "paid"]);
    const keys = await world.control("GET", "/portone/pg-keys");
    expect(keys.map(({ meansId, ended }: Json) => [meansId, ended])).toEqual([
      [first.meansId, null],
      [second.meansId, null],
    ]);
  });
});

describe("a key made of card data", () => {
  const card = { pg: "nice", card_number: "5365-1000-2000-3005", expiry: "2099-12" };
  const issue = (changes: object = {}) => portOne.post(path("card"), { ...card, ...changes });

  it("is made at a channel of the API kind, and charged", async () => {
    const { response } = (await issue({ customer_name: "김카드" })).body;
    expect([response.pg_provider, response.card_number, response.customer_name]).toEqual([
      "nice",
      "5365********3005",
      "김카드",
    ]);
    expect(response.inserted).toBe(response.updated);
    expect(outcomeOf(await portOne.again({ customer_uid: "card" }))).toEqual([200, 0, "paid"]);
  });

  it("is made of a form too", async () => {
    const form = "pg=nice&card_number=5365-1000-2000-3005&expiry=2099-12&birth=900101";
    expect((await portOne.post(path("card"), form)).body.code).toBe(0);
  });

  const begin = "카드정보 인증 및 빌키 발급에 실패하였습니다.";
  it.each([
    ["no card has", { card_number: "1234-1234-1234-1234" }, `${begin} [F112]`],
    ["has the wrong shape", { card_number: "5365" }, `${begin} [F112]`],
    ["belongs to a window's PG", { pg: "chai" }, `${begin} 지원하지 않는 PG`],
    ["falls back to CHAI silently, as no pg is named", { pg: undefined }, `${begin} 지원하지 않는`],
    ["falls back to CHAI silently, as the pg is unknown", { pg: "odd" }, `${begin} 지원하지 않는`],
  ])("is refused for a number that %s", async (_, changes, message) => {
    const answer = await issue(changes);
    expect([answer.status, answer.body.code]).toEqual([200, -1]);
    expect(answer.body.message).toContain(message);
    expect((await portOne.get(path("card"))).status).toBe(404);
  });
});

describe("deleting a key", () => {
  it("tells it as it was, and the key is gone for charges", async () => {
    await portOne.register();
    const deleted = await portOne.call("DELETE", path(key));
    expect([deleted.status, deleted.body.response.customer_uid]).toEqual([200, key]);
    const after = [
      await portOne.get(path(key)),
      await portOne.call("DELETE", path(key)),
      await portOne.again(),
    ];
    expect(after.map(refusalOf)).toEqual([
      unknown(key),
      unknown(key),
      [200, 1, "등록되지 않은 구매자입니다."],
    ]);
  });

  it("needs a reason at Naver Pay", async () => {
    await portOne.register({ pg: "naverpay" });
    const without = await portOne.call("DELETE", path(key));
    const reason = "?reason=%ED%95%B4%EC%A7%80&extra[requester]=customer";
    const withReason = await portOne.call("DELETE", `${path(key)}${reason}`);
    expect([refusalOf(without)[1], withReason.body.code]).toEqual([-1, 0]);
  });
});

describe("the payments of a key", () => {
  it("are told newest first, its issuance too, 20 a page", async () => {
    await portOne.register({ merchant_uid: "issue" });
    for (let n = 1; n <= 20; n += 1) await portOne.again({ merchant_uid: `order-${n}` });
    const first = (await portOne.get(`${path(key)}/payments`)).body.response;
    const second = (await portOne.get(`${path(key)}/payments?page=2`)).body.response;
    expect([first.total, first.previous, first.next, first.list[0].merchant_uid]).toEqual([
      21,
      0,
      2,
      "order-20",
    ]);
    const [issue] = second.list;
    expect([issue.merchant_uid, issue.customer_uid_usage, second.next]).toEqual([
      "issue",
      "issue",
      0,
    ]);
    expect((await portOne.get(`${path("none")}/payments`)).status).toBe(404);
  });
});
