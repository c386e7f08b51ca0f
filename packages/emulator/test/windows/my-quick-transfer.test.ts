import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser, launchBrowser } from "./browser.ts";
import { startWorld, type World } from "./world.ts";

const browserPath = findBrowser();

describe.skipIf(browserPath === undefined)('a member on "my quick transfer"', () => {
  let browser: Browser;
  let world: World;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? "");
    world = await startWorld();
    page = await browser.newPage({ viewport: { width: 480, height: 900 } });
    registerBillingKey("billing-key-of-the-member=");
    await page.goto(`${world.tossOrigin}/windows/quick-transfer/me`);
    await page.getByRole("link", { name: "예시로 채우기" }).click();
    await page.getByRole("button", { name: "다음" }).click();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });

  function account() {
    const member = world.state.findMemberByPhone("01012345678");
    const [first] = world.state.accountsOf(member?.id ?? "");
    if (first === undefined) throw new Error("The seeded member has accounts.");
    return first;
  }

  function registerBillingKey(billingKey: string): void {
    world.state.billingKeys.put(billingKey, {
      billingKey,
      merchantId: "maedal_emul",
      customerKey: "customer-1",
      method: "TRANSFER",
      accountId: account().id,
      cardId: null,
      authenticatedAt: world.state.clock.now().toString(),
      removedAt: null,
    });
  }

  it("sees accounts, balances and merchants, but never a whole billing key", async () => {
    await page.getByRole("heading", { name: "내 계좌" }).waitFor();
    await page.screenshot({ path: "artifacts/windows/my-quick-transfer.png", fullPage: true });
    const text = await page.locator("main").textContent();
    expect(text).toContain("1,000,000원");
    expect(text).toContain("maedal_emul");
    expect(text).not.toContain("billing-key-of-the-member=");
  });

  it("is told when a balance is no whole number of won", async () => {
    await page.getByLabel("잔액 (원)").first().fill("-5");
    await page.getByRole("button", { name: "잔액 바꾸기" }).first().click();
    await page.getByText("0 이상의 정수(원)를 넣어 주세요.").waitFor();
    expect(account().balance).toBe(1_000_000);
  });

  it("sets a balance", async () => {
    await page.getByLabel("잔액 (원)").first().fill("3,300");
    await page.getByRole("button", { name: "잔액 바꾸기" }).first().click();
    await page.getByText("3,300원").waitFor();
    expect(account().balance).toBe(3_300);
  });

  it("withdraws only after confirming, and then every billing key dies", async () => {
    const withdraw = page.getByRole("button", { name: "퀵계좌이체 탈퇴" });
    await withdraw.click();
    await page.getByText("동의해야 계속할 수 있어요.").waitFor();
    expect(world.removedKeys).toEqual([]);

    await page.getByLabel("위 내용을 이해했고 탈퇴합니다").check();
    await withdraw.click();
    await page.getByRole("heading", { name: "탈퇴했어요" }).waitFor();
    await page.screenshot({ path: "artifacts/windows/withdrawn.png" });
    expect(world.removedKeys).toEqual(["billing-key-of-the-member="]);
    expect(world.state.findMemberByPhone("01012345678")).toBeUndefined();
  });
});
