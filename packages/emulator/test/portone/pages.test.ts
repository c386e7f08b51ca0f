/** The windows without a browser: plain forms that work without any script. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const order = {
  pg: "chai",
  pay_method: "trans",
  merchant_uid: "issue-1",
  name: "매달 구독",
  amount: 9900,
  customer_uid: "key-1",
  m_redirect_url: "https://shop.example/back",
};

interface Page {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
  readonly headers: Headers;
}

async function ask(path: string, form?: Record<string, string>): Promise<Page> {
  const response = await fetch(new URL(path, world.ready.portone.url), {
    method: form === undefined ? "GET" : "POST",
    body: form === undefined ? null : new URLSearchParams(form),
    redirect: "manual",
  });
  const { status, headers } = response;
  return { status, headers, location: headers.get("location"), text: await response.text() };
}

const opening = (params: object, more: Record<string, string> = {}) => {
  const query = { impCode: world.ready.portone.impCode, params: JSON.stringify(params), ...more };
  return `/windows/open?${new URLSearchParams(query).toString()}`;
};
const framed = { merchantOrigin: "https://shop.example", channel: "channel-1" };

/** The path of a window that was opened in a tab of its own. */
async function open(params: object = order, more: Record<string, string> = {}): Promise<string> {
  const { location } = await ask(opening(params, more));
  if (location === null) throw new Error("The window did not open.");
  return location;
}

/** What the page's script tells the merchant's page. */
function messageOf({ text }: Page): Json {
  const [, json] = /data-message="([^"]*)"/.exec(text) ?? [];
  return json === undefined
    ? undefined
    : JSON.parse(json.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}

async function logIn(path: string, phone = "010-1234-5678"): Promise<void> {
  const { location } = await ask(`${path}/log-in`, { phone });
  expect(location).toBe(`${path}/means`);
}

/** The first account or card that the window offers. */
async function choose(path: string): Promise<string> {
  const { text } = await ask(`${path}/means`);
  const [, meansId = ""] = /name="meansId"\s+value="([^"]+)"/.exec(text) ?? [];
  expect((await ask(`${path}/means`, { meansId })).location).toBe(`${path}/consent`);
  return meansId;
}

const agree = (path: string, form: Record<string, string> = {}) =>
  ask(`${path}/consent`, { agree: "on", password: "123456", ...form });

describe("opening a window", () => {
  it("in a frame of the merchant's page tells CHAI's page to leave, on computers and phones", async () => {
    for (const more of [framed, { ...framed, isMobile: "yes" }]) {
      const page = await ask(
        opening({ ...order, merchant_uid: JSON.stringify(more).slice(-30) }, more),
      );
      const { type, url } = messageOf(page);
      expect([page.status, type]).toEqual([200, "leave"]);
      expect(url).toMatch(/^\/windows\/window_/);
      expect(page.text).toContain('data-merchant-origin="https://shop.example"');
    }
  });

  it("in a frame is the window itself at KakaoPay on computers, and leaves on phones", async () => {
    const kakao = { ...order, pg: "kakaopay", amount: 0 };
    const onComputer = await ask(opening(kakao, framed));
    const window = await ask(onComputer.location ?? "");
    expect(messageOf(window)).toEqual({ type: "opened" });
    const onPhone = await ask(opening(kakao, { ...framed, isMobile: "yes" }));
    expect(messageOf(onPhone).type).toBe("leave");
  });

  it("of a file, which has no origin, speaks to whoever is there", async () => {
    const page = await ask(opening(order, { ...framed, merchantOrigin: "null" }));
    expect(page.text).toContain('data-merchant-origin="*"');
  });

  it.each([
    ["a used merchant_uid", {}, "F1002", "이미 결제가 이루어진 거래건입니다."],
    [
      "another pay_method",
      { pay_method: "card", merchant_uid: "issue-2" },
      "F0004",
      "F0004:PG사 결제요청에 실패하여 중단합니다. pay_method는 trans만 쓸 수 있습니다.",
    ],
  ])("is refused for %s, and the callback is told", async (_, changes, code, message) => {
    await portOne.register({ merchant_uid: "issue-1" });
    const page = await ask(opening({ ...order, ...changes }, framed));
    expect(page.status).toBe(422);
    expect(messageOf(page)).toEqual({
      type: "ended",
      rsp: {
        success: false,
        imp_success: false,
        imp_uid: null,
        merchant_uid: { ...order, ...changes }.merchant_uid,
        error_code: code,
        error_msg: message,
      },
    });
  });

  it("sends early errors of phones to m_redirect_url when the switch says so", async () => {
    const wrong = { ...order, pay_method: "card" };
    const onPhone = { ...framed, isMobile: "yes" };
    const before = messageOf(await ask(opening(wrong, onPhone)));
    await portOne.switches({ mobileEarlyErrors: "redirect" });
    const after = messageOf(await ask(opening(wrong, onPhone)));
    const onComputer = messageOf(await ask(opening(wrong, framed)));
    expect([before.type, after.type, onComputer.type]).toEqual(["ended", "leave", "ended"]);
    expect(Object.fromEntries(new URL(after.url).searchParams)).toEqual({
      merchant_uid: "issue-1",
      imp_success: "false",
      error_code: "F0004",
      error_msg: "F0004:PG사 결제요청에 실패하여 중단합니다. pay_method는 trans만 쓸 수 있습니다.",
    });
  });

  it("without the script's parameters says what to fix", async () => {
    const page = await ask("/windows/open?params=x");
    expect([page.status, page.text.includes("params: must be JSON")]).toEqual([422, true]);
  });
});

