import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { World } from "../support/world.ts";
import {
  duplicate,
  key,
  outcomeOf,
  refusalOf,
  startPortOne,
  type PortOneMerchant,
} from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
  await portOne.register();
});
afterAll(() => world.stop());

describe("charging a key", () => {
  it("answers the payment, and the ledger knows it", async () => {
    const { body } = await portOne.again({ buyer_name: "김구매", custom_data: '{"a":1}' });
    const { imp_uid: impUid, pg_tid: pgTid, started_at: at } = body.response;
    expect(impUid).toMatch(/^imp_\d{12}$/);
    expect(body).toEqual({
      code: 0,
      message: null,
      response: {
        imp_uid: impUid,
        merchant_uid: "order-1",
        pay_method: "trans",
        channel: "api",
        pg_provider: "chai",
        emb_pg_provider: null,
        pg_tid: pgTid,
        pg_id: "emul_chai_public_key",
        sandbox: true,
        escrow: false,
        apply_num: null,
        bank_code: "004",
        bank_name: "국민은행",
        card_code: null,
        card_name: null,
        card_number: null,
        card_type: null,
        card_quota: 0,
        name: "구독",
        amount: 3000,
        cancel_amount: 0,
        currency: "KRW",
        buyer_name: "김구매",
        buyer_email: null,
        buyer_tel: null,
        buyer_addr: null,
        buyer_postcode: null,
        custom_data: '{"a":1}',
        user_agent: null,
        status: "paid",
        started_at: at,
        paid_at: at,
        failed_at: 0,
        cancelled_at: 0,
        fail_reason: null,
        cancel_reason: null,
        receipt_url: null,
        cancel_history: [],
        cancel_receipt_urls: [],
        cash_receipt_issued: false,
        customer_uid: key,
        customer_uid_usage: "payment",
      },
    });
    expect(await world.control("GET", "/ledger")).toEqual([
      {
        sequence: 1,
        provider: "portone",
        kind: "payment",
        orderId: "order-1",
        amount: 3000,
        currency: "KRW",
        key,
        paymentId: impUid,
        at: expect.any(String),
      },
    ]);
  });

  it("is asked for with a form too", async () => {
    const body = `customer_uid=${key}&merchant_uid=order-1&amount=3000&name=x`;
    expect(outcomeOf(await portOne.post("/subscribe/payments/again", body))).toEqual([
      200,
      0,
      "paid",
    ]);
  });

  it("needs no name at CHAI, and one at KG Inicis", async () => {
    await portOne.register({ customer_uid: "card", pg: "html5_inicis" });
    const body = { merchant_uid: "order-2", amount: 3000 };
    const atChai = await portOne.post("/subscribe/payments/again", { ...body, customer_uid: key });
    const atInicis = await portOne.post("/subscribe/payments/again", {
      ...body,
      merchant_uid: "order-3",
      customer_uid: "card",
    });
    expect([outcomeOf(atChai), refusalOf(atInicis)]).toEqual([
      [200, 0, "paid"],
      [400, 1, "파라미터를 확인해 주세요. (name)"],
    ]);
  });

  it.each([
    ["merchant_uid", { merchant_uid: "x".repeat(41) }],
    ["merchant_uid", { merchant_uid: "" }],
    ["customer_uid", { customer_uid: "x".repeat(81) }],
    ["amount", { amount: 0.5 }],
    ["amount", { amount: { total: 3000 } }],
    ["amount", { amount: -1 }],
    ["currency: KRW", { currency: "USD" }],
  ])("is 400 for a wrong %s", async (named, wrong) => {
    expect(refusalOf(await portOne.again(wrong))).toEqual([
      400,
      1,
      `파라미터를 확인해 주세요. (${named})`,
    ]);
  });
});

