import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { money } from "../money.ts";
import { createPortOneClient, type PortOneClient, type PortOneClientOptions } from "./client.ts";

const customerUid = "KEY-1";
const at = Temporal.Instant.from("2026-12-01T00:00:00Z"); // 1796083200 in UNIX seconds.

let server: ScriptedServer;
let sender: HttpSender;
let options: PortOneClientOptions;
let client: PortOneClient;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
  options = {
    apiKey: "1234567890123456",
    apiSecret: "APIsecret",
    sender,
    monotonicMs: () => 0,
    apiHost: server.url,
  };
  client = createPortOneClient(options);
  // The token, once and for all: the clock stands still.
  server.script(success({ access_token: "tok", now: 0, expired_at: 1_800 }), success([]));
  await client.listAccountChannels();
});

let start = 0;

beforeEach(() => {
  start = server.requests.length;
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

function success(response: unknown): ScriptedAnswer {
  return { status: 200, body: { code: 0, message: null, response } };
}

function refusal(message: string, status = 200): ScriptedAnswer {
  return { status, body: { code: status === 200 ? 1 : -1, message, response: null } };
}

const notThere = refusal("존재하지 않습니다.", 404);

/** What was sent since the test began, one line per request. */
function sent(): readonly string[] {
  return server.requests
    .slice(start)
    .map(({ method, path, body }) => `${method} ${decodeURIComponent(path)} ${body}`.trimEnd());
}

async function failureOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "returned",
    (error: unknown) => (error instanceof GatewayError ? error.failure : String(error)),
  );
}

const paid = {
  imp_uid: "imp_1",
  merchant_uid: "ORDER1",
  status: "paid",
  amount: 9_900,
  cancel_amount: 0,
  currency: "KRW",
  customer_uid: customerUid,
};
const page = { total: 1, previous: 0, next: 2, list: [paid] };
const scheduled = {
  customer_uid: customerUid,
  merchant_uid: "ORDER1",
  schedule_at: 1_796_083_200,
  amount: 9_900,
  schedule_status: "scheduled",
  payment_status: null,
};
const charge = { customerUid, merchantUid: "ORDER1", amount: money(9_900, "KRW"), name: "구독" };

