import { inspect } from "node:util";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import type { Gateway, ProviderPayment, ProviderTransaction } from "../gateway.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { money } from "../money.ts";
import { createPortOneGateway, type PortOneGatewayOptions } from "./portone-gateway.ts";

const apiSecret = "APIsecretTEXT";
const customerUid = "KEYsecret-0001";
const secret = { billingKey: customerUid };
const amount = money(9_900, "KRW");
const order = {
  secret,
  orderId: "ORDER0001",
  orderName: "월간 구독",
  amount,
  idempotencyKey: "not used here",
};

let server: ScriptedServer;
let sender: HttpSender;
let options: PortOneGatewayOptions;
let gateway: Gateway;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
  options = {
    mode: "test",
    impCode: "imp37739582",
    apiKey: "1234567890123456",
    apiSecret,
    channel: "chai",
    sender,
    monotonicMs: () => 0,
    apiHost: server.url,
  };
  gateway = await gatewayWith({});
});

let start = 0;

beforeEach(() => {
  start = server.requests.length;
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

/** A gateway that has its token, for as long as the clock stands still. */
async function gatewayWith(change: Partial<PortOneGatewayOptions>): Promise<Gateway> {
  const made = createPortOneGateway({ ...options, ...change });
  server.script(success({ access_token: "TOKsecret", now: 0, expired_at: 1_800 }), notThere);
  await made.lookUpByPaymentId("imp_warm_up");
  return made;
}

function success(response: unknown): ScriptedAnswer {
  return { status: 200, body: { code: 0, message: null, response } };
}

function refusal(message: string, status = 200): ScriptedAnswer {
  return { status, body: { code: status === 200 ? 1 : -1, message, response: null } };
}

function rows(list: readonly unknown[], next = 0): ScriptedAnswer {
  return success({ total: list.length, previous: 0, next, list });
}

const notThere: ScriptedAnswer = {
  status: 404,
  body: { code: -1, message: "존재하지 않는 결제정보입니다.", response: null },
};

function sent(): readonly string[] {
  return server.requests
    .slice(start)
    .map(({ method, path, body }) => `${method} ${decodeURIComponent(path)} ${body}`.trimEnd());
}

function at(text: string): Temporal.Instant {
  return Temporal.Instant.from(text);
}

/** As PortOne tells a charge of ours: approved at 00:00:02 on 1 January 2026. */
const paid = {
  imp_uid: "imp_0001",
  merchant_uid: "ORDER0001",
  pay_method: "trans",
  channel: "api",
  pg_provider: "chai",
  pg_tid: "tid-1",
  pg_id: "public-key",
  sandbox: true,
  amount: 9_900,
  cancel_amount: 0,
  currency: "KRW",
  status: "paid",
  started_at: 1_767_225_600,
  paid_at: 1_767_225_602,
  failed_at: 0,
  cancelled_at: 0,
  fail_reason: null,
  cancel_history: [],
  customer_uid: customerUid,
  customer_uid_usage: "payment",
};
const failed = {
  ...paid,
  imp_uid: "imp_0002",
  status: "failed",
  paid_at: 0,
  failed_at: 1_767_225_602,
  fail_reason: "[A12] 잔액부족",
};
const refundEntry = {
  cancellation_id: "cnc-1",
  pg_tid: "tid-2",
  amount: 900,
  cancelled_at: 1_767_312_000,
  reason: "고객 요청",
};
const partlyRefunded = {
  ...paid,
  status: "cancelled",
  cancel_amount: 900,
  cancel_history: [refundEntry],
};

const captured = {
  paymentId: "imp_0001",
  state: "captured",
  providerStatus: "paid",
  orderId: "ORDER0001",
  amount,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: at("2026-01-01T00:00:00Z"),
  approvedAt: at("2026-01-01T00:00:02Z"),
  methodLabel: "차이",
  failure: undefined,
  observations: [],
} as const;

function withoutExchange(payment: ProviderPayment | "not_found") {
  if (payment === "not_found") return payment;
  const { exchange: _, ...rest } = payment;
  return rest;
}

async function errorOf(call: Promise<unknown>): Promise<GatewayError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error("A GatewayError was expected.");
  return error;
}

async function failureOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "returned",
    (error: unknown) => (error instanceof GatewayError ? error.failure : String(error)),
  );
}

