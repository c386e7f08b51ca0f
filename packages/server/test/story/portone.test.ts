/**
 * What a newcomer does with PortOne V1 in `maedal demo`, in a real browser, on a computer and on a
 * phone: CHAI, whose window has the tab to itself, and KakaoPay, whose window lies over the page of a
 * computer. The emulator's ledger is the judge of money.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser } from "../support/browser.ts";
import { setScene, type Scene } from "./demo-process.ts";
import {
  addAccount,
  addCard,
  agree,
  inWallet,
  logIn,
  setBalance,
  type PaymentWindow,
} from "./portone-payer.ts";
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
} from "./shop-visitor.ts";

const browserPath = findBrowser();
const screens = [
  ["a computer", "portone-", desktop],
  ["a phone", "portone-phone-", phone],
] as const;

describe.skipIf(browserPath === undefined).each(screens)(
  "a customer of the demo shop who pays with CHAI and KakaoPay, on %s",
  (screenName, prefix, screen) => {
    let scene: Scene;
    const picture = album(prefix);

    beforeAll(async () => {
      scene = await setScene(browserPath ?? "");
    });
    afterAll(() => scene?.close());

    const visit = () => newVisit(scene.browser, { ...screen, locale: "ko-KR" });

    /** From the plans to the hosted registration page, as somebody new. */
    async function subscribe(page: Page, name: string, way: string, plan: string): Promise<void> {
      await page.goto(scene.demo.addresses.shop);
      const card = page.locator(".card", { hasText: plan });
      await card.getByRole("button", { name: `${way} 구독하기` }).click();
      await page.getByLabel("이름").fill(name);
      await page.getByRole("button", { name: "이 이름으로 시작하기" }).click();
      await page.waitForURL(/\/r\/reg_/);
    }

    /** CHAI's window has the tab to itself, on a computer too. */
    async function toChai(page: Page): Promise<Page> {
      await page.locator("#register").click();
      await page.getByRole("heading", { name: "차이에 로그인하세요" }).waitFor();
      return page;
    }

    async function toKakaoPay(page: Page): Promise<PaymentWindow> {
      await page.locator("#register").click();
      const window = screenName === "a phone" ? page : page.frameLocator("iframe");
      await window.getByRole("heading", { name: "카카오페이에 로그인하세요" }).waitFor();
      return window;
    }

    async function fitsTheScreen(page: Page): Promise<void> {
      const fits = "document.documentElement.scrollWidth <= window.innerWidth";
      expect([page.url(), await page.evaluate(fits)]).toEqual([page.url(), true]);
    }

    async function movesSince(count: number): Promise<string[]> {
      const all = (await ledgerOf(scene.demo)).slice(count);
      return all.map(({ kind, amount }) => `${kind} ${amount}`);
    }

    const results = async (page: Page) => (await payments(page)).map(([, , result]) => result);
    const paid = (times: number) => Array<string>(times).fill("결제됨");

    it("subscribes with CHAI, pays each month once, runs out of money and goes on with KakaoPay", async () => {
      const { page, violations } = await visit();
      const phoneNumber = "010-2000-0001";
      const captures = async () => {
        const all = await ledgerOf(scene.demo, "?kind=payment");
        return all.map(({ amount, orderId }) => ({ amount, orderId }));
      };
      await page.goto(scene.demo.addresses.shop);
      await picture("plans", page);
      await fitsTheScreen(page);
      await subscribe(page, "차이나", "차이로", "달빛우유 매일 아침");
      await picture("registration", page);
      await fitsTheScreen(page);
      await toChai(page);
      await picture("window", page);
      await logIn(page, phoneNumber);
      await addAccount(page, "20-1602-181101");
      await picture("consent", page);
      await agree(page);
      await page.getByRole("heading", { name: "구독이 시작됐어요" }).waitFor();
      await picture("first-payment", page);
      await backToShop(page);
      const start = await today(page);
      expect(await standing(page)).toBe("이용 중");
      expect(await payments(page)).toEqual([[start, "9,900원", "결제됨"]]);
      await picture("subscribed", page);
      await fitsTheScreen(page);

      for (let month = 2; month <= 4; month += 1) {
        await later(page, "한 달 뒤");
        expect((await payments(page))[0]).toEqual([await today(page), "9,900원", "결제됨"]);
      }
      expect(await results(page)).toEqual(paid(4));
      expect((await captures()).map(({ amount }) => amount)).toEqual(Array(4).fill(9_900));
      expect(new Set((await captures()).map(({ orderId }) => orderId)).size).toBe(4);
      await picture("three-months-later", page);

      await inWallet(page, phoneNumber, async (wallet) => {
        await setBalance(wallet, 100);
        await picture("wallet", wallet);
        await fitsTheScreen(wallet);
      });
      await later(page, "한 달 뒤");
      await page.getByRole("alert").filter({ hasText: "이번 결제가 되지 않았어요" }).waitFor();
      expect(await standing(page)).toBe("미납");
      expect((await results(page))[0]).toBe("거절됨, 다시 시도 예정");
      expect(await captures()).toHaveLength(4);
      await picture("past-due", page);

      await inWallet(page, phoneNumber, (wallet) => setBalance(wallet, 300_000));
      await later(page, "하루 뒤");
      expect(await standing(page)).toBe("이용 중");
      expect(await results(page)).toEqual(paid(5));
      expect(await captures()).toHaveLength(5);
      await picture("recovered-balance", page);

      await inWallet(page, phoneNumber, async (wallet) => {
        await wallet.getByRole("button", { name: "해지하기" }).click();
        await wallet.getByText("해지됨").waitFor();
        await picture("wallet-ended", wallet);
      });
      await later(page, "한 달 뒤");
      const asked = page.getByRole("alert").filter({ hasText: "결제 수단을 새로 등록해 주세요" });
      await asked.waitFor();
      expect(await captures()).toHaveLength(5);
      await picture("method-required", page);
      await fitsTheScreen(page);

      await asked.getByRole("button", { name: "카카오페이로 등록하기" }).click();
      await page.waitForURL(/\/r\/reg_/);
      await picture("replacement", page);
      await fitsTheScreen(page);
      const window = await toKakaoPay(page);
      await logIn(window, phoneNumber);
      await addCard(window, "5365-1000-2000-1101");
      await window.getByRole("heading", { name: "자동결제에 동의하세요" }).waitFor();
      await picture("kakaopay-consent", page);
      await agree(window);
      await page.getByRole("heading", { name: "새 결제 수단으로 결제했어요" }).waitFor();
      await picture("paid-again", page);
      await backToShop(page);
      expect((await results(page)).filter((result) => result === "결제됨")).toEqual(paid(6));
      expect(await captures()).toHaveLength(6);
      expect(await standing(page)).toBe("이용 중");
      await picture("recovered", page);
      await later(page, "한 달 뒤");
      expect(await captures()).toHaveLength(7);
      expect(violations).toEqual([]);
    }, 300_000);

    it("begins a trial with KakaoPay, which takes nothing before it ends", async () => {
      const { page, violations } = await visit();
      const before = (await ledgerOf(scene.demo)).length;
      await subscribe(page, "체험단", "카카오페이로", "달빛요거트 2주 무료 체험");
      await picture("trial-registration", page);
      const window = await toKakaoPay(page);
      await logIn(window, "010-2000-0002");
      await addCard(window, "5365-1000-2000-1102");
      await agree(window);
      await page.getByRole("heading", { name: "무료 체험이 시작됐어요" }).waitFor();
      await picture("trial-begun", page);
      await backToShop(page);
      expect(await standing(page)).toBe("무료 체험 중");
      expect(await movesSince(before)).toEqual([]);
      await later(page, "한 달 뒤");
      expect(await results(page)).toEqual(paid(1));
      expect(await movesSince(before)).toEqual(["payment 12900"]);
      expect(violations).toEqual([]);
    }, 150_000);

    it("who cancels in the window is back at the button, gives up, and may begin again", async () => {
      const { page, violations } = await visit();
      const before = (await ledgerOf(scene.demo)).length;
      const cancel = "취소하고 상점으로 돌아가기";
      await subscribe(page, "이망설", "차이로", "달빛우유 온 가족");
      const chai = await toChai(page);
      await chai.getByRole("button", { name: cancel }).click();
      await page.getByRole("status").filter({ hasText: "등록을 취소했어요" }).waitFor();
      expect(await page.getByText("승인했어요, 계속하기").count()).toBe(0);
      await picture("canceled", page);
      await page.getByRole("button", { name: "그만두기" }).click();
      await page.getByRole("heading", { name: "등록을 그만뒀어요" }).waitFor();
      await backToShop(page);

      await page.getByRole("button", { name: "카카오페이로 등록하기" }).click();
      const kakaoPay = await toKakaoPay(page);
      await kakaoPay.getByRole("button", { name: cancel }).click();
      await page.getByRole("status").filter({ hasText: "등록을 취소했어요" }).waitFor();
      const again = await toKakaoPay(page);
      await logIn(again, "010-2000-0003");
      await addCard(again, "5365-1000-2000-1103");
      await agree(again);
      await page.getByRole("heading", { name: "구독이 시작됐어요" }).waitFor();
      expect(await movesSince(before)).toEqual(["payment 19900"]);
      expect(violations).toEqual([]);
    }, 150_000);

    it("is told by the window why it failed, and tries again", async () => {
      const { page, violations } = await visit();
      await subscribe(page, "정실패", "차이로", "달빛우유 매일 아침");
      const window = await toChai(page);
      await window.getByText("테스트: 다른 결과로 끝내기").click();
      await window.getByLabel("상점에 보낼 실패 사유").fill("본인 확인에 실패했습니다.");
      await window.getByRole("button", { name: /F0005/ }).click();
      await page.getByRole("heading", { name: "등록하지 못했어요" }).waitFor();
      await page.getByText("본인 확인에 실패했습니다.").waitFor();
      await picture("failed", page);
      await page.getByRole("button", { name: "다시 등록하기" }).click();
      await toChai(page);
      await logIn(page, "010-2000-0004");
      await addAccount(page, "20-1602-181104");
      await agree(page);
      await page.getByRole("heading", { name: "구독이 시작됐어요" }).waitFor();
      expect(violations).toEqual([]);
    }, 120_000);

    it("follows the merchant from CHAI to KakaoPay by a link, and pays the next month there", async () => {
      const { page, violations } = await visit();
      await subscribe(page, "한이사", "차이로", "달빛우유 온 가족");
      await toChai(page);
      await logIn(page, "010-2000-0005");
      await addAccount(page, "20-1602-181105");
      await agree(page);
      await page.getByRole("heading", { name: "구독이 시작됐어요" }).waitFor();
      await backToShop(page);
      const [atChai] = (await ledgerOf(scene.demo, "?kind=payment")).slice(-1);

      const merchant = (await visit()).page;
      await leaveChai(merchant);
      const waiting = merchant.locator("tbody tr", { hasText: "한이사" });
      await expect
        .poll(() => merchant.reload().then(() => waiting.locator("code").count()), {
          timeout: 90_000,
          interval: 500,
        })
        .toBe(1);
      const link = await waiting.locator("code").innerText();
      await picture("operator-leaving", merchant);
      await page.goto(scene.demo.addresses.shop);
      expect(await page.getByRole("button", { name: "차이로 구독하기" }).count()).toBe(0);

      await page.goto(link);
      await picture("asked", page);
      await fitsTheScreen(page);
      await page.getByRole("button", { name: "카카오페이로 계속하기" }).click();
      await page.waitForURL(/\/r\/reg_/);
      const window = await toKakaoPay(page);
      await logIn(window, "010-2000-0005");
      await addCard(window, "5365-1000-2000-1105");
      await agree(window);
      await page.getByRole("heading", { name: "결제 수단을 등록했어요" }).waitFor();
      await picture("moved", page);
      await page.goto(`${scene.demo.addresses.shop}/account`);
      await later(page, "한 달 뒤");
      expect(await results(page)).toEqual(paid(2));
      const [atKakaoPay] = (await ledgerOf(scene.demo, "?kind=payment")).slice(-1);
      expect([atChai?.amount, atKakaoPay?.amount]).toEqual([19_900, 19_900]);
      expect(atKakaoPay?.key).not.toBe(atChai?.key);
      expect(await page.getByRole("button", { name: "차이로 바꾸기" }).count()).toBe(0);
      await picture("moved-account", page);

      await page.goto(link);
      await page.getByText("✓").waitFor();
      await merchant.reload();
      expect(await waiting.count()).toBe(0);
      await merchant.getByText(/\d건 가운데 1건이 옮겨 갔어요/).waitFor();
      await picture("operator-left", merchant);
      expect(violations).toEqual([]);
    }, 240_000);

    /** On the operator pages: it goes on charging for a month, and customers move to KakaoPay. */
    async function leaveChai(merchant: Page): Promise<void> {
      await merchant.goto(scene.demo.addresses.operator);
      await merchant.getByRole("link", { name: "연결", exact: true }).click();
      await merchant.getByRole("link", { name: "이 연결 떠나기…" }).nth(1).click();
      await merchant.getByRole("heading", { name: /차이.* 떠나기/ }).waitFor();
      await merchant
        .getByLabel("고객이 새로 등록할 연결")
        .selectOption({ label: "카카오페이 · 포트원 (모의)" });
      await merchant.getByLabel("이유 (기록에 남아요)").fill("차이가 서비스를 닫아요");
      const inAMonth = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString().slice(0, 10);
      await merchant.getByLabel(/마지막으로 결제하는 날/).fill(inAMonth);
      await merchant.getByRole("button", { name: "미리 보기" }).click();
      await merchant.getByRole("heading", { name: "떠나면 일어날 일" }).waitFor();
      await picture("operator-preview", merchant);
      await merchant.getByLabel(/기한이 지나면 빌링키를 버리고/).check();
      await merchant.getByRole("button", { name: "떠나기 시작" }).click();
      await merchant.getByText(/옮겨 갔어요/).waitFor();
    }

    it("looks like any other to the merchant, and nothing is left that a person must see", async () => {
      const { page, violations } = await visit();
      await page.goto(scene.demo.addresses.operator);
      await page.getByRole("heading", { name: "개요" }).waitFor();
      await picture("operator-overview", page);
      await page.getByRole("link", { name: "구독", exact: true }).click();
      await page.getByRole("link", { name: "차이나" }).first().click();
      await picture("operator-subscription", page);
      await page.getByRole("link", { name: "연결", exact: true }).click();
      await picture("operator-connections", page);
      expect(await page.getByText("문서와 다른 점").count()).toBe(0);
      await page.getByRole("link", { name: "검토", exact: true }).click();
      await page.getByRole("heading", { name: "검토" }).waitFor();
      expect(await page.locator("tbody a").count()).toBe(0);
      expect(violations).toEqual([]);
    }, 60_000);
  },
);
