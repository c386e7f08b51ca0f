/**
 * The page of the guide "차이 정기결제(빌링) 연동" as it is printed, in a real browser: the shop is at
 * the guide's own address, the script comes from PortOne's, and only the guide's placeholders are
 * filled in, with the examples that stand beside them.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startStandIn, type StandIn } from "../support/https-stand-in.ts";
import type { Json, World } from "../support/world.ts";
import { findBrowser, launchBrowser } from "../windows/browser.ts";
import { startGuideCurl, type GuideCurl } from "./guide-curl.ts";
import { startPortOne, type PortOneMerchant } from "./merchant.ts";

const browserPath = findBrowser();

const shop = "https://www.my-service.com";
const redirectUrl = `${shop}/payments/complete/mobile`;

/** The second one wants jQuery at PortOne's; here it needs none. */
const scripts = [
  "https://cdn.iamport.kr/v1/iamport.js",
  "https://cdn.iamport.kr/js/iamport.payment-1.1.5.js",
] as const;

const phone =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36";
const computer = { viewport: { width: 1024, height: 820 } };
const devices = [
  ["a computer", computer, "pc"],
  [
    "a phone",
    { viewport: { width: 390, height: 844 }, isMobile: true, userAgent: phone },
    "mobile",
  ],
] as const;

/** The parameters as printed, in their order. */
const printed = {
  pg: "chai",
  pay_method: "trans",
  merchant_uid: "issue_billingkey_monthly_0001",
  name: "주문명: 결제 테스트",
  amount: 0,
  customer_uid: "gildong_0001_1234",
  buyer_email: "iamport@siot.do",
  buyer_name: "구매자 이름",
  buyer_tel: "010-1234-5678",
  buyer_addr: "서울특별시 강남구 삼성동",
  buyer_postcode: "123-456",
  m_redirect_url: redirectUrl,
};

interface GuidePage {
  readonly script?: string;
  readonly impCode?: string;
  /** Other values than the printed ones; undefined leaves a line out. */
  readonly params?: object;
}

function guidePage({ script = scripts[0], impCode = "imp37739582", params }: GuidePage): string {
  const lines = Object.entries({ ...printed, ...params })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `    ${name} : ${JSON.stringify(value)}`);
  return `<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>가게</title>
<link rel="icon" href="data:,">
<script type="text/javascript" src="${script}"></script></head>
<body><h1>구독 상점</h1><script type="text/javascript">
IMP.init('${impCode}');

IMP.request_pay({
${lines.join(",\n")}
}, function(rsp) {
    if ( !rsp.success ) {
        var msg = '오류로 인하여 요청을 처리하지 못했습니다.';
        msg += '에러내용 : ' + rsp.error_msg;

        alert(msg);
    }
});
</script></body></html>`;
}

