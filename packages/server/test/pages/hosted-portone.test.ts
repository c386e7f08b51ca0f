import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listObservations } from "../../src/connections/connection-store.ts";
import type { Connection } from "../../src/connections/connection.ts";
import { customerLanguages } from "../../src/pages/format.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { stateOf, visitorOf } from "../registrations/visitor.ts";
import { booksOf } from "../support/window-world.ts";
import {
  createWorld,
  eventually,
  patientWindows,
  testTimeouts,
  untilCharges,
  type World,
} from "../support/world.ts";
import {
  connectKakaoPay,
  visitOf,
  visitOrderWindow,
  type OrderVisit,
} from "./hosted-order-visit.ts";
import { sentencesOf } from "./hosted-window-visit.ts";

/** The worker leaves windows alone unless a test lets it ask: the pages are what is looked at. */
const hourMs = 3_600_000;
const windows = { ...patientWindows, lookUpLadderMs: [200, hourMs, 200, 200, 200] };

let world: World;
let kakaoPay: Connection;
beforeAll(async () => {
  world = await createWorld({ provider: "portone", windows, timeouts: testTimeouts });
  kakaoPay = await connectKakaoPay(world);
  world.worker();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.control.clearFaults();
  await turn({ redirectParameters: "imp_success", issuanceStatus: "paid" });
});

const turn = (switches: object) =>
  world.control.post("/switches", { provider: "portone", ...switches });
const doneOf = ({ registration }: OrderVisit) => `/r/${registration.id}/done`;
const orderIdOf = ({ registration: { id } }: OrderVisit) =>
  `R${id.replace("reg_", "").toUpperCase()}`;

async function keysOf({ registration }: OrderVisit) {
  const { keys, active_keys, status } = (await stateOf(world, registration)) ?? {};
  return { status, keys, active: active_keys };
}

async function recordsOf(visit: OrderVisit) {
  const url = new URL("/portone/payments", world.emulator.ready.control);
  url.searchParams.set("merchantUid", orderIdOf(visit));
  return (await (await fetch(url)).json()) as {
    readonly impUid: string;
    readonly status: string;
  }[];
}

/** What the worker does once it is time to ask. */
async function letWorkerAsk({ registration }: OrderVisit): Promise<void> {
  await world.db.database.execute(
    "update registrations set window_check_after = protocol_now() where id = $1",
    [registration.id],
  );
}

async function anHourLater({ registration }: OrderVisit): Promise<void> {
  await world.db.database.execute(
    "update registrations set expires_at = protocol_now() where id = $1",
    [registration.id],
  );
}

