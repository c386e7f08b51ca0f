/** The hosted pages of PortOne's windows in a real browser, on a phone and on a computer. */
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../../src/connections/connection.ts";
import { customerLanguages } from "../../src/pages/format.ts";
import { findBrowser, launchBrowser } from "../support/browser.ts";
import { booksOf } from "../support/window-world.ts";
import { createWorld, patientWindows, type World } from "../support/world.ts";
import { connectKakaoPay, visitOrderWindow, type VisitOptions } from "./hosted-order-visit.ts";
import { serveHostedPages } from "./serve-hosted-pages.ts";

const browserPath = findBrowser();

const screens = [
  ["computer", { viewport: { width: 1100, height: 860 } }],
  [
    "phone",
    {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      userAgent:
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36",
    },
  ],
] as const;

describe.skipIf(browserPath === undefined).each(screens)("a customer on a %s", (screen, device) => {
  let browser: Browser;
  let world: World;
  let kakaoPay: Connection;
  let origin: string;
  let stop: () => Promise<void>;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    world = await createWorld({ provider: "portone", windows: patientWindows });
    kakaoPay = await connectKakaoPay(world);
    world.worker();
    ({ origin, stop } = await serveHostedPages(world));
  });
  afterAll(async () => {
    await browser.close();
    await stop();
    await world.stop();
  });
  beforeEach(async () => {
    await turn({ chaiServes: true, redirectParameters: "imp_success" });
    complaints = [];
    ({ context, page } = await open());
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  const turn = (switches: object) =>
    world.control.post("/switches", { provider: "portone", ...switches });

  async function open() {
    const opened = await browser.newContext({ ...device, locale: "en-US" });
    opened.setDefaultTimeout(60_000);
    const first = await opened.newPage();
    first.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
    return { context: opened, page: first };
  }

  /** Checked on every page: nothing reaches over the edge of the screen. */
  async function picture(name: string, from = page): Promise<void> {
    await from.screenshot({
      path: `artifacts/hosted/portone-${screen}-${name}.png`,
      fullPage: true,
    });
    const isWithin = "document.documentElement.scrollWidth <= window.innerWidth";
    expect([name, await from.evaluate(isWithin)]).toEqual([name, true]);
  }

  async function begin(options: VisitOptions = {}, language = "en") {
    const visit = await visitOrderWindow(world, options);
    await page.goto(`${origin}/r/${visit.registration.id}?lang=${language}`);
    return visit;
  }

  const press = (name: string | RegExp) => page.getByRole("button", { name }).click();
  const heading = (name: string | RegExp) => page.getByRole("heading", { name }).waitFor();

  /** KakaoPay's window lies over the page of a computer, and has a phone's tab to itself. */
  async function toKakaoPay(): Promise<Page | FrameLocator> {
    await press("Continue to 카카오페이");
    const window = screen === "phone" ? page : page.frameLocator("iframe");
    await window.getByRole("heading", { name: "카카오페이에 로그인하세요" }).waitFor();
    return window;
  }

  /** As the payer who is there already. */
  async function approve(window: Page | FrameLocator): Promise<void> {
    await window.getByLabel("휴대폰 번호").fill("010-1234-5678");
    await window.getByRole("button", { name: "로그인", exact: true }).click();
    await window.getByRole("radio").first().check();
    await window.getByRole("button", { name: "다음" }).click();
    await window.getByLabel("[필수]").check();
    await window.getByLabel("결제 비밀번호 6자리").fill("123456");
    await window.getByRole("button", { name: "동의하고 등록하기" }).click();
  }

  it("registers an account at CHAI and is subscribed", async () => {
    const visit = await begin();
    await picture("chai-start");
    await press("Register my account");
    await heading("차이에 로그인하세요");
    await approve(page);
    await heading("Your subscription is active");
    await picture("chai-paid");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("registers KakaoPay, whose window takes nothing, and is charged afterwards", async () => {
    const visit = await begin({ connection: kakaoPay });
    await picture("kakaopay-start");
    const window = await toKakaoPay();
    await window.getByText("결제수단만 등록해요. 지금은 출금되지 않아요.").waitFor();
    await approve(window);
    await heading("Your subscription is active");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("is believed by the provider alone, whatever its address says", async () => {
    await turn({ redirectParameters: "lying" });
    const visit = await begin();
    await press("Register my account");
    await approve(page);
    await heading("Your subscription is active");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("is spoken to in each language", async () => {
    for (const language of customerLanguages) {
      await begin({ connection: kakaoPay, trialDays: 14 }, language);
      expect(await page.evaluate("document.documentElement.lang")).toBe(language);
      await picture(`kakaopay-trial-${language}`);
    }
  });

  it("reads on the page why no window opens, and may press the button again", async () => {
    await turn({ chaiServes: false });
    const visit = await begin();
    await press("Register my account");
    await page.getByRole("status").filter({ hasText: "The window could not be opened:" }).waitFor();
    await page.getByRole("status").filter({ hasText: "Not found PG" }).waitFor();
    await picture("no-window");
    await turn({ chaiServes: true });
    await press("Register my account");
    await approve(page);
    await heading("Your subscription is active");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("leaves the window, is back at the button, and may go through it after all", async () => {
    await begin({ connection: kakaoPay });
    const window = await toKakaoPay();
    await window.getByRole("button", { name: "취소하고 상점으로 돌아가기" }).click();
    await page.getByRole("status").filter({ hasText: "You canceled" }).waitFor();
    expect(await page.getByRole("button", { name: "I have approved, go on" }).count()).toBe(0);
    await picture("left");
    await approve(await toKakaoPay());
    await heading("Your subscription is active");
  });

  it("whose app comes back in another browser goes on in the first by itself", async () => {
    const visit = await begin();
    const other = await open();
    const { request, clientKey } = await windowRequest();
    const { redirect_url: address } = await world.control.post<{ redirect_url: string }>(
      "/portone/billing-keys",
      { ...request, impCode: clientKey },
    );
    await other.page.goto(address);
    await other.page.getByRole("heading", { name: /go back to the browser/ }).waitFor();
    await picture("elsewhere", other.page);
    await other.context.close();
    await page.reload();
    await heading("Your subscription is active");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  /** What this browser's page hands to the provider's script. */
  async function windowRequest() {
    const json = await page.locator("#window-request").textContent();
    return JSON.parse(json ?? "{}") as {
      readonly clientKey: string;
      readonly request: Readonly<Record<string, unknown>>;
    };
  }
});
