/** The hosted pages of a payment window in a real browser, on a phone and on a computer. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { customerLanguages } from "../../src/pages/format.ts";
import { findBrowser, launchBrowser } from "../support/browser.ts";
import { booksOf } from "../support/window-world.ts";
import { createWorld, patientWindows, type World } from "../support/world.ts";
import { visitWindow, type VisitOptions } from "./hosted-window-visit.ts";
import { serveHostedPages } from "./serve-hosted-pages.ts";

const browserPath = findBrowser();

const screens = [
  ["computer", { viewport: { width: 1100, height: 860 } }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
] as const;

describe.skipIf(browserPath === undefined).each(screens)("a customer on a %s", (screen, device) => {
  let browser: Browser;
  let world: World;
  let origin: string;
  let stop: () => Promise<void>;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    world = await createWorld({ provider: "line_pay", windows: patientWindows });
    world.worker();
    ({ origin, stop } = await serveHostedPages(world));
  });
  afterAll(async () => {
    await browser.close();
    await stop();
    await world.stop();
  });
  beforeEach(async () => {
    await world.control.clearFaults();
    complaints = [];
    ({ context, page } = await open());
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

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
    await from.screenshot({ path: `artifacts/hosted/${screen}-${name}.png`, fullPage: true });
    const isWithin = "document.documentElement.scrollWidth <= window.innerWidth";
    expect([name, await from.evaluate(isWithin)]).toEqual([name, true]);
  }

  async function begin(options: VisitOptions = {}) {
    const visit = await visitWindow(world, {
      locale: "en",
      clockAt: "2026-01-10T01:00:00Z",
      ...options,
    });
    await page.goto(`${origin}/r/${visit.registration.id}`);
    return visit;
  }

  const press = (name: string | RegExp) => page.getByRole("button", { name }).click();
  const heading = (name: string | RegExp) => page.getByRole("heading", { name }).waitFor();
  const fault = (operation: string, action: Readonly<Record<string, unknown>>, times?: null) =>
    world.control.fault({
      provider: "line_pay",
      operation,
      action,
      ...(times === null ? { times } : {}),
    });

  /** At LINE Pay, as a payer whom it has never seen. */
  async function approve(): Promise<void> {
    await press("Log in");
    await page.getByLabel(/I agree to automatic payments/).check();
    await press("Next");
    await page.getByLabel("Six-digit payment password").fill("123456");
    await press(/^PAY TWD/);
  }

  it("reads what is paid, approves in LINE Pay and is subscribed", async () => {
    const visit = await begin();
    await picture("start-en");
    await press("Continue to LINE Pay");
    await approve();
    await heading("Your subscription is active");
    await picture("paid");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 299"]);
  });

  it("begins a trial: the small amount is given back", async () => {
    const visit = await begin({ trialDays: 14 });
    await picture("start-trial");
    await press("Continue to LINE Pay");
    await approve();
    await heading("Your free trial has begun");
    await picture("trialing");
    expect((await booksOf(world, visit.customer))[0]).toBe("payment 1");
  });

  it("is spoken to in each language, and may choose another from the menu", async () => {
    for (const language of customerLanguages) {
      await begin({ locale: language, trialDays: 14 });
      expect(await page.evaluate("document.documentElement.lang")).toBe(language);
      await picture(`start-trial-${language}`);
    }
    await page.locator("summary").click();
    await picture("languages");
    await page.getByRole("link", { name: "繁體中文" }).click();
    await page.getByRole("button", { name: "前往 LINE Pay" }).waitFor();
  });

  it("comes back by hand: the page goes on by itself once LINE Pay is approved", async () => {
    const visit = await begin();
    await press("Continue to LINE Pay");
    await page.getByRole("button", { name: "Log in" }).waitFor();
    await page.goto(`${origin}/r/${visit.registration.id}`);
    await page.getByRole("button", { name: "I have approved, go on" }).waitFor();
    await picture("opened");
    await press("I have approved, go on");
    await page.getByText("We see no approval yet.").waitFor();
    const path = await visit.approve(await newestWindow());
    const app = await open();
    await app.page.goto(`${origin}${path}`);
    await app.page.getByRole("heading", { name: /go back to the browser/ }).waitFor();
    await picture("elsewhere", app.page);
    await app.context.close();
    await heading("Your subscription is active");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 299"]);
  });

  async function newestWindow(): Promise<string> {
    const [row] = await world.db.database.query<{ window_id: string }>(
      "select window_id from payment_windows order by created_at desc limit 1",
    );
    return row?.window_id ?? "";
  }

  it("whose payment's answer is lost waits, and is asked to register once more", async () => {
    await fault("details", { type: "error", status: 503, code: "9000" }, null);
    await fault("confirm", { type: "close_after" });
    const visit = await begin();
    await press("Continue to LINE Pay");
    await approve();
    await heading("We are checking your payment");
    await picture("checking");
    const other = await open();
    const second = await visitWindow(world, { locale: "en", customer: visit.customer });
    await other.page.goto(`${origin}/r/${second.registration.id}`);
    await other.page.getByRole("heading", { name: /being checked/ }).waitFor();
    await picture("blocked", other.page);
    await other.context.close();
    await world.control.clearFaults();
    await heading("You have paid, but the registration is not complete");
    await picture("key-lost");
    await press("Try again");
    await press("Continue to LINE Pay");
    await approve();
    await heading("Your method is registered");
    await picture("registered-again");
  });

  it("whom LINE Pay refuses reads its words, and may try again", async () => {
    await fault("confirm", { type: "decline", code: "1142" });
    await begin();
    await press("Continue to LINE Pay");
    await approve();
    await heading("LINE Pay refused the payment");
    await picture("refused");
    await press("Try again");
    await page.getByRole("button", { name: "Continue to LINE Pay" }).waitFor();
    await press("Not now");
    await heading("You stopped registering");
    await picture("canceled");
  });
});
