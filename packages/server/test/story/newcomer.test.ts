/**
 * What a newcomer does with `maedal demo`, in a real browser, from the first click on. The emulator's
 * ledger is the judge of money; the payments that the shop shows come from Maedal's public API.
 */
import type { FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findBrowser } from "../support/browser.ts";
import { setScene, type Scene } from "./demo-process.ts";
import * as shop from "./shop-visitor.ts";

const browserPath = findBrowser();

describe.skipIf(browserPath === undefined)("a newcomer at the demo shop", () => {
  let scene: Scene;
  let page: Page;
  let violations: readonly string[];

  beforeAll(async () => {
    scene = await setScene(browserPath ?? "");
  });
  afterAll(() => scene?.close());
  beforeEach(() => visitOn(shop.desktop));

  async function visitOn(screen: typeof shop.desktop): Promise<void> {
    ({ page, violations } = await shop.newVisit(scene.browser, { ...screen, locale: "ko-KR" }));
  }

  const intoAlbum = shop.album("");
  const picture = (name: string, from: Page = page) => intoAlbum(name, from);
  const backToShop = () => shop.backToShop(page);
  const later = (step: "한 달 뒤" | "하루 뒤") => shop.later(page, step);
  const payments = () => shop.payments(page);
  const today = () => shop.today(page);
  const ledger = () => shop.ledgerOf(scene.demo, "?kind=payment");
  const button = (name: string | RegExp) => page.getByRole("button", { name });

  /** From the plans to the hosted registration page, as somebody new. */
  async function subscribeAs(name: string, plan = "달빛우유 매일 아침"): Promise<void> {
    await page.goto(scene.demo.addresses.shop);
    const card = page.locator(".card", { hasText: plan });
    await card.getByRole("button", { name: "계좌로 구독하기" }).click();
    await page.getByLabel("이름").fill(name);
    await button("이 이름으로 시작하기").click();
    await page.waitForURL(/\/r\/reg_/);
  }

  /** Opens the provider's window over the page. */
  async function openWindow(): Promise<FrameLocator> {
    await button("계좌 등록하기").click();
    return page.frameLocator("iframe");
  }

  /** A buyer whom the provider has never seen. */
  async function signUpInWindow(window: FrameLocator | Page, account: string): Promise<string> {
    await window.getByRole("link", { name: /처음이에요/ }).click();
    await window.getByRole("link", { name: "예시로 채우기" }).click();
    const phoneField = window.getByLabel("휴대폰 번호");
    await expect.poll(() => phoneField.inputValue(), { timeout: 30_000 }).not.toBe("");
    const phone = await phoneField.inputValue();
    await window.getByLabel("[필수] 퀵계좌이체 이용약관").check();
    await window.getByLabel("[필수] 개인정보 수집·이용").check();
    await window.getByLabel("[필수] 본인확인 서비스 이용").check();
    await window.getByRole("button", { name: "다음" }).click();
    await addAccountInWindow(window, account);
    return phone;
  }

  async function addAccountInWindow(window: FrameLocator | Page, account: string): Promise<void> {
    await window.getByLabel("은행").selectOption("90");
    await window.getByLabel("계좌번호").fill(account);
    await window.getByRole("button", { name: "다음" }).click();
    await agreeInWindow(window);
  }

  async function agreeInWindow(window: FrameLocator | Page): Promise<void> {
    await window.getByLabel("[필수] 자동결제와 출금에 동의합니다").check();
    await window.getByRole("button", { name: "동의하고 등록하기" }).click();
  }

  /** Waits for the page after the window to say so, and goes back to the shop. */
  async function outcome(title: string): Promise<void> {
    await page.getByRole("heading", { name: title }).waitFor();
  }

  /** Calendar dates in Korea, as the shop writes them. */
  function inKorean(at: string): string {
    const day = new Date(at).toLocaleDateString("sv-SE", { timeZone: "Asia/Seoul" });
    const [year, month, date] = day.split("-").map(Number);
    return `${year}년 ${month}월 ${date}일`;
  }

  /** At the provider: withdraws from quick transfer, in a window of its own. */
  async function withMyQuickTransfer(
    phone: string,
    act: (mine: Page) => Promise<void>,
  ): Promise<void> {
    const mine = await page.context().newPage();
    await mine.goto(scene.demo.addresses.myQuickTransfer);
    await mine.getByLabel("휴대폰 번호").fill(phone);
    await mine.getByLabel("인증번호 6자리").fill("000000");
    await mine.getByRole("button", { name: "다음" }).click();
    await act(mine);
    await mine.close();
  }

  async function setBalance(phone: string, balance: number): Promise<void> {
    await withMyQuickTransfer(phone, async (mine) => {
      await mine.getByLabel("잔액 (원)").first().fill(String(balance));
      await mine.getByRole("button", { name: "잔액 바꾸기" }).first().click();
      await mine.getByText(`${balance.toLocaleString("ko-KR")}원`).waitFor();
    });
  }

  it("registers an account, pays each month once, loses the account and comes back", async () => {
    const before = await ledger();
    const mine = async () => (await ledger()).slice(before.length);
    await page.goto(scene.demo.addresses.shop);
    await picture("plans");
    await subscribeAs("김하늘");
    await picture("registration");

    const window = await openWindow();
    await window.getByRole("link", { name: /처음이에요/ }).waitFor();
    await picture("window");
    const phone = await signUpInWindow(window, "3333-01-1111111");
    await outcome("구독이 시작됐어요");
    await picture("first-payment");
    await backToShop();
    const start = await today();
    expect(await shop.standing(page)).toBe("이용 중");
    expect(await payments()).toEqual([[start, "9,900원", "결제됨"]]);
    await picture("subscribed");

    await later("한 달 뒤");
    const second = await today();
    await later("한 달 뒤");
    const third = await today();
    expect(await payments()).toEqual([
      [third, "9,900원", "결제됨"],
      [second, "9,900원", "결제됨"],
      [start, "9,900원", "결제됨"],
    ]);
    await picture("two-months-later");
    const paid = await mine();
    expect(new Set(paid.map(({ orderId }) => orderId)).size).toBe(3);
    expect(paid.map(({ amount, at }) => [inKorean(at), amount])).toEqual([
      [start, 9_900],
      [second, 9_900],
      [third, 9_900],
    ]);

    await withMyQuickTransfer(phone, async (mineAtToss) => {
      await picture("my-quick-transfer", mineAtToss);
      await mineAtToss.getByLabel("위 내용을 이해했고 탈퇴합니다").check();
      await mineAtToss.getByRole("button", { name: "퀵계좌이체 탈퇴" }).click();
      await mineAtToss.getByRole("heading", { name: "탈퇴했어요" }).waitFor();
    });
    const asked = page.getByRole("alert").filter({ hasText: "결제 수단을 새로 등록해 주세요" });
    const askedAfterReload = async () => {
      await page.reload();
      return await asked.count();
    };
    await expect.poll(askedAfterReload, { timeout: 90_000, interval: 500 }).toBe(1);
    await later("한 달 뒤");
    expect((await payments())[0]?.slice(1)).toEqual(["9,900원", "결제 수단을 기다리는 중"]);
    expect(await mine()).toHaveLength(3);
    await picture("method-required");

    await button("계좌로 등록하기").click();
    await page.getByRole("heading", { name: "새 결제 수단을 등록해 주세요" }).waitFor();
    await picture("replacement");
    const again = await openWindow();
    await again.getByRole("link", { name: /이미 사용 중이에요/ }).click();
    await again.getByRole("link", { name: "예시로 채우기" }).click();
    await again.getByRole("button", { name: "다음" }).click();
    await again.getByRole("radio").first().check();
    await again.getByRole("button", { name: "다음" }).click();
    await agreeInWindow(again);
    await outcome("새 결제 수단으로 결제했어요");
    await picture("paid-again");
    await backToShop();
    expect((await payments()).map(([, , result]) => result)).toEqual(Array(4).fill("결제됨"));
    expect(await mine()).toHaveLength(4);
    await picture("recovered");
    expect(violations).toEqual([]);
  }, 240_000);

  it("is not charged twice for a month that the bank first refused", async () => {
    await subscribeAs("박보름", "달빛우유 온 가족");
    const phone = await signUpInWindow(await openWindow(), "3333-02-2222222");
    await outcome("구독이 시작됐어요");
    await backToShop();
    const before = (await ledger()).length;

    await setBalance(phone, 100);
    await later("한 달 뒤");
    await page.getByRole("alert").filter({ hasText: "이번 결제가 되지 않았어요" }).waitFor();
    expect(await shop.standing(page)).toBe("미납");
    expect((await payments())[0]?.[2]).toBe("거절됨, 다시 시도 예정");
    expect((await ledger()).length).toBe(before);
    await picture("past-due");

    await setBalance(phone, 500_000);
    await later("하루 뒤");
    expect(await shop.standing(page)).toBe("이용 중");
    expect((await payments()).map(([, , result]) => result)).toEqual(["결제됨", "결제됨"]);
    expect((await ledger()).length).toBe(before + 1);
    await picture("recovered-balance");
    expect(violations).toEqual([]);
  }, 180_000);

  it("who closes the window stays on the page and may open it again", async () => {
    await subscribeAs("이망설");
    const window = await openWindow();
    await window.getByRole("link", { name: /처음이에요/ }).waitFor();
    await button("결제창 닫기").click();
    await page.getByRole("status").filter({ hasText: "등록을 취소했어요" }).waitFor();
    await picture("window-closed");

    const again = await openWindow();
    await again.getByRole("button", { name: "취소하고 상점으로 돌아가기" }).click();
    await page.waitForURL(/notice=canceled/);
    await button("그만두기").click();
    await outcome("등록을 그만뒀어요");
    await picture("given-up");
    await button("다시 등록하기").click();
    await signUpInWindow(await openWindow(), "3333-03-3333333");
    await outcome("구독이 시작됐어요");
    expect(violations).toEqual([]);
  }, 120_000);

  it("on a phone is taken to the window and back, in either language", async () => {
    await visitOn(shop.phone);
    await subscribeAs("정손안", "달빛요거트 2주 무료 체험");
    await picture("phone-registration");
    await button("계좌 등록하기").click();
    await page.waitForURL(/\/windows\//);
    await page.getByRole("button", { name: "취소하고 상점으로 돌아가기" }).click();
    await page.getByRole("status").filter({ hasText: "등록을 취소했어요" }).waitFor();
    await button("계좌 등록하기").click();
    await page.waitForURL(/\/windows\//);
    await signUpInWindow(page, "3333-05-5555555");
    await outcome("무료 체험이 시작됐어요");
    await picture("phone-trial");
    await page.locator("summary", { hasText: "한국어" }).click();
    await page.getByRole("link", { name: "English" }).click();
    await outcome("Your free trial has begun");
    await picture("phone-english");
    await page.getByRole("link", { name: /Return to/ }).click();
    await picture("phone-account");
    expect(violations).toEqual([]);
  }, 120_000);

  it("can look at it all as the merchant, in one click", async () => {
    await page.goto(scene.demo.addresses.operator);
    await page.getByRole("heading", { name: "개요" }).waitFor();
    await picture("operator-overview");
    await page.getByRole("link", { name: "구독", exact: true }).click();
    await picture("operator-subscriptions");
    await page.getByRole("link", { name: "김하늘" }).first().click();
    await page.getByText("새 결제 수단이 필요함").first().waitFor();
    await picture("operator-subscription");
    await page.getByRole("link", { name: "결제", exact: true }).click();
    await picture("operator-charges");
    await page.locator("tbody a").first().click();
    await page.getByText("주고받은 내용").first().click();
    await picture("operator-charge");
    await page.getByRole("link", { name: "연결", exact: true }).click();
    await picture("operator-connections");
    await page.getByRole("link", { name: "테스트 시계", exact: true }).click();
    await picture("operator-clocks");
    expect(violations).toEqual([]);
  }, 60_000);

  it("finds everything as it was after a restart", async () => {
    await subscribeAs("최다시");
    await signUpInWindow(await openWindow(), "3333-04-4444444");
    await outcome("구독이 시작됐어요");
    const cookies = await page.context().cookies();
    const paid = await ledger();
    expect(await scene.restart()).toBe(0);

    expect(await ledger()).toEqual(paid);
    await page.context().addCookies(cookies);
    await page.goto(`${scene.demo.addresses.shop}/account`);
    expect((await payments()).length).toBe(1);
    await later("한 달 뒤");
    expect((await payments()).map(([, , result]) => result)).toEqual(["결제됨", "결제됨"]);
  }, 120_000);
});