describe("a charge", () => {
  it("says what, for whom and how much, and nothing that was not given", async () => {
    server.script(success(paid));
    const { payment } = await client.chargeCustomer(charge);
    expect(payment.imp_uid).toBe("imp_1");
    expect(sent()).toEqual([
      'POST /subscribe/payments/again {"customer_uid":"KEY-1","merchant_uid":"ORDER1","amount":9900,"currency":"KRW","name":"구독"}',
    ]);
  });

  it("sends every optional part under PortOne's name for it", async () => {
    server.script(success({ ...paid, amount: 12.34, currency: "USD" }));
    await client.chargeCustomer({
      ...charge,
      amount: money(12_34, "USD"),
      channelKey: "channel-key-1",
      buyer: {
        name: "홍길동",
        email: "hong@shop.example",
        phone: "010-1234-5678",
        address: "서울",
        postcode: "12345",
      },
      taxFree: money(2_34, "USD"),
      vatAmount: money(1_00, "USD"),
      cardQuota: 3,
      customData: '{"a":1}',
      noticeUrl: "https://shop.example/hook",
      bypass: { ksnet: { a: 1 } },
      extra: { naverUseCfm: "20261231" },
    });
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({
      customer_uid: "KEY-1",
      channel_key: "channel-key-1",
      merchant_uid: "ORDER1",
      amount: 12.34,
      currency: "USD",
      name: "구독",
      tax_free: 2.34,
      vat_amount: 1,
      buyer_name: "홍길동",
      buyer_email: "hong@shop.example",
      buyer_tel: "010-1234-5678",
      buyer_addr: "서울",
      buyer_postcode: "12345",
      card_quota: 3,
      custom_data: '{"a":1}',
      notice_url: "https://shop.example/hook",
      bypass: '{"ksnet":{"a":1}}',
      extra: { naverUseCfm: "20261231" },
    });
  });

  it("has three ends under one HTTP 200, and only the first is money", async () => {
    const failed = { ...paid, status: "failed", fail_reason: "[A12] 잔액부족" };
    const ends: string[] = [];
    for (const answer of [success(paid), success(failed), refusal("등록되지 않은 구매자입니다.")]) {
      server.script(answer);
      ends.push(await failureOf(client.chargeCustomer(charge)));
    }
    expect(ends).toEqual(["returned", "soft_decline", "billing_key_invalid"]);
  });

  it("is never taken for a success when the answer is anything else", async () => {
    const { currency: _, ...withoutCurrency } = paid;
    const answers: readonly ScriptedAnswer[] = [
      success(null),
      success({}),
      success([paid]),
      success({ ...paid, status: "ready" }),
      success({ ...paid, status: "failed", paid_at: 1_796_083_200, fail_reason: "잔액부족" }),
      success({ ...paid, status: "PAID" }),
      success({ ...paid, status: "cancelled", cancel_amount: 9_900 }),
      success({ ...paid, amount: "9900" }),
      success({ ...paid, amount: 9_900.5 }),
      success(withoutCurrency),
      { status: 200, body: { code: 0, message: null } },
      { status: 200, body: paid },
      { status: 200, body: `{"code":0,"response":${JSON.stringify(paid)}` },
      { status: 500, body: { code: 0, message: null, response: paid } },
    ];
    for (const answer of answers) {
      server.script(answer);
      expect(await failureOf(client.chargeCustomer(charge))).toBe("outcome_unknown");
    }
  });

  it("is a mismatch when the answer is about another charge, whether paid or failed", async () => {
    const others = [
      { merchant_uid: "ORDER2" },
      { amount: 9_901 },
      { currency: "JPY" },
      { customer_uid: "KEY-2" },
    ];
    for (const other of others) {
      server.script(
        success({ ...paid, ...other }),
        success({ ...paid, ...other, status: "failed" }),
      );
      expect(await failureOf(client.chargeCustomer(charge))).toBe("mismatch");
      expect(await failureOf(client.chargeCustomer(charge))).toBe("mismatch");
    }
  });

  it("is not sent when PortOne would refuse it", async () => {
    const wrong = [
      { ...charge, customerUid: "" },
      { ...charge, customerUid: "x".repeat(81) },
      { ...charge, merchantUid: "" },
      { ...charge, merchantUid: "x".repeat(41) },
      { ...charge, merchantUid: "주문1" },
      { ...charge, name: "" },
      { ...charge, name: "x".repeat(41) },
      { ...charge, amount: money(0, "KRW") },
    ];
    const failures = await Promise.all(wrong.map((each) => failureOf(client.chargeCustomer(each))));
    expect({ failures, sent: sent() }).toEqual({
      failures: wrong.map(() => "invalid_request"),
      sent: [],
    });
  });
});

