import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pauseConnection, resumeConnection } from "../../src/connections/connection-store.ts";
import type { Connection } from "../../src/connections/connection.ts";
import { requestMethods } from "../../src/method-requests/open-method-request.ts";
import type { MethodRequest } from "../../src/method-requests/method-request.ts";
import { withdrawMethodRequest } from "../../src/method-requests/withdraw-method-request.ts";
import { customerLanguages } from "../../src/pages/format.ts";
import { endRegistration } from "../../src/registrations/end-registration.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import {
  addConnection,
  createWorld,
  registerMethod,
  subscribe,
  untilCharges,
  type World,
  eventually,
} from "../support/world.ts";
import { ask, browserOf, registrationOf, reload } from "./asking.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());
beforeEach(() => world.control.clearFaults());

const locationOf = (answer: Response) => answer.headers.get("location");

/** Everything that a look could change. */
async function stateOf(request: MethodRequest) {
  const [row] = await world.db.database.query<{ registrations: number; events: number }>(
    `select (select count(*)::int from registrations where subscription_id = $1) as registrations,
       (select count(*)::int from events where subscription_id = $1) as events`,
    [request.subscriptionId],
  );
  return { ...row, request: await reload(world, request) };
}

describe("whoever opens the link", () => {
  it("reads who asks, what for and what it costs, and nothing of the customer", async () => {
    const { request } = await ask(world);
    const page = await browserOf(world).text(`/m/${request.id}`);
    const told = [
      "Test shop에서 구독에 쓸 결제 수단을 등록해 달라고 요청했어요.",
      "새 결제 수단을 등록해 주세요",
      "프리미엄",
      "매월 9,900원",
      "밀린 금액",
      "계좌 등록하기",
      "카드 등록하기",
      "이 링크는 결제 수단을 등록할 때까지 쓸 수 있어요.",
    ];
    for (const text of told) expect(page).toContain(text);
    expect(page).not.toMatch(/김매달|\*\*\*\*/);
  });

  it("reads when the next payment is, when nothing is owed", async () => {
    const { request, subscription } = await ask(world);
    world.worker();
    await untilCharges(world, subscription.id, "captured");
    const page = await browserOf(world).text(`/m/${request.id}`);
    expect(page).toContain("다음 결제");
    expect(page).not.toContain("밀린 금액");
  });

  it("is spoken to in any of the five languages", async () => {
    const { request } = await ask(world);
    const buttons = [
      "계좌 등록하기",
      "Register my account",
      "綁定銀行帳戶",
      "ลงทะเบียนบัญชี",
      "口座を登録する",
    ];
    const browser = browserOf(world);
    for (const [n, language] of customerLanguages.entries()) {
      const page = await browser.text(`/m/${request.id}?lang=${language}`);
      expect([language, page.includes(`<html lang="${language}">`)]).toEqual([language, true]);
      expect(page).toContain(buttons[n]);
      expect(page).not.toMatch(/\{\w+\}/);
    }
  });

  it("gets a page that is not kept, framed, indexed or allowed any foreign script", async () => {
    const { request } = await ask(world);
    const { headers } = await browserOf(world).get(`/m/${request.id}`);
    const policy = (headers.get("content-security-policy") ?? "").replaceAll(
      /nonce-[\w+/=]+/g,
      "nonce-N",
    );
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'nonce-N'",
      "style-src 'nonce-N'",
      "connect-src 'self'",
      "img-src data:",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    const others = ["cache-control", "referrer-policy", "x-robots-tag"].map((it_) =>
      headers.get(it_),
    );
    expect(others).toEqual(["no-store", "no-referrer", "noindex"]);
  });

  it("changes nothing by looking, however often and whoever looks", async () => {
    const { request } = await ask(world);
    const before = await stateOf(request);
    const looks = [
      {},
      { "sec-purpose": "prefetch" },
      { "user-agent": "Mozilla/5.0 (compatible; MailScanner bot)" },
      { "user-agent": "kakaotalk-scrap/1.0" },
    ];
    for (const headers of looks) await browserOf(world).get(`/m/${request.id}`, headers);
    expect(await stateOf(request)).toEqual(before);
  });

  it("as a messenger's preview reads nothing of the subscription", async () => {
    const { request } = await ask(world);
    const headers = { "user-agent": "kakaotalk-scrap/1.0" };
    const page = await (await browserOf(world).get(`/m/${request.id}`, headers)).text();
    expect(page).not.toMatch(/프리미엄|9,900|Test shop/);
  });

  it("with a cut or made-up address is told that there is no such link", async () => {
    const browser = browserOf(world);
    for (const id of ["mrq_", `mrq_${"0".repeat(26)}`, `reg_${"0".repeat(26)}`]) {
      const answer = await browser.get(`/m/${id}`);
      expect([answer.status, await answer.text()]).toEqual([
        404,
        expect.stringContaining("없는 링크예요"),
      ]);
    }
  });
});