describe("a charge that is paid", () => {
  it("is captured, as PortOne tells it", async () => {
    server.script(success(paid));
    expect(withoutExchange(await gateway.chargeBillingKey(order))).toEqual(captured);
    expect(sent()).toEqual([
      `POST /subscribe/payments/again {"customer_uid":"${customerUid}","merchant_uid":"ORDER0001","amount":9900,"currency":"KRW","name":"월간 구독"}`,
    ]);
  });

  it("is a mismatch when it went through a channel of the other mode", async () => {
    server.script(success({ ...paid, sandbox: false }));
    const { failure, payment } = await errorOf(gateway.chargeBillingKey(order));
    expect([failure, payment?.paymentId]).toEqual(["mismatch", "imp_0001"]);
  });

  it("is taken as it is by a PortOne that does not tell its channels' mode yet", async () => {
    server.script(success({ ...paid, sandbox: undefined }));
    expect(withoutExchange(await gateway.chargeBillingKey(order))).toEqual(captured);
  });
});

describe("a charge that is declined", () => {
  it("is so in both shapes: on record as failed, and refused without a record", async () => {
    server.script(
      success(failed),
      refusal("결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과"),
    );
    const recorded = await errorOf(gateway.chargeBillingKey(order));
    const refused = await errorOf(gateway.chargeBillingKey(order));
    const told = [recorded, refused].map(({ failure, code, providerMessage, payment }) => {
      return { failure, code, providerMessage, paymentId: payment?.paymentId };
    });
    expect(told).toEqual([
      {
        failure: "soft_decline",
        code: "A12",
        providerMessage: "[A12] 잔액부족",
        paymentId: "imp_0002",
      },
      {
        failure: "soft_decline",
        code: "1",
        providerMessage: "결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과",
        paymentId: undefined,
      },
    ]);
  });

  it("has lost its key when PortOne does not know it either", async () => {
    server.script(
      refusal("등록되지 않은 구매자입니다."),
      refusal("요청하신 customer_uid로 등록된 정보를 찾을 수 없습니다.", 404),
    );
    expect(await failureOf(gateway.chargeBillingKey(order))).toBe("billing_key_invalid");
    expect(sent()[1]).toBe(`GET /subscribe/customers/${customerUid}`);
  });

  it("needs another method when PortOne still has the key, whichever shape it comes in", async () => {
    const customer = success({ customer_uid: customerUid, pg_provider: "chai" });
    server.script(refusal("해지된 빌키입니다."), customer);
    expect(await failureOf(gateway.chargeBillingKey(order))).toBe("hard_decline");
    server.script(success({ ...failed, fail_reason: "해지된 빌키입니다." }), customer);
    const { failure, payment } = await errorOf(gateway.chargeBillingKey(order));
    expect([failure, payment?.paymentId]).toEqual(["hard_decline", "imp_0002"]);
  });

  it("stands as it is when PortOne does not say clearly what became of the key", async () => {
    for (const answer of ["hang up", { status: 500 }, success(null)] as const) {
      server.script(refusal("등록되지 않은 구매자입니다."), answer);
      expect(await failureOf(gateway.chargeBillingKey(order))).toBe("billing_key_invalid");
    }
  });
});