describe("CHAI's window", () => {
  it("makes a key: log in, account, consent and password, and back to the shop", async () => {
    const path = await open();
    await logIn(path);
    await choose(path);
    const { status, location } = await agree(path);
    expect(status).toBe(303);
    const { origin, pathname, searchParams } = new URL(location ?? "");
    const { imp_uid: impUid, ...others } = Object.fromEntries(searchParams);
    expect([origin + pathname, others]).toEqual([
      "https://shop.example/back",
      { merchant_uid: "issue-1", imp_success: "true" },
    ]);
    const payment = await portOne.get(`/payments/${impUid}?include_sandbox=true`);
    expect([payment.body.response.status, payment.body.response.channel]).toEqual(["paid", "pc"]);
    expect((await portOne.get("/subscribe/customers/key-1")).status).toBe(200);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  it("shows the amount and says that nothing is taken now", async () => {
    const { text } = await ask(await open());
    expect(text).toContain("9,900원");
    expect(text).toContain("지금은 출금되지 않아요");
    expect(text).toContain("모의 결제창");
  });

  it("offers accounts only, the poor one too", async () => {
    const path = await open();
    await logIn(path);
    const { text } = await ask(`${path}/means`);
    expect(["국민은행", "우리은행", "신한은행"].every((bank) => text.includes(bank))).toBe(true);
    expect(text).not.toContain("new-card");
  });

  it("registers a new account on the way, for somebody new", async () => {
    const path = await open();
    await logIn(path, "010-9999-0000");
    const wrong = await ask(`${path}/means/new-account`, { bankCode: "999", number: "1" });
    expect(wrong.status).toBe(422);
    const form = { bankCode: "092", number: "1000-2000-3000" };
    expect((await ask(`${path}/means/new-account`, form)).location).toBe(`${path}/consent`);
    expect((await agree(path)).status).toBe(303);
  });

  it.each([
    ["without consent", { agree: "" }, "동의해야 계속할 수 있어요."],
    ["with a wrong password", { password: "000000" }, "비밀번호가 틀렸어요."],
    ["with too short a password", { password: "1" }, "숫자 여섯 자리를 넣어 주세요."],
  ])("stays %s", async (_, form, mistake) => {
    const path = await open();
    await logIn(path);
    await choose(path);
    const page = await agree(path, form);
    expect([page.status, page.text.includes(mistake)]).toEqual([422, true]);
    expect((await agree(path)).status).toBe(303);
  });

  it("leads back to the start from a step whose ground is missing", async () => {
    const path = await open();
    const pages = [
      await ask(`${path}/means`),
      await ask(`${path}/consent`),
      await ask(`${path}/x`),
    ];
    expect(pages.map(({ location }) => location)).toEqual([path, path, path]);
  });

  it.each([
    ["cancel", {}, "사용자가 결제를 취소하셨습니다."],
    ["fail", {}, "정상적 인증 처리가 되지 않았습니다."],
    ["fail", { message: "한도 초과" }, "한도 초과"],
  ])("%s %o goes back with the error", async (step, form: Record<string, string>, reason) => {
    const path = await open();
    const { location } = await ask(`${path}/${step}`, form);
    const { searchParams } = new URL(location ?? "");
    expect(searchParams.get("imp_success")).toBe("false");
    expect(searchParams.get("error_msg")).toMatch(new RegExp(`^F0005:.*\\| ${reason}$`));
  });

  it("ends once", async () => {
    const path = await open();
    await ask(`${path}/cancel`, {});
    expect((await ask(path)).status).toBe(410);
    expect((await ask("/windows/window_none")).status).toBe(404);
  });

  it("closes after half an hour", async () => {
    const path = await open();
    await portOne.advance("PT31M");
    expect((await ask(path)).status).toBe(404);
  });

  it("without m_redirect_url loses its outcome, and says so", async () => {
    const path = await open({ ...order, m_redirect_url: undefined });
    await logIn(path);
    await choose(path);
    const page = await agree(path);
    expect([page.status, page.text.includes("m_redirect_url")]).toEqual([200, true]);
    expect((await portOne.get("/subscribe/customers/key-1")).status).toBe(200);
  });
});

describe("a wallet that charges while it makes a key", () => {
  const kakao = { ...order, pg: "kakaopay" };

  it("says so, takes the money and tells the callback", async () => {
    const path = await open(kakao, framed);
    expect((await ask(path)).text).toContain("바로 결제돼요");
    await logIn(path);
    await choose(path);
    const { type, rsp } = messageOf(await agree(path));
    expect([type, rsp.success, rsp.paid_amount, rsp.pg_provider]).toEqual([
      "ended",
      true,
      9900,
      "kakaopay",
    ]);
    expect(await world.ledgerOf("issue-1")).toEqual([["payment", 9900]]);
  });

  it("fails, and makes no key, when the account has too little", async () => {
    const path = await open(kakao, framed);
    await logIn(path);
    const meansId = await choose(path);
    const change = { provider: "portone", kind: "change", id: meansId, balance: 9899 };
    await world.control("POST", "/accounts", change);
    const { rsp } = messageOf(await agree(path));
    expect([rsp.success, rsp.error_code]).toEqual([false, "F0004"]);
    expect(rsp.error_msg).toContain("잔액이 부족합니다.");
    expect((await portOne.get("/subscribe/customers/key-1")).status).toBe(404);
  });

  it("takes a card too", async () => {
    const path = await open(kakao, framed);
    await logIn(path, "010-7777-0000");
    const form = { number: "4111-1111-1111-1111", expiry: "2099-12" };
    expect((await ask(`${path}/means/new-card`, form)).location).toBe(`${path}/consent`);
    expect(messageOf(await agree(path)).rsp.success).toBe(true);
  });
});

describe("a window without a customer_uid", () => {
  it("is an ordinary payment, CHAI's too", async () => {
    const path = await open({ ...order, customer_uid: undefined });
    await logIn(path);
    await choose(path);
    await agree(path);
    expect(await world.ledgerOf("issue-1")).toEqual([["payment", 9900]]);
    expect(await world.control("GET", "/portone/billing-keys")).toEqual([]);
  });

  it("and without an amount does not open", async () => {
    const page = await ask(opening({ ...order, amount: 0, customer_uid: undefined }, framed));
    expect([page.status, messageOf(page).rsp.error_code]).toEqual([422, "F0004"]);
  });
});

describe("the card window", () => {
  const inicis = { ...order, pg: "html5_inicis", pay_method: "card" };
  const card = {
    number: "5365-1000-2000-3005",
    expiry: "2099-12",
    birth: "900101",
    passwordTwoDigits: "12",
    agree: "on",
  };

  it("is one page that makes a key without charging", async () => {
    const path = await open(inicis, framed);
    expect((await ask(path)).text).toContain("KG이니시스 카드 정보 입력");
    const { rsp } = messageOf(await ask(`${path}/card`, card));
    expect([rsp.success, rsp.pay_method]).toEqual([true, "card"]);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  it.each([
    [{ number: "1234" }, "카드 번호 14~16자리를 넣어 주세요."],
    [{ expiry: "12/29" }, "2029-12처럼 넣어 주세요."],
    [{ expiry: "2020-01" }, "쓸 수 없는 카드예요."],
    [{ agree: "" }, "동의해야 계속할 수 있어요."],
  ])("comes back with %o", async (wrong, mistake) => {
    const path = await open(inicis, framed);
    const page = await ask(`${path}/card`, { ...card, ...wrong });
    expect([page.status, page.text.includes(mistake)]).toEqual([422, true]);
  });
});

describe("every page", () => {
  it("is in Korean first, in English when asked, and stays so", async () => {
    const path = await open();
    expect((await ask(path)).text).toContain('<html lang="ko">');
    expect((await ask(`${path}?lang=en`)).text).toContain("Log in to CHAI");
    expect((await ask(path)).text).toContain('<html lang="en">');
    const english = await open({ ...order, merchant_uid: "issue-2", language: "en" });
    expect((await ask(english)).text).toContain("Log in to CHAI");
  });

  it("has a strict policy, needs nothing from elsewhere, and is not kept", async () => {
    const path = await open({ ...order, name: "<script>alert(1)</script>" });
    const { headers, text } = await ask(path);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'",
    );
    expect(headers.get("cache-control")).toBe("no-store");
    expect(text).not.toContain("<script>alert");
    expect(text).not.toMatch(/(src|href)="https?:/);
    const assets = [
      await ask("/windows/assets/window.css"),
      await ask("/windows/assets/window.js"),
    ];
    expect(assets.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe("the browser scripts", () => {
  it.each(["/v1/iamport.js", "/js/iamport.payment-1.1.5.js", "/js/iamport.payment-1.2.0.js"])(
    "%s can be loaded from any origin",
    async (path) => {
      const { status, headers, text } = await ask(path);
      expect([
        status,
        headers.get("content-type"),
        headers.get("access-control-allow-origin"),
      ]).toEqual([200, "text/javascript; charset=utf-8", "*"]);
      expect(text).toContain("window.IMP");
    },
  );
});

describe("a payer's own pages", () => {
  it("end a key, of which no merchant is told, and change a balance", async () => {
    const path = await open();
    await logIn(path);
    const meansId = await choose(path);
    await agree(path);
    const { location } = await ask("/windows/my", { phone: "01012345678" });
    const { text } = await ask(location ?? "");
    const [, keyId = ""] = /name="keyId" value="([^"]+)"/.exec(text) ?? [];
    expect(text).toContain("차이");
    await ask(`${location}/balance`, { meansId, balance: "123" });
    await ask(`${location}/end-key`, { keyId });
    expect((await ask(location ?? "")).text).toContain("해지됨");
    const [key] = await world.control("GET", "/portone/pg-keys");
    expect([key.id, key.ended.by]).toEqual([keyId, "payer"]);
    const { portOne: atPortOne } = await world.control("GET", "/accounts");
    expect(atPortOne.means.find(({ id }: Json) => id === meansId).balance).toBe(123);
    await ask(`${location}/log-out`, {});
    expect((await ask(location ?? "")).location).toBe("/windows/my");
  });
});
