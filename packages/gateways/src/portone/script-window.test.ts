import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import type { OrderedWindow, ScriptWindow, WindowHandle, WindowOpening } from "../gateway.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { money } from "../money.ts";
import { createPortOneGateway, type PortOneGatewayOptions } from "./portone-gateway.ts";

const customerKey = "5f0c8a52-1f7a-4a3c-9a55-0c1d2e3f4a5b";
const amount = money(9_900, "KRW");

let server: ScriptedServer;
let sender: HttpSender;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
});

let start = 0;

beforeEach(() => {
  start = server.requests.length;
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

interface OpenableWindow extends ScriptWindow {
  readonly ordered: OrderedWindow;
}

function windowOf(change: Partial<PortOneGatewayOptions> = {}): OpenableWindow {
  const { window } = createPortOneGateway({
    mode: "test",
    impCode: "imp37739582",
    apiKey: "1234567890123456",
    apiSecret: "APIsecret",
    channel: "chai",
    sender,
    monotonicMs: () => 0,
    apiHost: server.url,
    ...change,
  });
  if (window.kind !== "script" || window.ordered === undefined) {
    throw new Error("PortOne's window is a script, opened for an order.");
  }
  return { ...window, ordered: window.ordered };
}

const opening: WindowOpening = {
  orderId: "R0001",
  orderName: "월간 구독",
  amount,
  isPayment: false,
  customerKey,
  returnUrl: "https://shop.example/r/reg_1/success",
};

function success(response: unknown): ScriptedAnswer {
  return { status: 200, body: { code: 0, message: null, response } };
}

const token = success({ access_token: "tok", now: 0, expired_at: 1_800 });

const notThere: ScriptedAnswer = {
  status: 404,
  body: { code: -1, message: "존재하지 않습니다.", response: null },
};

function sent(): readonly string[] {
  return server.requests.slice(start).map(({ method, path }) => `${method} ${path}`);
}

async function errorOf(call: Promise<unknown>): Promise<GatewayError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error("A GatewayError was expected.");
  return error;
}

describe("the page", () => {
  it("is told what to load and what to call", () => {
    const { script, kind } = windowOf();
    const url = "https://cdn.iamport.kr/v1/iamport.js";
    expect({ kind, script }).toEqual({
      kind: "script",
      script: { url, clientKey: "imp37739582", global: "IMP" },
    });
  });

  it("opens CHAI's window as the guide does, with the price to show", () => {
    expect(windowOf().ordered.request(opening)).toEqual({
      pg: "chai",
      pay_method: "trans",
      merchant_uid: "R0001",
      name: "월간 구독",
      amount: 9_900,
      customer_uid: customerKey,
      m_redirect_url: "https://shop.example/r/reg_1/success",
    });
  });

  it("names the merchant's id, or the channel's key instead of the deprecated pg", () => {
    const named = windowOf({ channel: "chai.public-key" }).ordered.request(opening);
    const keyed = windowOf({ channelKey: "channel-key-1" }).ordered.request(opening);
    expect([named["pg"], keyed["pg"], keyed["channelKey"]]).toEqual([
      "chai.public-key",
      undefined,
      "channel-key-1",
    ]);
  });

  it("says of the customer what it knows", () => {
    const request = windowOf().ordered.request({
      ...opening,
      customerName: "홍길동",
      customerEmail: "hong@shop.example",
      customerPhone: "010-1234-5678",
    });
    const { buyer_name, buyer_email, buyer_tel } = request;
    expect({ buyer_name, buyer_email, buyer_tel }).toEqual({
      buyer_name: "홍길동",
      buyer_email: "hong@shop.example",
      buyer_tel: "010-1234-5678",
    });
  });

  it("adds what a company insists on", () => {
    const naverpay = windowOf({ channel: "naverpay" }).ordered;
    const request = naverpay.request({ ...opening, customerPhone: "01012345678" });
    expect(request).toEqual({
      pg: "naverpay",
      pay_method: "naverpay",
      merchant_uid: "R0001",
      name: "월간 구독",
      amount: 9_900,
      customer_uid: customerKey,
      buyer_tel: "01012345678",
      m_redirect_url: "https://shop.example/r/reg_1/success",
      naverPopupMode: false,
      naverProductCode: "R0001",
      naverProductCount: 1,
    });
    expect(() => naverpay.request(opening)).toThrow(
      "naverpay wants the customer's phone (at most phone 16 characters).",
    );
    const tosspay = windowOf({ channel: "tosspay_v2" }).ordered.request(opening);
    expect(tosspay["customer_id"]).toBe(customerKey);
  });
});

describe("what a window takes", () => {
  const free = opening;
  const paying = { ...opening, isPayment: true };
  const amountAt = (channel: string, order: WindowOpening): unknown => {
    try {
      return windowOf({ channel }).ordered.request(order)["amount"];
    } catch (error) {
      return error instanceof GatewayError ? error.failure : error;
    }
  };

  it.each<[string, string, unknown, unknown]>([
    ["chai", "never", 9_900, "invalid_request"],
    ["kcp_billing", "never", 9_900, "invalid_request"],
    ["kakaopay", "above_zero", 0, 9_900],
    ["settle_acc", "above_zero", 0, 9_900],
    ["danal", "always", "invalid_request", 9_900],
  ])("%s: %s", (channel, takesPayment, whenFree, whenPaying) => {
    expect([
      windowOf({ channel }).ordered.takesPayment,
      amountAt(channel, free),
      amountAt(channel, paying),
    ]).toEqual([takesPayment, whenFree, whenPaying]);
  });

  it("is never a payment of nothing", () => {
    expect(amountAt("kakaopay", { ...paying, amount: money(0, "KRW") })).toBe("invalid_request");
  });

  it("is nothing where the company has closed, in live mode", () => {
    const { ordered } = windowOf({ mode: "live" });
    expect(() => ordered.request(opening)).toThrow("closed since 2024-11-01");
  });
});

describe("a window that cannot be opened", () => {
  it.each<[string, Partial<WindowOpening>]>([
    ["an order id that is too long", { orderId: "x".repeat(41) }],
    ["an order id with other characters", { orderId: "R/1" }],
    ["a name that is too long", { orderName: "x".repeat(41) }],
    ["no name", { orderName: "" }],
    ["a key that is too long", { customerKey: "x".repeat(81) }],
    ["another currency", { amount: money(1, "USD") }],
    ["no address", { returnUrl: "/success" }],
    ["an address that is not encrypted", { returnUrl: "http://shop.example/success" }],
    ["an address with a query", { returnUrl: "https://shop.example/success?a=1" }],
  ])("is refused: %s", (_, change) => {
    expect(() => windowOf().ordered.request({ ...opening, ...change })).toThrow(GatewayError);
  });
});

describe("what the browser comes back with", () => {
  const read = (query: Readonly<Record<string, string>>) => windowOf().ordered.readReturn(query);
  const ids = { imp_uid: "imp_1", merchant_uid: "R0001" };
  const returned = { authKey: "imp_1", orderId: "R0001", failure: undefined };

  it("names the payment, whatever else it says or leaves out", () => {
    expect([
      read({ ...ids, imp_success: "true" }),
      read(ids),
      read({ ...ids, other: "thing" }),
      read({ imp_uid: "imp_1" }),
    ]).toEqual([returned, returned, returned, { ...returned, orderId: undefined }]);
  });

  it("names the order where it names no payment", () => {
    const expected = { ...returned, authKey: "R0001" };
    expect([
      read({ merchant_uid: "R0001" }),
      read({ imp_uid: "", merchant_uid: "R0001" }),
      read({ imp_uid: "null", merchant_uid: "R0001" }),
      read({ imp_uid: "../users", merchant_uid: "R0001" }),
    ]).toEqual([expected, expected, expected, expected]);
  });

  it("is nothing where it names neither", () => {
    expect([read({}), read({ merchant_uid: "a b" }), read({ imp_success: "true" })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("may claim that it failed, and why", () => {
    const failures = [
      read({ ...ids, error_code: "F1002", error_msg: "이미 결제가 이루어진 거래건입니다." }),
      read({ ...ids, error_msg: "F0005:결제가 중단되었습니다(imp_1).01 | 사용자가 결제를 취소" }),
      read({ ...ids, imp_success: "false" }),
      read({ ...ids, error_code: "<script>", error_msg: "x".repeat(300) }),
    ].map((each) => each?.failure);
    expect(failures).toEqual([
      { code: "F1002", message: "이미 결제가 이루어진 거래건입니다.", isCanceled: false },
      {
        code: "F0005",
        message: "F0005:결제가 중단되었습니다(imp_1).01 | 사용자가 결제를 취소",
        isCanceled: true,
      },
      { code: "UNKNOWN", message: "", isCanceled: false },
      { code: "UNKNOWN", message: "x".repeat(200), isCanceled: false },
    ]);
  });
});

const handle: WindowHandle = {
  authKey: "imp_1",
  customerKey,
  idempotencyKey: "not used here",
  order: { orderId: "R0001", amount, isPayment: false },
};

/** The record of CHAI's window: `paid`, though nothing was. */
const record = {
  imp_uid: "imp_1",
  merchant_uid: "R0001",
  status: "paid",
  amount: 9_900,
  cancel_amount: 0,
  currency: "KRW",
  pg_provider: "chai",
  pg_id: "public-key",
  sandbox: true,
  customer_uid: customerKey,
  customer_uid_usage: "issue",
};

const key = {
  customer_uid: customerKey,
  pg_provider: "chai",
  pg_id: "public-key",
  sandbox: true,
  card_name: null,
};

describe("a window that has issued its key", () => {
  it("is believed once PortOne says so of the payment and of the key", async () => {
    server.script(token, success(record), success(key));
    const { exchange, ...registered } = await windowOf().exchange(handle);
    expect(registered).toEqual({
      secret: { billingKey: customerKey, customerKey },
      method: "TRANSFER",
      methodLabel: "차이",
      payment: undefined,
      observations: [],
    });
    expect(sent()).toEqual([
      "POST /users/getToken",
      "GET /payments/imp_1?include_sandbox=true",
      `GET /subscribe/customers/${customerKey}`,
    ]);
    expect(JSON.stringify(exchange)).not.toContain(customerKey);
  });

  it("is found by its order id where the browser named no payment", async () => {
    server.script(token, success(record), success(key));
    const { secret } = await windowOf().exchange({ ...handle, authKey: "R0001" });
    expect([secret.billingKey, sent()[1]]).toEqual([customerKey, "GET /payments/find/R0001"]);
  });

  it("may be asked about again, and answers the same", async () => {
    server.script(token, success(record), success(key), success(record), success(key));
    const window = windowOf();
    expect(await window.exchange(handle)).toEqual(await window.exchange(handle));
  });

  it("is believed when its record waits for a payment that there is none of", async () => {
    server.script(token, success({ ...record, status: "ready" }), success(key));
    const { secret, payment } = await windowOf().exchange(handle);
    expect([secret.billingKey, payment]).toEqual([customerKey, undefined]);
  });

  it("may say no more than it must", async () => {
    const { customer_uid_usage: _, sandbox: __, pg_id: ___, ...short } = record;
    server.script(token, success(short), success({ ...key, sandbox: undefined }));
    const { methodLabel } = await windowOf({ channel: "chai.public-key" }).exchange(handle);
    expect(methodLabel).toBe("차이");
  });

  it("shows the end of a card's number", async () => {
    const card = {
      pg_provider: "kcp_billing",
      card_name: "신한카드",
      card_number: "1234********5678",
    };
    server.script(token, success({ ...record, ...card }), success({ ...key, ...card }));
    const registered = await windowOf({ channel: "kcp_billing" }).exchange(handle);
    expect([registered.method, registered.methodLabel]).toEqual(["CARD", "신한카드 ****5678"]);
  });
});

describe("a browser that comes back with something else", () => {
  it.each<[string, object]>([
    ["another order's payment", { merchant_uid: "R0002" }],
    ["another customer's key", { customer_uid: "KEY-2" }],
  ])("is refused, and nothing is kept of it: %s", async (_, other) => {
    server.script(
      token,
      success({ ...record, ...other, buyer_name: "다른 사람", name: "남의 주문" }),
    );
    const error = await errorOf(windowOf().exchange(handle));
    expect(error.failure).toBe("invalid_request");
    expect(inspect(error, { depth: 10 })).not.toMatch(/남의 주문|imp_1/);
    expect(sent()).toHaveLength(2);
  });

  it("is refused without a question when it is neither a payment nor our order", async () => {
    const { failure } = await errorOf(windowOf().exchange({ ...handle, authKey: "R0002" }));
    expect([failure, sent()]).toEqual(["invalid_request", []]);
  });

  it.each<[string, object]>([
    ["a record that issued no key", { customer_uid_usage: "payment", status: "cancelled" }],
    ["a record without a key", { customer_uid: null }],
    ["another company", { pg_provider: "kcp_billing" }],
    ["another merchant's id", { pg_id: "other-key" }],
    ["a live channel", { sandbox: false }],
    ["another amount", { amount: 100 }],
    ["another currency", { currency: "USD" }],
  ])("is refused without blaming the connection: %s", async (_, other) => {
    server.script(token, success({ ...record, ...other }));
    const window = windowOf({ channel: "chai.public-key" });
    expect((await errorOf(window.exchange(handle))).failure).toBe("invalid_request");
  });

  it("is a mismatch, with the payment, when an ordinary payment was made instead", async () => {
    server.script(token, success({ ...record, customer_uid: null, customer_uid_usage: null }));
    const { failure, payment } = await errorOf(windowOf().exchange(handle));
    expect([failure, payment?.state, payment?.amount]).toEqual(["mismatch", "captured", amount]);
  });

  it("is refused when the key behind it is another company's, or of the other mode", async () => {
    for (const other of [{ pg_provider: "kakaopay" }, { sandbox: false }]) {
      server.script(token, success(record), success({ ...key, ...other }));
      expect((await errorOf(windowOf().exchange(handle))).failure).toBe("invalid_request");
    }
  });

  it("is not asked about without what the window was opened for", async () => {
    const { order: _, ...short } = handle;
    expect((await errorOf(windowOf().exchange(short))).failure).toBe("invalid_request");
    expect(sent()).toEqual([]);
  });
});

describe("a window that is not finished, or of which nothing is known", () => {
  it.each<[string, readonly (ScriptedAnswer | "hang up")[]]>([
    ["still open", [success({ ...record, status: "ready", customer_uid: null }), notThere]],
    ["in a state that nobody knows", [success({ ...record, status: "waiting" })]],
    ["not there now", [notThere]],
    ["no answer", ["hang up"]],
    ["500", [{ status: 500 }]],
    ["garbage", [success({ ...record, amount: "much" })]],
    ["paid, and without its key", [success(record), notThere]],
    ["paid, and no answer about its key", [success(record), "hang up"]],
    ["paid, and another key", [success(record), success({ ...key, customer_uid: "KEY-2" })]],
  ])("is asked about again later: %s", async (_, answers) => {
    server.script(token, ...answers);
    expect((await errorOf(windowOf().exchange(handle))).failure).toBe("outcome_unknown");
  });

  it("was not asked about when no connection could be made", async () => {
    const nobody = windowOf({ apiHost: "http://127.0.0.1:1" });
    expect((await errorOf(nobody.exchange(handle))).failure).toBe("not_sent");
  });
});

describe("a window that failed", () => {
  it("says why, in the class that the reason has", async () => {
    const failed = { ...record, status: "failed", fail_reason: "[B01] 한도초과" };
    server.script(token, success(failed));
    const { failure, code, providerMessage } = await errorOf(windowOf().exchange(handle));
    expect({ failure, code, providerMessage }).toEqual({
      failure: "soft_decline",
      code: "B01",
      providerMessage: "[B01] 한도초과",
    });
  });
});

describe("a window that takes money", () => {
  const order = { orderId: "ORDER0001", amount, isPayment: true };
  const paying = { ...handle, order };
  const kakao = { pg_provider: "kakaopay", merchant_uid: "ORDER0001" };
  const paid = { ...record, ...kakao, paid_at: 1_767_225_602 };

  it("brings its payment with the key", async () => {
    server.script(token, success(paid), success({ ...key, ...kakao }));
    const { payment, method } = await windowOf({ channel: "kakaopay" }).exchange(paying);
    expect([method, payment?.state, payment?.orderId, payment?.amount]).toEqual([
      "EASY_PAY",
      "captured",
      "ORDER0001",
      amount,
    ]);
  });

  it("took nothing when it was opened with 0", async () => {
    const free = { ...handle, order: { ...order, isPayment: false } };
    server.script(token, success({ ...paid, amount: 0 }), success({ ...key, ...kakao }));
    const { payment } = await windowOf({ channel: "kakaopay" }).exchange(free);
    expect(payment).toBeUndefined();
  });

  it("is a mismatch, with the payment, when it took another amount than it should", async () => {
    const free = { ...handle, order: { ...order, isPayment: false } };
    for (const wanted of [free, paying]) {
      server.script(token, success({ ...paid, amount: 100 }));
      const { failure, payment } = await errorOf(
        windowOf({ channel: "kakaopay" }).exchange(wanted),
      );
      expect([failure, payment?.amount]).toEqual(["mismatch", money(100, "KRW")]);
    }
  });

  it("is asked about again while its key is not there, because the money is", async () => {
    server.script(token, success(paid), notThere);
    const { failure, payment } = await errorOf(windowOf({ channel: "kakaopay" }).exchange(paying));
    expect([failure, payment?.state]).toEqual(["outcome_unknown", "captured"]);
  });
});
