import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { refusalOf, startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
let impUid: string;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
  await portOne.register();
  impUid = (await portOne.again({ amount: 10_000 })).body.response.imp_uid;
});
afterAll(() => world.stop());

const cancel = (body: object | string = {}) =>
  portOne.post("/payments/cancel", typeof body === "string" ? body : { imp_uid: impUid, ...body });
const standing = ({ body }: { body: Json }) => {
  const { status, amount, cancel_amount: cancelled, cancel_history: history } = body.response;
  return [status, amount, cancelled, history.map((entry: Json) => [entry.amount, entry.reason])];
};

describe("a refund", () => {
  it.each([
    ["without an amount", {}, ["cancelled", 10_000, 10_000, [[10_000, ""]]]],
    ["of 0, which is all", { amount: 0 }, ["cancelled", 10_000, 10_000, [[10_000, ""]]]],
    [
      "of a part, which reads cancelled too",
      { amount: 3000, reason: "환불" },
      ["cancelled", 10_000, 3000, [[3000, "환불"]]],
    ],
  ])("%s", async (_, body, expected) => {
    expect(standing(await cancel(body))).toEqual(expected);
  });

  it("by merchant_uid and in a form", async () => {
    expect(standing(await cancel("merchant_uid=order-1&amount=4000&checksum=10000"))).toEqual([
      "cancelled",
      10_000,
      4000,
      [[4000, ""]],
    ]);
  });

  it("gives money back, each time once", async () => {
    await cancel({ amount: 3000 });
    await cancel();
    expect(await world.ledgerOf("order-1")).toEqual([
      ["payment", 10_000],
      ["refund", 3000],
      ["refund", 7000],
    ]);
  });

  it("takes the imp_uid where a merchant_uid stands beside it", async () => {
    await portOne.again({ merchant_uid: "order-2" });
    await cancel({ merchant_uid: "order-2" });
    expect(await world.ledgerOf("order-2")).toEqual([["payment", 3000]]);
  });

  it("with a checksum is refused when something else is left, and nothing happens", async () => {
    await cancel({ amount: 3000, checksum: 10_000 });
    expect(refusalOf(await cancel({ amount: 3000, checksum: 10_000 }))).toEqual([
      200,
      1,
      "취소 가능 금액이 checksum과 일치하지 않습니다.",
    ]);
    expect(standing(await cancel({ amount: 3000, checksum: 7000 }))[2]).toBe(6000);
  });

  it.each([
    ["what is refunded already", {}, [200, 1, "이미 전액취소된 주문입니다."]],
    [
      "what is not there",
      { imp_uid: "imp_000000000000" },
      [200, 1, "취소할 결제건이 존재하지 않습니다."],
    ],
    ["nothing named", { imp_uid: null }, [400, 1, "파라미터를 확인해 주세요. (imp_uid)"]],
  ])("of %s", async (_, body, expected) => {
    await cancel();
    expect(refusalOf(await cancel(body))).toEqual(expected);
  });

  it("of more than is left is the PG's no", async () => {
    await cancel({ amount: 6000 });
    expect(refusalOf(await cancel({ amount: 6000 }))).toEqual([
      200,
      -1,
      "결제취소에 실패하였습니다.(requested cancel amount is bigger than cancelable amount)",
    ]);
  });

  it("of a failed payment finds nothing", async () => {
    await portOne.fault("again", { type: "decline", code: "OVER_LIMIT" });
    const failed = (await portOne.again({ merchant_uid: "order-2" })).body.response.imp_uid;
    expect(refusalOf(await cancel({ imp_uid: failed }))[1]).toBe(1);
  });

  it("of an issuance that only showed its amount is refused: no money moved", async () => {
    const issued = await portOne.register({ customer_uid: "key-2", amount: 9900 });
    expect(refusalOf(await cancel({ imp_uid: issued.imp_uid }))).toEqual([
      200,
      -1,
      "결제취소에 실패하였습니다.(승인된 금액이 없습니다.)",
    ]);
  });

  it("needs a reason at Naver Pay", async () => {
    await portOne.register({ customer_uid: "naver", pg: "naverpay" });
    const order = { customer_uid: "naver", merchant_uid: "order-2" };
    const { imp_uid: paid } = (await portOne.again(order)).body.response;
    expect(refusalOf(await cancel({ imp_uid: paid }))[1]).toBe(-1);
    expect(refusalOf(await cancel({ imp_uid: paid, reason: "변심" }))[1]).toBe(0);
  });
});

describe("an operator's refund in the console", () => {
  it("is seen in the payment and the ledger", async () => {
    await world.control("POST", `/portone/payments/${impUid}/cancel`, { amount: 4000 });
    const payment = await portOne.get(`/payments/${impUid}?include_sandbox=true`);
    expect(standing(payment)[2]).toBe(4000);
    expect(await world.ledgerOf("order-1")).toEqual([
      ["payment", 10_000],
      ["refund", 4000],
    ]);
  });

  it("of more than is left is refused", async () => {
    const more = world.control("POST", `/portone/payments/${impUid}/cancel`, { amount: 10_001 });
    await expect(more).rejects.toThrow("nothing_to_refund");
  });
});

describe("an amount registered beforehand", () => {
  const prepare = (amount: number, method = "POST") =>
    portOne.call(method, "/payments/prepare", { merchant_uid: "window-1", amount });
  const open = (amount: number) =>
    portOne.register({ customer_uid: "key-2", merchant_uid: "window-1", amount });

  it("is told, changed, and refused a second time", async () => {
    const answers = [
      await prepare(1000, "PUT"),
      await prepare(1000),
      await prepare(2000),
      await prepare(3000, "PUT"),
      await portOne.get("/payments/prepare/window-1"),
      await portOne.get("/payments/prepare/window-2"),
    ];
    expect(answers.map(({ status, body }) => [status, body.code, body.response?.amount])).toEqual([
      [404, -1, undefined],
      [200, 0, 1000],
      [200, 1, undefined],
      [200, 0, 3000],
      [200, 0, 3000],
      [404, -1, undefined],
    ]);
    expect(answers[2]?.body.message).toBe(
      "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).",
    );
  });

  it("keeps a window with another amount shut, and binds no charge", async () => {
    await prepare(1000);
    await expect(open(2000)).rejects.toThrow("사전등록된 결제금액과 일치하지 않습니다.");
    expect((await open(1000)).merchant_uid).toBe("window-1");
    await portOne.post("/payments/prepare", { merchant_uid: "order-2", amount: 1 });
    expect((await portOne.again({ merchant_uid: "order-2" })).body.code).toBe(0);
  });
});