describe("a refund", () => {
  const cancel = {
    impUid: "imp_1",
    amount: money(3_000, "KRW"),
    refundable: money(9_900, "KRW"),
    reason: "고객 요청",
  };
  const entry = {
    cancellation_id: "c1",
    pg_tid: "p1",
    amount: 3_000,
    cancelled_at: 1_796_083_200,
    reason: "고객 요청",
  };
  const canceled = { ...paid, status: "cancelled", cancel_amount: 3_000, cancel_history: [entry] };

  it("always names its amount, and what it believes to be left", async () => {
    server.script(success(canceled));
    const { exchange: _, payment, ...rest } = await client.cancelPayment(cancel);
    expect(payment.imp_uid).toBe("imp_1");
    expect(rest).toEqual({
      refund: {
        transactionId: "c1",
        amountMinor: 3_000,
        refundedAt: at,
        reason: "고객 요청",
      },
      refundedMinor: 3_000,
    });
    expect(sent()).toEqual([
      'POST /payments/cancel {"imp_uid":"imp_1","amount":3000,"checksum":9900,"reason":"고객 요청"}',
    ]);
  });

  it("sends every optional part under PortOne's name for it", async () => {
    server.script(success(canceled));
    await client.cancelPayment({
      ...cancel,
      taxFree: money(100, "KRW"),
      vatAmount: money(200, "KRW"),
      requester: "customer",
      account: { holder: "홍길동", bankCode: "04", number: "1234", phone: "01012345678" },
      sendsWebhook: true,
    });
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({
      imp_uid: "imp_1",
      amount: 3_000,
      checksum: 9_900,
      reason: "고객 요청",
      tax_free: 100,
      vat_amount: 200,
      refund_holder: "홍길동",
      refund_bank: "04",
      refund_account: "1234",
      refund_tel: "01012345678",
      enable_webhook: true,
      extra: { requester: "customer" },
    });
  });

  it("is the newest entry of its amount, wherever it stands", async () => {
    const older = { ...entry, cancellation_id: "c0", cancelled_at: 1_796_083_100 };
    const other = { ...entry, cancellation_id: "c2", amount: 900 };
    const history = [other, entry, older];
    server.script(success({ ...canceled, cancel_amount: 6_900, cancel_history: history }));
    const { refund } = await client.cancelPayment({ ...cancel, refundable: money(6_000, "KRW") });
    expect(refund.transactionId).toBe("c1");
  });

  it("is judged by what is left, and not by the status", async () => {
    const answers: readonly [unknown, string][] = [
      [{ ...canceled, status: "paid" }, "returned"],
      [{ ...canceled, cancel_amount: 0, cancel_history: [] }, "outcome_unknown"],
      [{ ...canceled, cancel_amount: 6_000 }, "mismatch"],
      [{ ...canceled, cancel_history: [] }, "outcome_unknown"],
      [{ ...canceled, cancel_history: [{ ...entry, amount: 2_999 }] }, "outcome_unknown"],
      [{ ...canceled, imp_uid: "imp_2" }, "mismatch"],
      [{ ...canceled, currency: "USD" }, "mismatch"],
      [{ ...canceled, cancel_amount: undefined }, "outcome_unknown"],
      [null, "outcome_unknown"],
    ];
    for (const [answer, failure] of answers) {
      server.script(success(answer));
      expect(await failureOf(client.cancelPayment(cancel))).toBe(failure);
    }
  });

  it("is never sent as a refund of everything by accident", async () => {
    const wrong = [
      { ...cancel, amount: money(0, "KRW") },
      { ...cancel, amount: money(9_901, "KRW") },
      { ...cancel, amount: money(3_000, "USD") },
      { ...cancel, impUid: "" },
      { ...cancel, impUid: "ORDER1" },
      { ...cancel, reason: "" },
      { ...cancel, reason: "x".repeat(257) },
    ];
    const failures = await Promise.all(wrong.map((each) => failureOf(client.cancelPayment(each))));
    expect({ failures, sent: sent() }).toEqual({
      failures: wrong.map(() => "invalid_request"),
      sent: [],
    });
  });
});

