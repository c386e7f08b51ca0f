import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findBrowser, launchBrowser } from "./browser.ts";
import { startLinePay, waitPath, type ListeningWorld } from "./line-pay-world.ts";

const browserPath = findBrowser();

const viewports = [
  ["a computer", { width: 1024, height: 768 }],
  ["a phone", { width: 390, height: 844 }],
] as const;

describe.skipIf(browserPath === undefined).each(viewports)("a payer on %s", (_, viewport) => {
  let browser: Browser;
  let world: ListeningWorld;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    world = await startLinePay();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage({ viewport });
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
  });

  const press = (name: string | RegExp) => page.getByRole("button", { name }).click();

  function reserve() {
    const { shopOrigin } = world;
    return world.reserve({
      confirmUrl: `${shopOrigin}/confirm`,
      cancelUrl: `${shopOrigin}/cancel`,
    });
  }

  /** Opens the payment page of a new reservation and logs in. */
  async function open() {
    const reservation = reserve();
    await page.goto(world.linePayOrigin + waitPath(reservation));
    await press("Log in");
    await page.getByRole("heading", { name: "Check your payment" }).waitFor();
    return { reservation, standing: () => world.state.getReservation(reservation.transactionId) };
  }

  async function agreeAndPay(password: string) {
    await page.getByLabel("I agree to automatic payments to Maedal Shop").check();
    await press("Next");
    await page.getByLabel("Six-digit payment password").fill(password);
    await press("PAY TWD 1,000");
  }

  async function isWithinTheScreen(): Promise<boolean> {
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth");
  }

  it("pays with the balance and lands at the shop", async () => {
    const { reservation, standing } = await open();
    expect(await isWithinTheScreen()).toBe(true);
    await agreeAndPay("123456");
    await page.getByRole("heading", { name: "Shop /confirm" }).waitFor();
    const { searchParams } = new URL(page.url());
    expect([...searchParams]).toEqual([
      ["orderId", reservation.orderId],
      ["transactionId", reservation.transactionId],
    ]);
    expect([standing()?.status, standing()?.method]).toEqual(["authenticated", "balance"]);
    expect(complaints).toEqual([]);
  });

  it("pays with a card added on the way", async () => {
    const { standing } = await open();
    await page.getByRole("link", { name: "Add a card" }).click();
    await page.getByRole("link", { name: "Fill in an example" }).click();
    await press("Add this card");
    await agreeAndPay("123456");
    await page.getByRole("heading", { name: "Shop /confirm" }).waitFor();
    expect(world.state.cards.get(standing()?.method ?? "")?.last4).toBe("4242");
  });

  it("cancels and lands at the shop's cancel page", async () => {
    const { standing } = await open();
    await press("Cancel and return to the shop");
    await page.getByRole("heading", { name: "Shop /cancel" }).waitFor();
    expect(standing()?.status).toBe("canceled");
  });

  it("is told of a wrong password, stands in its field and may try again", async () => {
    const { standing } = await open();
    await agreeAndPay("000000");
    await page.getByText("The password is wrong.").waitFor();
    expect(standing()?.status).toBe("waiting");
    await page.keyboard.type("654321");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Shop /confirm" }).waitFor();
  });

  it("deletes an automatic payment in the wallet", async () => {
    const regKey = world.register();
    await page.goto(`${world.linePayOrigin}/my`);
    await press("Log in");
    await page.getByRole("heading", { name: "Wallet" }).waitFor();
    expect(await isWithinTheScreen()).toBe(true);
    await page.getByRole("link", { name: "Automatic payments" }).click();
    await page.locator("summary").click();
    await press("Yes, delete");
    await page.getByText("No shop may collect automatic payments.").waitFor();
    expect(world.state.regKeys.get(regKey)?.ended?.by).toBe("customer");
    expect(complaints).toEqual([]);
  });
});
