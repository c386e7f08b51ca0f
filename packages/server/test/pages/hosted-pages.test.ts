import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Registration } from "../../src/registrations/registration.ts";
import { createWorld, eventually, statusOf, type World } from "../support/world.ts";
import { registering, stateOf, visitorOf, type Visitor } from "../registrations/visitor.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
  world.worker();
});
afterAll(() => world.stop());
beforeEach(() => world.control.clearFaults());

const locationOf = (answer: Response) => answer.headers.get("location");

async function textOf(visitor: Visitor, path: string): Promise<string> {
  return await (await visitor.get(path)).text();
}

/** Follows the page that waits, as its script does, until it has settled. */
async function settled(visitor: Visitor, { id }: Registration): Promise<string> {
  return await eventually("an outcome", async () => {
    const answer = await visitor.get(`/r/${id}/status`);
    const { outcome } = (await answer.json()) as { outcome: string };
    return !["registering", "paying", "checking"].includes(outcome) && outcome;
  });
}

describe("the first browser at a registration", () => {
  it("sees who collects what, and is given a cookie of its own", async () => {
    const { registration } = await registering(world);
    const answer = await visitorOf(world).get(`/r/${registration.id}`);
    const page = await answer.text();
    for (const text of ["Test shop", "김매달님", "프리미엄", "매월 9,900원", "계좌 등록하기"]) {
      expect(page).toContain(text);
    }
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(
      new RegExp(
        `^maedal_registration=[\\w-]{43}; Max-Age=86400; Path=/r/${registration.id}; HttpOnly; Secure; SameSite=Lax$`,
      ),
    );
  });

  it("gets pages that are not kept, framed or allowed any foreign script but the provider's", async () => {
    const { registration } = await registering(world);
    const { headers } = await visitorOf(world).get(`/r/${registration.id}`);
    const toss = new URL(world.connection.scriptUrl ?? "").origin;
    const policy = (headers.get("content-security-policy") ?? "").replaceAll(
      /nonce-[\w+/=]+/g,
      "nonce-N",
    );
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src 'nonce-N' ${toss}`,
      "style-src 'nonce-N'",
      "style-src-attr 'unsafe-inline'",
      `frame-src ${toss}`,
      `connect-src 'self' ${toss}`,
      `img-src data: ${toss}`,
      `form-action 'self' ${toss}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect([headers.get("cache-control"), headers.get("referrer-policy")]).toEqual([
      "no-store",
      "no-referrer",
    ]);
  });

  it("is spoken to in the customer's language, or in the one that was asked for", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    expect(await textOf(visitor, `/r/${registration.id}`)).toContain("계좌 등록하기");
    expect(await textOf(visitor, `/r/${registration.id}?lang=en`)).toContain("Register my account");
    expect(await textOf(visitor, `/r/${registration.id}`)).toContain("every month");
  });

  it("is spoken to in English when the customer is not from Korea", async () => {
    const { registration, customerId } = await registering(world);
    await world.db.database.execute("update customers set locale = 'fr-CA' where id = $1", [
      customerId,
    ]);
    expect(await textOf(visitorOf(world), `/r/${registration.id}`)).toContain(
      "Register my account",
    );
  });
});

describe("a browser that asks for a window of ours where the provider's script opens it", () => {
  it("is led back to the page with the script", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    await visitor.get(`/r/${registration.id}`);
    const answer = await visitor.post(`/r/${registration.id}/window`);
    expect([answer.status, locationOf(answer)]).toEqual([
      303,
      `/r/${registration.id}?notice=mismatch`,
    ]);
  });
});

describe("a browser that asks for a notice that there is not", () => {
  it.each(["constructor", "__proto__", "nothing"])("is shown none for %s", async (notice) => {
    const { registration } = await registering(world);
    const answer = await visitorOf(world).get(`/r/${registration.id}?notice=${notice}`);
    expect([answer.status, (await answer.text()).includes("계좌 등록하기")]).toEqual([200, true]);
  });
});