describe("choosing a method", () => {
  it("leads to a registration for the subscription, and notes the first visit", async () => {
    const { customerId, request, subscription } = await ask(world);
    const answer = await browserOf(world).choose(request, "CARD");
    const registration = await registrationOf(world, answer);
    const { connectionId, method, status } = registration;
    expect([answer.status, connectionId, method, status]).toEqual([
      303,
      world.connection.id,
      "CARD",
      "open",
    ]);
    expect([registration.customerId, registration.subscriptionId]).toEqual([
      customerId,
      subscription.id,
    ]);
    const first = await reload(world, request);
    expect([first.registrationId, first.visitedAt === undefined]).toEqual([registration.id, false]);
    await browserOf(world).choose(request, "TRANSFER");
    expect((await reload(world, request)).visitedAt).toEqual(first.visitedAt);
  });

  it("again goes on with the registration that this browser has", async () => {
    const { request } = await ask(world);
    const browser = browserOf(world);
    const first = await registrationOf(world, await browser.choose(request));
    await browser.get(`/r/${first.id}`);
    expect((await registrationOf(world, await browser.choose(request))).id).toBe(first.id);
    const page = await browser.text(`/r/${first.id}`);
    expect(page).toContain("계좌 등록하기");
  });

  it("twice before any page was shown opens one registration", async () => {
    const { request } = await ask(world);
    const first = await registrationOf(world, await browserOf(world).choose(request));
    const second = await registrationOf(world, await browserOf(world).choose(request));
    expect(second.id).toBe(first.id);
  });

  it("in another browser opens a registration of its own", async () => {
    const { request } = await ask(world);
    const [phone, computer] = [browserOf(world), browserOf(world)];
    const first = await registrationOf(world, await phone.choose(request));
    await phone.get(`/r/${first.id}`);
    const second = await registrationOf(world, await computer.choose(request));
    expect(second.id).not.toBe(first.id);
    await computer.goThrough(second);
    await eventually("the request to be completed", async () => {
      return (await reload(world, request)).status === "completed";
    });
  });

  it("another one, or after giving up, opens another registration", async () => {
    const { request } = await ask(world);
    const browser = browserOf(world);
    const first = await registrationOf(world, await browser.choose(request));
    const card = await registrationOf(world, await browser.choose(request, "CARD"));
    await endRegistration(world.engine, card, { status: "canceled" });
    const next = await registrationOf(world, await browser.choose(request, "CARD"));
    expect(new Set([first.id, card.id, next.id]).size).toBe(3);
  });

  it("keeps the language that the page was read in", async () => {
    const { request } = await ask(world);
    const browser = browserOf(world);
    const page = await browser.text(`/m/${request.id}?lang=th`);
    const [, action = ""] = /action="([^"]+)"/.exec(page) ?? [];
    const answer = await browser.press(action, "TRANSFER");
    expect(await browser.text(locationOf(answer) ?? "")).toContain(`<html lang="th">`);
  });

  it("that the connection does not have says that it cannot be registered", async () => {
    const { request } = await ask(world);
    const answer = await browserOf(world).choose(request, "PHONE");
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining("지금은 등록할 수 없어요"),
    ]);
    const { registrationId, visitedAt } = await reload(world, request);
    expect([registrationId, visitedAt]).toEqual([undefined, undefined]);
  });
});