describe("asking for payments", () => {
  it("goes to the address of each question", async () => {
    server.script(success(paid), success(paid), success(paid), success(paid), success(page));
    await client.getPayment({ impUid: "imp_1", includeSandbox: true });
    await client.getPayment({ impUid: "imp_1", includeSandbox: false });
    await client.findPayment({ merchantUid: "ORDER1" });
    await client.findPayment({ merchantUid: "ORDER1", status: "paid", sorting: "started" });
    await client.findAllPayments({ merchantUid: "ORDER1", sorting: "-started", page: 2 });
    server.script(success([paid]), success(page), success(page));
    await client.getPayments({ impUids: ["imp_1", "imp_2"], merchantUids: ["ORDER3"] });
    await client.listPayments({ status: "all", from: at, to: at.add({ hours: 24 }) });
    await client.listCustomerPayments({ customerUid });
    expect(sent()).toEqual([
      "GET /payments/imp_1?include_sandbox=true",
      "GET /payments/imp_1",
      "GET /payments/find/ORDER1",
      "GET /payments/find/ORDER1/paid?sorting=started",
      "GET /payments/findAll/ORDER1?sorting=-started&page=2",
      "GET /payments?imp_uid[]=imp_1&imp_uid[]=imp_2&merchant_uid[]=ORDER3",
      "GET /payments/status/all?page=1&limit=20&from=1796083200&to=1796169600",
      "GET /subscribe/customers/KEY-1/payments?page=1",
    ]);
  });

  it("finds none only where PortOne says so", async () => {
    server.script(notThere, notThere, notThere, notThere);
    const { payments } = await client.getPayments({ impUids: ["imp_1"] });
    expect([
      await client.getPayment({ impUid: "imp_1", includeSandbox: true }),
      await client.findPayment({ merchantUid: "ORDER1" }),
      await client.findAllPayments({ merchantUid: "ORDER1" }),
      payments,
    ]).toEqual(["not_found", "not_found", "not_found", []]);
    for (const answer of [{ status: 404, body: "<html>" }, { status: 404 }, success(null)]) {
      server.script(answer);
      expect(await failureOf(client.findPayment({ merchantUid: "ORDER1" }))).toBe(
        "outcome_unknown",
      );
    }
  });

  it("knows that some of several may be missing", async () => {
    server.script({ ...success([paid]), status: 207 });
    const { payments } = await client.getPayments({ impUids: ["imp_1", "imp_2"] });
    expect(payments.map(({ imp_uid }) => imp_uid)).toEqual(["imp_1"]);
  });

  it("does not take a payment of another status for the one that was asked for", async () => {
    server.script(success({ ...paid, status: "failed" }));
    const query = { merchantUid: "ORDER1", status: "paid" } as const;
    expect(await failureOf(client.findPayment(query))).toBe("outcome_unknown");
  });

  it("turns pages until there is none", async () => {
    server.script(success(page), success({ ...page, next: 0 }), success({ ...page, next: null }));
    const nextPages: (number | undefined)[] = [];
    for (const number of [1, 2, 3]) {
      const found = await client.findAllPayments({ merchantUid: "ORDER1", page: number });
      nextPages.push(found === "not_found" ? undefined : found.nextPage);
    }
    expect(nextPages).toEqual([2, undefined, undefined]);
  });

  it("is not sent without ids, with too many, or for a page that there cannot be", async () => {
    const tooMany = Array.from({ length: 101 }, (_, index) => `imp_${index}`);
    const failures = [
      await failureOf(client.getPayments({})),
      await failureOf(client.getPayments({ impUids: tooMany })),
      await failureOf(client.getPayment({ impUid: "../users", includeSandbox: true })),
      await failureOf(client.findPayment({ merchantUid: "a/b" })),
      await failureOf(client.listPayments({ status: "all", from: at, to: at, pageSize: 1_001 })),
    ];
    expect({ failures, sent: sent() }).toEqual({
      failures: [
        "outcome_unknown",
        "outcome_unknown",
        "outcome_unknown",
        "outcome_unknown",
        "invalid_request",
      ],
      sent: [],
    });
  });
});