describe("a charge whose order id was used before", () => {
  const duplicate = refusal(
    "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)",
  );

  it("is captured by its earlier send, when that payment is ours", async () => {
    server.script(duplicate, success(paid));
    const detail =
      "PortOne refused ORDER0001 because it was paid before; that payment is this charge's.";
    expect(withoutExchange(await gateway.chargeBillingKey(order))).toEqual({
      ...captured,
      observations: [{ code: "paid_by_earlier_send", detail }],
    });
    expect(sent()[1]).toBe("GET /payments/find/ORDER0001/paid");
  });

  it("is a mismatch when that payment is another one", async () => {
    const others = [
      { amount: 9_901 },
      { customer_uid: "KEY-2" },
      { merchant_uid: "ORDER2" },
      { sandbox: false },
    ];
    for (const other of others) {
      server.script(duplicate, success({ ...paid, ...other }));
      expect(await failureOf(gateway.chargeBillingKey(order))).toBe("mismatch");
    }
  });

  it("is unknown when nothing paid is found, or the question is not answered", async () => {
    const issuance = { ...paid, customer_uid_usage: "issue" };
    const answers = [
      notThere,
      "hang up",
      { status: 500 },
      success(failed),
      success(issuance),
    ] as const;
    for (const answer of answers) {
      server.script(duplicate, answer);
      expect(await failureOf(gateway.chargeBillingKey(order))).toBe("outcome_unknown");
    }
  });
});

describe("a charge without a clear answer", () => {
  it.each<[string, ScriptedAnswer | "hang up"]>([
    ["no answer", "hang up"],
    ["a page under 500", { status: 500, body: "<html>" }],
    ["a page under 200", { status: 200, body: "<html>" }],
    ["half of a success", { status: 200, body: '{"code":0,"response":{"status":"paid"' }],
    ["a success under 502", { status: 502, body: { code: 0, message: null, response: paid } }],
    ["429", { status: 429, body: { code: -1, message: "잔액부족", response: null } }],
    ["409", { status: 409, body: { code: -1, message: "잔액부족", response: null } }],
    ["a refusal that nobody knows", refusal("누가 알겠습니까")],
    ["a payment that waits", success({ ...paid, status: "ready" })],
    ["code 0 and nothing", success(null)],
  ])("is unknown: %s", async (_, answer) => {
    server.script(answer);
    expect(await failureOf(gateway.chargeBillingKey(order))).toBe("outcome_unknown");
    expect(sent()).toHaveLength(1);
  });
});

describe("a charge that is not sent", () => {
  it("asks for what PortOne's channels do not have", async () => {
    const wrong = [
      { ...order, capture: "manual" as const },
      { ...order, amount: money(9_900, "JPY") },
      { ...order, amount: money(0, "KRW") },
      { ...order, orderId: "x".repeat(41) },
      { ...order, orderName: "x".repeat(41) },
    ];
    const failures = await Promise.all(
      wrong.map((each) => failureOf(gateway.chargeBillingKey(each))),
    );
    expect({ failures, sent: sent() }).toEqual({
      failures: wrong.map(() => "invalid_request"),
      sent: [],
    });
  });

  it("lacks what its channel must know of the customer", async () => {
    const smartro = await gatewayWith({ channel: "smartro_v2" });
    start = server.requests.length;
    const { failure, message } = await errorOf(
      smartro.chargeBillingKey({ ...order, customerName: "홍길동" }),
    );
    expect({ failure, message, sent: sent() }).toEqual({
      failure: "invalid_request",
      message:
        "PortOne, charge: smartro_v2 wants the customer's email and phone (at most email 64, phone 16 characters).",
      sent: [],
    });
    server.script(success({ ...paid, pg_provider: "smartro_v2" }));
    await smartro.chargeBillingKey({
      ...order,
      customerName: "아주아주아주아주아주아주아주아주긴이름",
      customerEmail: "hong@shop.example",
      customerPhone: "01012345678",
    });
    const body: unknown = JSON.parse(server.requests.at(-1)!.body);
    expect(body).toEqual({
      customer_uid: customerUid,
      merchant_uid: "ORDER0001",
      amount: 9_900,
      currency: "KRW",
      name: "월간 구독",
      buyer_name: "아주아주아주아주아주아주아주아주",
      buyer_email: "hong@shop.example",
      buyer_tel: "01012345678",
    });
  });

  it("goes through a company that has closed: its keys are dead, in live mode", async () => {
    const live = await gatewayWith({ mode: "live" });
    start = server.requests.length;
    expect(await failureOf(live.chargeBillingKey(order))).toBe("billing_key_invalid");
    expect(sent()).toEqual([]);
  });
});