describe("the page with the button", () => {
  it("calls the script as CHAI's guide does, with the first price and an order id of its own", async () => {
    const visit = await visitOrderWindow(world);
    const { clientKey, request, returnUrl } = await visit.call();
    expect(clientKey).toBe(world.emulator.ready.portone.impCode);
    expect(returnUrl).toBe(`https://pay.example/r/${visit.registration.id}/return`);
    expect(request).toEqual({
      pg: "chai",
      pay_method: "trans",
      merchant_uid: orderIdOf(visit),
      name: "프리미엄",
      amount: 9_900,
      customer_uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      m_redirect_url: returnUrl,
    });
  });

  it("asks for the same however often it is loaded, and for another key in another registration", async () => {
    const visit = await visitOrderWindow(world);
    const first = await visit.call();
    expect(await visit.call()).toEqual(first);
    const other = await visitOrderWindow(world, { customer: visit.customer });
    expect((await other.call()).request["customer_uid"]).not.toBe(first.request["customer_uid"]);
    expect((await other.call()).request["merchant_uid"]).toBe(orderIdOf(other));
  });

  it("shows 0 for a trial and for another method of a subscription that owes nothing", async () => {
    const trial = await visitOrderWindow(world, { trialDays: 14 });
    expect((await trial.call()).request["amount"]).toBe(0);
    const first = await visitOrderWindow(world);
    await first.leads("get", await first.pass());
    expect(await first.settled()).toBe("paid");
    const again = await visitOrderWindow(world, { customer: first.customer });
    expect((await again.call()).request["amount"]).toBe(0);
  });

  it("never lets KakaoPay's window take the price, and names no customer to it", async () => {
    const visit = await visitOrderWindow(world, { connection: kakaoPay });
    const { request, returnUrl } = await visit.call();
    expect(request).toEqual({
      pg: "kakaopay",
      pay_method: "card",
      merchant_uid: orderIdOf(visit),
      name: "프리미엄",
      amount: 0,
      customer_uid: expect.any(String),
      m_redirect_url: returnUrl,
    });
  });

  it("lets in PortOne's script and windows, and nothing else that is foreign", async () => {
    const { registration, visitor } = await visitOrderWindow(world);
    const { headers } = await visitor.get(`/r/${registration.id}`);
    const { origin } = new URL(world.emulator.ready.portone.url);
    const policy = (headers.get("content-security-policy") ?? "").replaceAll(
      /nonce-[\w+/=]+/g,
      "nonce-N",
    );
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src 'nonce-N' ${origin}`,
      "style-src 'nonce-N'",
      "style-src-attr 'unsafe-inline'",
      `frame-src ${origin}`,
      `connect-src 'self' ${origin}`,
      `img-src data: ${origin}`,
      `form-action 'self' ${origin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it("speaks each language without a gap, of CHAI's account and of KakaoPay itself", async () => {
    for (const language of customerLanguages) {
      const chai = await (await visitOrderWindow(world)).text(`?lang=${language}`);
      const wallet = await visitOrderWindow(world, { connection: kakaoPay });
      const kakao = await wallet.text(`?lang=${language}`);
      for (const page of [chai, kakao]) {
        expect(page).toContain(`<html lang="${language}">`);
        for (const sentence of sentencesOf(page)) expect(sentence).not.toMatch(/\{\w+\}|undefined/);
      }
      expect(kakao).toContain("카카오페이");
    }
  });
});

describe("coming back from the window", () => {
  it("pays the first month with the new key, under an order id of the period, once", async () => {
    const visit = await visitOrderWindow(world);
    const path = await visit.pass();
    const answers = await Promise.all([1, 2, 3].map(() => visit.leads("get", path)));
    expect(answers).toEqual([doneOf(visit), doneOf(visit), doneOf(visit)]);
    expect(await visit.settled()).toBe("paid");
    expect(await visit.leads("get", path)).toBe(doneOf(visit));
    expect(await keysOf(visit)).toEqual({ status: "completed", keys: 1, active: 1 });
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
    const { request } = await visit.call();
    expect(request).toBeUndefined(); // The page with the button is no more.
    const paid = (await world.control.payments()).filter(({ orderId }) => {
      return orderId === orderIdOf(visit);
    });
    expect(paid).toEqual([]); // The window itself took nothing.
    expect(await visit.text("/done")).toContain("9,900원 결제가 끝났어요");
  });

  it("at KakaoPay registers with 0 and charges the price afterwards", async () => {
    const visit = await visitOrderWindow(world, { connection: kakaoPay });
    expect(await visit.leads("get", await visit.pass())).toBe(doneOf(visit));
    expect(await visit.settled()).toBe("paid");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("begins a trial without charging anything", async () => {
    const visit = await visitOrderWindow(world, { connection: kakaoPay, trialDays: 14 });
    await visit.leads("get", await visit.pass());
    expect(await visit.settled()).toBe("trialing");
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });

  it.each(["success", "ids", "merchant_uid", "lying"])(
    "works whatever the address says of it: %s",
    async (redirectParameters) => {
      await turn({ redirectParameters });
      const visit = await visitOrderWindow(world);
      const path = await visit.pass();
      expect(path.includes("imp_success=false")).toBe(redirectParameters === "lying");
      expect(await visit.leads("get", path)).toBe(doneOf(visit));
      expect(await visit.settled()).toBe("paid");
    },
  );

  it("works where the record of such a window stays ready", async () => {
    await turn({ issuanceStatus: "ready" });
    const visit = await visitOrderWindow(world);
    expect(await visit.leads("get", await visit.pass())).toBe(doneOf(visit));
    expect(await visit.settled()).toBe("paid");
  });

  it("while the provider does not answer says so, and is completed as soon as it does", async () => {
    const visit = await visitOrderWindow(world);
    const path = await visit.pass();
    await world.control.fault({
      provider: "portone",
      operation: "find",
      times: null,
      action: { type: "error", status: 503, code: "-1" },
    });
    expect(await visit.leads("get", path)).toBe(`/r/${visit.registration.id}?notice=waiting`);
    expect(await visit.text("?notice=waiting")).toContain("아직 승인을 확인하지 못했어요");
    await world.control.clearFaults();
    expect(await visit.settled()).toBe("paid");
  });
});

describe("a forged return", () => {
  const forgeries = (visit: OrderVisit, other: OrderVisit, otherPath: string) => [
    ["that nothing was done for", `imp_success=true&merchant_uid=${orderIdOf(visit)}`],
    ["with an id of no payment", `imp_uid=imp_000000000001&merchant_uid=${orderIdOf(visit)}`],
    ["with somebody else's payment", otherPath.replace(/^\/return\?/, "")],
    [
      "with somebody else's payment under our order",
      otherPath.replace(/^\/return\?/, "").replace(orderIdOf(other), orderIdOf(visit)),
    ],
    ["with signs that no id has", "imp_uid=%3Cscript%3E&merchant_uid=%00"],
    ["with nothing at all", ""],
  ];

  it("registers nothing and harms nothing: the registration stays open", async () => {
    const other = await visitOrderWindow(world);
    const otherPath = await other.pass();
    const visit = await visitOrderWindow(world);
    await visit.call();
    for (const [what, query] of forgeries(visit, other, otherPath)) {
      const leads = await visit.leads("get", `/return?${query}`);
      const back = new RegExp(`^/r/${visit.registration.id}\\?notice=(waiting|mismatch)$`);
      expect([what, back.test(leads ?? "")]).toEqual([what, true]);
    }
    expect(await keysOf(visit)).toEqual({ status: "open", keys: 0, active: 0 });
    expect(await visit.leads("get", await visit.pass())).toBe(doneOf(visit));
    expect(await visit.settled()).toBe("paid");
    expect(await other.leads("get", otherPath)).toBe(doneOf(other));
    expect(await other.settled()).toBe("paid");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("before the page was ever shown comes from no browser of its own, and is refused", async () => {
    const visit = await visitOrderWindow(world);
    const answer = await visit.visitor.get(`/r/${visit.registration.id}/return?imp_uid=imp_1`);
    expect(answer.status).toBe(403);
    expect(await keysOf(visit)).toEqual({ status: "open", keys: 0, active: 0 });
  });

  it("in another browser is sent back to the first, which goes on by itself", async () => {
    const visit = await visitOrderWindow(world);
    const path = await visit.pass();
    const answer = await visitorOf(world).get(`/r/${visit.registration.id}${path}`);
    const page = await answer.text();
    expect(answer.status).toBe(403);
    expect(page).not.toMatch(/Test shop|김매달|프리미엄|9,900/);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await keysOf(visit)).toEqual({ status: "open", keys: 0, active: 0 });
    expect(await visit.leads("get", "")).toBe(doneOf(visit));
    expect(await visit.settled()).toBe("paid");
  });
});

describe("a window that did not end well", () => {
  it.each(["failed", "ready"])(
    "was left, and its record says %s: the page says so, and it can be opened again",
    async (abandonedStatus) => {
      await turn({ abandonedStatus });
      const visit = await visitOrderWindow(world);
      const back = await visit.pass({ outcome: "cancel" });
      expect(await visit.leads("get", back)).toBe(`/r/${visit.registration.id}?notice=canceled`);
      expect(await visit.text("?notice=canceled")).toContain("등록을 취소했어요");
      expect(await keysOf(visit)).toEqual({ status: "open", keys: 0, active: 0 });
      await visit.leads("get", await visit.pass());
      expect(await visit.settled()).toBe("paid");
      expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
    },
  );

  it("failed: it is told in the provider's words, and retried under other ids", async () => {
    const visit = await visitOrderWindow(world);
    const { request } = await visit.call();
    expect(await visit.leads("get", await visit.pass({ outcome: "fail" }))).toBe(doneOf(visit));
    const page = await visit.text("/done");
    expect(page).toContain("등록하지 못했어요");
    expect(page).toContain("정상적 인증 처리가 되지 않았습니다.");
    const next = ((await visit.leads("post", "/retry")) ?? "").replace("/r/", "");
    expect(next).toMatch(/^reg_/);
    const registration = { ...visit.registration, id: next };
    const again = visitOf(world, visit.customer, registration, visit.visitor);
    const second = (await again.call()).request;
    expect(second["merchant_uid"]).toBe(orderIdOf(again));
    expect(second["merchant_uid"]).not.toBe(request["merchant_uid"]);
    expect(second["customer_uid"]).not.toBe(request["customer_uid"]);
    await again.leads("get", await again.pass());
    expect(await again.settled()).toBe("paid");
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("shows the provider's words as text", async () => {
    const visit = await visitOrderWindow(world);
    await visit.call();
    const message = encodeURIComponent("<script>alert(1)</script>한도 초과");
    const query = `merchant_uid=${orderIdOf(visit)}&imp_success=false&error_code=F400&error_msg=${message}`;
    expect(await visit.leads("get", `/return?${query}`)).toBe(doneOf(visit));
    const page = await visit.text("/done");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;한도 초과");
    expect(page).not.toContain("<script>alert");
  });

  it("that was told to have failed, and issued a key after all: the key is given back, unused", async () => {
    const visit = await visitOrderWindow(world);
    const { clientKey, request } = await visit.call();
    const said = `merchant_uid=${orderIdOf(visit)}&imp_success=false&error_code=F400&error_msg=x`;
    await visit.leads("get", `/return?${said}`);
    await world.control.post("/portone/billing-keys", { ...request, impCode: clientKey });
    await visit.leads("get", `/return?merchant_uid=${orderIdOf(visit)}`);
    await visit.leads("get", `/return?merchant_uid=${orderIdOf(visit)}`);
    expect(await keysOf(visit)).toEqual({ status: "failed", keys: 1, active: 0 });
    await untilDeleted(visit);
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });
});

/** PortOne knows the key no more, because the worker has deleted it. */
async function untilDeleted({ customer }: OrderVisit): Promise<void> {
  await eventually("the key to be deleted at the provider", async () => {
    const [row] = await world.db.database.query<{ is_deleted: boolean }>(
      `select deleted_at_provider_at is not null as is_deleted from billing_keys
       where customer_id = $1`,
      [customer.customerId],
    );
    return row?.is_deleted;
  });
}

describe("nobody comes back", () => {
  it("and the worker finds the key, stores it and charges the first month", async () => {
    const visit = await visitOrderWindow(world);
    await visit.pass();
    await letWorkerAsk(visit);
    await untilCharges(world, visit.customer.subscription.id, "captured");
    expect(await keysOf(visit)).toEqual({ status: "completed", keys: 1, active: 1 });
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("and the provider's webhook is enough, at whichever connection of the account", async () => {
    const visit = await visitOrderWindow(world);
    await visit.pass();
    const [record] = await recordsOf(visit);
    const body = JSON.stringify({
      imp_uid: record?.impUid,
      merchant_uid: orderIdOf(visit),
      status: "paid",
    });
    const received = { body, headers: { "content-type": "application/json" } };
    await receiveNotification(world.engine, kakaoPay, received); // The console has one address.
    await untilCharges(world, visit.customer.subscription.id, "captured");
    expect(await keysOf(visit)).toEqual({ status: "completed", keys: 1, active: 1 });
    expect(await notesOf(kakaoPay)).toEqual([`registration ${visit.registration.id}: issued`]);
    expect(await booksOf(world, visit.customer)).toEqual(["payment 9900"]);
  });

  it("but asks before anything was done: the worker leaves the customer in the window", async () => {
    const visit = await visitOrderWindow(world);
    await visit.pass({ outcome: "fail" });
    await letWorkerAsk(visit);
    await eventually("the worker to have asked", async () => {
      const [row] = await world.db.database.query<{ is_later: boolean }>(
        "select window_check_after > protocol_now() as is_later from registrations where id = $1",
        [visit.registration.id],
      );
      return row?.is_later;
    });
    expect(await keysOf(visit)).toEqual({ status: "open", keys: 0, active: 0 });
  });
});

async function notesOf({ id }: Connection): Promise<string[]> {
  return await eventually("the notification to be processed", async () => {
    const rows = await world.db.database.query<{ note: string | null }>(
      "select note from inbound_notifications where connection_id = $1",
      [id],
    );
    const notes = rows.map(({ note }) => note);
    return notes.every((note) => note !== null) && notes;
  });
}

describe("coming back after the hour", () => {
  it("stores the key as revoked, has it deleted at the provider, and charges nothing", async () => {
    const visit = await visitOrderWindow(world);
    const path = await visit.pass();
    await anHourLater(visit);
    expect(await visit.leads("get", path)).toBe(doneOf(visit));
    expect(await visit.text("/done")).toContain("시간이 지난 링크예요");
    await untilDeleted(visit);
    expect((await visit.now()).status).toBe("expired");
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });

  it("or never, which the worker finds out at its end", async () => {
    const visit = await visitOrderWindow(world);
    await visit.pass();
    await anHourLater(visit);
    await untilDeleted(visit);
    await eventually("the end to be written down", async () => {
      return (await keysOf(visit)).status === "expired";
    });
    expect(await keysOf(visit)).toEqual({ status: "expired", keys: 1, active: 0 });
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });
});

describe("a page that its customer has edited", () => {
  async function connectionState({ id }: Connection): Promise<string | undefined> {
    const [row] = await world.db.database.query<{ state: string }>(
      "select state from gateway_connections where id = $1",
      [id],
    );
    return row?.state;
  }

  async function strayPayments(visit: OrderVisit): Promise<string[]> {
    const all = await listObservations(world.db.database, 100);
    return all
      .filter(({ code }) => code === "stray_window_payment")
      .map(({ detail }) => detail)
      .filter((detail) => detail.includes(visit.registration.id));
  }

  it("so that the window takes money: registers nothing, and a person is told of the payment", async () => {
    const visit = await visitOrderWindow(world, { connection: kakaoPay });
    const path = await visit.pass({ amount: 100 });
    const [record] = await recordsOf(visit);
    expect(await visit.leads("get", path)).toBe(doneOf(visit));
    expect(await keysOf(visit)).toEqual({ status: "failed", keys: 0, active: 0 });
    expect(await connectionState(kakaoPay)).toBe("active");
    expect(await strayPayments(visit)).toEqual([
      `a window that was to take nothing took 100 KRW in payment ${record?.impUid}: refund it in the provider's console (registration ${visit.registration.id})`,
    ]);
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });

  it("and never comes back: the worker tells of the payment just the same", async () => {
    const visit = await visitOrderWindow(world, { connection: kakaoPay });
    await visit.pass({ amount: 100 });
    await letWorkerAsk(visit);
    await eventually("the registration to fail", async () => {
      return (await keysOf(visit)).status === "failed";
    });
    expect(await strayPayments(visit)).toHaveLength(1);
    expect(await connectionState(kakaoPay)).toBe("active");
  });

  it.each([
    ["another amount", { amount: 100 }],
    ["another channel", { pg: "kakaopay", pay_method: "card", amount: 0 }],
    ["another key", { customer_uid: "somebody-else" }],
  ])("so that the window is opened for %s: registers nothing", async (_, changes) => {
    const visit = await visitOrderWindow(world);
    expect(await visit.leads("get", await visit.pass(changes))).toBe(doneOf(visit));
    expect(await keysOf(visit)).toEqual({ status: "failed", keys: 0, active: 0 });
    expect(await connectionState(world.connection)).toBe("active");
    expect(await strayPayments(visit)).toEqual([]);
    expect(await booksOf(world, visit.customer)).toEqual([]);
  });
});
