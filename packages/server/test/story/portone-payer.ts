/** Somebody who pays with CHAI or KakaoPay, in a browser: PortOne's window, and their own wallet. */
import type { FrameLocator, Page } from "playwright-core";

/** A window over the merchant's page, or one that has the tab to itself. */
export type PaymentWindow = Page | FrameLocator;

/** In the window. Any phone number signs up. */
export async function logIn(window: PaymentWindow, phone: string): Promise<void> {
  await window.getByLabel("휴대폰 번호").fill(phone);
  await window.getByRole("button", { name: "로그인", exact: true }).click();
}

/** In the window, logged in; the new account is chosen. */
export async function addAccount(window: PaymentWindow, number: string): Promise<void> {
  await window.getByRole("link", { name: "계좌 등록하기" }).click();
  await window.getByLabel("은행").selectOption("004");
  await window.getByLabel("계좌번호").fill(number);
  await window.getByRole("button", { name: "다음" }).click();
}

/** In the window, logged in; the new card is chosen. */
export async function addCard(window: PaymentWindow, number: string): Promise<void> {
  await window.getByRole("link", { name: "카드 등록하기" }).click();
  await window.getByRole("link", { name: "예시로 채우기" }).click();
  await window.getByLabel("유효기간").and(window.locator("[value]")).waitFor();
  await window.getByLabel("카드 번호").fill(number);
  await window.getByRole("button", { name: "다음" }).click();
}

/** With whatever is chosen: the window takes nothing, so its button says to register. */
export async function agree(window: PaymentWindow): Promise<void> {
  await window.getByLabel("[필수] Maedal Shop의 자동결제에 동의합니다").check();
  await window.getByLabel("결제 비밀번호 6자리").fill("123456");
  await window.getByRole("button", { name: "동의하고 등록하기" }).click();
}

/** In a tab of its own; the wallet opens from the shop's account page. */
export async function inWallet(
  page: Page,
  phone: string,
  act: (wallet: Page) => Promise<void>,
): Promise<void> {
  const opening = page.context().waitForEvent("page");
  await page.locator(".links").getByRole("link", { name: "내 차이·카카오페이" }).click();
  const wallet = await opening;
  await logIn(wallet, phone);
  await wallet.getByRole("heading", { name: "결제수단", exact: true }).waitFor();
  await act(wallet);
  await wallet.close();
}

/** Of the only method of the wallet's. */
export async function setBalance(wallet: Page, balance: number): Promise<void> {
  await wallet.getByLabel("잔액 (원)").first().fill(String(balance));
  await wallet.getByRole("button", { name: "잔액 바꾸기" }).first().click();
  await wallet.getByText(`잔액 ${balance.toLocaleString("en-US")}원`).waitFor();
}