describe("another browser", () => {
  it("gets a clear page without any data, at every address of the registration", async () => {
    const { registration } = await registering(world);
    await visitorOf(world).get(`/r/${registration.id}`);
    for (const path of ["", "/done", "/status", "/success?authKey=a&customerKey=b", "/fail"]) {
      const answer = await visitorOf(world).get(`/r/${registration.id}${path}`);
      const page = await answer.text();
      expect([path, answer.status]).toEqual([path, 403]);
      expect(page).toContain("다른 브라우저에서 연 링크예요");
      expect(page).not.toMatch(/Test shop|김매달|프리미엄|9,900/);
    }
    expect((await visitorOf(world).post(`/r/${registration.id}/cancel`)).status).toBe(403);
    expect(await stateOf(world, registration)).toMatchObject({ status: "open" });
  });

  it("does not take the link by showing a preview or fetching ahead", async () => {
    const { registration } = await registering(world);
    const messenger = await visitorOf(world).get(`/r/${registration.id}`, {
      "user-agent": "facebookexternalhit/1.1; kakaotalk-scrap/1.0",
    });
    await visitorOf(world).get(`/r/${registration.id}`, { "sec-purpose": "prefetch" });
    expect([messenger.status, messenger.headers.getSetCookie()]).toEqual([200, []]);
    expect(await messenger.text()).not.toContain("Test shop");
    expect((await visitorOf(world).get(`/r/${registration.id}`)).status).toBe(200);
  });

  it("is told when there is no such registration, whatever the address", async () => {
    for (const id of ["reg_00000000000000000000000000", "nothing", "%00"]) {
      const answer = await visitorOf(world).get(`/r/${id}`);
      expect([answer.status, (await answer.text()).includes("없는 링크예요")]).toEqual([404, true]);
    }
  });
});

describe("coming back from the window", () => {
  it("leaves the auth key's address at once and follows the first payment", async () => {
    const { registration, subscriptionId } = await registering(world);
    const visitor = visitorOf(world);
    const back = await visitor.get(await visitor.throughTheWindow(registration));
    expect([back.status, locationOf(back)]).toEqual([303, `/r/${registration.id}/done`]);
    expect(await settled(visitor, registration)).toBe("paid");
    const page = await textOf(visitor, `/r/${registration.id}/done`);
    for (const text of ["구독이 시작됐어요", "9,900원 결제가 끝났어요", "다음 결제일"]) {
      expect(page).toContain(text);
    }
    expect(page).toContain('href="https://shop.example/thanks"');
    expect(page).toContain("shop.example");
    expect(await statusOf(world, subscriptionId)).toBe("active");
  });

  it("changes nothing when it is reloaded, opened twice or gone back to", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    const path = await visitor.throughTheWindow(registration);
    const answers = await Promise.all([visitor.get(path), visitor.get(path), visitor.get(path)]);
    expect(answers.map(locationOf)).toEqual(answers.map(() => `/r/${registration.id}/done`));
    await settled(visitor, registration);
    expect(locationOf(await visitor.get(path))).toBe(`/r/${registration.id}/done`);
    expect(locationOf(await visitor.get(`/r/${registration.id}`))).toBe(
      `/r/${registration.id}/done`,
    );
    expect(await stateOf(world, registration)).toMatchObject({ status: "completed", keys: 1 });
    expect(new Set((await world.control.payments()).map(({ orderId }) => orderId)).size).toBe(
      (await world.control.payments()).length,
    );
  });

  it("with another customer key starts over and stores nothing", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    const path = await visitor.throughTheWindow(registration);
    const forged = path.replace(/customerKey=[^&]+/, "customerKey=somebody-else");
    const answer = await visitor.get(forged);
    expect(locationOf(answer)).toBe(`/r/${registration.id}?notice=mismatch`);
    expect(await stateOf(world, registration)).toMatchObject({ status: "open", keys: 0 });
    expect(locationOf(await visitor.get(`/r/${registration.id}/success`))).toBe(
      `/r/${registration.id}?notice=mismatch`,
    );
  });

  it("with an exchange that got no answer, the page that waits sees it through", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    const path = await visitor.throughTheWindow(registration);
    await world.control.fault({ operation: "issue", action: { type: "close_after" } });
    expect(locationOf(await visitor.get(path))).toBe(`/r/${registration.id}/done`);
    expect(await settled(visitor, registration)).toBe("paid");
    expect(await stateOf(world, registration)).toMatchObject({ keys: 1 });
  });

  it("to a trial says when the first payment is, and charges nothing", async () => {
    const { registration } = await registering(world, { trialDays: 14 });
    const visitor = visitorOf(world);
    await visitor.get(await visitor.throughTheWindow(registration));
    expect(await settled(visitor, registration)).toBe("trialing");
    const page = await textOf(visitor, `/r/${registration.id}/done`);
    expect(page).toContain("무료 체험이 시작됐어요");
    expect(page).toContain("다음 결제일");
  });

  it("with a first payment that is declined says so, in the bank's words, as text", async () => {
    const { registration, subscriptionId } = await registering(world);
    const visitor = visitorOf(world);
    await world.control.fault({
      operation: "charge",
      action: { type: "decline", code: "REJECT_ACCOUNT_PAYMENT", message: "<b>잔액부족</b>" },
    });
    await visitor.get(await visitor.throughTheWindow(registration));
    expect(await settled(visitor, registration)).toBe("declined");
    const page = await textOf(visitor, `/r/${registration.id}/done`);
    expect(page).toContain("결제되지 않았어요");
    expect(page).toContain("&lt;b&gt;잔액부족&lt;/b&gt;");
    expect(page).not.toContain("<b>잔액");
    expect(await statusOf(world, subscriptionId)).toBe("incomplete");
  });
});

