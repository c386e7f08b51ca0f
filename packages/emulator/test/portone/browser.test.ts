/** The guide's page in a real browser, on another origin, with a strict policy of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { World } from "../support/world.ts";
import { findBrowser, launchBrowser } from "../windows/browser.ts";
import { startPortOne, type PortOneMerchant } from "./merchant.ts";

const browserPath = findBrowser();

const phone =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36";
const devices = [
  ["a computer", { viewport: { width: 1024, height: 820 } }],
  ["a phone", { viewport: { width: 390, height: 844 }, isMobile: true, userAgent: phone }],
] as const;

const scripts = ["/v1/iamport.js", "/js/iamport.payment-1.2.0.js"] as const;

/** The page calls IMP as the guide does; what the callback gets is promised in `window.told`. */
function shopPage(script: string): string {
  return `<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>가게</title>
    <link rel="icon" href="data:,"><script src="${script}"></script></head>
    <body><h1>구독 상점</h1></body></html>`;
}

async function startShop(emulator: string) {
  const policy = `default-src 'none'; script-src ${emulator}; frame-src ${emulator}; img-src data:`;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://shop");
    const isBack = pathname === "/back";
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
    });
    response.end(isBack ? "<h1>back</h1>" : shopPage(searchParams.get("script") ?? ""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // Another host name, so that the browser takes the two for different sites.
  return {
    origin: `http://localhost:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

describe.skipIf(browserPath === undefined).each(devices)("a buyer on %s", (device, options) => {
  let browser: Browser;
  let world: World;
  let portOne: PortOneMerchant;
  let shop: Awaited<ReturnType<typeof startShop>>;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    ({ world, portOne } = await startPortOne());
    shop = await startShop(world.ready.portone.url);
  });
  afterAll(async () => {
    await browser.close();
    await shop.stop();
    await world.stop();
  });
  beforeEach(async () => {
    await world.control("POST", "/reset");
    complaints = [];
    context = await browser.newContext(options);
    page = await context.newPage();
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await context.close();
  });

  /** Opens the shop and calls IMP.request_pay as the guide's page does. */
  async function requestPay(order: object = {}, script: string = scripts[0]): Promise<void> {
    const source = encodeURIComponent(world.ready.portone.url + script);
    await page.goto(`${shop.origin}/?script=${source}`);
    const params = {
      pg: "chai",
      pay_method: "trans",
      merchant_uid: "issue_billingkey_monthly_0001",
      name: "주문명: 결제 테스트",
      amount: 0,
      customer_uid: "gildong_0001_1234",
      buyer_name: "구매자 이름",
      m_redirect_url: `${shop.origin}/back`,
      ...order,
    };
    const call = `IMP.request_pay(${JSON.stringify(params)}, resolve)`;
    await page.evaluate(
      `IMP.init('imp37739582'); window.told = new Promise((resolve) => { ${call}; }); undefined`,
    );
  }
  const told = () => page.evaluate("window.told");
  const press = (place: Page | ReturnType<Page["frameLocator"]>, name: string) =>
    place.getByRole("button", { name, exact: true }).click();

  async function goThrough(place: Page | ReturnType<Page["frameLocator"]>, last: string) {
    await place.getByLabel("휴대폰 번호").fill("010-1234-5678");
    await press(place, "로그인");
    await place.getByText("국민은행").click();
    await press(place, "다음");
    await place.getByLabel("[필수]").check();
    await place.getByLabel("결제 비밀번호 6자리").fill("123456");
    await press(place, last);
  }

  it.each(scripts)("makes a key at CHAI with %s and lands at m_redirect_url", async (script) => {
    await requestPay({}, script);
    await page.getByRole("heading", { name: "차이에 로그인하세요" }).waitFor();
    const fits = "document.documentElement.scrollWidth <= window.innerWidth";
    expect(await page.evaluate(fits)).toBe(true);
    await goThrough(page, "동의하고 등록하기");
    await page.getByRole("heading", { name: "back" }).waitFor();
    const { searchParams } = new URL(page.url());
    expect([...searchParams.keys()]).toEqual(["imp_uid", "merchant_uid", "imp_success"]);
    const impUid = searchParams.get("imp_uid");
    const { response } = (await portOne.get(`/payments/${impUid}?include_sandbox=true`)).body;
    expect([response.customer_uid, response.status, response.channel]).toEqual([
      "gildong_0001_1234",
      "paid",
      device === "a phone" ? "mobile" : "pc",
    ]);
    expect(await world.control("GET", "/ledger")).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("comes back with the error when they cancel", async () => {
    await requestPay();
    await press(page, "취소하고 상점으로 돌아가기");
    await page.getByRole("heading", { name: "back" }).waitFor();
    const { searchParams } = new URL(page.url());
    expect(searchParams.get("imp_success")).toBe("false");
    expect(searchParams.get("error_msg")).toContain("사용자가 결제를 취소하셨습니다.");
  });

  it("never leaves the page when something is wrong before the window", async () => {
    await portOne.register({ merchant_uid: "issue_billingkey_monthly_0001" });
    await requestPay();
    expect(await told()).toEqual({
      success: false,
      imp_success: false,
      imp_uid: null,
      merchant_uid: "issue_billingkey_monthly_0001",
      error_code: "F1002",
      error_msg: "이미 결제가 이루어진 거래건입니다.",
    });
    expect(new URL(page.url()).origin).toBe(shop.origin);
    expect(await page.locator("dialog").count()).toBe(0);
  });

  it("without IMP.init gets an error in the callback", async () => {
    const source = encodeURIComponent(world.ready.portone.url + scripts[0]);
    await page.goto(`${shop.origin}/?script=${source}`);
    const call = "new Promise((resolve) => { IMP.request_pay({ merchant_uid: 'a' }, resolve); })";
    const rsp = await page.evaluate(call);
    expect(rsp).toMatchObject({ success: false, error_code: "F500" });
  });

  describe.runIf(device === "a computer")("at a PG that stays on the page", () => {
    const kakao = { pg: "kakaopay", amount: 9900 };
    const frame = () => page.frameLocator("iframe");

    it("pays in the frame, and the callback is told", async () => {
      await requestPay(kakao);
      await goThrough(frame(), "동의하고 결제하기");
      const rsp = await told();
      expect(rsp).toMatchObject({ success: true, paid_amount: 9900, status: "paid" });
      expect(await page.locator("dialog").count()).toBe(0);
      expect(complaints).toEqual([]);
      expect(await world.ledgerOf("issue_billingkey_monthly_0001")).toEqual([["payment", 9900]]);
    });

    it("may type a card into KG Inicis's window", async () => {
      await requestPay({ pg: "html5_inicis", pay_method: "card" });
      await frame().getByRole("link", { name: "예시로 채우기" }).click();
      await frame().getByLabel("카드 비밀번호 앞 2자리").fill("12");
      await frame().getByLabel("[필수]").check();
      await press(frame(), "동의하고 등록하기");
      expect(await told()).toMatchObject({ success: true, pay_method: "card" });
    });

    it("may close the window, which leaves the record ready", async () => {
      await requestPay(kakao);
      await frame().getByRole("heading", { name: "카카오페이에 로그인하세요" }).waitFor();
      await press(page, "결제창 닫기");
      expect(await told()).toMatchObject({ success: false, error_code: "F0005" });
      const [payment] = await world.control("GET", "/portone/payments");
      expect(payment.status).toBe("ready");
    });
  });
});
