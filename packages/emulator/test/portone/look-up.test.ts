import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { noPayment, outcomeOf, refusalOf, startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
  await portOne.register();
});
afterAll(() => world.stop());

const missing = [404, -1, noPayment];
const pay = async (merchantUid = "order-1", amount = 3000): Promise<string> =>
  (await portOne.again({ merchant_uid: merchantUid, amount })).body.response.imp_uid;
const fail = async (merchantUid = "order-1"): Promise<string> => {
  await portOne.fault("again", { type: "decline", code: "OVER_LIMIT" });
  return pay(merchantUid);
};
const rowsOf = ({ body }: { body: Json }): [string, string][] => {
  const list = Array.isArray(body.response) ? body.response : body.response.list;
  return list.map((row: Json) => [row.merchant_uid, row.status]);
};

describe("a payment of a test channel", () => {
  it.each([
    ["", missing],
    ["?include_sandbox=false", missing],
    ["?include_sandbox=true", [200, 0, null]],
    ["?include_sandbox=true&extension=true", [200, 0, null]],
  ])("by its imp_uid%s", async (query, expected) => {
    const impUid = await pay();
    expect(refusalOf(await portOne.get(`/payments/${impUid}${query}`))).toEqual(expected);
  });

  it("is found by its merchant_uid without asking", async () => {
    await pay();
    expect(outcomeOf(await portOne.get("/payments/find/order-1"))).toEqual([200, 0, "paid"]);
  });

  it("of a live channel needs no include_sandbox", async () => {
    const [chai] = (await world.control("GET", "/credentials")).find(
      ({ provider }: Json) => provider === "portone",
    ).channels;
    const channels = [{ ...chai, isSandbox: false }];
    await world.control("POST", "/settings", { provider: "portone", channels });
    await portOne.register();
    expect((await portOne.get(`/payments/${await pay()}`)).status).toBe(200);
  });
});

describe("several payments at once", () => {
  it("are told by imp_uid and merchant_uid, 207 when some are missing, 404 when all are", async () => {
    const impUid = await pay();
    await pay("order-2");
    const both = await portOne.get(`/payments?imp_uid[]=${impUid}&merchant_uid[]=order-2`);
    const some = await portOne.get(`/payments?imp_uid[]=${impUid}&imp_uid[]=imp_0`);
    const none = await portOne.get("/payments?merchant_uid[]=nothing");
    expect([both.status, rowsOf(both)]).toEqual([
      200,
      [
        ["order-1", "paid"],
        ["order-2", "paid"],
      ],
    ]);
    expect([some.status, some.body.code, rowsOf(some)]).toEqual([207, 0, [["order-1", "paid"]]]);
    expect(refusalOf(none)).toEqual(missing);
  });

  it("are refused when none, or more than 100, are asked for", async () => {
    const ids = Array.from({ length: 101 }, (_, n) => `imp_uid[]=imp_${n}`).join("&");
    const answers = [await portOne.get("/payments"), await portOne.get(`/payments?${ids}`)];
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
  });
});

describe("a merchant_uid with a failure, a payment, and a failure again", () => {
  beforeEach(async () => {
    await fail();
    await pay();
    await portOne.switches({ paysOneMerchantUidTwice: true });
    await fail();
  });

  it.each([
    ["find/order-1", "failed"],
    ["find/order-1/paid", "paid"],
    ["find/order-1?sorting=-paid", "paid"],
    ["find/order-1/failed", "failed"],
  ])("%s tells the newest: %s", async (path, status) => {
    expect(outcomeOf(await portOne.get(`/payments/${path}`))).toEqual([200, 0, status]);
  });

  it("find/…/ready and find/…/cancelled are 404, another status 400", async () => {
    const answers = await Promise.all(
      ["ready", "cancelled", "odd"].map((status) =>
        portOne.get(`/payments/find/order-1/${status}`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 400]);
  });

  it.each([
    ["findAll/order-1", ["failed", "paid", "failed"]],
    ["findAll/order-1/", ["failed", "paid", "failed"]],
    ["findAll/order-1/failed", ["failed", "failed"]],
    ["findAll/order-1/paid", ["paid"]],
  ])("%s tells %o", async (path, statuses) => {
    const answer = await portOne.get(`/payments/${path}`);
    expect(rowsOf(answer).map(([, status]) => status)).toEqual(statuses);
    const { total, previous, next } = answer.body.response;
    expect([total, previous, next]).toEqual([statuses.length, 0, 0]);
  });

  it("nothing is found of an id that nobody used", async () => {
    const answers = [
      await portOne.get("/payments/find/order-9"),
      await portOne.get("/payments/findAll/order-9"),
    ];
    expect(answers.map(refusalOf)).toEqual([missing, missing]);
  });
});

describe("the list by status", () => {
  beforeEach(async () => {
    await pay("a");
    await pay("b");
    await fail("c");
    await portOne.post("/payments/cancel", { merchant_uid: "a" });
  });

  it.each([
    ["paid", ["b"]],
    ["failed", ["c"]],
    ["cancelled", ["a"]],
    ["ready", []],
  ])("%s", async (status, expected) => {
    const rows = rowsOf(await portOne.get(`/payments/status/${status}`));
    // The issuance that made the key is paid too.
    expect(rows.map(([id]) => id).filter((id) => !id.startsWith("issue"))).toEqual(expected);
  });

  it("is cut into pages; a page beyond the end is 400", async () => {
    const second = await portOne.get("/payments/status/all?limit=3&page=2&sorting=started");
    const { total, previous, next } = second.body.response;
    expect([total, previous, next, rowsOf(second)]).toEqual([4, 1, 0, [["c", "failed"]]]);
    expect((await portOne.get("/payments/status/all?limit=3&page=3")).status).toBe(400);
  });

  it("spans the last 90 days, and never more", async () => {
    const { now } = (await portOne.token()).response;
    await portOne.advance("P91D");
    const asked = async (query: string) => {
      const { status, body } = await portOne.get(`/payments/status/all?${query}`);
      return [status, body.response?.total];
    };
    const days = 24 * 60 * 60;
    expect([
      await asked(""),
      await asked(`from=${now - 60}&to=${now + 89 * days}`),
      await asked(`from=${now - 60}`),
      await asked(`from=${now}&to=${now + 91 * days}`),
      await asked("sorting=odd"),
      await asked("limit=1001"),
    ]).toEqual([
      [200, 0],
      [200, 4],
      [200, 4],
      [400, undefined],
      [400, undefined],
      [400, undefined],
    ]);
  });
});