describe.skipIf(browserPath === undefined)("the guide's page", () => {
  let browser: Browser;
  let world: World;
  let portOne: PortOneMerchant;
  let cdn: StandIn;
  let curl: GuideCurl;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    ({ world, portOne } = await startPortOne());
    cdn = await startStandIn("cdn.iamport.kr", world.ready.portone.url);
    curl = await startGuideCurl(world.ready.portone.url);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([cdn.stop(), curl.stop()]);
    await world.stop();
  });
  beforeEach(() => world.control("POST", "/reset"));
  afterEach(() => context.close());

  async function open(page: GuidePage = {}, device: object = computer): Promise<Page> {
    context = await browser.newContext({
      ...device,
      proxy: { server: cdn.proxyUrl },
      ignoreHTTPSErrors: true, // The stand-in's certificate is its own.
    });
    const html = (body: string) => ({ contentType: "text/html; charset=utf-8", body });
    await context.route(`${shop}/**`, (route) => route.fulfill(html("<h1>결제 완료</h1>")));
    await context.route(`${shop}/subscribe`, (route) => route.fulfill(html(guidePage(page))));
    return context.newPage();
  }

  async function visit(page: GuidePage = {}, device: object = computer): Promise<Page> {
    const tab = await open(page, device);
    await tab.goto(`${shop}/subscribe`);
    await tab.getByRole("heading", { name: "차이에 로그인하세요" }).waitFor();
    return tab;
  }

  /** Goes through CHAI's window; resolves with the query that the shop's page is given. */
  async function agree(tab: Page): Promise<Json> {
    const press = (name: string) => tab.getByRole("button", { name, exact: true }).click();
    await tab.getByLabel("휴대폰 번호").fill("010-1234-5678");
    await press("로그인");
    await tab.getByText("국민은행").click();
    await press("다음");
    await tab.getByLabel("[필수]").check();
    await tab.getByLabel("결제 비밀번호 6자리").fill("123456");
    await press("동의하고 등록하기");
    await tab.getByRole("heading", { name: "결제 완료" }).waitFor();
    expect(tab.url().split("?")[0]).toBe(redirectUrl);
    return Object.fromEntries(new URL(tab.url()).searchParams);
  }

  /** What the guide's callback alerts; the browser has not left the shop. */
  async function alerted(page: GuidePage, device?: object): Promise<string> {
    const tab = await open(page, device);
    const dialog = tab.waitForEvent("dialog");
    // The page counts as loaded only once the alert, which stops it, has been read.
    await tab.goto(`${shop}/subscribe`, { waitUntil: "commit" });
    const alert = await dialog;
    expect(tab.url()).toBe(`${shop}/subscribe`);
    const message = alert.message();
    await alert.accept();
    return message;
  }

  const recorded = async (impUid: string) =>
    (await portOne.get(`/payments/${impUid}?include_sandbox=true`)).body.response;

  describe.each(devices)("on %s", (_, device, channel) => {
    it.each(scripts)("with %s makes a key at CHAI, and lands at m_redirect_url", async (script) => {
      const query = await agree(await visit({ script }, device));
      expect(query).toEqual({
        imp_uid: expect.stringMatching(/^imp_/),
        merchant_uid: "issue_billingkey_monthly_0001",
        imp_success: "true",
      });
      const payment = await recorded(query.imp_uid);
      expect([payment.status, payment.amount, payment.pay_method, payment.channel]).toEqual([
        "paid",
        0,
        "trans",
        channel,
      ]);
      const customer = await portOne.get("/subscribe/customers/gildong_0001_1234");
      expect(customer.body.response.pg_provider).toBe("chai");
      expect(await world.control("GET", "/ledger")).toEqual([]);
    });

    it("alerts the error when its merchant_uid was used, and stays", async () => {
      await portOne.register({ merchant_uid: "issue_billingkey_monthly_0001" });
      expect(await alerted({}, device)).toBe(
        "오류로 인하여 요청을 처리하지 못했습니다.에러내용 : 이미 결제가 이루어진 거래건입니다.",
      );
    });
  });

  it("shows its amount and takes nothing; the guide's curl collects it afterwards", async () => {
    const params = { amount: 3000, customer_uid: "your-customer-unique-id" };
    const tab = await visit({ params });
    await tab.getByText("3,000원").waitFor();
    await tab.getByText("지금은 출금되지 않아요").waitFor();
    const { imp_uid: impUid } = await agree(tab);
    const issued = await recorded(impUid);
    expect([issued.status, issued.amount, issued.customer_uid_usage]).toEqual([
      "paid",
      3000,
      "issue",
    ]);
    expect(await world.control("GET", "/ledger")).toEqual([]);

    const { access_token: accessToken } = (await portOne.token()).response;
    const { code, response } = await curl.again(accessToken);
    expect([code, response.status, response.amount]).toEqual([0, "paid", 3000]);
    expect(await world.ledgerOf("merchant_xxxxxxxx")).toEqual([["payment", 3000]]);
    expect(await world.ledgerOf("issue_billingkey_monthly_0001")).toEqual([]);
  });

  describe("of a merchant with two ids at CHAI", () => {
    const channel = { pgProvider: "chai", channelName: "차이", isSandbox: true };
    beforeEach(async () => {
      const channels = ["public_1", "public_2"].map((pgId) => {
        return { ...channel, pgId, channelKey: `channel-key-${pgId}` };
      });
      await world.control("POST", "/settings", { provider: "portone", channels });
    });

    it.each([
      ["chai.{public_key}: that one", { pg: "chai.public_2" }, "public_2"],
      ["no pg: the default", { pg: undefined }, "public_1"],
      ["chai alone: the first", {}, "public_1"],
    ])("%s", async (_, params, pgId) => {
      await visit({ params });
      const [payment] = await world.control("GET", "/portone/payments");
      expect([payment.channel.pgProvider, payment.channel.pgId]).toEqual(["chai", pgId]);
    });
  });

  describe("alerts rsp.error_msg before it leaves for CHAI, and makes no record, for", () => {
    it.each([
      ["no customer_uid", { params: { customer_uid: undefined } }, "customer_uid"],
      ["no merchant_uid", { params: { merchant_uid: undefined } }, "merchant_uid"],
      ["a merchant_uid of 41 signs", { params: { merchant_uid: "x".repeat(41) } }, "40자"],
      ["no name", { params: { name: undefined } }, "name"],
      ["another pay_method", { params: { pay_method: "card" } }, "trans만"],
      ["an amount that is none", { params: { amount: "free" } }, "amount"],
      ["a merchant code of nobody", { impCode: "imp00000000" }, "가맹점 정보"],
      ["a channel that is not there", { params: { channelKey: "channel-key-none" } }, "채널 정보"],
    ])("%s", async (_, page, words) => {
      const message = await alerted(page);
      expect(message).toContain("오류로 인하여 요청을 처리하지 못했습니다.에러내용 : ");
      expect(message).toContain(words);
      expect(await world.control("GET", "/portone/payments")).toEqual([]);
    });

    it("a PG that the merchant has not set up, nor any other with a window", async () => {
      const channel = { pgProvider: "nice", pgId: "n", channelKey: "k", channelName: "나이스" };
      const channels = [{ ...channel, isSandbox: true }];
      await world.control("POST", "/settings", { provider: "portone", channels });
      expect(await alerted({})).toContain("계약되지 않은 인증방법입니다.");
    });

    it("CHAI, since it has shut down", async () => {
      await portOne.switches({ chaiServes: false });
      expect(await alerted({})).toContain("Not found PG [ chai ] and any PG in your info.");
    });
  });
});