describe("the link of a request that is over", () => {
  it("thanks the customer who has registered, and opens nothing more", async () => {
    const { customerId, request, subscription } = await ask(world);
    await registerMethod(world, customerId, { subscriptionId: subscription.id });
    const browser = browserOf(world);
    expect(await browser.text(`/m/${request.id}`)).toContain("이미 등록했어요");
    const before = await stateOf(request);
    expect(locationOf(await browser.choose(request))).toBe(`/m/${request.id}`);
    expect(await stateOf(request)).toEqual(before);
  });

  it("says that it was taken back", async () => {
    const { request } = await ask(world);
    await withdrawMethodRequest(world.engine, request);
    const browser = browserOf(world);
    expect(await browser.text(`/m/${request.id}`)).toContain("등록하지 않아도 돼요");
    expect(locationOf(await browser.choose(request))).toBe(`/m/${request.id}`);
  });

  it("says that the subscription has ended", async () => {
    const { request, subscription } = await ask(world);
    const key = { accountId: world.accountId, subscriptionId: subscription.id };
    await cancelSubscription(world.engine, { ...key, when: "now" });
    const browser = browserOf(world);
    expect(await browser.text(`/m/${request.id}`)).toContain("해지된 구독이에요");
    expect(locationOf(await browser.choose(request))).toBe(`/m/${request.id}`);
  });
});

describe("a link to a connection that takes nobody at the moment", () => {
  it("says so, and works again when the connection does", async () => {
    const { accountId, connection, engine } = world;
    const { request } = await ask(world);
    const browser = browserOf(world);
    await pauseConnection(engine.database, accountId, connection.id, "UNAUTHORIZED_KEY");
    const page = await browser.text(`/m/${request.id}`);
    const answer = await browser.choose(request);
    await resumeConnection(engine.database, accountId, connection.id);
    expect(page).toContain("지금은 등록할 수 없어요");
    expect(page).not.toContain("UNAUTHORIZED_KEY");
    expect(answer.status).toBe(409);
    expect(await browser.text(`/m/${request.id}`)).toContain("계좌 등록하기");
  });
});

describe("a link that was made because a provider is left", () => {
  /** Asks a paying customer to go from one connection to another. */
  async function leaving(from: Connection, to: Connection): Promise<MethodRequest> {
    const { accountId, engine } = world;
    const { subscription } = await subscribe(world);
    await engine.database.execute(
      `insert into sunsets (account_id, connection_id, successor_id, reason, charges_until,
         when_silent)
       values ($1, $2, $3, 'closing', protocol_now(), 'keep')`,
      [accountId, from.id, to.id],
    );
    const { opened } = await engine.database.transaction((tx) =>
      requestMethods(tx, engine, {
        accountId,
        connectionId: to.id,
        sunsetConnectionId: from.id,
        subscriptionIds: [subscription.id],
      }),
    );
    const [request] = opened;
    if (request === undefined) throw new Error("nobody was asked");
    return request;
  }

  it("names the provider that is left, and offers the methods of the other", async () => {
    const chai = await addConnection(world.engine, world.accountId, world.emulator, 1, "portone");
    const request = await leaving(chai, world.connection);
    const page = await browserOf(world).text(`/m/${request.id}`);
    expect(page).toContain("Test shop에서 차이 결제가 종료돼요.");
    expect(page).toContain("계좌 등록하기");
    const registration = await registrationOf(world, await browserOf(world).choose(request));
    expect(registration.connectionId).toBe(world.connection.id);
  });

  it("names nobody when the customer goes on with the same company", async () => {
    const next = await addConnection(world.engine, world.accountId, world.emulator, 1);
    const request = await leaving(world.connection, next);
    const page = await browserOf(world).text(`/m/${request.id}?lang=en`);
    expect(page).toContain("The payment method that you registered at Test shop");
    expect(page).not.toContain("by Toss Payments");
  });
});
