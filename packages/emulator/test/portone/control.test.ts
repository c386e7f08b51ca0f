import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { key, outcomeOf, startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const provider = "portone";
const accounts = (order: object) => world.control("POST", "/accounts", { provider, ...order });

describe("a buyer without a browser", () => {
  it("is somebody new with plenty of money each time", async () => {
    const first = await portOne.register({ customer_uid: "a" });
    const second = await portOne.register({ customer_uid: "b" });
    expect(first.meansId).not.toBe(second.meansId);
    const { means } = (await world.control("GET", "/accounts")).portOne;
    const { balance } = means.find(({ id }: Json) => id === first.meansId);
    expect(balance).toBe(1_000_000_000_000);
  });

  it("names the order, so that it can be looked up, and where the browser would go", async () => {
    expect(await portOne.register({ merchant_uid: "issue-1" })).toEqual({
      imp_uid: expect.stringMatching(/^imp_\d{12}$/),
      merchant_uid: "issue-1",
      customer_uid: key,
      meansId: expect.any(String),
      redirect_url: null,
    });
  });

  it("pays with what is chosen", async () => {
    const payer = await accounts({ kind: "payer", name: "김고객", phone: "010-5555-0000" });
    const account = await accounts({
      kind: "account",
      payerId: payer.id,
      bankCode: "092",
      number: "100020003000",
      balance: 4000,
    });
    await portOne.register({ meansId: account.id });
    const outcomes = [
      outcomeOf(await portOne.again({ merchant_uid: "a" })),
      outcomeOf(await portOne.again({ merchant_uid: "b" })),
    ];
    expect(outcomes).toEqual([
      [200, 0, "paid"],
      [200, 0, "failed"],
    ]);
    const { means } = (await world.control("GET", "/accounts")).portOne;
    expect(means.find(({ id }: Json) => id === account.id).balance).toBe(1000);
  });
});

describe("accounts and cards", () => {
  it("are changed by id and by the key that is on them", async () => {
    const { meansId } = await portOne.register();
    const byKey = await portOne.change({ balance: 5 });
    const byId = await accounts({ kind: "change", id: meansId, declineCode: "LOST" });
    expect([byKey.balance, byId.balance, byId.declineCode]).toEqual([5, 5, "LOST"]);
  });

  it.each([
    [{ kind: "change", id: "nobody", balance: 1 }, "not_found"],
    [{ kind: "account", payerId: "nobody", bankCode: "004", number: "123456" }, "not_found"],
    [{ kind: "card", number: "1234567890123456" }, "F112"],
    [{ kind: "account", payerId: "x", bankCode: "999", number: "123456" }, "invalid_request"],
  ])("%o is refused", async (order, code) => {
    await expect(accounts(order)).rejects.toThrow(code);
  });
});

describe("merchants", () => {
  it("are added with keys of their own, and work", async () => {
    const merchant = await world.control("POST", "/credentials", { provider, name: "둘째 가게" });
    expect(merchant.impCode).toMatch(/^imp\d{8}$/);
    const keys = { imp_key: merchant.apiKey, imp_secret: merchant.apiSecret };
    expect((await portOne.token(keys)).code).toBe(0);
    const again = world.control("POST", "/credentials", { provider, impCode: merchant.impCode });
    await expect(again).rejects.toThrow("merchant_exists");
  });

  it("are known by the guide's code too, which is the default merchant's", async () => {
    const settings = { provider, impCode: "imp37739582", name: "가게" };
    const { impCode, name } = await world.control("POST", "/settings", settings);
    expect([impCode, name]).toEqual([world.ready.portone.impCode, "가게"]);
  });
});

describe("the overview", () => {
  it("tells what the page shows of PortOne", async () => {
    await portOne.register();
    await portOne.again();
    const overview = await world.control("GET", "/overview");
    const shown = Object.entries<Json>(overview)
      .filter(([name]) => name.startsWith("portOne"))
      .map(([name, rows]) => [name, Array.isArray(rows) ? rows.length : "an object"]);
    expect(Object.fromEntries(shown)).toEqual({
      portOneCustomers: 1,
      portOneKeys: 1,
      portOnePayments: 2,
      portOneSchedules: 0,
      portOnePayers: 2,
      portOneMeans: 5,
      portOneMerchants: 1,
      portOneDeliveries: 0,
      portOneSwitches: "an object",
    });
  });
});
