import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey, revokeApiKey } from "../../src/accounts/api-key-store.ts";
import { pauseConnection } from "../../src/connections/connection-store.ts";
import { newId } from "../../src/ids/id.ts";
import { findMethodRequest } from "../../src/method-requests/method-request-store.ts";
import { operatorLink } from "../../src/pages/operator/session.ts";
import { operatorPages } from "../../src/pages/operator-pages.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import { findTestClock } from "../../src/test-clocks/test-clock-store.ts";
import {
  addConnection,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  masterKey,
  statusOf,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";
import { askForRefund, paidCharge, spoilRefund, untilRefund } from "../support/refund-world.ts";

const baseUrl = "https://pay.example";

let world: World;
let paying: Subscribed;
let apiKey: string;
let keyId: string;
beforeAll(async () => {
  world = await createWorld();
  world.worker();
  ({ apiKey, keyId } = await addApiKey());
  paying = await subscribe(world, { clockAt: "2026-01-31T00:00:00Z" });
  await untilCharges(world, paying.subscription.id, "captured");
});
afterAll(() => world.stop());

async function addApiKey(): Promise<{ apiKey: string; keyId: string }> {
  const { hash, hint, text } = newApiKey("test", world.engine.effects.random);
  const id = newId("key", world.engine.effects.random);
  const { accountId, engine } = world;
  await insertApiKey(engine.database, { accountId, id, name: "the desk", hash, hint });
  return { apiKey: text.reveal(), keyId: id };
}

/** Somebody at the operator pages, with the cookie of their session. */
function desk() {
  const deps = { engine: world.engine, baseUrl, masterKey };
  const pages = operatorPages(deps);
  let cookie = "";
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await pages.request(`${baseUrl}${path}`, { ...init, headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) cookie = line.split(";")[0] ?? "";
    return answer;
  }
  const post = (path: string, fields: Record<string, string>) =>
    send(path, { method: "POST", body: new URLSearchParams(fields) });
  const text = async (path: string) => await (await send(path)).text();
  return {
    deps,
    send,
    post,
    text,
    logIn: async () => void (await post("/operator/log-in", { apiKey })),
    /** Posts with the token that the page's forms carry. */
    submit: async (path: string, fields: Record<string, string> = {}) => {
      const page = await text("/operator");
      const formToken = /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? "";
      return await post(path, { formToken, ...fields });
    },
  };
}

const locationOf = (answer: Response) => answer.headers.get("location");

describe("logging in", () => {
  it("takes a working API key, and leads everybody else to the door", async () => {
    const { send, post } = desk();
    expect(locationOf(await send("/operator/charges"))).toBe("/operator/log-in");
    const otherEnd = apiKey.endsWith("x") ? "y" : "x";
    const wrong = await post("/operator/log-in", { apiKey: `${apiKey.slice(0, -1)}${otherEnd}` });
    expect([wrong.status, await wrong.text()]).toEqual([
      401,
      expect.stringContaining("쓸 수 없는 API 키예요"),
    ]);
    const right = await post("/operator/log-in", { apiKey });
    expect([right.status, locationOf(right)]).toEqual([303, "/operator"]);
    const [cookie = ""] = right.headers.getSetCookie();
    for (const attribute of ["Path=/operator", "HttpOnly", "Secure", "SameSite=Lax"]) {
      expect(cookie).toContain(attribute);
    }
    expect(cookie).not.toContain(apiKey);
  });

  it("ends with the API key, at once", async () => {
    const other = await addApiKey();
    const { send, post } = desk();
    await post("/operator/log-in", { apiKey: other.apiKey });
    expect((await send("/operator")).status).toBe(200);
    await revokeApiKey(world.engine.database, other.keyId);
    expect(locationOf(await send("/operator"))).toBe("/operator/log-in");
  });

  it("works by a signed link, for a minute", async () => {
    const { send, deps } = desk();
    const link = operatorLink(deps, { accountId: world.accountId, keyId });
    expect(locationOf(await send(link.slice(baseUrl.length)))).toBe("/operator");
    const old = desk();
    const later = old.deps.engine.effects.clock.now().subtract({ minutes: 2 });
    const clock = { now: () => later, monotonicMs: () => 0 };
    const effects = { ...old.deps.engine.effects, clock };
    const expired = operatorLink(
      { ...old.deps, engine: { ...old.deps.engine, effects } },
      { accountId: world.accountId, keyId },
    );
    expect(locationOf(await old.send(expired.slice(baseUrl.length)))).toBe(
      "/operator/log-in?problem=link",
    );
  });
});

describe("every change", () => {
  it("needs a form of this session", async () => {
    const { logIn, post } = desk();
    await logIn();
    const path = `/operator/subscriptions/${paying.subscription.id}/cancel`;
    for (const formToken of ["", "A".repeat(43)]) {
      const answer = await post(path, { when: "now", formToken });
      expect([answer.status, await answer.text()]).toEqual([
        403,
        expect.stringContaining("아무것도 바뀌지 않았어요"),
      ]);
    }
    expect(await statusOf(world, paying.subscription.id)).toBe("active");
  });
});

describe("the operator", () => {
  it("sees what was captured, what is due and that nothing failed", async () => {
    const { logIn, text } = desk();
    await logIn();
    const page = await text("/operator");
    for (const shown of ["9,900원", "1건", "2026-02-28 10:00:00", "김매달"]) {
      expect(page).toContain(shown);
    }
    expect(await text("/operator?lang=en")).toContain("Captured today");
  });

  it("sees each charge with its evidence, without a secret", async () => {
    const { logIn, text } = desk();
    await logIn();
    const [charge] = await chargesOf(world, paying.subscription.id);
    const page = await text(`/operator/charges/${charge?.id}`);
    expect(page).toContain(charge?.order_id);
    expect(page).toContain("[billing key]");
    expect(page).not.toContain(paying.key.billingKey);
    expect(page).not.toContain(paying.key.customerKey);
    expect(await text("/operator/charges?status=captured")).toContain(charge?.id);
    expect(await text("/operator/charges?status=failed")).not.toContain(charge?.id);
  });

  it("cancels at the end of the period, and takes it back", async () => {
    const { logIn, submit, text } = desk();
    await logIn();
    const path = `/operator/subscriptions/${paying.subscription.id}`;
    expect(locationOf(await submit(`${path}/cancel`, { when: "period_end" }))).toBe(path);
    expect(await text(path)).toContain("해지 예약 취소");
    await submit(`${path}/keep`);
    expect(await text(path)).toContain("이용 기간 끝에 해지");
    expect(await statusOf(world, paying.subscription.id)).toBe("active");
  });

  it("asks a customer for a new method with a link that lasts", async () => {
    const { logIn, submit } = desk();
    await logIn();
    const answer = await submit(`/operator/subscriptions/${paying.subscription.id}/method`);
    expect(await answer.text()).toMatch(/https:\/\/pay\.example\/m\/mrq_[0-9a-z]{26}/);
  });

  it("sends a test clock a month on, and sees the next charge", async () => {
    const { logIn, submit, text } = desk();
    await logIn();
    const clockId = paying.testClockId ?? "";
    await submit(`/operator/test-clocks/${clockId}/advance`, { date: "2026-02-28" });
    await untilCharges(world, paying.subscription.id, "captured", 2);
    await eventually("the clock to arrive", async () => {
      const clock = await findTestClock(world.engine.database, world.accountId, clockId);
      return clock?.status === "ready";
    });
    expect(await text("/operator/test-clocks")).toContain("2026-02-28 23:59:00");
    const back = await submit(`/operator/test-clocks/${clockId}/advance`, { date: "2026-02-01" });
    expect([back.status, (await back.text()).includes("처리하지 못했어요")]).toEqual([409, true]);
  });

  it("resumes a paused connection", async () => {
    const { logIn, submit, text } = desk();
    await logIn();
    const { accountId, connection, engine } = world;
    await pauseConnection(engine.database, accountId, connection.id, "UNAUTHORIZED_KEY <b>");
    expect(await text("/operator")).toContain("UNAUTHORIZED_KEY &lt;b&gt;");
    await submit(`/operator/connections/${connection.id}/resume`);
    expect((await connectionNow(world)).state).toBe("active");
  });

  it("decides about a charge that waits for a person, with a reason", async () => {
    const { logIn, submit, text } = desk();
    await logIn();
    const fault = { type: "alter_answer", set: { totalAmount: 1 } };
    await world.control.fault({ operation: "charge", action: fault });
    const odd = await subscribe(world);
    const [charge] = await untilCharges(world, odd.subscription.id, "in_review");
    expect(await text("/operator/reviews")).toContain(charge?.id);
    const path = `/operator/charges/${charge?.id}`;
    const shown = await text(path);
    expect(shown).toContain("결정 저장");
    expect(shown).toContain("지금 결제사의 답");
    expect(shown).toContain("결제사의 기록과 어긋나서");
    const wrong = await submit(`${path}/resolve`, { decision: "not_paid", note: "not seen" });
    expect(wrong.status).toBe(409);
    const without = await submit(`${path}/resolve`, { decision: "look_up_again", note: " " });
    expect(without.status).toBe(409);
    await submit(`${path}/resolve`, { decision: "look_up_again", note: "seen in the console" });
    await untilCharges(world, odd.subscription.id, "captured");
    expect(await text("/operator/reviews")).not.toContain(charge?.id);
  });

  it("decides about a refund that waits for a person, beside what its payment shows", async () => {
    const { logIn, submit, text } = desk();
    await logIn();
    await submit(`/operator/connections/${world.connection.id}/resume`);
    const paid = await paidCharge(world);
    await spoilRefund(world, paid, { type: "close_before" }, 4);
    const refundId = await askForRefund(world, paid, 4_000);
    await untilRefund(world, paid, refundId, "in_review");
    expect(await text("/operator/reviews")).toContain(refundId);
    expect(await text(`/operator/charges/${paid.id}`)).toContain("다시 환불");
    const path = `/operator/refunds/${refundId}/resolve`;
    expect((await submit(path, { decision: "not_refunded", note: " " })).status).toBe(409);
    await submit(path, { decision: "not_refunded", note: "seen in the console" });
    await untilRefund(world, paid, refundId, "refunded");
    expect(await text("/operator/reviews")).not.toContain(refundId);
    expect(await text(`/operator/charges/${paid.id}`)).not.toContain("다시 환불");
  });
});

describe("an operator of several connections", () => {
  it("may say where the customer is to register", async () => {
    const { logIn, submit, text } = desk();
    await logIn();
    const second = await addConnection(world.engine, world.accountId, world.emulator, 1);
    await submit(`/operator/connections/${world.connection.id}/resume`);
    const path = `/operator/subscriptions/${paying.subscription.id}`;
    expect(await text(path)).toContain(`<option value="${second.id}">`);
    const shown = await submit(`${path}/method`, { connectionId: second.id });
    const [id = ""] = /mrq_[0-9a-z]{26}/.exec(await shown.text()) ?? [];
    const request = await findMethodRequest(world.engine.database, world.accountId, id);
    expect(request?.connectionId).toBe(second.id);
    const usual = await submit(`${path}/method`, { connectionId: "" });
    expect(await usual.text()).toContain(id);
  });
});

describe("another account's things", () => {
  it("are not there", async () => {
    const { logIn, send } = desk();
    await logIn();
    const nobody = "0".repeat(26);
    for (const path of [`subscriptions/sub_${nobody}`, `charges/chg_${nobody}`, "charges/x"]) {
      expect((await send(`/operator/${path}`)).status).toBe(404);
    }
  });
});
