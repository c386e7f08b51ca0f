import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, startWorld, type Json, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
let paymentKey: string;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
  const { body } = await world.charge(await world.register(), { amount: 4900 });
  paymentKey = body.paymentKey;
});
afterAll(() => world.stop());

const cancel = (body: object, key = paymentKey) =>
  world.toss("POST", `/v1/payments/${key}/cancel`, { cancelReason: "고객 변심", ...body });
const standing = ({ body }: { body: Json }) => [body.status, body.balanceAmount];

describe("cancelling everything at once", () => {
  it("is CANCELED, tells the refund, and gives the money back", async () => {
    const { body } = await cancel({});
    expect(standing({ body })).toEqual(["CANCELED", 0]);
    expect(body.totalAmount).toBe(4900);
    expect(body.cancels).toEqual([
      {
        transactionKey: body.lastTransactionKey,
        cancelReason: "고객 변심",
        taxExemptionAmount: 0,
        canceledAt: expect.stringMatching(/\+09:00$/),
        cardDiscountAmount: 0,
        transferDiscountAmount: 0,
        easyPayDiscountAmount: 0,
        receiptKey: null,
        cancelAmount: 4900,
        taxFreeAmount: 0,
        refundableAmount: 0,
        cancelStatus: "DONE",
        cancelRequestId: null,
      },
    ]);
    expect(await world.ledgerOf("order-0001")).toEqual([
      ["payment", 4900],
      ["refund", 4900],
    ]);
    const { accounts } = await world.control("GET", "/accounts");
    expect(accounts.at(-1).balance).toBe(1_000_000_000_000);
  });

  it("a second time is ALREADY_CANCELED_PAYMENT", async () => {
    await cancel({});
    expect(refusalOf(await cancel({}))).toEqual([400, "ALREADY_CANCELED_PAYMENT"]);
  });
});

describe("cancelling in parts", () => {
  it("stays PARTIAL_CANCELED even when nothing is left", async () => {
    const answers = [await cancel({ cancelAmount: 1900 }), await cancel({})];
    expect(answers.map(standing)).toEqual([
      ["PARTIAL_CANCELED", 3000],
      ["PARTIAL_CANCELED", 0],
    ]);
    expect(answers[1]?.body.cancels.map((one: Json) => one.refundableAmount)).toEqual([3000, 0]);
  });

  it("and once more than everything is NOT_CANCELABLE_AMOUNT, not the other code", async () => {
    await cancel({ cancelAmount: 1900 });
    await cancel({ cancelAmount: 3000 });
    const answers = [await cancel({}), await cancel({ cancelAmount: 1 })];
    expect(answers.map(refusalOf)).toEqual(answers.map(() => [403, "NOT_CANCELABLE_AMOUNT"]));
  });

  it("more than is left is NOT_CANCELABLE_AMOUNT", async () => {
    const answer = await cancel({ cancelAmount: 4901 });
    expect(refusalOf(answer)).toEqual([403, "NOT_CANCELABLE_AMOUNT"]);
  });

  it("does nothing when refundableAmount is not what is left", async () => {
    const answer = await cancel({ cancelAmount: 1000, refundableAmount: 4800 });
    expect(refusalOf(answer)).toEqual([400, "NOT_MATCHES_REFUNDABLE_AMOUNT"]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
    const agreed = await cancel({ cancelAmount: 1000, refundableAmount: 4900 });
    expect(standing(agreed)).toEqual(["PARTIAL_CANCELED", 3900]);
  });

  it("is not possible for a card charged with a taxExemptionAmount", async () => {
    const card = await world.register({ method: "CARD", customerKey: "customer-2" });
    const { body } = await world.charge(card, { orderId: "order-0002", taxExemptionAmount: 100 });
    expect(body.isPartialCancelable).toBe(false);
    const answers = [
      await cancel({ cancelAmount: 100 }, body.paymentKey),
      await cancel({}, body.paymentKey),
    ];
    expect(answers.map(refusalOf)).toEqual([
      [403, "NOT_ALLOWED_PARTIAL_REFUND"],
      [200, undefined],
    ]);
  });

  it("never gives back more than was paid, however many arrive together", async () => {
    const many = Array.from({ length: 20 }, () => cancel({ cancelAmount: 1000 }));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4);
  });
});

describe("a cancellation that is refused", () => {
  it.each([
    [{ cancelReason: undefined }, 400, "INVALID_REQUIRED_PARAM"],
    [{ cancelReason: "" }, 400, "INVALID_REQUIRED_PARAM"],
    [{ cancelReason: "x".repeat(201) }, 400, "INVALID_REQUEST"],
    [{ cancelAmount: 0 }, 400, "INVALID_REQUEST"],
    [{ cancelAmount: -1 }, 400, "BELOW_ZERO_AMOUNT"],
    [{ currency: "USD" }, 400, "INVALID_CURRENCY"],
  ])("for %j", async (wrong, status, code) => {
    expect(refusalOf(await cancel(wrong))).toEqual([status, code]);
  });

  it("because nobody, or another merchant, has that payment", async () => {
    const { secretKey } = await world.control("POST", "/credentials", {});
    const path = `/v1/payments/${paymentKey}/cancel`;
    const body = { cancelReason: "고객 변심" };
    const answers = [
      await cancel({}, "nobody"),
      await world.toss("POST", path, body, { secretKey }),
    ];
    expect(answers.map(refusalOf)).toEqual(answers.map(() => [404, "NOT_FOUND_PAYMENT"]));
  });

  it("because a transfer is older than 180 days, which a card may be", async () => {
    const card = await world.register({ method: "CARD", customerKey: "customer-2" });
    const { body } = await world.charge(card, { orderId: "order-0002" });
    await world.control("POST", "/clock", { by: "P179D" });
    const intime = await cancel({ cancelAmount: 100 });
    await world.control("POST", "/clock", { by: "P2D" });
    const answers = [intime, await cancel({}), await cancel({}, body.paymentKey)];
    expect(answers.map(refusalOf)).toEqual([
      [200, undefined],
      [403, "EXCEED_MAX_REFUND_DUE"],
      [200, undefined],
    ]);
  });
});
