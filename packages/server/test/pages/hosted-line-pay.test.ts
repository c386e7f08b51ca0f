import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askForMethod } from "../../src/method-requests/ask-for-method.ts";
import { customerLanguages, formatMoney } from "../../src/pages/format.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { visitorOf } from "../registrations/visitor.ts";
import { booksOf, newcomer, standingOf } from "../support/window-world.ts";
import {
  advanceTo,
  createWorld,
  eventually,
  patientWindows,
  testTimeouts,
  type World,
} from "../support/world.ts";
import { money } from "@maedal/gateways";
import { sentencesOf, visitOf, visitWindow, type WindowVisit } from "./hosted-window-visit.ts";

let world: World;
beforeAll(async () => {
  // Patient, so that what nobody knows stays unknown until a test lets it be found out.
  world = await createWorld({
    provider: "line_pay",
    windows: patientWindows,
    timeouts: testTimeouts,
  });
  world.worker();
});
afterAll(() => world.stop());
beforeEach(() => world.control.clearFaults());

const en = { locale: "en" };
const onClock = { ...en, clockAt: "2026-01-10T01:00:00Z" };
const confirmFault = (action: { readonly type: string; readonly [name: string]: unknown }) =>
  world.control.fault({ provider: "line_pay", operation: "confirm", action });
/** What the provider is asked gets no answer, until the faults are cleared. */
const silence = () =>
  world.control.fault({
    provider: "line_pay",
    operation: "details",
    times: null,
    action: { type: "error", status: 503, code: "9000" },
  });
const nothingCharged = /Nothing was charged|was not charged/;

async function offerOf(visit: WindowVisit): Promise<string[]> {
  const [, offer = ""] = /<div class="offer">([\s\S]*?)<\/div>/.exec(await visit.text()) ?? [];
  return [...offer.matchAll(/<p>([\s\S]*?)<\/p>/g)].map(([, text = ""]) => text.trim());
}

describe("before the button, the page says what approving takes", () => {
  it("for a first period: its amount now, and the same every month", async () => {
    expect(await offerOf(await visitWindow(world, onClock))).toEqual([
      "NT$299 is paid now, when you approve in LINE Pay.",
      "After that NT$299 is paid automatically, every month.",
    ]);
  });

  it("for a trial: a small amount that goes back, and the day of the first payment", async () => {
    const visit = await visitWindow(world, { ...onClock, trialDays: 14 });
    expect(await offerOf(visit)).toEqual([
      "When you approve in LINE Pay, NT$1 is taken only to register the method, and given back at once.",
      "The first payment of NT$299 is on 24 January 2026, when the free trial of 14 days ends.",
    ]);
  });

  it("for another method of a running subscription: the small amount, and the next payment", async () => {
    const first = await visitWindow(world, onClock);
    await first.goThrough();
    const again = await visitWindow(world, { ...en, customer: first.customer });
    expect(await offerOf(again)).toEqual([
      "When you approve in LINE Pay, NT$1 is taken only to register the method, and given back at once.",
      "The next payment of NT$299 is on 10 February 2026.",
    ]);
    await cancelSubscription(world.engine, {
      accountId: world.accountId,
      subscriptionId: first.customer.subscription.id,
      when: "period_end",
    });
    expect((await offerOf(again))[1]).toBe(
      "This subscription ends on 10 February 2026; nothing is collected after that.",
    );
    expect(await again.text()).not.toContain("automatically");
  });

  it("for what is owed: the oldest period now, the rest with the method after it", async () => {
    const first = await visitWindow(world, onClock);
    await first.goThrough();
    const declined = { type: "decline", code: "1142" };
    await world.control.fault({
      provider: "line_pay",
      operation: "charge",
      times: null,
      action: declined,
    });
    const { customer } = first;
    await advanceTo(world, customer.testClockId ?? "", "2026-02-10T12:00:00Z");
    const owing = await visitWindow(world, { ...en, customer });
    expect(await offerOf(owing)).toEqual([
      "NT$299 that is due is paid now, when you approve in LINE Pay.",
      "After that NT$299 is paid automatically, every month.",
    ]);
    await world.engine.database.execute(
      `insert into invoices (account_id, id, subscription_id, customer_id, kind, period_index, status,
         amount_minor, currency, lines, capture, period_starts_on, period_ends_on, due_at)
       select account_id, id || 'x', subscription_id, customer_id, kind, 90, status, amount_minor,
         currency, lines, capture, period_starts_on, period_ends_on, due_at
       from invoices where subscription_id = $1 and status = 'open'`,
      [customer.subscription.id],
    );
    expect((await offerOf(owing))[1]).toBe(
      "Another NT$299 that is due is then collected from the method you register.",
    );
  });

  it("and asking so opens, charges and changes nothing", async () => {
    const visit = await visitWindow(world, en);
    await visit.text();
    expect(await standingOf(world, visit.customer)).toEqual({
      status: "incomplete",
      methodRequired: false,
      hasKey: false,
      invoices: [],
    });
  });

  it("in each language, with its own way to write money and dates", async () => {
    for (const language of customerLanguages) {
      const visit = await visitWindow(world, { ...onClock, locale: language });
      const page = await visit.text();
      expect(page).toContain(`<html lang="${language}">`);
      expect(page).toContain(formatMoney(money(299, "TWD"), language));
      expect(page).not.toMatch(/\{\w+\}/);
    }
  });
});

