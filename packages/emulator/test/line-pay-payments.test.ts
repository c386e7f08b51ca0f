import * as fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { linePayMerchants } from "../src/index.ts";
import { codeOf, order, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
import type { Json, World } from "./support/world.ts";

const running = startLinePay();
let world: World;
let linePay: LinePayMerchant;
beforeEach(async () => {
  ({ world, linePay } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const orderId = "SUB-0001-2026-10";
const settle = (changes: object) =>
  world.control("POST", "/settings", { provider: "line_pay", ...changes });
const request = async (body: object) => codeOf(await linePay.post("/v3/payments/request", body));
const asked = async (transactionId: string) =>
  codeOf(await linePay.get(`/v3/payments/requests/${transactionId}/check`));
const details = async (query = `orderId=${orderId}`): Promise<Json> =>
  (await linePay.get(`/v3/payments?${query}`)).body.info?.[0];

async function authorized(): Promise<string> {
  const { regKey } = await linePay.register();
  return (await linePay.charge(regKey, { capture: false })).body.info.transactionId;
}
const capture = (id: string, amount: number, currency = "TWD") =>
  linePay.post(`/v3/payments/authorizations/${id}/capture`, { amount, currency });
const release = (id: string) => linePay.post(`/v3/payments/authorizations/${id}/void`, {});
const refund = (id: string, body: object = {}) => linePay.post(`/v3/payments/${id}/refund`, body);

describe("the amount of a request", () => {
  it.each([
    ["a fraction of a TWD", { amount: 10.5 }, "1124"],
    ["below the minimum", { amount: 0 }, "1183"],
    ["above the maximum", { amount: 10_000_001 }, "1184"],
    ["in another currency than the contract's", { currency: "THB" }, "1178"],
    ["negative", { amount: -1 }, "2101"],
    ["a text", { amount: "1000" }, "2101"],
    ["in no currency at all", { currency: undefined }, "2101"],
    ["under an orderId of 101 characters", { orderId: "x".repeat(101) }, "2101"],
    ["without packages", { packages: [] }, "2101"],
    ["without addresses to return to", { redirectUrls: {} }, "2101"],
  ])("%s is refused", async (_, changes, code) => {
    expect(await request({ ...order(changes as { amount?: number }) })).toBe(code);
  });

  it("has the fee of v3 in its sum, which v4 ignores", async () => {
    const products = [{ name: "월간 구독", quantity: 2, price: 500 }];
    const packages = [{ id: "1", amount: 1_000, userFee: 30, products }];
    const body = order({ amount: 1_030, packages });
    const codes = [
      codeOf(await linePay.post("/v3/payments/request", body)),
      codeOf(await linePay.post("/v4/payments/request", body)),
    ];
    expect(codes).toEqual(["0000", "2101"]);
  });

  it("may have two decimals in THB, and is kept exactly", async () => {
    const credentials = linePayMerchants.THB;
    const changes = { amount: 19.99, currency: "THB" };
    const id = await linePay.request(changes, { credentials });
    await linePay.approve(id);
    const path = `/v3/payments/${id}/confirm`;
    const { body } = await linePay.post(path, changes, { credentials });
    expect([body.returnCode, body.info.payInfo[0].amount]).toEqual(["0000", 19.99]);
    expect(await world.ledgerOf("REG-0001")).toEqual([["payment", 1_999]]);
  });

  it("is a JSON number: a broken body is 2102", async () => {
    const answer = await linePay.post("/v3/payments/request", "{amount:1}");
    expect(codeOf(answer)).toBe("2102");
  });
});

describe("a merchant without a contract", () => {
  it("for preapproved payments is 1194, for a request and for a charge", async () => {
    const { regKey } = await linePay.register();
    await settle({ preapprovedContract: false });
    expect([await request(order()), codeOf(await linePay.charge(regKey))]).toEqual([
      "1194",
      "1194",
    ]);
  });

  it("for card checks is 2103", async () => {
    const { regKey } = await linePay.register();
    const path = `/v3/payments/preapprovedPay/${regKey}/check?creditCardAuth=true`;
    const without = codeOf(await linePay.get(path));
    await settle({ creditCardAuthContract: true });
    expect([without, codeOf(await linePay.get(path))]).toEqual(["2103", "0000"]);
  });
});

describe("a reservation", () => {
  it("is over when the customer cancels", async () => {
    const id = await linePay.request();
    const { cancelUrl } = await world.control("POST", `/line-pay/requests/${id}/cancel`);
    expect(cancelUrl).toBe(
      `https://shop.example/linepay/cancel?orderId=REG-0001&transactionId=${id}`,
    );
    expect([await asked(id), codeOf(await linePay.confirm(id))]).toEqual(["0121", "1159"]);
  });

  it("is over after 20 minutes, agreed or not", async () => {
    const [waiting, agreed] = [await linePay.request(), await linePay.request()];
    await linePay.approve(agreed);
    await world.control("POST", "/clock", { by: "PT20M" });
    expect([await asked(waiting), await asked(agreed)]).toEqual(["0121", "0121"]);
    expect(codeOf(await linePay.confirm(agreed))).toBe("1180");
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  it("is confirmed with the amount and currency that were requested: else 1153", async () => {
    const id = await linePay.request();
    await linePay.approve(id);
    const codes = [
      codeOf(await linePay.confirm(id, 999)),
      codeOf(await linePay.confirm(id, 1_000, "THB")),
      codeOf(await linePay.confirm(id)),
    ];
    expect(codes).toEqual(["1153", "1153", "0000"]);
  });

  it("cannot be confirmed by another merchant", async () => {
    const id = await linePay.request();
    await linePay.approve(id);
    const body = { amount: 1_000, currency: "TWD" };
    const credentials = linePayMerchants.THB;
    const answer = await linePay.post(`/v3/payments/${id}/confirm`, body, { credentials });
    expect(codeOf(answer)).toBe("1159");
  });

  it("that is declined when confirmed has failed, and no key was made", async () => {
    const { payerId } = await linePay.register();
    await world.control("POST", "/accounts", {
      provider: "line_pay",
      kind: "change",
      id: payerId,
      balance: 999,
    });
    const id = await linePay.request();
    await linePay.approve(id, { payerId, method: "balance" });
    const declined = codeOf(await linePay.confirm(id));
    expect([declined, await asked(id)]).toEqual(["1142", "0122"]);
    expect(await world.control("GET", "/line-pay/keys")).toHaveLength(1);
  });

  it("of a NORMAL payment makes no key and tells no card", async () => {
    const id = await linePay.request({ options: {} });
    await linePay.approve(id);
    const { info } = (await linePay.confirm(id)).body;
    expect([info.regKey, info.payInfo]).toEqual([
      undefined,
      [{ method: "CREDIT_CARD", amount: 1_000 }],
    ]);
  });

  it("may be looked at in v4, which says who provides the payment", async () => {
    const id = await linePay.request();
    await linePay.approve(id);
    const body = { amount: 1_000, currency: "TWD" };
    const { info } = (await linePay.post(`/v4/payments/${id}/confirm`, body)).body;
    expect(info.paymentProvider).toBe("TSP");
  });
});

describe("charging a key", () => {
  it("answers a new id and the time, and no more", async () => {
    const { regKey, transactionId } = await linePay.register();
    const { body, text } = await linePay.charge(regKey);
    expect(body).toEqual({
      returnCode: "0000",
      returnMessage: "OK",
      info: {
        transactionId: expect.stringMatching(/^20\d{17}$/),
        transactionDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
    expect(body.info.transactionId).not.toBe(transactionId);
    expect(text).toContain(`"transactionId":${body.info.transactionId},`);
  });

  it("takes the money once: the same orderId again is 1172 without info", async () => {
    const { regKey } = await linePay.register();
    await linePay.charge(regKey);
    const { body } = await linePay.charge(regKey);
    expect(body).toEqual({ returnCode: "1172", returnMessage: "Existing same orderId." });
    expect(await world.ledgerOf(orderId)).toEqual([["payment", 999]]);
  });

  it("is in the ledger with the key and the smallest unit", async () => {
    const { regKey } = await linePay.register();
    const { info } = (await linePay.charge(regKey)).body;
    expect(await world.control("GET", `/ledger?orderId=${orderId}`)).toEqual([
      {
        sequence: 2,
        provider: "line_pay",
        kind: "payment",
        orderId,
        amount: 999,
        currency: "TWD",
        key: regKey,
        paymentId: info.transactionId,
        at: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it("lowers the balance, and a refund gives it back", async () => {
    const { regKey, payerId } = await linePay.register({ method: "balance" });
    const change = { provider: "line_pay", kind: "change", regKey };
    await world.control("POST", "/accounts", { ...change, balance: 1_000 });
    const balance = async () => {
      const { linePay: people } = await world.control("GET", "/accounts");
      return people.payers.find(({ id }: Json) => id === payerId).balances.TWD;
    };
    const { info } = (await linePay.charge(regKey)).body;
    const after = await balance();
    await refund(info.transactionId, { refundAmount: 500 });
    expect([after, await balance()]).toEqual([1, 501]);
  });

  it("finds too little there: 1142, until topped up", async () => {
    const { regKey } = await linePay.register({ method: "balance" });
    const provider = "line_pay";
    await world.control("POST", "/accounts", { provider, kind: "change", regKey, balance: 998 });
    const declined = codeOf(await linePay.charge(regKey));
    await world.control("POST", "/accounts", { provider, kind: "top_up", regKey, amount: 1 });
    const paid = codeOf(await linePay.charge(regKey, { orderId: "SUB-0001-2026-11" }));
    expect([declined, paid]).toEqual(["1142", "0000"]);
  });

  it.each([
    [{ amount: 9.5 }, "1124"],
    [{ amount: 0 }, "1183"],
    [{ amount: 10_000_001 }, "1184"],
    [{ currency: "USD" }, "1178"],
    [{ orderId: "" }, "2101"],
  ])("with %j is %s", async (changes, code) => {
    const { regKey } = await linePay.register();
    expect(codeOf(await linePay.charge(regKey, changes))).toBe(code);
    expect(await world.ledgerOf(orderId)).toEqual([]);
  });
});

describe("an authorization", () => {
  it("says until when it holds, which is not a round month", async () => {
    const { regKey } = await linePay.register();
    const { info } = (await linePay.charge(regKey, { capture: false })).body;
    expect(await details()).toEqual({
      ...info,
      transactionType: "PAYMENT",
      payStatus: "AUTHORIZATION",
      orderId,
      productName: "OTT Premium",
      merchantName: "Maedal Shop",
      currency: "TWD",
      payInfo: [{ method: "CREDIT_CARD", amount: 999 }],
    });
    const held = Date.parse(info.authorizationExpireDate) - Date.parse(info.transactionDate);
    expect(held).toBe(5 * 24 * 3_600_000);
  });

  it("is captured once, at most what is held", async () => {
    const id = await authorized();
    const codes = [
      codeOf(await capture(id, 1_000)),
      codeOf(await capture(id, 0)),
      codeOf(await capture(id, 600)),
      codeOf(await capture(id, 399)),
      codeOf(await release(id)),
    ];
    expect(codes).toEqual(["1184", "1183", "0000", "1179", "1179"]);
    expect(await world.ledgerOf(orderId)).toEqual([
      ["authorization", 999],
      ["capture", 600],
    ]);
    expect((await details()).payInfo).toEqual([{ method: "CREDIT_CARD", amount: 600 }]);
  });

  it("is voided once, and can then not be captured", async () => {
    const id = await authorized();
    const codes = [
      codeOf(await release(id)),
      codeOf(await release(id)),
      codeOf(await capture(id, 1)),
    ];
    expect(codes).toEqual(["0000", "1165", "1179"]);
    expect(await world.ledgerOf(orderId)).toEqual([
      ["authorization", 999],
      ["void", 999],
    ]);
    expect((await details()).payStatus).toBe("VOIDED_AUTHORIZATION");
  });

  it("expires by itself, at its time", async () => {
    const id = await authorized();
    const { authorizationExpireDate } = await details();
    await world.control("POST", "/clock", { by: "P30D" });
    const [, entry] = await world.control("GET", `/ledger?orderId=${orderId}`);
    expect([entry.kind, entry.amount]).toEqual(["void", 999]);
    expect(entry.at.slice(0, 19)).toBe(authorizationExpireDate.slice(0, 19));
    expect((await details()).payStatus).toBe("EXPIRED_AUTHORIZATION");
    expect(codeOf(await capture(id, 999))).toBe("1179");
  });

  it("is not what was captured at once: 1155", async () => {
    const { regKey } = await linePay.register();
    const id = (await linePay.charge(regKey)).body.info.transactionId;
    expect([codeOf(await capture(id, 999)), codeOf(await release(id))]).toEqual(["1155", "1155"]);
  });
});

describe("a refund", () => {
  const paid = async () =>
    (await linePay.charge((await linePay.register()).regKey)).body.info.transactionId;

  it("of everything at once is listed as a full one", async () => {
    const id = await paid();
    await refund(id);
    const { refundList } = await details();
    expect(
      refundList.map(({ transactionType, refundAmount }: Json) => [transactionType, refundAmount]),
    ).toEqual([["PAYMENT_REFUND", -999]]);
  });

  it("is found by its own id, with the payment's", async () => {
    const id = await paid();
    const { refundTransactionId } = (await refund(id, { refundAmount: 20 })).body.info;
    expect(await details(`transactionId=${refundTransactionId}`)).toEqual({
      transactionId: refundTransactionId,
      transactionDate: expect.any(String),
      transactionType: "PARTIAL_REFUND",
      orderId,
      productName: "OTT Premium",
      merchantName: "Maedal Shop",
      currency: "TWD",
      payInfo: [{ method: "CREDIT_CARD", amount: -20 }],
      originalTransactionId: id,
    });
    expect(codeOf(await refund(refundTransactionId))).toBe("1155");
  });

  it("of 0 is 1124, of what is only held 1179, of what nobody paid 1150", async () => {
    const codes = [
      codeOf(await refund(await authorized())),
      codeOf(await refund("2026100102385195510")),
    ];
    await world.control("POST", "/reset");
    codes.push(codeOf(await refund(await paid(), { refundAmount: 0 })));
    expect(codes).toEqual(["1179", "1150", "1124"]);
  });

  it("comes too late after the window: 1163", async () => {
    const id = await paid();
    await world.control("POST", "/clock", { by: "P61D" });
    expect(codeOf(await refund(id))).toBe("1163");
  });
});

describe("payment details", () => {
  it("are asked for at most 100 ids", async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, i) => `orderId=A${i}`);
    const codes = [
      codeOf(await linePay.get(`/v3/payments?${ids(100).join("&")}`)),
      codeOf(await linePay.get(`/v3/payments?${ids(101).join("&")}`)),
      codeOf(await linePay.get("/v3/payments")),
    ];
    expect(codes).toEqual(["1150", "1177", "2101"]);
  });

  it("tell a payment once that was asked for by both its ids", async () => {
    const { regKey } = await linePay.register();
    const id = (await linePay.charge(regKey)).body.info.transactionId;
    const { body } = await linePay.get(`/v3/payments?orderId=${orderId}&transactionId=${id}`);
    expect(body.info).toHaveLength(1);
  });

  it("show a merchant its own payments only", async () => {
    const { regKey } = await linePay.register();
    await linePay.charge(regKey);
    const credentials = linePayMerchants.USD;
    const answer = await linePay.get(`/v3/payments?orderId=${orderId}`, { credentials });
    expect(codeOf(answer)).toBe("1150");
  });
});

describe("whatever is done to a payment", () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("capture"), amount: fc.integer({ min: 0, max: 1_100 }) }),
    fc.record({ type: fc.constant("void"), amount: fc.constant(0) }),
    fc.record({ type: fc.constant("refund"), amount: fc.integer({ min: 0, max: 1_100 }) }),
    fc.record({ type: fc.constant("refund_rest"), amount: fc.constant(0) }),
    fc.record({ type: fc.constant("charge"), amount: fc.integer({ min: 1, max: 1_000 }) }),
    fc.record({ type: fc.constant("clock"), amount: fc.integer({ min: 1, max: 72 }) }),
  );

  it("never refunds more than was captured, nor captures more than was held", async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 8 }), async (isHeld, steps) => {
        await world.control("POST", "/reset");
        const { regKey } = await linePay.register();
        const { info } = (await linePay.charge(regKey, { capture: !isHeld })).body;
        const id = info.transactionId;
        for (const { type, amount } of steps) {
          if (type === "capture") await capture(id, amount);
          else if (type === "void") await release(id);
          else if (type === "refund") await refund(id, { refundAmount: amount });
          else if (type === "refund_rest") await refund(id);
          else if (type === "charge") await linePay.charge(regKey, { amount });
          else await world.control("POST", "/clock", { by: `PT${amount}H` });
        }
        const entries = await world.ledgerOf(orderId);
        const total = (...kinds: string[]) =>
          entries.reduce((sum, [kind, amount]) => sum + (kinds.includes(kind) ? amount : 0), 0);
        const count = (kind: string) => entries.filter(([each]) => each === kind).length;
        expect(total("payment", "authorization")).toBe(999);
        expect(total("capture") + total("void")).toBeLessThanOrEqual(total("authorization"));
        expect(total("refund")).toBeLessThanOrEqual(total("payment", "capture"));
        expect(count("capture") + count("void")).toBeLessThanOrEqual(1);
        const { payInfo, refundList = [] } = await details();
        const refunded = refundList.reduce((sum: number, row: Json) => sum - row.refundAmount, 0);
        expect(refunded).toBe(total("refund"));
        if (count("void") === 0 && count("authorization") === count("capture")) {
          expect(payInfo[0].amount).toBe(total("payment", "capture"));
        }
      }),
      { numRuns: 25 },
    );
  });
});