describe("a window that did not end well", () => {
  it("that was canceled leads back to the button, and nothing has ended", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    await visitor.get(`/r/${registration.id}`);
    const back = await visitor.get(
      `/r/${registration.id}/fail?code=PAY_PROCESS_CANCELED&message=x`,
    );
    expect(locationOf(back)).toBe(`/r/${registration.id}?notice=canceled`);
    const page = await textOf(visitor, locationOf(back) ?? "");
    expect(page).toContain("등록을 취소했어요");
    expect(await stateOf(world, registration)).toMatchObject({ status: "open" });
  });

  it("that failed shows the provider's words as text, and offers another try", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    await visitor.get(`/r/${registration.id}`);
    const message = encodeURIComponent("<script>alert(1)</script>계좌 확인 실패");
    const back = await visitor.get(
      `/r/${registration.id}/fail?code=PAY_PROCESS_ABORTED&message=${message}`,
    );
    const page = await textOf(visitor, locationOf(back) ?? "");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;계좌 확인 실패");
    expect(page).not.toContain("<script>alert");
    const again = await visitor.post(`/r/${registration.id}/retry`);
    const next = locationOf(again) ?? "";
    expect(next).toMatch(/^\/r\/reg_/);
    expect(next).not.toContain(registration.id);
    expect((await visitor.get(next)).status).toBe(200);
  });

  it("keeps a code that is none out of the records", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    await visitor.get(`/r/${registration.id}`);
    await visitor.get(`/r/${registration.id}/fail?code=${encodeURIComponent('"><img src=x>')}`);
    expect(await stateOf(world, registration)).toMatchObject({
      status: "failed",
      failure_code: "UNKNOWN",
    });
  });

  it("because the merchant's keys are wrong is nothing that a customer is told about", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    const path = await visitor.throughTheWindow(registration);
    const refusal = { type: "error", status: 401, code: "UNAUTHORIZED_KEY", message: "키 오류" };
    await world.control.fault({ operation: "issue", action: refusal });
    await visitor.get(path);
    await settled(visitor, registration); // The worker may have been quicker with the exchange.
    const page = await textOf(visitor, `/r/${registration.id}/done`);
    expect(page).toContain("지금은 등록할 수 없어요");
    expect(page).not.toContain("UNAUTHORIZED_KEY");
    await world.db.database.execute(
      "update gateway_connections set state = 'active', paused_reason = null, paused_at = null",
    );
  });
});

describe("giving up", () => {
  it("ends the registration, charges nothing and leads back to the shop", async () => {
    const { registration } = await registering(world);
    const visitor = visitorOf(world);
    await visitor.get(`/r/${registration.id}`);
    expect(locationOf(await visitor.post(`/r/${registration.id}/cancel`))).toBe(
      `/r/${registration.id}/done`,
    );
    const page = await textOf(visitor, `/r/${registration.id}/done`);
    expect(page).toContain("등록을 그만뒀어요");
    expect(page).toContain("https://shop.example/thanks");
    expect(await stateOf(world, registration)).toMatchObject({ status: "canceled", keys: 0 });
  });
});

describe("a link whose hour has passed", () => {
  it("says so and shows nothing else", async () => {
    const { registration } = await registering(world);
    await world.db.database.execute(
      "update registrations set expires_at = protocol_now() where id = $1",
      [registration.id],
    );
    const answer = await visitorOf(world).get(`/r/${registration.id}`);
    const page = await answer.text();
    expect([answer.status, page.includes("시간이 지난 링크예요")]).toEqual([410, true]);
    expect(page).not.toContain("Test shop");
  });
});