describe("the way to the provider", () => {
  it("leads to the provider's own address, from pages that no foreign origin is let into", async () => {
    const visit = await visitWindow(world, en);
    const start = await visit.visitor.get(`/r/${visit.registration.id}`);
    const { page } = await visit.press();
    const text = await page.text();
    const [, goesTo = ""] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(text) ?? [];
    const url = new URL(goesTo.replaceAll("&amp;", "&"));
    expect(url.origin).toBe(new URL(world.emulator.ready.linePay.url).origin);
    expect(url.pathname).toBe("/web/payment/wait");
    expect(text).toContain(`href="${goesTo}"`);
    for (const answer of [start, page]) {
      const policy = (answer.headers.get("content-security-policy") ?? "").replaceAll(
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
    }
  });

  it("is the same payment however often the button is pressed", async () => {
    const visit = await visitWindow(world, en);
    const first = await visit.press();
    const second = await visit.press();
    expect(second.windowId).not.toBe(first.windowId);
    await visit.visitor.get(await visit.approve(first.windowId));
    await visit.approve(second.windowId);
    expect(await visit.settled()).toBe("paid");
    expect(await visit.leads("post", "/window")).toBe(`/r/${visit.registration.id}/done`);
    expect(await booksOf(world, visit.customer)).toEqual(["payment 299"]);
  });

  it("that the provider does not open takes nothing, and says so", async () => {
    const visit = await visitWindow(world, en);
    await visit.text();
    const action = { type: "error", code: "9000", message: "<script>alert(1)</script>" };
    await world.control.fault({ provider: "line_pay", operation: "request", action });
    const back = await visit.leads("post", "/window");
    expect(back).toBe(`/r/${visit.registration.id}?notice=unavailable`);
    const page = await visit.text("?notice=unavailable");
    expect(page).toContain("Nothing was charged; please try again in a moment.");
    expect(page).not.toContain("alert(1)");
  });

  it("follows no address that is none", async () => {
    const visit = await visitWindow(world, en);
    await visit.text();
    const web = 'javascript:alert("x")';
    const set = { info: { paymentUrl: { web } } };
    const action = { type: "alter_answer", set };
    await world.control.fault({ provider: "line_pay", operation: "request", action });
    expect(await visit.leads("post", "/window")).toContain("notice=unavailable");
    const strange = {
      info: { paymentUrl: { web: 'https://pay.example/?a="><script>x</script>' } },
    };
    await world.control.fault({
      provider: "line_pay",
      operation: "request",
      action: { type: "alter_answer", set: strange },
    });
    const { page } = await visit.press();
    expect(await page.text()).not.toContain("<script>x");
  });
});

describe("coming back approved", () => {
  it("pays once, however often the address is loaded, and shows what was paid", async () => {
    const visit = await visitWindow(world, onClock);
    const { windowId } = await visit.press();
    const path = await visit.approve(windowId);
    const answers = await Promise.all([1, 2, 3].map(() => visit.visitor.get(path)));
    const done = `/r/${visit.registration.id}/done`;
    expect(answers.map(({ headers }) => headers.get("location"))).toEqual([done, done, done]);
    expect(await visit.settled()).toBe("paid");
    expect((await visit.visitor.get(path)).headers.get("location")).toBe(done);
    expect(await visit.leads("get", "")).toBe(done);
    expect(sentencesOf(await visit.text("/done"))).toEqual([
      "Your subscription is active",
      "NT$299 has been paid.",
      "Plan",
      "프리미엄",
      "Paid",
      "NT$299",
      "Method",
      "LINE Pay (VISA)",
      "Next payment",
      "10 February 2026",
      "Return to shop.example",
    ]);
    expect(await booksOf(world, visit.customer)).toEqual(["payment 299"]);
  });

  it("with somebody else's window, a made-up one or none starts over and stores nothing", async () => {
    const visit = await visitWindow(world, en);
    const other = await visitWindow(world, en);
    await visit.press();
    const { windowId: foreign } = await other.press();
    await other.approve(foreign);
    const given = [
      `transactionId=${foreign}&orderId=x`,
      "transactionId=2026112200000000001",
      "transactionId=%3Cscript%3E",
      "orderId=x",
      "",
    ];
    for (const query of given) {
      const leads = await visit.leads("get", `/confirm?${query}`);
      expect([query, leads]).toEqual([query, `/r/${visit.registration.id}?notice=mismatch`]);
    }
    const { hasAuthKey, status } = await visit.now();
    expect({ hasAuthKey, status }).toEqual({ hasAuthKey: false, status: "open" });
    expect(await booksOf(world, visit.customer)).toEqual([]);
    await other.visitor.get(`/r/${other.registration.id}`);
    expect(await other.settled()).toBe("paid");
  });

  it("without having approved takes nothing", async () => {
    const visit = await visitWindow(world, en);
    const { windowId } = await visit.press();
    const back = await visit.leads("get", `/confirm?transactionId=${windowId}`);
    expect(back).toBe(`/r/${visit.registration.id}?notice=waiting`);
    expect(await visit.text("?notice=waiting")).toContain("We see no approval yet.");
    expect(await visit.leads("get", "/back")).toBe(`/r/${visit.registration.id}?notice=canceled`);
    expect((await visit.now()).status).toBe("open");
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });

  it("to a registration that is over changes nothing", async () => {
    const visit = await visitWindow(world, en);
    const { windowId } = await visit.press();
    const path = await visit.approve(windowId);
    await world.db.database.execute(
      "update registrations set expires_at = protocol_now() where id = $1",
      [visit.registration.id],
    );
    const answer = await visit.visitor.get(path);
    expect(answer.headers.get("location")).toBe(`/r/${visit.registration.id}/done`);
    expect(await visit.text("/done")).toContain("This link has expired");
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });

  it("to a trial gives the small amount back", async () => {
    const visit = await visitWindow(world, { ...onClock, trialDays: 14 });
    const page = await visit.goThrough();
    expect(sentencesOf(page).slice(0, 2)).toEqual([
      "Your free trial has begun",
      "The first payment is on the day it ends.",
    ]);
    expect(page).toMatch(/NT\$1 · (being )?given back/);
    await eventually("the refund to be told", async () =>
      (await visit.text("/done")).includes("NT$1 · given back"),
    );
    expect(await booksOf(world, visit.customer)).toEqual(["payment 1", "refund 1"]);
  });
});

describe("another browser than the one that started", () => {
  it("is sent back to it, where the approval goes on", async () => {
    const visit = await visitWindow(world, en);
    const { windowId } = await visit.press();
    const path = await visit.approve(windowId);
    const app = visitorOf(world);
    for (const at of [path, `/r/${visit.registration.id}/back`]) {
      const answer = await app.get(at, { "accept-language": "zh-TW,zh;q=0.9" });
      const page = await answer.text();
      expect([answer.status, page.includes("請回到您開始綁定的瀏覽器")]).toEqual([403, true]);
      expect(page).not.toMatch(/Test shop|김매달|프리미엄|299/);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect((await visit.now()).hasAuthKey).toBe(false);
    // The first browser's page asks by itself, through its script or when it is looked at again.
    expect(await visit.settled()).toBe("paid");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 299"]);
  });

  it("gets to nothing else, with or without a cookie of its own", async () => {
    const visit = await visitWindow(world, en);
    await visit.press();
    const id = visit.registration.id;
    const stranger = visitorOf(world);
    for (const path of ["", "/go", "/done", "/status"]) {
      expect([path, (await stranger.get(`/r/${id}${path}`)).status]).toEqual([path, 403]);
    }
    for (const path of ["/window", "/cancel", "/retry"]) {
      expect([path, (await stranger.post(`/r/${id}${path}`)).status]).toEqual([path, 403]);
    }
    const fresh = await visitWindow(world, en);
    expect((await visitorOf(world).post(`/r/${fresh.registration.id}/window`)).status).toBe(403);
    expect((await fresh.now()).browserHash).toBeUndefined();
  });
});

describe("a window that is open while its customer is back on the page", () => {
  it("offers to go on, and says so while nothing is approved", async () => {
    const visit = await visitWindow(world, en);
    expect(await visit.text()).not.toContain("I have approved, go on");
    const { windowId } = await visit.press();
    expect(await visit.text()).toContain("I have approved, go on");
    expect(await visit.text("?notice=waiting")).toContain("We see no approval yet.");
    await visit.approve(windowId);
    expect(await visit.leads("get", "?notice=waiting")).toBe(`/r/${visit.registration.id}/done`);
    expect(await visit.settled()).toBe("paid");
  });
});

describe("a payment whose answer is lost", () => {
  it("is checked, blocks every other window, and is never said not to have been charged", async () => {
    const visit = await visitWindow(world, onClock);
    await silence();
    await confirmFault({ type: "close_after" });
    const { windowId } = await visit.press();
    await visit.visitor.get(await visit.approve(windowId));
    await eventually("the payment to be checked", async () =>
      (await visit.text("/done")).includes("We are checking your payment"),
    );
    const checking = await visit.text("/done");
    expect(checking).toContain("You will not be charged twice; you may close this page.");
    expect(checking).not.toMatch(nothingCharged);

    const second = await visitWindow(world, { ...en, customer: visit.customer });
    const blocked = await second.text();
    expect(blocked).toContain("An earlier payment is being checked");
    expect(blocked).not.toContain('id="register"');
    expect(await second.leads("post", "/window")).toBe(`/r/${second.registration.id}`);

    await world.control.clearFaults();
    expect(await visit.settled()).toBe("key_lost");
    const lost = await visit.text("/done");
    expect(lost).not.toMatch(nothingCharged);
    expect(sentencesOf(lost)).toEqual([
      "You have paid, but the registration is not complete",
      "NT$299 has been paid. The registration of your method was lost on the way, so please register once more.",
      "Plan",
      "프리미엄",
      "When you register again",
      "The period that you have paid for is not charged again.",
      "When you approve in LINE Pay, NT$1 is taken only to register the method, and given back at once.",
      "The next payment of NT$299 is on 10 February 2026.",
      "Try again",
      "Return to shop.example",
    ]);
    await mend(visit);
    expect(await visit.settled()).toBe("paid");
    expect(await visit.text("/done")).not.toContain("Try again");
  });

  /** Registers once more with the button of the page that asks for it. */
  async function mend(visit: WindowVisit): Promise<void> {
    const next = ((await visit.leads("post", "/retry")) ?? "").replace("/r/", "");
    const registration = { ...visit.registration, id: next };
    const again = visitOf(world, visit.customer, registration, visit.visitor);
    expect(sentencesOf(await again.goThrough())[0]).toBe("Your method is registered");
    await eventually("the small amount to be back", async () =>
      (await booksOf(world, visit.customer)).includes("refund 1"),
    );
    expect(await booksOf(world, visit.customer)).toEqual(["payment 299", "payment 1", "refund 1"]);
  }

  it("of a trial's small amount is given back, and asked for once more", async () => {
    const visit = await visitWindow(world, { ...onClock, trialDays: 14 });
    await confirmFault({ type: "close_after" });
    const page = await visit.goThrough();
    expect(sentencesOf(page).slice(0, 2)).toEqual([
      "The registration is not complete",
      "NT$1 was taken to register your method, but the registration was lost on the way. Please register once more.",
    ]);
    expect(page).toMatch(/NT\$1 · (being )?given back/);
    expect(page).not.toMatch(nothingCharged);
  });
});

describe("a payment that the provider refuses", () => {
  it("is told in our words and in the provider's, as text, and may be tried again", async () => {
    const visit = await visitWindow(world, en);
    const message = "<img src=x onerror=alert(1)>餘額不足";
    await confirmFault({ type: "decline", code: "1142", message });
    const page = await visit.goThrough();
    expect(page).toContain("LINE Pay refused the payment");
    expect(page).toContain("Nothing was charged, and no method is registered.");
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;餘額不足");
    expect(page).toContain("(1142)");
    expect(page).not.toContain("<img");
    expect(await visit.leads("post", "/retry")).toMatch(/^\/r\/reg_/);
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });

  it("that nobody wants any more says so, and asks for nothing", async () => {
    const visit = await visitWindow(world, en);
    const { windowId } = await visit.press();
    const path = await visit.approve(windowId);
    await cancelSubscription(world.engine, {
      accountId: world.accountId,
      subscriptionId: visit.customer.subscription.id,
      when: "now",
    });
    await visit.visitor.get(path);
    expect(await visit.settled()).toBe("superseded");
    const page = await visit.text("/done");
    expect(page).toContain("Nothing was charged with this approval.");
    expect(page).not.toContain("Try again");
  });

  it("is over when its subscription has ended before the button was pressed", async () => {
    const visit = await visitWindow(world, en);
    await visit.text();
    await cancelSubscription(world.engine, {
      accountId: world.accountId,
      subscriptionId: visit.customer.subscription.id,
      when: "now",
    });
    expect(await visit.leads("get", "")).toBe(`/r/${visit.registration.id}/done`);
    expect(await visit.text("/done")).toContain("This subscription has ended");
  });
});

describe("a customer who is asked for another method", () => {
  it("is asked for one at their own connection, also when its key was lost", async () => {
    const { accountId, connection, engine } = world;
    const customer = await newcomer(world);
    const subscriptionId = customer.subscription.id;
    const asked = await askForMethod(engine, { accountId, subscriptionId });
    const again = await askForMethod(engine, { accountId, subscriptionId });
    expect([asked.connectionId, again]).toEqual([connection.id, asked]);
  });
});
