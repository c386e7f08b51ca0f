/** A LINE Pay user in a browser: the payment page in Chinese, and their own wallet in Korean. */
import type { Page } from "playwright-core";
import type { DemoProcess } from "./demo-process.ts";

const someBalances = { TWD: 3_000, THB: 100_000, USD: 10_000 };

/** Somebody whom the emulated LINE Pay has not met yet. @returns the e-mail to log in with. */
export async function newPayer({ addresses }: DemoProcess, email: string): Promise<string> {
  const order = { provider: "line_pay", kind: "payer", name: "王小美", email };
  const answer = await fetch(new URL("/accounts", addresses.emulator), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...order, balances: someBalances }),
  });
  if (!answer.ok) throw new Error(`The emulator refused a new payer: ${await answer.text()}`);
  return email;
}

/** The words of the payment page that somebody needs to get through it. */
export const words = {
  chinese: {
    identity: "電子郵件或電話號碼",
    logIn: "登入",
    balance: /LINE Pay 餘額/,
    agree: "我同意向 Maedal Shop 自動付款",
    next: "下一步",
    password: "6 位數付款密碼",
    pay: /^支付 /,
  },
  thai: {
    identity: "อีเมลหรือหมายเลขโทรศัพท์",
    logIn: "เข้าสู่ระบบ",
    balance: /ยอดเงิน LINE Pay/,
    agree: "ฉันยินยอมให้ชำระเงินอัตโนมัติแก่ Maedal Shop",
    next: "ถัดไป",
    password: "รหัสผ่านการชำระเงิน 6 หลัก",
    pay: /^ชำระ /,
  },
  english: {
    identity: "E-mail or phone number",
    logIn: "Log in",
    balance: /LINE Pay balance/,
    agree: "I agree to automatic payments to Maedal Shop",
    next: "Next",
    password: "Six-digit payment password",
    pay: /^PAY /,
  },
} as const;

export type Words = (typeof words)[keyof typeof words];

export async function logIn(page: Page, say: Words, email: string): Promise<void> {
  await page.getByLabel(say.identity).fill(email);
  await page.getByRole("button", { name: say.logIn }).click();
  await page.waitForURL(/\/payment$/);
}

/** In Chinese. Chooses the new card. */
export async function addCard(page: Page): Promise<void> {
  await page.getByRole("link", { name: "新增卡片" }).click();
  await page.getByRole("link", { name: "填入範例" }).click();
  await page.getByRole("button", { name: "新增這張卡片" }).click();
  await page.waitForURL(/\/payment$/);
}

/** With whatever is chosen. @returns what the button says that it takes. */
export async function agreeAndPay(page: Page, say: Words): Promise<string> {
  await page.getByLabel(say.agree).check();
  await page.getByRole("button", { name: say.next }).click();
  await page.getByLabel(say.password).fill("123456");
  const pay = page.getByRole("button", { name: say.pay });
  const text = await pay.innerText();
  await pay.click();
  return text;
}

/** In a tab of its own; the wallet opens from the shop's account page. */
export async function inWallet(
  page: Page,
  email: string,
  act: (wallet: Page) => Promise<void>,
): Promise<void> {
  const opening = page.context().waitForEvent("page");
  await page.locator(".links").getByRole("link", { name: "내 LINE Pay" }).click();
  const wallet = await opening;
  await wallet.getByLabel("이메일 또는 전화번호").fill(email);
  await wallet.getByRole("button", { name: "로그인" }).click();
  await wallet.getByRole("heading", { name: "지갑" }).waitFor();
  await act(wallet);
  await wallet.close();
}

export async function moveBalance(wallet: Page, button: RegExp, amount: number): Promise<void> {
  const form = wallet.locator("form", { has: wallet.locator("#amount-TWD") });
  await form.locator("#amount-TWD").fill(String(amount));
  await form.getByRole("button", { name: button }).click();
  await wallet.waitForLoadState();
}