describe("a look-up by order id", () => {
  it("reads every payment of the id, and finds the paid one among failed ones", async () => {
    const later = { ...failed, imp_uid: "imp_0009", started_at: 1_767_229_200 };
    server.script(rows([later, failed], 2), rows([paid, { ...failed, imp_uid: "imp_0000" }]));
    expect(withoutExchange(await gateway.lookUpByOrderId("ORDER0001"))).toEqual(captured);
    expect(sent()).toEqual([
      "GET /payments/findAll/ORDER0001?sorting=-started&page=1",
      "GET /payments/findAll/ORDER0001?sorting=-started&page=2",
    ]);
  });

  it("finds the newest of failed ones, wherever it stands, with why it failed", async () => {
    const older = { ...failed, imp_uid: "imp_old", started_at: 1_767_000_000 };
    const newer = { ...failed, imp_uid: "imp_new", fail_reason: "분실 신고된 카드" };
    for (const list of [
      [older, newer],
      [newer, older],
    ]) {
      server.script(rows(list));
      const found = await gateway.lookUpByOrderId("ORDER0001");
      expect(withoutExchange(found)).toEqual({
        ...captured,
        paymentId: "imp_new",
        state: "failed",
        providerStatus: "failed",
        approvedAt: undefined,
        failure: { failure: "hard_decline", code: "failed", message: "분실 신고된 카드" },
      });
    }
  });

  it("waits for one that is not decided, rather than believe one that failed", async () => {
    const ready = { ...paid, imp_uid: "imp_3", status: "ready", paid_at: 0 };
    const strange = { ...ready, status: "reversed" };
    const states: unknown[] = [];
    const contradictory = { ...failed, imp_uid: "imp_3", paid_at: 1_767_225_602 };
    for (const other of [ready, strange, contradictory]) {
      const list = [failed, other];
      server.script(rows(list));
      const found = await gateway.lookUpByOrderId("ORDER0001");
      states.push(found === "not_found" ? found : [found.paymentId, found.state]);
    }
    expect(states).toEqual([
      ["imp_3", "pending"],
      ["imp_3", "other"],
      ["imp_3", "other"],
    ]);
  });

  it("finds a refunded one captured, with its refunds, whatever its status says", async () => {
    const refunds = [
      {
        transactionId: "cnc-1",
        amountMinor: 900,
        refundedAt: at("2026-01-02T00:00:00Z"),
        reason: "고객 요청",
      },
    ];
    for (const status of ["cancelled", "paid"]) {
      server.script(rows([{ ...partlyRefunded, status }]));
      expect(withoutExchange(await gateway.lookUpByOrderId("ORDER0001"))).toEqual({
        ...captured,
        providerStatus: status,
        refundedMinor: 900,
        refunds,
      });
    }
  });

  it("is a mismatch, with the payments, when several took money", async () => {
    server.script(rows([{ ...paid, imp_uid: "imp_b" }, partlyRefunded]));
    const { failure, message, payment, payments } = await errorOf(
      gateway.lookUpByOrderId("ORDER0001"),
    );
    expect([failure, payment?.paymentId]).toEqual(["mismatch", "imp_b"]);
    expect(payments.map(({ paymentId }) => paymentId)).toEqual(["imp_b", "imp_0001"]);
    expect(message).toContain("imp_b, imp_0001");
  });

  it("is a mismatch for another order's payment, and for one of the other mode", async () => {
    for (const other of [{ merchant_uid: "ORDER2" }, { sandbox: false }]) {
      server.script(rows([{ ...paid, ...other }]));
      expect(await failureOf(gateway.lookUpByOrderId("ORDER0001"))).toBe("mismatch");
    }
  });

  it("finds none only where PortOne says so", async () => {
    server.script(notThere, rows([]));
    expect(await gateway.lookUpByOrderId("ORDER0001")).toBe("not_found");
    expect(await gateway.lookUpByOrderId("ORDER0001")).toBe("not_found");
  });

  it.each<[string, ScriptedAnswer | "hang up"]>([
    ["no answer", "hang up"],
    ["a proxy's 404", { status: 404, body: "<html>" }],
    ["500", { status: 500, body: { code: -1, message: "존재하지 않는 결제정보입니다." } }],
    ["429", { status: 429 }],
    ["400", refusal("잘못된 요청", 400)],
    ["a page without a list", success({ total: 0 })],
    ["a row without an amount", rows([paid, { ...paid, amount: null }])],
    ["a row in a currency that nobody can compare", rows([{ ...paid, currency: "EUR" }])],
    ["a refund without an id", rows([{ ...partlyRefunded, cancel_history: [{ amount: 900 }] }])],
  ])("says nothing about the payment: %s", async (_, answer) => {
    server.script(answer);
    expect(await failureOf(gateway.lookUpByOrderId("ORDER0001"))).toBe("outcome_unknown");
  });

  it("says nothing when a later page is lost, or there is no end of them", async () => {
    server.script(rows([failed], 2), "hang up");
    expect(await failureOf(gateway.lookUpByOrderId("ORDER0001"))).toBe("outcome_unknown");
    server.script(...Array.from({ length: 20 }, () => rows([failed], 2)));
    expect(await failureOf(gateway.lookUpByOrderId("ORDER0001"))).toBe("outcome_unknown");
  });

  it("takes the record of a window that charged nothing for no money", async () => {
    server.script(rows([{ ...paid, customer_uid_usage: "issue" }]));
    const found = await gateway.lookUpByOrderId("ORDER0001");
    expect(found === "not_found" ? found : found.state).toBe("other");
  });
});