describe("the three outcomes under HTTP 200", () => {
  it("paid: code 0 and a paid payment", async () => {
    expect(outcomeOf(await portOne.again())).toEqual([200, 0, "paid"]);
  });

  it.each([
    ["too little money", { balance: 2999 }, "[INSUFFICIENT_BALANCE] 잔액이 부족합니다."],
    ["a stopped card", { declineCode: "STOPPED" }, "[STOPPED] 거래정지 카드입니다."],
    ["a code of one's own", { declineCode: "X1" }, "[X1] 승인이 거절되었습니다."],
  ])("%s: code 0 and a failed payment", async (_, changes, failReason) => {
    await portOne.change(changes);
    const answer = await portOne.again();
    const { imp_uid: impUid, fail_reason: reason, paid_at: paidAt } = answer.body.response;
    expect([outcomeOf(answer), reason, paidAt]).toEqual([[200, 0, "failed"], failReason, 0]);
    expect(impUid).toMatch(/^imp_/);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  it("refused: a code other than 0 and no payment", async () => {
    const answer = await portOne.again({ customer_uid: "nobody" });
    expect(answer.body).toEqual({
      code: 1,
      message: "등록되지 않은 구매자입니다.",
      response: null,
    });
    expect(answer.status).toBe(200);
  });
});

describe("a merchant_uid", () => {
  const pay = () => portOne.again();
  const refund = () => portOne.post("/payments/cancel", { merchant_uid: "order-1" });
  const fail = async () => {
    await portOne.change({ declineCode: "OVER_LIMIT" });
    const failed = await portOne.again();
    await portOne.change({ declineCode: null });
    return failed;
  };

  it.each([
    ["paid", [pay], [200, 1, duplicate]],
    ["cancelled", [pay, refund], [200, 1, duplicate]],
    ["failed", [fail], [200, 0, null]],
    ["failed and then paid", [fail, pay], [200, 1, duplicate]],
    ["never used", [], [200, 0, null]],
  ])("that was %s", async (_, history, expected) => {
    for (const step of history) await step();
    expect(refusalOf(await portOne.again())).toEqual(expected);
  });

  it("of an issuance is used up, too", async () => {
    await portOne.register({ customer_uid: "key-2", merchant_uid: "issue-1" });
    expect(refusalOf(await portOne.again({ merchant_uid: "issue-1" }))).toEqual([
      200,
      1,
      duplicate,
    ]);
  });

  it("of one merchant is free for another", async () => {
    await portOne.again();
    const other = await world.control("POST", "/credentials", { provider: "portone" });
    const order = { impCode: other.impCode, merchant_uid: "issue-9" };
    await portOne.register(order);
    const { response } = await portOne.token({
      imp_key: other.apiKey,
      imp_secret: other.apiSecret,
    });
    const answer = await portOne.again({}, { authorization: response.access_token });
    expect(outcomeOf(answer)).toEqual([200, 0, "paid"]);
  });
});

describe("a key that the payer ended at the PG", () => {
  it("is still known to PortOne, and declines", async () => {
    await world.control("POST", `/portone/billing-keys/${key}/end`);
    const known = await portOne.get(`/subscribe/customers/${key}`);
    const answer = await portOne.again();
    expect([known.status, answer.body.response.fail_reason]).toEqual([
      200,
      "[KEY_ENDED] 해지된 빌링키입니다.",
    ]);
  });

  it("cannot be ended twice", async () => {
    await world.control("POST", `/portone/billing-keys/${key}/end`);
    await expect(world.control("POST", `/portone/billing-keys/${key}/end`)).rejects.toThrow(
      "key_has_ended",
    );
  });
});

describe("charging card data (onetime)", () => {
  const card = { card_number: "5365-1000-2000-3005", expiry: "2099-12", pg: "nice" };
  const order = { merchant_uid: "once-1", amount: 1000, name: "한 번", ...card };
  const onetime = (changes: object = {}) =>
    portOne.post("/subscribe/payments/onetime", { ...order, ...changes });

  it("pays, and keeps the card under a customer_uid that comes along", async () => {
    const answer = await onetime({ customer_uid: "kept" });
    const { pay_method: payMethod, card_number: number, card_type: type } = answer.body.response;
    expect([payMethod, number, type]).toEqual(["card", "5365********3005", 0]);
    const again = await portOne.again({ customer_uid: "kept" });
    expect(outcomeOf(again)).toEqual([200, 0, "paid"]);
  });

  it.each([
    [{ card_number: "1234-0000-0000-0000" }, -1, /^카드정보 인증에 실패하였습니다\. \[F112\]/],
    [{ expiry: "2020-01" }, -1, /^카드정보 인증에 실패하였습니다\. \[EXPIRED\]/],
    [{ pg: "chai" }, -1, /지원하지 않는 PG/],
    [{ pg: undefined }, -1, /지원하지 않는 PG입니다\. \(chai\)/],
  ])("is refused with %o", async (changes, code, message) => {
    const answer = await onetime(changes);
    expect([answer.status, answer.body.code, answer.body.response]).toEqual([200, code, null]);
    expect(answer.body.message).toMatch(message);
  });

  it("is declined with code -1 and the PG's words", async () => {
    const number = card.card_number;
    const decline = { provider: "portone", kind: "card", number, declineCode: "2116" };
    await world.control("POST", "/accounts", decline);
    expect(refusalOf(await onetime())).toEqual([
      200,
      -1,
      "결제승인에 실패하였습니다. [2116] 개인 월 한도금액 초과",
    ]);
  });
});
