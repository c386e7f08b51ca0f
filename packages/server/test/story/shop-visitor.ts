/** A person in a browser at the demo shop: what they see there, and what its buttons do. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { DemoProcess } from "./demo-process.ts";

export const desktop = { viewport: { width: 1100, height: 900 } };
export const phone = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  userAgent:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
};

export interface Visit {
  readonly page: Page;
  /** What the browser said about content security policies: nothing, if all is well. */
  readonly violations: readonly string[];
}

export async function newVisit(browser: Browser, options: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const violations: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) violations.push(message.text());
  });
  return { page, violations };
}

/** Takes numbered pictures into artifacts/story. */
export function album(prefix: string): (name: string, page: Page) => Promise<void> {
  let pictures = 0;
  return async (name, page) => {
    pictures += 1;
    const number = String(pictures).padStart(2, "0");
    await page.screenshot({
      path: `artifacts/story/${prefix}${number}-${name}.png`,
      fullPage: true,
    });
  };
}

/** Follows the link back to the shop from the page that says how a registration ended. */
export async function backToShop(page: Page): Promise<void> {
  await page.locator('a.button[href$="/account"]').click();
  await page.getByRole("heading", { name: "내 구독" }).waitFor();
}

export async function later(page: Page, step: "한 달 뒤" | "하루 뒤"): Promise<void> {
  await Promise.all([
    page.waitForURL(/\/account/, { waitUntil: "load" }),
    page.waitForResponse((answer) => answer.url().endsWith("/account/later"), { timeout: 60_000 }),
    page.getByRole("button", { name: step }).click(),
  ]);
  await page.getByRole("button", { name: "한 달 뒤" }).waitFor();
}

/** The rows of the payments table: date, amount, result. */
export async function payments(page: Page): Promise<string[][]> {
  const rows = await page.locator("#payments tbody tr").all();
  return await Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator("td").allInnerTexts();
      return cells.map((cell) => cell.split("\n")[0]?.trim() ?? "");
    }),
  );
}

export const today = (page: Page) => page.locator(".time .now").innerText();
export const standing = (page: Page) => page.locator(".card .badge").first().innerText();

export interface LedgerLine {
  readonly kind: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly at: string;
  readonly key: string;
}

/** What the providers' books say, oldest first: the judge of money. */
export async function ledgerOf({ addresses }: DemoProcess, query = ""): Promise<LedgerLine[]> {
  const answer = await fetch(new URL(`/ledger${query}`, addresses.emulator));
  return (await answer.json()) as LedgerLine[];
}