describe("a look-up by PortOne's own id", () => {
  it("asks for payments of test channels in test mode only", async () => {
    const live = await gatewayWith({ mode: "live" });
    start = server.requests.length;
    server.script(success(paid), success({ ...paid, sandbox: false }));
    expect(withoutExchange(await gateway.lookUpByPaymentId("imp_0001"))).toEqual(captured);
    expect(withoutExchange(await live.lookUpByPaymentId("imp_0001"))).toEqual(captured);
    expect(sent()).toEqual([
      "GET /payments/imp_0001?include_sandbox=true",
      "GET /payments/imp_0001",
    ]);
  });

  it("is a mismatch when it is answered with another payment", async () => {
    server.script(success({ ...paid, imp_uid: "imp_0005" }));
    expect(await failureOf(gateway.lookUpByPaymentId("imp_0001"))).toBe("mismatch");
  });

  it("waits for Paymentwall, which may approve what it has called an error", async () => {
    const reason = "(PG사 결제 장애) Internal error";
    server.script(success({ ...failed, pg_provider: "paymentwall", fail_reason: reason }));
    const found = await gateway.lookUpByPaymentId("imp_0002");
    expect(found === "not_found" ? found : found.state).toBe("pending");
  });
});

describe("a refund", () => {
  const refund = {
    paymentId: "imp_0001",
    amount: money(900, "KRW"),
    refundableMinor: 9_900,
    reason: "고객 요청",
    idempotencyKey: "not used here",
  };

  it("of a part is receipted with its own entry", async () => {
    server.script(success(partlyRefunded));
    const { exchange: _, ...receipt } = await gateway.refund(refund);
    expect(receipt).toEqual({
      refund: {
        transactionId: "cnc-1",
        amountMinor: 900,
        refundedAt: at("2026-01-02T00:00:00Z"),
        reason: "고객 요청",
      },
      refundedMinor: 900,
      observations: [],
    });
    expect(sent()).toEqual([
      'POST /payments/cancel {"imp_uid":"imp_0001","amount":900,"checksum":9900,"reason":"고객 요청"}',
    ]);
  });

  it("of everything names everything, because PortOne takes no amount for all that it has", async () => {
    const all = { ...refundEntry, cancellation_id: "cnc-2", amount: 9_000 };
    const history = [refundEntry, all];
    server.script(success({ ...partlyRefunded, cancel_amount: 9_900, cancel_history: history }));
    const rest = { ...refund, amount: undefined, refundableMinor: 9_000 };
    const receipt = await gateway.refund(rest);
    expect([receipt.refund.transactionId, receipt.refundedMinor]).toEqual(["cnc-2", 9_900]);
    expect(sent()).toEqual([
      'POST /payments/cancel {"imp_uid":"imp_0001","amount":9000,"checksum":9000,"reason":"고객 요청"}',
    ]);
  });

  it("is not sent when nothing would be left for it, or it is nothing", async () => {
    const wrong = [
      { ...refund, refundableMinor: 0 },
      { ...refund, refundableMinor: -1 },
      { ...refund, refundableMinor: 899 },
      { ...refund, amount: money(0, "KRW") },
      { ...refund, amount: undefined, refundableMinor: 0 },
    ];
    const failures = await Promise.all(wrong.map((each) => failureOf(gateway.refund(each))));
    expect({ failures, sent: sent() }).toEqual({
      failures: wrong.map(() => "invalid_request"),
      sent: [],
    });
  });

  it("is unknown after an answer that an earlier try of it may have caused", async () => {
    const answers = [
      refusal("이미 전액취소된 주문입니다."),
      refusal("취소 가능 금액이 일치하지 않습니다."),
      "hang up",
      { status: 500 },
    ] as const;
    for (const answer of answers) {
      server.script(answer);
      expect(await failureOf(gateway.refund(refund))).toBe("outcome_unknown");
    }
  });

  it("says who asks for it where the company wants to know", async () => {
    const naverpay = await gatewayWith({ channel: "naverpay" });
    server.script(success({ ...partlyRefunded, pg_provider: "naverpay" }));
    await naverpay.refund(refund);
    expect(server.requests.at(-1)!.body).toContain('"extra":{"requester":"admin"}');
  });
});

