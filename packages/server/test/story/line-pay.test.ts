/**
 * What a newcomer does with LINE Pay in `maedal demo`, in a real browser, on a computer and on a phone.
 * The emulator's ledger is the judge of money; what the shop shows comes from Maedal's public API.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser } from "../support/browser.ts";
import { setScene, type Scene } from "./demo-process.ts";
import {
  addCard,
  agreeAndPay,
  inWallet,
  logIn,
  moveBalance,
  newPayer,
  words,
  type Words,
} from "./line-pay-payer.ts";
import {
  album,
  backToShop,
  desktop,
  later,
  ledgerOf,
  newVisit,
  payments,
  phone,
  standing,
  today,
  type Visit,
} from "./shop-visitor.ts";

const browserPath = findBrowser();
const screens = [
  ["a computer", "line-pay-", desktop],
  ["a phone", "line-pay-phone-", phone],
] as const;

describe.skipIf(browserPath === undefined).each(screens)(
  "a LINE Pay customer of the demo shop, on %s",
  (_, prefix, screen) => {
    let scene: Scene;
    const picture = album(prefix);

    beforeAll(async () => {
      scene = await setScene(browserPath ?? "");
    });
    afterAll(() => scene?.close());

    const visit = (locale: string): Promise<Visit> =>
      newVisit(scene.browser, { ...screen, locale });

    /** From the plans, by way of the market of the currency, to the hosted registration page. */
    async function subscribe(page: Page, currency: string, plan: string): Promise<void> {
      await page.goto(scene.demo.addresses.shop);
      await page.getByRole("link", { name: currency }).click();
      await page.waitForURL(new RegExp(`market=${currency}`));
      const card = page.locator(".card", { hasText: plan });
      await card.getByRole("button", { name: /LINE Pay/ }).click();
      await page.getByRole("button", { name: "이 이름으로 시작하기" }).click();
      await page.waitForURL(/\/r\/reg_/);
    }

    /** Presses the button of the hosted page and is taken to LINE Pay. */
    async function toLinePay(page: Page): Promise<void> {
      await page.locator("#register").click();
      await page.waitForURL(/\/web\/payment\/.*log-in/);
    }

    /** From the hosted page through LINE Pay and back, until all is good. */
    async function approve(page: Page, say: Words, email: string): Promise<string> {
      await toLinePay(page);
      await logIn(page, say, email);
      const paid = await agreeAndPay(page, say);
      await page.locator(".sign.good").waitFor();
      return paid;
    }

    async function isWithinTheScreen(page: Page): Promise<boolean> {
      return await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth");
    }

    /** What a page says when it is shown again. */
    async function reloaded<T>(page: Page, read: () => Promise<T>): Promise<T> {
      await page.reload();
      return await read();
    }

    it("registers with the first month, runs out of money, deletes the key and comes back", async () => {
      const { page, violations } = await visit("ko-KR");
      const email = await newPayer(scene.demo, "mei-story@line.example");
      const captures = async () => {
        const all = await ledgerOf(scene.demo, "?kind=payment");
        return all.map(({ amount, currency }) => `${currency} ${amount}`);
      };
      await page.goto(`${scene.demo.addresses.shop}/?market=TWD`);
      await picture("plans", page);
      expect(await isWithinTheScreen(page)).toBe(true);
      await subscribe(page, "TWD", "月光鮮乳");
      await picture("registration", page);
      expect(await isWithinTheScreen(page)).toBe(true);
      await toLinePay(page);
      await picture("log-in", page);
      await logIn(page, words.chinese, email);
      await page.getByLabel(words.chinese.balance).check();
      await picture("payment", page);
      expect(await agreeAndPay(page, words.chinese)).toBe("支付 TWD 299");
      await page.locator(".sign.good").waitFor();
      await picture("first-payment", page);
      await backToShop(page);
      const start = await today(page);
      expect(await standing(page)).toBe("이용 중");
      expect(await payments(page)).toEqual([[start, expect.stringContaining("299"), "결제됨"]]);
      expect(await captures()).toEqual(["TWD 299"]);
      await picture("subscribed", page);

      await later(page, "한 달 뒤");
      const second = await today(page);
      await later(page, "한 달 뒤");
      const third = await today(page);
      expect((await payments(page)).map(([date, , result]) => [date, result])).toEqual([
        [third, "결제됨"],
        [second, "결제됨"],
        [start, "결제됨"],
      ]);
      expect(await captures()).toEqual(["TWD 299", "TWD 299", "TWD 299"]);
      await picture("two-months-later", page);

      await inWallet(page, email, async (wallet) => {
        await moveBalance(wallet, /출금/, 2_000);
        await picture("wallet", wallet);
        expect(await isWithinTheScreen(wallet)).toBe(true);
      });
      await later(page, "한 달 뒤");
      await page.getByRole("alert").filter({ hasText: "이번 결제가 되지 않았어요" }).waitFor();
      expect(await standing(page)).toBe("미납");
      expect((await payments(page))[0]?.[2]).toBe("거절됨, 다시 시도 예정");
      expect(await captures()).toHaveLength(3);
      await picture("past-due", page);

      await inWallet(page, email, (wallet) => moveBalance(wallet, /충전/, 5_000));
      await later(page, "하루 뒤");
      expect(await standing(page)).toBe("이용 중");
      expect((await payments(page)).map(([, , result]) => result)).toEqual(Array(4).fill("결제됨"));
      expect(await captures()).toHaveLength(4);
      await picture("recovered-balance", page);

      await inWallet(page, email, async (wallet) => {
        await wallet.getByRole("link", { name: "자동 결제" }).click();
        await wallet.locator("details summary").first().click();
        await picture("wallet-delete", wallet);
        await wallet.getByRole("button", { name: "네, 삭제할게요" }).click();
        await wallet.getByText("자동 결제를 등록한 상점이 없어요.").waitFor();
      });
      await later(page, "한 달 뒤");
      const asked = page.getByRole("alert").filter({ hasText: "결제 수단을 새로 등록해 주세요" });
      await asked.waitFor();
      expect(await captures()).toHaveLength(4);
      await picture("method-required", page);

      await page.getByRole("button", { name: "LINE Pay로 등록하기" }).click();
      await page.waitForURL(/\/r\/reg_/);
      await picture("replacement", page);
      await toLinePay(page);
      await logIn(page, words.chinese, email);
      await addCard(page);
      await picture("new-card", page);
      await agreeAndPay(page, words.chinese);
      await page.locator(".sign.good").waitFor();
      await picture("paid-again", page);
      await backToShop(page);
      expect((await payments(page)).map(([, , result]) => result)).toEqual(Array(5).fill("결제됨"));
      expect(await captures()).toHaveLength(5);
      await picture("recovered", page);
      await later(page, "한 달 뒤");
      expect(await captures()).toHaveLength(6);
      expect(violations).toEqual([]);
    }, 240_000);

    it("gets the amount that a trial took for the registration back", async () => {
      const { page, violations } = await visit("ko-KR");
      const email = await newPayer(scene.demo, "trial-story@line.example");
      const before = (await ledgerOf(scene.demo)).length;
      const mine = async () =>
        (await ledgerOf(scene.demo)).slice(before).map(({ kind, amount }) => `${kind} ${amount}`);
      await subscribe(page, "TWD", "月光優格");
      await picture("trial-registration", page);
      expect(await approve(page, words.chinese, email)).toBe("支付 TWD 1");
      await picture("trial-begun", page);
      await backToShop(page);
      const results = async () => (await payments(page)).map(([, , result]) => result);
      // What is given back is sent in the background.
      await expect
        .poll(() => reloaded(page, results), { timeout: 90_000, interval: 500 })
        .toEqual(["환불됨"]);
      expect(await standing(page)).toBe("무료 체험 중");
      expect(await mine()).toEqual(["payment 1", "refund 1"]);
      await picture("trial-account", page);
      await later(page, "한 달 뒤");
      expect(await results()).toEqual(["결제됨", "환불됨"]);
      expect(await mine()).toEqual(["payment 1", "refund 1", "payment 399"]);
      expect(violations).toEqual([]);
    }, 120_000);

    it("is only asked for the money when it ships, and the merchant captures", async () => {
      const { page, violations } = await visit("ko-KR");
      const email = await newPayer(scene.demo, "held-story@line.example");
      const before = (await ledgerOf(scene.demo)).length;
      const mine = async () =>
        (await ledgerOf(scene.demo)).slice(before).map(({ kind, amount }) => `${kind} ${amount}`);
      await subscribe(page, "TWD", "月光起司");
      await picture("held-registration", page);
      await approve(page, words.chinese, email);
      await picture("held", page);
      await backToShop(page);
      await picture("held-account", page);
      expect((await payments(page))[0]?.[2]).toBe("승인됨, 매입 전");
      const held = page.getByRole("alert").filter({ hasText: "승인된 금액이 있어요" });
      expect(await held.count()).toBe(1);
      expect(await mine()).toEqual(["authorization 1280"]);

      const merchant = (await visit("ko-KR")).page;
      await merchant.goto(scene.demo.addresses.operator);
      await merchant.getByRole("link", { name: "결제", exact: true }).click();
      await merchant.locator("tbody tr", { hasText: "月光起司" }).locator("a").first().click();
      await merchant
        .getByText(/전액 매입/)
        .first()
        .click();
      await merchant.getByLabel(/전액을 지금 고객에게서 받아요/).check();
      await picture("operator-held", merchant);
      await merchant.getByRole("button", { name: /전액 매입/ }).click();
      await merchant.getByText("결제됨").first().waitFor();
      await picture("operator-captured", merchant);
      expect(await mine()).toEqual(["authorization 1280", "capture 1280"]);

      await page.reload();
      expect((await payments(page))[0]?.[2]).toBe("결제됨");
      expect(await standing(page)).toBe("이용 중");
      await picture("captured-account", page);
      expect(violations).toEqual([]);
    }, 120_000);

    it.each([
      ["THB", "นมแสงจันทร์", words.thai, "ชำระ THB 149.50", "149.50", "th"],
      ["USD", "Moonlight Milk", words.english, "PAY USD 4.99", "4.99", "en"],
    ] as const)(
      "pays in %s, with both decimals wherever the amount is written",
      async (currency, plan, say, button, amount, name) => {
        const { page, violations } = await visit("ko-KR");
        const email = await newPayer(scene.demo, `${name}-story@line.example`);
        await subscribe(page, currency, plan);
        expect(await page.locator("body").innerText()).toContain(amount);
        await picture(`registration-${name}`, page);
        expect(await approve(page, say, email)).toBe(button);
        expect(await page.locator("body").innerText()).toContain(amount);
        await picture(`first-payment-${name}`, page);
        await backToShop(page);
        await later(page, "한 달 뒤");
        const paid = expect.stringContaining(amount);
        expect((await payments(page)).map(([, ...rest]) => rest)).toEqual([
          [paid, "결제됨"],
          [paid, "결제됨"],
        ]);
        await picture(`account-${name}`, page);
        const mine = (await ledgerOf(scene.demo)).filter((line) => line.currency === currency);
        const minor = Number(amount.replace(".", ""));
        expect(mine.map((line) => line.amount)).toEqual([minor, minor]);
        expect(violations).toEqual([]);
      },
      120_000,
    );

    it("who cancels at LINE Pay stays in the shop's hands, and may try again", async () => {
      const { page, violations } = await visit("ko-KR");
      const email = await newPayer(scene.demo, "again-story@line.example");
      const before = (await ledgerOf(scene.demo)).length;
      await subscribe(page, "TWD", "月光鮮乳");
      await toLinePay(page);
      await page.getByRole("button", { name: "取消並返回商店" }).click();
      await page.waitForURL(/notice=canceled/);
      await picture("canceled", page);
      await approve(page, words.chinese, email);
      await backToShop(page);
      expect(await standing(page)).toBe("이용 중");
      expect((await ledgerOf(scene.demo)).length).toBe(before + 1);
      expect(violations).toEqual([]);
    }, 120_000);
  },
);