describe("a billing key", () => {
  const customer = {
    customer_uid: customerUid,
    pg_provider: "chai",
    sandbox: true,
    card_type: "1",
  };

  it("is asked for by its name, alone or with others", async () => {
    server.script(success(customer), notThere, { ...success([customer]), status: 207 }, notThere);
    const found = await client.getCustomer(customerUid);
    expect(found === "not_found" ? found : found.customer).toEqual(customer);
    expect(await client.getCustomer(customerUid)).toBe("not_found");
    const some = await client.getCustomers([customerUid, "KEY-2"]);
    expect([some.customers, some.missing]).toEqual([[customer], ["KEY-2"]]);
    const none = await client.getCustomers([customerUid, "KEY-2"]);
    expect([none.customers, none.missing]).toEqual([[], [customerUid, "KEY-2"]]);
    expect(sent()).toEqual([
      "GET /subscribe/customers/KEY-1",
      "GET /subscribe/customers/KEY-1",
      "GET /subscribe/customers?customer_uid[]=KEY-1&customer_uid[]=KEY-2",
      "GET /subscribe/customers?customer_uid[]=KEY-1&customer_uid[]=KEY-2",
    ]);
    expect(some.exchange.path).toBe(
      "/subscribe/customers?customer_uid[]=[billing key]&customer_uid[]=[billing key]",
    );
  });

  it("is not taken for another one's, and not for gone without a clear answer", async () => {
    const answers = [
      success({ ...customer, customer_uid: "KEY-2" }),
      success(null),
      { status: 404, body: "Not Found" },
      { status: 503, body: "" },
    ];
    for (const answer of answers) {
      server.script(answer);
      expect(await failureOf(client.getCustomer(customerUid))).toBe("outcome_unknown");
    }
    expect(await failureOf(client.getCustomers([]))).toBe("invalid_request");
  });

  it("is deleted, with the reason and who asks where they are given", async () => {
    server.script(success(customer), notThere);
    const ends = [
      await client.deleteCustomer({ customerUid, reason: "해지", requester: "customer" }),
      await client.deleteCustomer({ customerUid }),
    ];
    expect({ ends, sent: sent() }).toEqual({
      ends: ["deleted", "already_gone"],
      sent: [
        "DELETE /subscribe/customers/KEY-1?reason=해지&extra[requester]=customer",
        "DELETE /subscribe/customers/KEY-1",
      ],
    });
  });
});

describe("a schedule", () => {
  it("is made, listed, moved, made anew and revoked", async () => {
    const many = success([scheduled]);
    const one = success(scheduled);
    const { customerUid: _, ...rest } = charge;
    const range = { from: at, to: at.add({ hours: 24 }), status: "scheduled" } as const;
    server.script(many, many, many, one, one, one, many, many, many);
    const made = await client.scheduleCharges({ customerUid, charges: [{ ...rest, at }] });
    expect(made.schedules).toEqual([scheduled]);
    await client.listSchedules(range);
    await client.listCustomerSchedules({ ...range, customerUid });
    await client.getSchedule("ORDER1");
    await client.moveSchedule({ merchantUid: "ORDER1", at });
    await client.rescheduleCharge({ merchantUid: "ORDER1", at });
    await client.unscheduleCharges({ customerUid, merchantUids: ["ORDER1"] });
    await client.unscheduleCharges({ customerUid });
    await client.unscheduleCharges({ merchantUids: ["ORDER1", "ORDER2"] });
    expect(sent()).toEqual([
      'POST /subscribe/payments/schedule {"customer_uid":"KEY-1","schedules":[{"schedule_at":1796083200,"merchant_uid":"ORDER1","amount":9900,"currency":"KRW","name":"구독"}]}',
      "GET /subscribe/payments/schedule?schedule_from=1796083200&schedule_to=1796169600&page=1&limit=20&sorting=scheduled&schedule_status=scheduled",
      "GET /subscribe/customers/KEY-1/schedules?page=1&from=1796083200&to=1796169600&schedule-status=scheduled",
      "GET /subscribe/payments/schedule/ORDER1",
      'PUT /subscribe/payments/schedule/ORDER1 {"schedule_at":1796083200}',
      'POST /subscribe/payments/schedule/ORDER1/reschedule {"schedule_at":1796083200}',
      'POST /subscribe/payments/unschedule {"customer_uid":"KEY-1","merchant_uid":["ORDER1"]}',
      'POST /subscribe/payments/unschedule {"customer_uid":"KEY-1"}',
      'POST /subscribe/payments/unschedule {"merchant_uid":["ORDER1","ORDER2"]}',
    ]);
  });

  it("is never revoked with all others by an empty list", async () => {
    expect(await failureOf(client.unscheduleCharges({ customerUid, merchantUids: [] }))).toBe(
      "invalid_request",
    );
    expect(await failureOf(client.unscheduleCharges({ merchantUids: [] }))).toBe("invalid_request");
    expect(sent()).toEqual([]);
  });

  it("that is not there needs no revoking", async () => {
    server.script(refusal("취소할 예약결제 기록이 존재하지 않습니다."), notThere, notThere);
    const { schedules } = await client.unscheduleCharges({ customerUid });
    const listed = await client.listSchedules({ from: at, to: at });
    expect([schedules, listed.schedules, await client.getSchedule("ORDER1")]).toEqual([
      [],
      [],
      "not_found",
    ]);
  });

  it("is listed from a page as well as from a list", async () => {
    server.script(success({ total: 1, previous: 0, next: 0, list: [scheduled] }));
    expect((await client.listSchedules({ from: at, to: at })).schedules).toEqual([scheduled]);
  });

  it("that is retried now is paid, failed or refused, as a charge is", async () => {
    const ends: string[] = [];
    const answers = [
      success({ ...paid, amount: 1 }),
      success({ ...paid, status: "failed", fail_reason: "한도초과" }),
      success({ ...paid, merchant_uid: "ORDER2" }),
      refusal("예약 정보가 없습니다.", 404),
      refusal("지원하지 않는 PG", 500),
    ];
    for (const answer of answers) {
      server.script(answer);
      ends.push(await failureOf(client.retrySchedule("ORDER1")));
    }
    expect(ends).toEqual([
      "returned",
      "soft_decline",
      "mismatch",
      "invalid_request",
      "outcome_unknown",
    ]);
    expect(sent()[0]).toBe("POST /subscribe/payments/schedule/ORDER1/retry {}");
  });

  it("may have been made when the answer is lost", async () => {
    const { customerUid: _, ...rest } = charge;
    server.script("hang up");
    const order = { customerUid, charges: [{ ...rest, at }] };
    expect(await failureOf(client.scheduleCharges(order))).toBe("outcome_unknown");
    expect(await failureOf(client.scheduleCharges({ customerUid, charges: [] }))).toBe(
      "invalid_request",
    );
  });
});