describe("deleting a billing key", () => {
  it("revokes what is scheduled on it first, and is done when it is gone already", async () => {
    const nothing = refusal("취소할 예약결제 기록이 존재하지 않습니다.");
    server.script(success([]), success({ customer_uid: customerUid }));
    await gateway.deleteBillingKey(secret);
    server.script(nothing, refusal("등록된 정보를 찾을 수 없습니다.", 404));
    await gateway.deleteBillingKey(secret);
    const calls = [
      `POST /subscribe/payments/unschedule {"customer_uid":"${customerUid}"}`,
      `DELETE /subscribe/customers/${customerUid}`,
    ];
    expect(sent()).toEqual([...calls, ...calls]);
  });

  it("does not delete what may still be scheduled", async () => {
    server.script("hang up");
    expect(await failureOf(gateway.deleteBillingKey(secret))).toBe("outcome_unknown");
    expect(sent()).toHaveLength(1);
  });

  it("is unknown without a clear answer", async () => {
    for (const answer of ["hang up", { status: 404, body: "<html>" }, { status: 500 }] as const) {
      server.script(success([]), answer);
      expect(await failureOf(gateway.deleteBillingKey(secret))).toBe("outcome_unknown");
    }
  });

  it("says why and who where the company wants to know", async () => {
    const naverpay = await gatewayWith({ channel: "naverpay" });
    server.script(success([]), success({ customer_uid: customerUid }));
    await naverpay.deleteBillingKey(secret);
    expect(decodeURIComponent(server.requests.at(-1)!.path.replaceAll("+", " "))).toBe(
      `/subscribe/customers/${customerUid}?reason=정기결제 종료&extra[requester]=admin`,
    );
  });
});

