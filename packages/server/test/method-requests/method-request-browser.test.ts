/** From a mailed link to a new method, in a real browser on a phone. */
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { customerLanguages } from "../../src/pages/format.ts";
import { hostedPages } from "../../src/pages/hosted-pages.ts";
import { methodRequestPages } from "../../src/pages/method-request-pages.ts";
import { findBrowser, launchBrowser } from "../support/browser.ts";
import { createWorld, masterKey, type World } from "../support/world.ts";
import { ask, reload } from "./asking.ts";

const browserPath = findBrowser();
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

describe.skipIf(browserPath === undefined)("a customer who follows the link in a mail", () => {
  let browser: Browser;
  let world: World;
  let origin: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    world = await createWorld();
    ({ origin, stop } = await servePages(world));
  });
  afterAll(async () => {
    await browser.close();
    await stop();
    await world.stop();
  });

  async function open() {
    const context = await browser.newContext({ ...phone, locale: "ko-KR" });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
    const picture = async (name: string) => {
      await page.screenshot({ path: `artifacts/hosted/request-${name}.png`, fullPage: true });
      const isWithin = "document.documentElement.scrollWidth <= window.innerWidth";
      expect([name, await page.evaluate(isWithin)]).toEqual([name, true]);
    };
    return { context, page, complaints, picture };
  }

  it("chooses a bank account, registers it at the provider, and is thanked ever after", async () => {
    const { request } = await ask(world);
    const { complaints, context, page, picture } = await open();
    await page.goto(`${origin}/m/${request.id}`);
    await picture("open");
    await page.getByRole("button", { name: "계좌 등록하기" }).click();
    await page.waitForURL(/\/r\/reg_/);
    await page.getByRole("button", { name: "계좌 등록하기" }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "계좌 등록하기" }).click();
    await page.waitForURL(/\/r\/reg_/);
    await registerThere(page.url());
    await page.goto(`${origin}/m/${request.id}`);
    await page.getByRole("heading", { name: "이미 등록했어요" }).waitFor();
    await picture("done");
    expect(complaints).toEqual([]);
    expect((await reload(world, request)).status).toBe("completed");
    await context.close();

    /** What the provider's window does, by its control call; the page brings it in. */
    async function registerThere(url: string): Promise<void> {
      const json = await page.locator("#window-request").textContent();
      const { customerKey } = JSON.parse(json ?? "{}") as { customerKey: string };
      const order = { customerKey, method: "TRANSFER" };
      const auth = await world.control.post<{ authKey: string }>("/toss/billing-auths", order);
      const query = new URLSearchParams({ customerKey, authKey: auth.authKey });
      await page.goto(`${url.split("?")[0]}/success?${query.toString()}`);
      await page.waitForURL(/\/done$/);
    }
  });

  it("reads it in each language, within the screen", async () => {
    const { request } = await ask(world);
    const { context, page, picture } = await open();
    for (const language of customerLanguages) {
      await page.goto(`${origin}/m/${request.id}?lang=${language}`);
      await picture(language);
    }
    await context.close();
  });
});

async function servePages({
  engine,
}: World): Promise<{ origin: string; stop: () => Promise<void> }> {
  let pages: Hono | undefined;
  const server = createAdaptorServer({
    fetch: (request) => pages?.fetch(request) ?? new Response(null, { status: 503 }),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const deps = { engine, baseUrl: origin, masterKey };
  pages = new Hono().route("/", hostedPages(deps)).route("/", methodRequestPages(deps));
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { origin, stop };
}