describe("an amount that is registered before a window", () => {
  const prepared = { merchantUid: "ORDER1", amount: money(9_900, "KRW") };

  it("is registered once, read and changed", async () => {
    server.script(
      success({ merchant_uid: "ORDER1", amount: 9_900 }),
      refusal("결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다)."),
      success({ merchant_uid: "ORDER1", amount: 9_900, currency: null }),
      success({ merchant_uid: "ORDER1", amount: 9_900 }),
      notThere,
    );
    expect(await client.preparePayment(prepared)).toBe("registered");
    expect(await client.preparePayment(prepared)).toBe("registered_before");
    expect(await client.getPreparedPayment("ORDER1")).toEqual(prepared);
    await client.changePreparedPayment(prepared);
    expect(await client.getPreparedPayment("ORDER1")).toBe("not_found");
    const body = '{"merchant_uid":"ORDER1","amount":9900,"currency":"KRW"}';
    expect(sent()).toEqual([
      `POST /payments/prepare ${body}`,
      `POST /payments/prepare ${body}`,
      "GET /payments/prepare/ORDER1",
      `PUT /payments/prepare ${body}`,
      "GET /payments/prepare/ORDER1",
    ]);
  });

  it("is not read from another order's answer", async () => {
    server.script(success({ merchant_uid: "ORDER2", amount: 9_900 }));
    expect(await failureOf(client.getPreparedPayment("ORDER1"))).toBe("outcome_unknown");
  });
});

describe("the channels of an account", () => {
  it("are listed with what tells test from live", async () => {
    const channel = { pg_provider: "chai", pg_id: "public", sandbox: true, type: "payment" };
    server.script(success([channel]), success([{ pg_provider: "chai" }]));
    expect((await client.listAccountChannels()).channels).toEqual([channel]);
    expect(await failureOf(client.listAccountChannels())).toBe("outcome_unknown");
    expect(sent()).toEqual(["GET /users/pg", "GET /users/pg"]);
  });
});

describe("credentials", () => {
  it.each([{ apiKey: "" }, { apiSecret: "a b" }, { apiSecret: "비밀" }, { apiKey: "a\n" }])(
    "that cannot be any are refused before the first call: %j",
    (wrong) => {
      expect(() => createPortOneClient({ ...options, ...wrong })).toThrow(/copy it again/);
    },
  );
});