describe("a notification", () => {
  const read = (body: string) => gateway.readNotification(body, {});
  const changed = {
    kind: "payment_changed",
    paymentId: "imp_0001",
    orderId: "ORDER0001",
    createdAt: undefined,
  };

  it("is a hint to look its payment up, as JSON and as a form", () => {
    const members = { imp_uid: "imp_0001", merchant_uid: "ORDER0001", status: "paid" };
    const bodies = [
      JSON.stringify(members),
      new URLSearchParams(members).toString(),
      JSON.stringify({ ...members, status: "failed", cancellation_id: "c", amount: 1 }),
    ];
    expect(bodies.map(read)).toEqual([changed, changed, changed]);
  });

  it("may be of an order that is none of ours", () => {
    const body = JSON.stringify({ imp_uid: "imp_0001", merchant_uid: "주문/1", status: "ready" });
    expect(read(body)).toEqual({ ...changed, orderId: undefined });
  });

  it.each([
    "",
    "{}",
    "null",
    "[]",
    '{"imp_uid":"imp_0001"',
    '{"imp_uid":"imp_0001","merchant_uid":"A"}',
    '{"imp_uid":"imp_0001","status":"PAID"}',
    '{"imp_uid":"imp_1/../users","status":"paid"}',
    '{"imp_uid":"0001","status":"paid"}',
    "imp_uid=imp_0001",
    `{"imp_uid":"imp_0001","status":"paid","x":"${"x".repeat(10_000)}"}`,
  ])("is unreadable: %s", (body) => {
    expect(read(body)).toBe("unreadable");
  });
});

describe("the list of movements", () => {
  const from = at("2026-01-01T00:00:00Z");

  async function listed(range: { from: Temporal.Instant; to: Temporal.Instant }) {
    const found: ProviderTransaction[] = [];
    for await (const each of gateway.listTransactions?.(range) ?? []) found.push(each);
    return found;
  }

  it("has every payment that took money and every refund, each once, oldest first", async () => {
    const second = {
      ...paid,
      imp_uid: "imp_0003",
      merchant_uid: "ORDER0003",
      paid_at: 1_767_225_700,
    };
    const old = {
      ...partlyRefunded,
      imp_uid: "imp_old",
      merchant_uid: "ORDEROLD",
      paid_at: 1_760_000_000,
      cancel_history: [{ ...refundEntry, cancellation_id: "cnc-old" }],
    };
    const issuance = { ...paid, imp_uid: "imp_issue", customer_uid_usage: "issue" };
    server.script(
      rows([partlyRefunded, failed, { ...failed, status: "ready" }, issuance], 2),
      rows([second]),
      rows([partlyRefunded, old]),
    );
    const movements = await listed({ from, to: from.add({ hours: 24 }) });
    const short = movements.map(({ transactionId, paymentId, orderId, amountMinor }) =>
      [transactionId, paymentId, orderId, amountMinor].join(" "),
    );
    expect(short).toEqual([
      "imp_0001 imp_0001 ORDER0001 9900",
      "cnc-1 imp_0001 ORDER0001 -900",
      "imp_0003 imp_0003 ORDER0003 9900",
      "imp_old imp_old ORDEROLD 9900",
      "cnc-old imp_old ORDEROLD -900",
    ]);
    expect(movements[0]).toEqual({
      transactionId: "imp_0001",
      paymentId: "imp_0001",
      orderId: "ORDER0001",
      providerStatus: "cancelled",
      amountMinor: 9_900,
      happenedAt: at("2026-01-01T00:00:02Z"),
    });
    const range = "limit=1000&from=1767225600&to=1767312000&sorting=started";
    expect(sent()).toEqual([
      `GET /payments/status/all?page=1&${range}`,
      `GET /payments/status/all?page=2&${range}`,
      `GET /payments/status/cancelled?page=1&${range}`,
    ]);
  });

  it("asks for 90 days at most at a time", async () => {
    server.script(rows([]), rows([]), notThere, rows([]));
    const to = from.add({ hours: 24 * 100 });
    expect(await listed({ from, to })).toEqual([]);
    const spans = sent().map((line) => /from=(\d+)&to=(\d+)/.exec(line)?.slice(1).map(Number));
    const middle = 1_767_225_600 + 89 * 86_400;
    const end = 1_767_225_600 + 100 * 86_400;
    expect(spans).toEqual([
      [1_767_225_600, middle],
      [1_767_225_600, middle],
      [middle, end],
      [middle, end],
    ]);
  });

  it("keeps what it told before it broke off, and throws", async () => {
    server.script(rows([paid], 2), "hang up");
    const found: string[] = [];
    const read = async () => {
      const range = { from, to: from.add({ hours: 1 }) };
      for await (const each of gateway.listTransactions?.(range) ?? []) found.push(each.paymentId);
    };
    expect([await failureOf(read()), found]).toEqual(["outcome_unknown", ["imp_0001"]]);
  });
});

