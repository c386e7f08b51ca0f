/**
 * What public implementers saw at the live sandbox, row by row (section 8 of our reference, read
 * 2026-11): the emulator must answer the same.
 */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { linePayMerchants } from "../src/index.ts";
import { codeOf, order, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
import type { World } from "./support/world.ts";

const running = startLinePay();
let world: World;
let linePay: LinePayMerchant;
beforeEach(async () => {
  ({ world, linePay } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const check = (transactionId: string) =>
  linePay.get(`/v3/payments/requests/${transactionId}/check`);

async function paid(): Promise<string> {
  const transactionId = await linePay.request();
  await linePay.approve(transactionId);
  expect(codeOf(await linePay.confirm(transactionId))).toBe("0000");
  return transactionId;
}

describe("requesting a payment", () => {
  it("answers 0000, a bare id of 19 digits, two addresses, a token of digits", async () => {
    const { text, body } = await linePay.post("/v3/payments/request", order());
    expect(body).toEqual({
      returnCode: "0000",
      returnMessage: "Success.",
      info: {
        paymentUrl: {
          web: expect.stringMatching(
            /^http:\/\/127\.0\.0\.1:\d+\/web\/payment\/wait\?transactionReserveId=[\w-]+$/,
          ),
          app: expect.stringMatching(/^line:\/\/pay\/payment\/[\w-]+$/),
        },
        transactionId: expect.stringMatching(/^20\d{17}$/),
        paymentAccessToken: expect.stringMatching(/^\d{12}$/),
      },
    });
    expect(text).toMatch(/"transactionId":\d{19}[,}]/);
    const { transactionId } = JSON.parse(text).info;
    expect(String(transactionId)).not.toBe(body.info.transactionId);
  });

  it("accepts the same orderId again", async () => {
    const first = await linePay.request();
    const second = await linePay.request();
    expect(second).not.toBe(first);
  });

  it("refuses a total that is not the sum, with the formula", async () => {
    const products = [{ name: "월간 구독", quantity: 1, price: 999 }];
    const packages = [{ id: "1", amount: 999, products }];
    const { body } = await linePay.post("/v3/payments/request", order({ packages }));
    expect(body).toEqual({
      returnCode: "2101",
      returnMessage:
        "form.amount != sum(packages[].amount) + sum(packages[].userFee) + shippingFee",
    });
  });

  it("refuses separate capture without the contract", async () => {
    const captureContract = false;
    await world.control("POST", "/settings", { provider: "line_pay", captureContract });
    const options = { payment: { capture: false } };
    const { body } = await linePay.post("/v3/payments/request", order({ options }));
    expect(body).toEqual({
      returnCode: "2103",
      returnMessage: "Parameter is not allowed [capture:false]",
    });
  });
});

describe("wrong credentials", () => {
  it("are 1104 for a made-up channel id", async () => {
    const credentials = { ...linePayMerchants.TWD, channelId: "1234567890" };
    const { status, body } = await linePay.get("/v3/payments?orderId=A", { credentials });
    expect([status, body]).toEqual([
      200,
      { returnCode: "1104", returnMessage: "Merchant not found." },
    ]);
  });

  it("are 1106 for the right id with a wrong secret", async () => {
    const credentials = { ...linePayMerchants.TWD, channelSecret: "wrong" };
    expect(codeOf(await linePay.get("/v3/payments?orderId=A", { credentials }))).toBe("1106");
  });
});

describe("a check", () => {
  it("right after the request is 0000: waiting, not success", async () => {
    expect((await check(await linePay.request())).body).toEqual({
      returnCode: "0000",
      returnMessage: "reserved transaction.",
    });
  });

  it("after the customer has agreed is 0110, after confirm 0123", async () => {
    const transactionId = await linePay.request();
    await linePay.approve(transactionId);
    const agreed = codeOf(await check(transactionId));
    await linePay.confirm(transactionId);
    expect([agreed, codeOf(await check(transactionId))]).toEqual(["0110", "0123"]);
  });

  it("of an id that this environment does not know is 1159", async () => {
    expect(codeOf(await check("2026100102385195510"))).toBe("1159");
  });
});

describe("confirming", () => {
  it("before the customer has agreed is 1169, and ends the reservation", async () => {
    const transactionId = await linePay.request();
    const early = codeOf(await linePay.confirm(transactionId));
    expect([early, codeOf(await check(transactionId))]).toEqual(["1169", "0122"]);
  });

  it("answers 0000 with how it was paid, and the key", async () => {
    const transactionId = await linePay.request();
    await linePay.approve(transactionId);
    const { text, body } = await linePay.confirm(transactionId);
    expect(body).toEqual({
      returnCode: "0000",
      returnMessage: "OK",
      info: {
        orderId: "REG-0001",
        transactionId,
        regKey: expect.stringMatching(/^RK[A-Z0-9]{13}$/),
        payInfo: [
          {
            method: "CREDIT_CARD",
            amount: 1_000,
            creditCardNickname: "",
            creditCardBrand: "VISA",
          },
        ],
        packages: [{ id: "1", amount: 1_000, userFeeAmount: 0 }],
      },
    });
    expect(text).toContain(`"transactionId":${transactionId},`);
  });

  it("again is 1172 without info", async () => {
    const { body } = await linePay.confirm(await paid());
    expect(body).toEqual({ returnCode: "1172", returnMessage: "Existing same orderId." });
  });

  it("a second reservation of a paid orderId is 1172", async () => {
    await paid();
    const second = await linePay.request();
    await linePay.approve(second);
    expect(codeOf(await linePay.confirm(second))).toBe("1172");
    expect(await world.ledgerOf("REG-0001")).toEqual([["payment", 1_000]]);
  });
});

describe("payment details", () => {
  it("know nothing before confirm, nor of unknown ids: 1150", async () => {
    const transactionId = await linePay.request();
    const codes = [
      await linePay.get(`/v3/payments?transactionId=${transactionId}`),
      await linePay.get("/v3/payments?orderId=REG-0001"),
      await linePay.get("/v3/payments?orderId=nobody"),
    ].map(codeOf);
    expect(codes).toEqual(["1150", "1150", "1150"]);
  });

  it("after confirm say CAPTURE", async () => {
    const transactionId = await paid();
    const { body } = await linePay.get(`/v3/payments?transactionId=${transactionId}`);
    const packages = [expect.objectContaining({ id: "1", amount: 1_000, userFeeAmount: 0 })];
    expect(body.info).toEqual([
      {
        transactionId,
        transactionDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        transactionType: "PAYMENT",
        payStatus: "CAPTURE",
        orderId: "REG-0001",
        productName: "월간 구독",
        merchantName: "Maedal Shop",
        currency: "TWD",
        payInfo: [{ method: "CREDIT_CARD", amount: 1_000 }],
        packages,
      },
    ]);
  });

  it("take repeated names and encoded characters, signed as they were sent", async () => {
    const { regKey } = await linePay.register();
    await linePay.charge(regKey, { orderId: "A+1&2" });
    await linePay.charge(regKey, { orderId: "A 3" });
    const { body } = await linePay.get("/v3/payments?orderId=A%2B1%262&orderId=A+3");
    expect(body.info.map(({ orderId }: { orderId: string }) => orderId)).toEqual(["A+1&2", "A 3"]);
  });
});

describe("an unpaid reservation", () => {
  it("can be neither refunded, voided nor captured: 1150", async () => {
    const id = await linePay.request();
    const amounts = { amount: 1_000, currency: "TWD" };
    const codes = [
      await linePay.post(`/v3/payments/${id}/refund`, {}),
      await linePay.post(`/v3/payments/authorizations/${id}/void`, {}),
      await linePay.post(`/v3/payments/authorizations/${id}/capture`, amounts),
    ].map(codeOf);
    expect(codes).toEqual(["1150", "1150", "1150"]);
  });
});

describe("refunds", () => {
  it("go in parts until nothing is left: 0000, 1164, 0000, 1165", async () => {
    const id = await paid();
    const refund = (body: object) => linePay.post(`/v3/payments/${id}/refund`, body);
    const codes = [
      await refund({ refundAmount: 300 }),
      await refund({ refundAmount: 701 }),
      await refund({}),
      await refund({}),
    ].map(codeOf);
    expect(codes).toEqual(["0000", "1164", "0000", "1165"]);
  });

  it("are listed with negative amounts, each a part", async () => {
    const id = await paid();
    const first = await linePay.post(`/v3/payments/${id}/refund`, { refundAmount: 300 });
    const rest = await linePay.post(`/v3/payments/${id}/refund`, {});
    const { body } = await linePay.get("/v3/payments?orderId=REG-0001");
    const row = (answer: typeof first, refundAmount: number) => ({
      ...answer.body.info,
      transactionType: "PARTIAL_REFUND",
      refundAmount,
    });
    expect(body.info[0].refundList).toEqual([row(first, -300), row(rest, -700)]);
  });
});

describe("a key check", () => {
  it("of an unknown key is 1190", async () => {
    const { body } = await linePay.get("/v3/payments/preapprovedPay/RK2AE3519XTFXHM/check");
    expect(body.returnCode).toBe("1190");
  });
});
