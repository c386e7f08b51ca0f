import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findBrowser, launchBrowser } from "./browser.ts";
import { clientKey, startWorld, type World } from "./world.ts";

const browserPath = findBrowser();
const customerKey = "customer-7f3c2a10";

describe.skipIf(browserPath === undefined)("a shop that loads the official SDK packages", () => {
  let browser: Browser;
  let world: World;
  let page: Page;
  let violations: string[];

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    world = await startWorld();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    await openShop();
  });
  afterEach(async () => {
    await page.context().close();
    expect(violations).toEqual([]);
  });

  async function openShop(): Promise<void> {
    violations = [];
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) violations.push(message.text());
    });
    await page.goto(world.shopOrigin);
    await page.waitForFunction("window.shop !== undefined");
  }

  const request = (changes: object = {}) => ({
    method: "TRANSFER",
    successUrl: `${world.shopOrigin}/success?plan=gold&`,
    failUrl: `${world.shopOrigin}/fail?plan=gold`,
    customerName: "김구독",
    ...changes,
  });

  function standard(changes: object = {}, keys: object = {}): Promise<unknown> {
    const src = `${world.tossOrigin}/v2/standard`;
    const args = { src, clientKey, customerKey, request: request(changes), ...keys };
    return page.evaluate(`shop.standard(${JSON.stringify(args)})`);
  }

  function legacy(method: string, changes: object = {}): Promise<unknown> {
    const { method: _, ...params } = request({ customerKey, ...changes });
    const args = { src: `${world.tossOrigin}/v1`, clientKey, method, params };
    return page.evaluate(`shop.legacy(${JSON.stringify(args)})`);
  }

  const outcome = () => page.evaluate("shop.outcome");
  const frame = () => page.frameLocator("iframe");
  const screenshot = (name: string) => page.screenshot({ path: `artifacts/windows/${name}.png` });
  const button = (name: string | RegExp) => frame().getByRole("button", { name });

  /** The frame is another process: the keyboard is there only once its document says so. */
  async function focusInFrame(element: Locator): Promise<void> {
    await element.focus();
    await page.frames()[1]?.waitForFunction("document.hasFocus()");
  }

  /** Where the shop's page went: its path and query. */
  async function arrival(path: "/success" | "/fail"): Promise<Record<string, string>> {
    await page.waitForURL((url) => url.pathname === path);
    return Object.fromEntries(new URL(page.url()).searchParams);
  }

  /** The one-time key of a success, checked against the provider's own record of the window. */
  function expectApproved(query: Record<string, string>): void {
    const auth = world.state.findBillingAuthByAuthKey(query["authKey"] ?? "");
    expect({ ...query, status: auth?.status }).toEqual({
      plan: "gold",
      customerKey,
      authKey: auth?.authKey,
      status: "approved",
    });
  }

  describe("and a first-time buyer in the iframe", () => {
    it("signs up, registers an account, consents, and the shop's page gets the authKey", async () => {
      await standard();
      await frame()
        .getByRole("link", { name: /처음이에요/ })
        .waitFor();
      await screenshot("transfer-start");
      await frame()
        .getByRole("link", { name: /처음이에요/ })
        .click();

      await frame().getByLabel("이름").fill("이처음");
      await frame().getByLabel("휴대폰 번호").fill("010-5555-0001");
      await frame().getByLabel("인증번호").fill("000000");
      await frame().getByLabel("모두 동의").check();
      await screenshot("transfer-sign-up");
      await button("다음").click();

      await frame().getByLabel("은행").selectOption("92");
      await frame().getByLabel("계좌번호").fill("1000-2000-3000");
      await screenshot("transfer-add-account");
      await button("다음").click();

      await frame().getByText("maedal_emul").waitFor();
      await screenshot("transfer-consent");
      await frame()
        .getByLabel(/자동결제와 출금에 동의/)
        .check();
      await button("동의하고 등록하기").click();

      expectApproved(await arrival("/success"));
      expect(world.state.findMemberByPhone("01055550001")?.name).toBe("이처음");
    });
  });

  describe("and a buyer who already uses quick transfer", () => {
    it("logs in and chooses one of several accounts", async () => {
      await standard();
      await frame()
        .getByRole("link", { name: /이미 사용 중/ })
        .click();
      await frame().getByLabel("휴대폰 번호").fill("01012345678");
      await frame().getByLabel("인증번호").fill("000000");
      await button("다음").click();
      await frame()
        .getByLabel(/신한은행/)
        .check();
      await screenshot("transfer-accounts");
      await button("다음").click();
      await frame()
        .getByLabel(/자동결제와 출금에 동의/)
        .check();
      await button("동의하고 등록하기").click();

      const query = await arrival("/success");
      expectApproved(query);
      const auth = world.state.findBillingAuthByAuthKey(query["authKey"] ?? "");
      expect(world.state.accounts.get(auth?.accountId ?? "")?.bankCode).toBe("88");
    });

    it("can do it with the keyboard alone", async () => {
      await standard({ windowTarget: "self" });
      await page.getByRole("link", { name: /이미 사용 중/ }).focus();
      await page.keyboard.press("Enter");
      await page.getByLabel("휴대폰 번호").focus();
      await page.keyboard.type("01012345678");
      await page.keyboard.press("Tab");
      await page.keyboard.type("000000");
      await page.keyboard.press("Enter");
      await page.getByLabel(/토스뱅크/).focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("Enter");
      await page.getByLabel(/자동결제와 출금에 동의/).focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("Enter");
      expectApproved(await arrival("/success"));
    });

    it("loses nothing by clicking the last button twice", async () => {
      await standard();
      await frame()
        .getByRole("link", { name: /이미 사용 중/ })
        .click();
      await frame().getByRole("link", { name: "예시로 채우기" }).click();
      await button("다음").click();
      await frame()
        .getByLabel(/국민은행/)
        .check();
      await button("다음").click();
      await frame()
        .getByLabel(/자동결제와 출금에 동의/)
        .check();
      await button("동의하고 등록하기").dblclick();
      expectApproved(await arrival("/success"));
    });

    it("can add another account instead", async () => {
      await standard();
      await frame()
        .getByRole("link", { name: /이미 사용 중/ })
        .click();
      await frame().getByRole("link", { name: "예시로 채우기" }).click();
      await button("다음").click();
      await frame().getByRole("link", { name: "다른 계좌 등록하기" }).click();
      await frame().getByRole("link", { name: "예시로 채우기" }).click();
      await button("다음").click();
      await frame()
        .getByLabel(/자동결제와 출금에 동의/)
        .check();
      await button("동의하고 등록하기").click();
      expectApproved(await arrival("/success"));
    });
  });

  describe("and windowTarget self", () => {
    it("takes the whole tab to the window and back", async () => {
      await standard({ windowTarget: "self" });
      await page.waitForURL((url) => url.origin === world.tossOrigin);
      await page.getByRole("link", { name: /이미 사용 중/ }).click();
      await page.getByRole("link", { name: "예시로 채우기" }).click();
      await page.getByRole("button", { name: "다음" }).click();
      await page.getByLabel(/국민은행/).check();
      await page.getByRole("button", { name: "다음" }).click();
      await page.getByLabel(/자동결제와 출금에 동의/).check();
      await page.getByRole("button", { name: "동의하고 등록하기" }).click();
      expectApproved(await arrival("/success"));
    });

    it("says that the window has ended when the buyer goes back into it", async () => {
      await standard({ windowTarget: "self" });
      await page.waitForURL((url) => url.pathname.startsWith("/windows/window_"));
      const windowUrl = page.url();
      await page.getByRole("button", { name: /^취소하고/ }).click();
      await arrival("/fail");
      await page.goto(windowUrl);
      expect(await page.getByRole("heading").textContent()).toBe("이미 끝난 결제창이에요");
      await screenshot("window-used");
    });
  });

  describe("and a card", () => {
    it("is registered once every field is right, keeping what was typed", async () => {
      await standard({ method: "CARD" });
      await frame().getByRole("link", { name: "예시로 채우기" }).click();
      await screenshot("card");
      await frame().getByLabel("유효기간 월").fill("13");
      await button("카드 등록하기").click();
      await frame().getByText("01~12 중에서 넣어 주세요.").waitFor();
      await screenshot("card-mistakes");
      expect(await frame().getByLabel("카드 번호").inputValue()).toBe("9410 0000 1234 5678");
      await frame().getByLabel("유효기간 월").fill("12");
      await frame().getByLabel("모두 동의").check();
      await button("카드 등록하기").click();
      expectApproved(await arrival("/success"));
    });

    it("offers the kinds of card the shop selects, the first one chosen", async () => {
      await standard({ method: "CARD", selectableCardTypes: ["CORPORATE", "PERSONAL"] });
      await frame().getByRole("group", { name: "카드 종류" }).waitFor();
      const kinds = await frame()
        .getByRole("group", { name: "카드 종류" })
        .getByRole("radio")
        .all();
      const chosen = await Promise.all(
        kinds.map(async (kind) => [await kind.getAttribute("value"), await kind.isChecked()]),
      );
      expect(chosen).toEqual([
        ["CORPORATE", true],
        ["PERSONAL", false],
      ]);
    });

    it("that the card company refuses leads to failUrl with REJECT_CARD_COMPANY", async () => {
      await standard({ method: "CARD" });
      await frame().getByRole("link", { name: "예시로 채우기" }).click();
      await frame().getByLabel("유효기간 연도").fill("20");
      await frame().getByLabel("모두 동의").check();
      await button("카드 등록하기").click();
      await frame().getByRole("alert").waitFor();
      await screenshot("card-rejected");
      await button(/거절 결과로 상점에 돌아가기/).click();
      const query = await arrival("/fail");
      expect({ plan: query["plan"], code: query["code"] }).toEqual({
        plan: "gold",
        code: "REJECT_CARD_COMPANY",
      });
    });
  });

  describe("and a buyer who does not finish", () => {
    it("comes back to failUrl with PAY_PROCESS_CANCELED and without orderId on cancel", async () => {
      await standard();
      await button(/^취소하고/).click();
      expect(await arrival("/fail")).toEqual({
        plan: "gold",
        code: "PAY_PROCESS_CANCELED",
        message: "구매자가 취소했어요.",
      });
    });

    it("comes back with PAY_PROCESS_ABORTED and the message when the process fails", async () => {
      await standard();
      await frame().getByText("테스트: 다른 결과로 끝내기").click();
      await screenshot("other-outcomes");
      await frame().getByLabel("상점에 보낼 실패 메시지").fill("계약을 확인하세요 & 다시");
      await button(/실패로 끝내기/).click();
      expect(await arrival("/fail")).toEqual({
        plan: "gold",
        code: "PAY_PROCESS_ABORTED",
        message: "계약을 확인하세요 & 다시",
      });
    });

    it("rejects with USER_CANCEL when the window is closed, and leaves the shop as it was", async () => {
      await standard();
      await page.getByRole("button", { name: "결제창 닫기" }).click();
      expect(await outcome()).toEqual({ code: "USER_CANCEL" });
      expect(await page.locator("iframe").count()).toBe(0);
      expect(page.url()).toBe(`${world.shopOrigin}/`);
    });

    it("rejects with USER_CANCEL on Escape outside the window", async () => {
      await standard();
      await page.getByRole("button", { name: "결제창 닫기" }).focus();
      await page.keyboard.press("Escape");
      expect(await outcome()).toEqual({ code: "USER_CANCEL" });
    });

    it("rejects with USER_CANCEL on Escape inside the window", async () => {
      await standard();
      await focusInFrame(frame().getByRole("link", { name: /처음이에요/ }));
      await page.keyboard.press("Escape");
      expect(await outcome()).toEqual({ code: "USER_CANCEL" });
    });
  });

  describe("and calls destroy()", () => {
    it("closes the window and rejects the request with PAYMENT_REQUEST_ABORTED", async () => {
      await standard();
      await page.evaluate("shop.payment.destroy()");
      expect(await outcome()).toEqual({ code: "PAYMENT_REQUEST_ABORTED" });
      expect(await page.locator("iframe").count()).toBe(0);
    });

    it("rejects when no window is open", async () => {
      await standard();
      await page.evaluate("shop.payment.destroy()");
      expect(await page.evaluate("shop.reported(shop.payment.destroy())")).toEqual({
        code: "NO_ACTIVE_PAYMENT_REQUEST",
      });
    });
  });

  describe("and makes a mistake", () => {
    const initial = (keys: object) =>
      page.evaluate(
        `shop.reported(shop.standard(${JSON.stringify({
          src: `${world.tossOrigin}/v2/standard`,
          clientKey,
          customerKey,
          request: request(),
          ...keys,
        })}))`,
      );

    it.each([
      ["a made-up client key", { clientKey: "hello" }, "INVALID_CLIENT_KEY"],
      ["a widget key", { clientKey: "test_gck_abc" }, "NOT_SUPPORTED_WIDGET_KEY"],
      ["a secret key", { clientKey: "test_sk_abc" }, "INSECURE_KEY_USAGE"],
      ["a secret key as customer key", { customerKey: "test_sk_abc" }, "INSECURE_KEY_USAGE"],
      ["a customer key of one letter", { customerKey: "a" }, "INVALID_CUSTOMER_KEY"],
      ["a customer key with a space", { customerKey: "a b" }, "INVALID_CUSTOMER_KEY"],
      ["a customer key of 51 letters", { customerKey: "a".repeat(51) }, "INVALID_CUSTOMER_KEY"],
    ])("is told at once of %s", async (_title, keys, code) => {
      expect(await initial(keys)).toEqual({ code });
    });

    it.each([
      ["an unknown method", { method: "PHONE" }, "NOT_SUPPORTED_METHOD"],
      [
        "a successUrl without an origin",
        { successUrl: "/success" },
        "INCORRECT_SUCCESS_URL_FORMAT",
      ],
      ["a failUrl without an origin", { failUrl: "fail" }, "INCORRECT_FAIL_URL_FORMAT"],
      ["a script as failUrl", { failUrl: "javascript:alert(1)" }, "INCORRECT_FAIL_URL_FORMAT"],
      ["a missing successUrl", { successUrl: undefined }, "INVALID_PARAMETERS"],
      ["a name over 100 characters", { customerName: "a".repeat(101) }, "INVALID_PARAMETERS"],
      [
        "a parameter of another method",
        { selectableCardTypes: ["PERSONAL"] },
        "INVALID_PARAMETERS",
      ],
      ["an unknown window target", { windowTarget: "popup" }, "INVALID_PARAMETERS"],
    ])("has its request rejected for %s", async (_title, changes, code) => {
      await standard(changes);
      expect(await outcome()).toEqual({ code });
      expect(await page.locator("iframe").count()).toBe(0);
    });

    it("cannot register the anonymous customer", async () => {
      const anonymous = await page.evaluate<string>("shop.anonymous");
      await standard({}, { customerKey: anonymous });
      expect(await outcome()).toEqual({ code: "INVALID_CUSTOMER_KEY" });
    });

    it("has a well-formed key that no merchant has rejected by the provider", async () => {
      await standard({}, { clientKey: "test_ck_nobody" });
      expect(await outcome()).toEqual({ code: "INVALID_CLIENT_KEY" });
    });

    it("cannot open a second window beside the first", async () => {
      await standard();
      const second = await page.evaluate(
        `shop.reported(shop.payment.requestBillingAuth(${JSON.stringify(request())}))`,
      );
      expect(second).toEqual({ code: "INVALID_METHOD_TRANSACTION" });
      expect(await page.locator("iframe").count()).toBe(1);
    });
  });

  describe("and another script on the page that forges an outcome", () => {
    it("changes nothing: only the window itself is believed", async () => {
      await standard();
      await frame()
        .getByRole("link", { name: /처음이에요/ })
        .waitFor();
      const src = await page.locator("iframe").getAttribute("src");
      const forged = {
        channel: new URL(src ?? "").searchParams.get("channel"),
        type: "finished",
        url: `${world.shopOrigin}/success?authKey=forged`,
      };
      await page.evaluate(`new Promise((heard) => {
        addEventListener("message", () => heard(), { once: true });
        postMessage(${JSON.stringify(forged)}, "*");
      })`);
      expect(page.url()).toBe(`${world.shopOrigin}/`);
      expect(await page.locator("iframe").count()).toBe(1);
    });
  });

  describe("version 1", () => {
    it.each([
      ["계좌이체", "퀵계좌이체 자동결제 등록"],
      ["카드", "카드 자동결제 등록"],
    ])("opens the window of %s", async (method, title) => {
      await legacy(method);
      await frame().getByRole("heading", { name: title }).waitFor();
      await button(/^취소하고/).click();
      expect((await arrival("/fail"))["code"]).toBe("PAY_PROCESS_CANCELED");
    });

    it("rejects with USER_CANCEL when the window is closed", async () => {
      await legacy("카드");
      await page.getByRole("button", { name: "결제창 닫기" }).click();
      expect(await outcome()).toEqual({ code: "USER_CANCEL" });
    });
  });

  describe("on a phone", () => {
    beforeEach(async () => {
      await page.context().close();
      const context = await browser.newContext({
        viewport: { width: 375, height: 740 },
        isMobile: true,
        hasTouch: true,
        userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
      });
      page = await context.newPage();
      await openShop();
    });

    it("uses the whole tab, even when the shop asks for an iframe", async () => {
      await standard({ windowTarget: "iframe" });
      await page.waitForURL((url) => url.origin === world.tossOrigin);
      await page.getByRole("link", { name: /이미 사용 중/ }).waitFor();
      await screenshot("phone-start");
    });

    it("speaks English when asked, on every page that follows", async () => {
      await standard();
      await page.waitForURL((url) => url.origin === world.tossOrigin);
      await page.getByRole("link", { name: "English" }).click();
      await page.getByRole("link", { name: /I already use it/ }).click();
      await page.getByRole("link", { name: "Fill in an example" }).click();
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("heading", { name: /Choose the account/ }).waitFor();
      await screenshot("phone-english-accounts");
    });
  });
});