describe("settings that cannot work", () => {
  it.each<[Partial<PortOneGatewayOptions>, RegExp]>([
    [{ apiKey: "" }, /API key is empty/],
    [{ apiSecret: "a b" }, /API secret is empty or contains a space/],
    [{ impCode: "37739582" }, /identification code is imp and digits/],
    [{ channel: "nice" }, /use one of chai, settle_acc, kakaopay/],
    [{ channel: "" }, /use one of/],
    [{ mode: "live", timeouts: { connectMs: 5_000, readMs: 59_999 } }, /60000 ms or more/],
    [{ apiHost: "http://api.iamport.kr" }, /https/],
    [{ sdkUrl: "javascript:alert(1)" }, /https/],
  ])("are refused with the fix: %j", (change, words) => {
    expect(() => createPortOneGateway({ ...options, ...change })).toThrow(words);
  });

  it("do not include what a merchant id may look like", () => {
    const { window } = createPortOneGateway({ ...options, channel: "chai.public-Key_1.2" });
    expect(window.kind).toBe("script");
  });
});

describe("the capabilities", () => {
  it("are those of the channel", () => {
    const { capabilities } = createPortOneGateway({ ...options, channel: "naverpay" });
    expect(capabilities).toEqual({
      methods: { EASY_PAY: { KRW: { minimumMinor: 10 } } },
      keyCheck: false,
      separateCapture: false,
      answerFields: ["orderId", "amount", "currency"],
      lookUpFields: ["orderId", "amount", "currency"],
      listByDate: true,
      declinedIdReusable: false,
      deletesUnusedKeys: false,
      recurringOnly: false,
      maximumOrderNameLength: 40,
      payerDetails: ["phone"],
      timeouts: { connectMs: 5_000, readMs: 200_000 },
    });
    expect(gateway.capabilities.methods).toEqual({ TRANSFER: { KRW: { minimumMinor: 1 } } });
  });
});

describe("whatever goes wrong", () => {
  it("no secret and nothing of the customer gets into an error or into the evidence", async () => {
    const everySecret = {
      ...paid,
      buyer_name: "PERSON-name",
      buyer_email: "PERSON-email",
      buyer_tel: "PERSON-tel",
      card_number: "PERSON-card",
      receipt_url: "https://x/PERSON-receipt",
      name: `mentions ${customerUid}`,
    };
    const calls: readonly [ScriptedAnswer, () => Promise<unknown>][] = [
      [success(everySecret), () => gateway.chargeBillingKey(order)],
      [
        success({ ...everySecret, status: "failed", fail_reason: customerUid }),
        () => gateway.chargeBillingKey(order),
      ],
      [success({ ...everySecret, merchant_uid: "ORDER2" }), () => gateway.chargeBillingKey(order)],
      [
        refusal(`없는 키 ${customerUid} TOKsecret ${apiSecret}`),
        () => gateway.chargeBillingKey(order),
      ],
      [rows([everySecret]), () => gateway.lookUpByOrderId("ORDER0001")],
      [success({ ...everySecret, sandbox: false }), () => gateway.lookUpByPaymentId("imp_0001")],
      [refusal(customerUid, 400), () => gateway.deleteBillingKey(secret)],
    ];
    const secrets = [customerUid, "TOKsecret", apiSecret, "PERSON-"];
    for (const [answer, call] of calls) {
      server.script(answer);
      const outcome = await call().catch((error: unknown) => error);
      const text = inspect(outcome, { depth: 12 });
      expect(secrets.filter((each) => text.includes(each))).toEqual([]);
    }
  });
});
