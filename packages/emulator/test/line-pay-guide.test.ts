/** The calls of LINE Pay's guide to preapproved payments (Korean, v3), one after the other. */
import { afterAll, expect, it } from "vitest";
import { linePayMerchants } from "../src/index.ts";
import { order, startLinePay } from "./support/line-pay.ts";

const running = startLinePay();
afterAll(async () => (await running).world.stop());

it("register a key, check it, charge it at once and with a later capture, discard it", async () => {
  const { world, linePay } = await running;
  const requested = await linePay.post("/v3/payments/request", order());
  const { transactionId } = requested.body.info;
  const { confirmUrl } = await linePay.approve(transactionId, { method: "balance" });
  expect(confirmUrl).toBe(
    `https://shop.example/linepay/confirm?orderId=REG-0001&transactionId=${transactionId}`,
  );
  const confirmed = await linePay.confirm(transactionId);
  const { regKey, payInfo } = confirmed.body.info;
  expect(payInfo).toEqual([{ method: "BALANCE", amount: 1_000 }]);

  const key = `/v3/payments/preapprovedPay/${regKey}`;
  expect((await linePay.get(`${key}/check`)).body).toEqual({
    returnCode: "0000",
    returnMessage: "OK",
  });
  const body = { productName: "OTT Premium", amount: 999, currency: "TWD" };
  const orderId = "EXAMPLE_PREAPPROVED_ORDER_20230422_1000003";
  const charged = await linePay.post(`${key}/payment`, { ...body, orderId });
  expect(Object.keys(charged.body.info)).toEqual(["transactionId", "transactionDate"]);
  const held = await linePay.post(`${key}/payment`, { ...body, orderId: "B", capture: false });
  expect(Object.keys(held.body.info)).toEqual([
    "transactionId",
    "transactionDate",
    "authorizationExpireDate",
  ]);
  const path = `/v3/payments/authorizations/${held.body.info.transactionId}/capture`;
  const captured = await linePay.post(path, { amount: 999, currency: "TWD" });
  expect(captured.body.info).toEqual({
    transactionId: held.body.info.transactionId,
    orderId: "B",
    payInfo: [{ method: "BALANCE", amount: 999 }],
  });
  const discarded = await linePay.post(`${key}/expire`);
  expect(discarded.body).toEqual({ returnCode: "0000", returnMessage: "OK" });

  const entries = await world.control("GET", "/ledger?provider=line_pay");
  expect(
    entries.map(({ kind, amount }: { kind: string; amount: number }) => [kind, amount]),
  ).toEqual([
    ["payment", 1_000],
    ["payment", 999],
    ["authorization", 999],
    ["capture", 999],
  ]);
});

it("credentials for each currency are known beforehand, those of TWD in the ready line", async () => {
  const { world } = await running;
  const { channelId, channelSecret } = linePayMerchants.TWD;
  expect(world.ready.linePay).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    channelId,
    channelSecret,
  });
  const merchants = await world.control("GET", "/credentials");
  const atLinePay = merchants.filter(
    ({ provider }: { provider: string }) => provider === "line_pay",
  );
  expect(atLinePay).toEqual(
    Object.values(linePayMerchants).map((merchant) => ({ provider: "line_pay", ...merchant })),
  );
});
