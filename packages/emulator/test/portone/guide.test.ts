/** The calls of the guide "차이 정기결제(빌링) 연동", one after the other, with curl itself. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { World } from "../support/world.ts";
import { portOneMerchant } from "../../src/index.ts";
import { startGuideCurl, type GuideCurl } from "./guide-curl.ts";
import { startPortOne, type PortOneMerchant } from "./merchant.ts";

let world: World;
let portOne: PortOneMerchant;
let curl: GuideCurl;
beforeAll(async () => {
  ({ world, portOne } = await startPortOne());
  curl = await startGuideCurl(world.ready.portone.url);
});
beforeEach(() => world.control("POST", "/reset"));
afterAll(async () => {
  await curl.stop();
  await world.stop();
});

/** The guide's page, with its public merchant code. */
const page = {
  impCode: "imp37739582",
  pg: "chai",
  pay_method: "trans",
  merchant_uid: "issue_billingkey_monthly_0001",
  name: "주문명: 결제 테스트",
  amount: 0,
  customer_uid: "your-customer-unique-id",
  buyer_email: "iamport@siot.do",
  buyer_name: "구매자 이름",
  buyer_tel: "010-1234-5678",
  buyer_addr: "서울특별시 강남구 삼성동",
  buyer_postcode: "123-456",
  m_redirect_url: "https://www.my-service.com/payments/complete/mobile",
};

it("a key is made in CHAI's window and charged; the amount of the window is never booked", async () => {
  const { imp_uid: impUid, redirect_url: redirectUrl } = await portOne.register({
    ...page,
    amount: 3000,
  });
  expect(redirectUrl).toBe(
    "https://www.my-service.com/payments/complete/mobile" +
      `?imp_uid=${impUid}&merchant_uid=issue_billingkey_monthly_0001&imp_success=true`,
  );
  const { response: issued } = (await portOne.get(`/payments/${impUid}?include_sandbox=true`)).body;
  expect([issued.status, issued.amount, issued.customer_uid, issued.customer_uid_usage]).toEqual([
    "paid",
    3000,
    "your-customer-unique-id",
    "issue",
  ]);
  expect(await world.control("GET", "/ledger")).toEqual([]);

  const { access_token: token } = (await portOne.token()).response;
  const { code, response } = await curl.again(token);
  expect([code, response.status, response.amount]).toEqual([0, "paid", 3000]);
  expect(await world.ledgerOf("merchant_xxxxxxxx")).toEqual([["payment", 3000]]);
});

it("the guide's curl, which shows no token, is let in letter by letter when the switch says so", async () => {
  await portOne.register(page);
  expect(await curl.again()).toEqual({ code: -1, message: "Unauthorized", response: null });
  await portOne.switches({ missingToken: "default_merchant" });
  const { code, response } = await curl.again();
  expect([code, response.status]).toEqual([0, "paid"]);
});

it("the ready line tells where, and the default merchant's keys", () => {
  const { impCode, apiKey, apiSecret } = portOneMerchant;
  expect(world.ready.portone).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    impCode,
    apiKey,
    apiSecret,
  });
});
