/** What differs between PGs: who makes keys where, and whether the window charges. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { World } from "../support/world.ts";
import { startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const paymentOf = async (impUid: string) =>
  (await portOne.get(`/payments/${impUid}?include_sandbox=true`)).body.response;

describe("making a key in the window", () => {
  it.each([
    ["chai", "trans", 0, []],
    ["chai", "trans", 9900, []],
    ["naverpay", "naverpay", 9900, []],
    ["html5_inicis", "card", 9900, []],
    ["kakaopay", "kakaopay", 0, []],
    ["kakaopay", "kakaopay", 9900, [["payment", 9900]]],
    ["settle_acc", "trans", 0, []],
    ["settle_acc", "trans", 9900, [["payment", 9900]]],
  ])("%s (%s) with amount %d moves %o", async (pg, payMethod, amount, moved) => {
    const order = { pg, amount, merchant_uid: "issue-1" };
    const { imp_uid: impUid } = await portOne.register(order);
    const payment = await paymentOf(impUid);
    expect([payment.status, payment.amount, payment.pay_method]).toEqual([
      "paid",
      amount,
      payMethod,
    ]);
    expect([payment.customer_uid, payment.customer_uid_usage]).toEqual(["key-1", "issue"]);
    expect(await world.ledgerOf("issue-1")).toEqual(moved);
    const customer = await portOne.get("/subscribe/customers/key-1");
    expect(customer.body.response.pg_provider).toBe(pg);
  });

  it("is not for PGs of the API kind", async () => {
    await expect(portOne.register({ pg: "nice" })).rejects.toThrow("계약되지 않은 인증방법");
  });

  it("that charges makes no key when the payer has too little", async () => {
    const payer = await world.control("POST", "/accounts", {
      provider: "portone",
      kind: "payer",
      name: "김없음",
      phone: "010-0000-0001",
    });
    const account = await world.control("POST", "/accounts", {
      provider: "portone",
      kind: "account",
      payerId: payer.id,
      bankCode: "004",
      number: "1234567890",
      balance: 9899,
    });
    const order = { meansId: account.id, amount: 9900 };
    await expect(portOne.register({ pg: "kakaopay", ...order })).rejects.toThrow("F0004");
    expect((await portOne.get("/subscribe/customers/key-1")).status).toBe(404);
    await portOne.register({ pg: "chai", ...order });
    expect((await portOne.get("/subscribe/customers/key-1")).status).toBe(200);
  });
});

describe("the channel of a window", () => {
  const providerOf = async (order: object) => {
    const { imp_uid: impUid } = await portOne.register(order);
    const { pg_provider: provider, pg_id: id } = await paymentOf(impUid);
    return [provider, id];
  };

  it.each([
    ["nothing named", {}, "chai"],
    ["the code alone", { pg: "kakaopay" }, "kakaopay"],
    ["the code with the id there", { pg: "chai.emul_chai_public_key" }, "chai"],
    ["an unknown code: the default, silently", { pg: "nonsense" }, "chai"],
    ["an unknown id: the default, silently", { pg: "kakaopay.WRONG" }, "chai"],
    ["a channel key", { channelKey: "channel-key-emulated-naverpay" }, "naverpay"],
  ])("%s", async (_, order, provider) => {
    expect((await providerOf(order))[0]).toBe(provider);
  });

  it("is one of several of the same PG, by its id there", async () => {
    const chai = { pgProvider: "chai", channelName: "차이", isSandbox: true };
    const channels = ["one", "two"].map((pgId) => ({ ...chai, pgId, channelKey: `key-${pgId}` }));
    await world.control("POST", "/settings", { provider: "portone", channels });
    const asked = [{ pg: "chai.two" }, { pg: "chai" }, {}];
    const ids = [];
    for (const order of asked) ids.push((await providerOf(order))[1]);
    expect(ids).toEqual(["two", "one", "one"]);
  });

  it("of a channel key that is not there does not open", async () => {
    await expect(portOne.register({ channelKey: "channel-key-none" })).rejects.toThrow("F500");
  });
});

describe("errors before the window", () => {
  it.each([
    ["an unknown merchant", { impCode: "imp00000000" }, "F500"],
    ["another pay_method than trans at CHAI", { pay_method: "card" }, "trans만"],
    ["no merchant_uid", { merchant_uid: "" }, "merchant_uid는 필수"],
    ["a merchant_uid that is too long", { merchant_uid: "x".repeat(41) }, "40자"],
    ["no name", { name: "" }, "name은 필수"],
  ])("%s", async (_, order, message) => {
    await expect(portOne.register(order)).rejects.toThrow(message);
    expect(await world.control("GET", "/portone/payments")).toEqual([]);
  });

  it("a merchant_uid that was paid before", async () => {
    await portOne.register({ merchant_uid: "issue-1" });
    await expect(portOne.register({ merchant_uid: "issue-1" })).rejects.toThrow("F1002");
  });
});

describe("a window that does not end well", () => {
  it.each([
    ["cancel", "사용자가 결제를 취소하셨습니다."],
    ["fail", "정상적 인증 처리가 되지 않았습니다."],
  ])("%s: no key, a failed record, and the way back says so", async (outcome, failReason) => {
    const ended = await portOne.register({ outcome, m_redirect_url: "https://shop.example/back" });
    const { searchParams } = new URL(ended.redirect_url);
    expect(Object.fromEntries(searchParams)).toEqual({
      imp_uid: ended.imp_uid,
      merchant_uid: ended.merchant_uid,
      imp_success: "false",
      error_code: "F0005",
      error_msg: `F0005:결제가 중단되었습니다(${ended.imp_uid}).01 | ${failReason}`,
    });
    const payment = await paymentOf(ended.imp_uid);
    expect([payment.status, payment.fail_reason]).toEqual(["failed", failReason]);
    expect((await portOne.get("/subscribe/customers/key-1")).status).toBe(404);
  });
});
