import { inspect } from "node:util";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import type { Gateway, ProviderPayment, WindowHandle } from "../gateway.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { money } from "../money.ts";
import { createTossGateway } from "./toss-gateway.ts";

const clientKey = "test_ck_PUBLICKEY";
const secretKey = "test_sk_SECRETsecretKEY";
const secret = { billingKey: "BILLINGsecretKEY_x-1=", customerKey: "CUSTOMERsecretKEY-1" };
const secretTexts = [
  "SECRETsecretKEY",
  Buffer.from(`${secretKey}:`).toString("base64"),
  "BILLINGsecretKEY",
  "CUSTOMERsecretKEY",
  "AUTHsecretKEY",
  "PAYMENTsecret",
  "1000****1234",
  "43301234****123*",
  "kim@example.com",
  "김매달",
];

let server: ScriptedServer;
let sender: HttpSender;
let gateway: Gateway;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
  gateway = createTossGateway({
    mode: "test",
    clientKey,
    secretKey,
    apiHost: server.url,
    apiVersion: "2022-11-16",
    sender,
  });
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

const order = {
  secret,
  orderId: "ORDER0001",
  orderName: "매달 구독",
  amount: money(4_900, "KRW"),
  idempotencyKey: "idem-1",
  customerName: "김매달",
  customerEmail: "kim@example.com",
};

/** A Payment as Toss answers a transfer charge. */
const paid = {
  version: "2022-11-16",
  paymentKey: "pay_1",
  type: "BILLING",
  orderId: "ORDER0001",
  orderName: "매달 구독",
  currency: "KRW",
  method: "계좌이체",
  status: "DONE",
  totalAmount: 4_900,
  balanceAmount: 4_900,
  suppliedAmount: 4_445,
  vat: 455, // Wrong arithmetic, as in the guide's own sample: not our business.
  requestedAt: "2026-11-22T10:00:00+09:00",
  approvedAt: "2026-11-22T10:00:05+09:00",
  secret: "ps_PAYMENTsecret",
  card: null,
  transfer: { bankCode: "92", settlementStatus: "INCOMPLETED" },
  cancels: null,
  failure: null,
  somethingNew: { nested: true },
};

/** The same payment in our words, without the evidence. */
const captured = {
  paymentId: "pay_1",
  state: "captured",
  providerStatus: "DONE",
  orderId: "ORDER0001",
  amount: money(4_900, "KRW"),
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: Temporal.Instant.from("2026-11-22T01:00:00Z"),
  approvedAt: Temporal.Instant.from("2026-11-22T01:00:05Z"),
  methodLabel: "토스뱅크",
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

function refusal(status: number, code: string): ScriptedAnswer {
  return { status, body: { code, message: `${code} 입니다.` } };
}

async function issued(handle: WindowHandle) {
  if (gateway.window.kind !== "script") throw new Error("Toss's window is a script.");
  return gateway.window.exchange(handle);
}

async function charged(answer: ScriptedAnswer | "hang up") {
  server.script(answer);
  return gateway.chargeBillingKey(order);
}

async function lookedUp(members: object) {
  server.script({ status: 200, body: { ...paid, ...members } });
  return withoutExchange(await gateway.lookUpByOrderId("ORDER0001"));
}

describe("a charge that Toss approves", () => {
  it("is captured, with what is known of it", async () => {
    const payment = await charged({ status: 200, body: paid });
    expect(withoutExchange(payment)).toEqual(captured);
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({
      customerKey: "CUSTOMERsecretKEY-1",
      amount: 4_900,
      orderId: "ORDER0001",
      orderName: "매달 구독",
      customerName: "김매달",
      customerEmail: "kim@example.com",
    });
  });

  it("is captured all the same with another version or without its transfer, and both are told", async () => {
    const body = { ...paid, version: "2024-06-01", transfer: null };
    const payment = await charged({ status: 200, body });
    expect(payment.state).toBe("captured");
    expect(payment.observations.map(({ code }) => code)).toEqual([
      "other_api_version",
      "transfer_missing",
    ]);
  });

  it("is captured when type and currency are absent: a look-up verifies what is missing", async () => {
    const { type: _type, currency: _currency, ...rest } = paid;
    const payment = await charged({ status: 200, body: rest });
    expect(withoutExchange(payment)).toEqual({ ...captured, amount: undefined });
  });
});

describe("a 200 that is not about our charge", () => {
  it.each([
    ["status", { status: "ABORTED" }, "its status is ABORTED"],
    ["type", { type: "NORMAL" }, "its type is NORMAL"],
    ["order id", { orderId: "ORDER0002" }, "its order id is another"],
    ["amount", { totalAmount: 49_000 }, "its amount is 49000"],
    ["currency", { currency: "USD" }, "its currency is USD"],
  ])("is a mismatch by %s, with the payment as evidence", async (_name, members, reason) => {
    const error = await errorOf(charged({ status: 200, body: { ...paid, ...members } }));
    expect(error.failure).toBe("mismatch");
    expect(error.message).toContain(reason);
    expect(error.payment?.paymentId).toBe("pay_1");
  });
});

describe("a charge without a clear answer", () => {
  it.each<[string, ScriptedAnswer | "hang up"]>([
    ["a 200 without a payment", { status: 200, body: { ok: true } }],
    ["a 200 without a body", { status: 200 }],
    ["a payment whose currency is no text", { status: 200, body: { ...paid, currency: ["KRW"] } }],
    ["a payment whose type is no text", { status: 200, body: { ...paid, type: false } }],
    ["a payment that was cut off", { status: 200, body: '{"paymentKey":"pay_1"' }],
    ["a 201", { status: 201, body: paid }],
    ["a redirect", { status: 302, headers: { location: "/" } }],
    ["a bare 404", { status: 404, body: "Not Found" }],
    ["a proxy's page", { status: 502, body: "<html>Bad Gateway</html>" }],
    ["PROVIDER_ERROR under 400", refusal(400, "PROVIDER_ERROR")],
    ["an unknown code", refusal(400, "SOMETHING_NEW")],
    ["a duplicate", refusal(400, "DUPLICATED_ORDER_ID")],
    ["one still running", refusal(409, "IDEMPOTENT_REQUEST_PROCESSING")],
    ["too many requests", refusal(429, "TOO_MANY_REQUESTS")],
    ["a cut connection", "hang up"],
  ])("is unknown: %s", async (_name, answer) => {
    expect((await errorOf(charged(answer))).failure).toBe("outcome_unknown");
  });
});

describe("a charge that Toss refuses", () => {
  it("keeps code, sentence, status, wait and evidence for people", async () => {
    const answer = refusal(403, "REJECT_ACCOUNT_PAYMENT");
    const headers = { "x-tosspayments-trace-id": "trace-1", "retry-after": "60" };
    const error = await errorOf(charged({ ...answer, headers }));
    const { failure, code, providerMessage, httpStatus, retryAfterSeconds, exchange } = error;
    expect({ failure, code, providerMessage, httpStatus, retryAfterSeconds, exchange }).toEqual({
      failure: "soft_decline",
      code: "REJECT_ACCOUNT_PAYMENT",
      providerMessage: "REJECT_ACCOUNT_PAYMENT 입니다.",
      httpStatus: 403,
      retryAfterSeconds: 60,
      exchange: {
        method: "POST",
        path: "/v1/billing/[billing key]",
        requestBody: {
          customerKey: "[customer key]",
          amount: 4_900,
          orderId: "ORDER0001",
          orderName: "매달 구독",
          customerName: "[name]",
          customerEmail: "[email]",
        },
        status: 403,
        answerBody: { code: "REJECT_ACCOUNT_PAYMENT", message: "REJECT_ACCOUNT_PAYMENT 입니다." },
        traceId: "trace-1",
      },
    });
  });

  it("says which contract is missing when the method is not supported", async () => {
    const error = await errorOf(charged(refusal(400, "NOT_SUPPORTED_METHOD")));
    expect(error.failure).toBe("configuration");
    expect(error.message).toContain("자동결제 계약");
  });
});

describe("a charge that Toss would refuse for its form", () => {
  it("is not sent", async () => {
    const before = server.requests.length;
    const wrong = [
      { ...order, orderId: "short" },
      { ...order, orderId: "with space" },
      { ...order, orderName: "" },
      { ...order, orderName: "x".repeat(101) },
      { ...order, amount: money(100, "JPY") },
      { ...order, amount: money(0, "KRW") },
      { ...order, idempotencyKey: "k".repeat(301) },
      { ...order, idempotencyKey: "line\nbreak" },
      { ...order, customerEmail: "e".repeat(101) },
      { ...order, secret: { ...secret, customerKey: "with space" } },
      { ...order, secret: { ...secret, customerKey: "@@ANONYMOUS" } },
      { ...order, secret: { ...secret, billingKey: "" } },
      { ...order, secret: { billingKey: secret.billingKey } },
      { ...order, capture: "manual" as const },
    ];
    for (const each of wrong) {
      const error = await errorOf(gateway.chargeBillingKey(each));
      expect(error.failure).toBe("invalid_request");
    }
    expect(server.requests.length).toBe(before);
  });
});

describe("a look-up", () => {
  it("asks by our order id, or by Toss's payment key", async () => {
    server.script({ status: 200, body: paid }, { status: 200, body: paid });
    expect(withoutExchange(await gateway.lookUpByOrderId("ORDER0001"))).toEqual(captured);
    expect(withoutExchange(await gateway.lookUpByPaymentId("pay_1"))).toEqual(captured);
    expect(server.requests.slice(-2).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/payments/orders/ORDER0001",
      "GET /v1/payments/pay_1",
    ]);
  });

  it("finds nothing when Toss knows no such payment now", async () => {
    server.script(refusal(404, "NOT_FOUND_PAYMENT"));
    expect(await gateway.lookUpByOrderId("ORDER0001")).toBe("not_found");
  });

  it.each<[string, ScriptedAnswer | "hang up"]>([
    ["a bare 404", { status: 404, body: "Not Found" }],
    ["NOT_FOUND", refusal(404, "NOT_FOUND")],
    ["wrong credentials", refusal(401, "UNAUTHORIZED_KEY")],
    ["asked too often", refusal(403, "FORBIDDEN_CONSECUTIVE_REQUEST")],
    ["a 200 without a payment", { status: 200, body: {} }],
    ["a currency that there is not", { status: 200, body: { ...paid, currency: "WON" } }],
    ["a cut connection", "hang up"],
  ])("knows nothing after %s", async (_name, answer) => {
    server.script(answer);
    const error = await errorOf(gateway.lookUpByOrderId("ORDER0001"));
    expect(error.failure).toBe("outcome_unknown");
  });
});

describe("a payment that was refunded", () => {
  const cancel = {
    cancelAmount: 4_900,
    cancelReason: "고객 요청",
    refundableAmount: 0,
    canceledAt: "2026-11-23T10:00:00+09:00",
    transactionKey: "txn_1",
    cancelStatus: "DONE",
  };

  it("is captured, and refunded by what the balance says", async () => {
    expect(await lookedUp({ status: "CANCELED", balanceAmount: 0, cancels: [cancel] })).toEqual({
      ...captured,
      providerStatus: "CANCELED",
      refundedMinor: 4_900,
      refunds: [
        {
          transactionId: "txn_1",
          amountMinor: 4_900,
          refundedAt: Temporal.Instant.from("2026-11-23T01:00:00Z"),
          reason: "고객 요청",
        },
      ],
    });
  });

  it("is refunded in full at balance 0, even if Toss calls that partial", async () => {
    const payment = await lookedUp({ status: "PARTIAL_CANCELED", balanceAmount: 0 });
    expect(payment).toEqual({
      ...captured,
      providerStatus: "PARTIAL_CANCELED",
      refundedMinor: 4_900,
    });
  });
});

describe("a payment that took no money", () => {
  const notApproved = { approvedAt: null, balanceAmount: 0 };
  const unpaid = { ...captured, state: "failed", approvedAt: undefined } as const;

  it("has failed with Toss's reason when it was aborted", async () => {
    const failure = { code: "INVALID_CARD_EXPIRATION", message: "유효기간" };
    expect(await lookedUp({ ...notApproved, status: "ABORTED", failure })).toEqual({
      ...unpaid,
      providerStatus: "ABORTED",
      failure: { failure: "hard_decline", code: "INVALID_CARD_EXPIRATION", message: "유효기간" },
    });
  });

  it("has failed without a reason when it expired, or was cancelled before approval", async () => {
    for (const status of ["EXPIRED", "CANCELED"]) {
      expect(await lookedUp({ ...notApproved, status })).toEqual({
        ...unpaid,
        providerStatus: status,
        failure: { failure: "soft_decline", code: status, message: "" },
      });
    }
  });

  it("is pending before approval, and anything else has no word of ours", async () => {
    const states = [];
    for (const status of ["READY", "IN_PROGRESS", "WAITING_FOR_DEPOSIT", "BRAND_NEW"]) {
      const payment = await lookedUp({ ...notApproved, status });
      states.push(payment === "not_found" ? payment : payment.state);
    }
    expect(states).toEqual(["pending", "pending", "other", "other"]);
  });
});

describe("a refund", () => {
  const refund = {
    paymentId: "pay_1",
    amount: money(1_000, "KRW"),
    refundableMinor: 4_900,
    reason: "고객 요청",
    idempotencyKey: "idem-2",
  };
  const ours = { transactionKey: "txn_ours", cancelAmount: 1_000, refundableAmount: 3_900 };
  const later = { transactionKey: "txn_later", cancelAmount: 900, refundableAmount: 3_000 };
  const body = { ...paid, status: "PARTIAL_CANCELED", balanceAmount: 3_000 };

  it("tells Toss what is left, and is found among the others by what it left", async () => {
    server.script({ status: 200, body: { ...body, cancels: [ours, later] } });
    const { exchange: _, ...receipt } = await gateway.refund(refund);
    expect(receipt).toEqual({
      refund: {
        transactionId: "txn_ours",
        amountMinor: 1_000,
        refundedAt: undefined,
        reason: undefined,
      },
      refundedMinor: 1_900,
      observations: [],
    });
    const { path, body: sent } = server.requests.at(-1)!;
    expect({ path, sent: JSON.parse(sent) }).toEqual({
      path: "/v1/payments/pay_1/cancel",
      sent: { cancelReason: "고객 요청", cancelAmount: 1_000, refundableAmount: 4_900 },
    });
  });

  it("gives back everything when no amount is named", async () => {
    const all = { transactionKey: "txn_all", cancelAmount: 4_900, refundableAmount: 0 };
    const answer = { ...paid, status: "CANCELED", balanceAmount: 0, cancels: [all] };
    server.script({ status: 200, body: answer });
    const receipt = await gateway.refund({ ...refund, amount: undefined });
    expect([receipt.refund.transactionId, receipt.refundedMinor]).toEqual(["txn_all", 4_900]);
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({
      cancelReason: "고객 요청",
      refundableAmount: 4_900,
    });
  });

  it("is a mismatch when the payment does not contain it", async () => {
    server.script({ status: 200, body: { ...body, cancels: [later] } });
    const error = await errorOf(gateway.refund(refund));
    expect({ failure: error.failure, paymentId: error.payment?.paymentId }).toEqual({
      failure: "mismatch",
      paymentId: "pay_1",
    });
  });

  it("is unknown while in progress, and when Toss says that it was done before", async () => {
    const pending = { ...ours, cancelStatus: "IN_PROGRESS" };
    const answers = [
      { status: 200, body: { ...body, cancels: [pending] } },
      refusal(400, "ALREADY_CANCELED_PAYMENT"),
      refusal(403, "NOT_CANCELABLE_AMOUNT"),
      refusal(400, "NOT_MATCHES_REFUNDABLE_AMOUNT"),
    ];
    for (const answer of answers) {
      server.script(answer);
      expect((await errorOf(gateway.refund(refund))).failure).toBe("outcome_unknown");
    }
  });

  it("is not sent when it is more than what is left", async () => {
    const error = await errorOf(gateway.refund({ ...refund, amount: money(5_000, "KRW") }));
    expect(error.failure).toBe("invalid_request");
  });
});

describe("deleting a billing key", () => {
  it("succeeds, and succeeds again when the key is gone", async () => {
    server.script({ status: 200 }, refusal(400, "ALREADY_REMOVED_BILLING_KEY"));
    await gateway.deleteBillingKey(secret);
    await gateway.deleteBillingKey(secret);
    const { method, path } = server.requests.at(-1)!;
    expect({ method, path }).toEqual({
      method: "DELETE",
      path: "/v1/billing/BILLINGsecretKEY_x-1%3D",
    });
  });

  it("has not succeeded by a bare 404", async () => {
    server.script({ status: 404, body: "Not Found" });
    expect((await errorOf(gateway.deleteBillingKey(secret))).failure).toBe("outcome_unknown");
  });
});

describe("a registration", () => {
  const registration = {
    authKey: "AUTHsecretKEY",
    customerKey: secret.customerKey,
    idempotencyKey: "idem-3",
  };
  const billing = { ...secret, method: "계좌이체", card: null, transfers: null };

  it("opens Toss's own window with public values only", () => {
    const url = "https://js.tosspayments.com/v2/standard";
    const script = { url, clientKey, global: "TossPayments" };
    expect(gateway.window).toEqual({ kind: "script", script, exchange: expect.any(Function) });
  });

  it("ends in a billing key, with or without knowing the account", async () => {
    server.script({ status: 200, body: billing });
    const { exchange: _, ...registered } = await issued(registration);
    expect(registered).toEqual({
      secret,
      method: "TRANSFER",
      methodLabel: undefined,
      observations: [],
    });
  });

  it("is a mismatch when the key is another customer's", async () => {
    server.script({ status: 200, body: { ...billing, customerKey: "someone-else" } });
    const error = await errorOf(issued(registration));
    expect(error.failure).toBe("mismatch");
  });

  it("is unknown when the answer has no key", async () => {
    server.script({ status: 200, body: { ...billing, billingKey: undefined } });
    const error = await errorOf(issued(registration));
    expect(error.failure).toBe("outcome_unknown");
  });
});

describe("the list of transactions", () => {
  const row = (transactionKey: string) => ({
    transactionKey,
    paymentKey: "pay_1",
    orderId: "ORDER0001",
    status: "DONE",
    amount: 4_900,
    transactionAt: "2026-11-22T10:00:05+09:00",
    customerKey: "CUSTOMERsecretKEY-1",
  });
  const range = {
    from: Temporal.Instant.from("2026-11-21T15:00:00Z"),
    to: Temporal.Instant.from("2026-11-22T15:00:00Z"),
  };

  it("is read page by page until one is not full", async () => {
    const full = Array.from({ length: 1_000 }, (_, index) => row(`txn_${index}`));
    server.script({ status: 200, body: full }, { status: 200, body: [row("txn_last")] });
    const listed = [];
    for await (const each of gateway.listTransactions!(range)) listed.push(each);
    expect(listed.length).toBe(1_001);
    expect(listed.at(-1)).toEqual({
      transactionId: "txn_last",
      paymentId: "pay_1",
      orderId: "ORDER0001",
      providerStatus: "DONE",
      amountMinor: 4_900,
      happenedAt: Temporal.Instant.from("2026-11-22T01:00:05Z"),
    });
    const start = "startDate=2026-11-22T00%3A00%3A00&endDate=2026-11-23T00%3A00%3A00&limit=1000";
    expect(server.requests.slice(-2).map(({ path }) => path)).toEqual([
      `/v1/transactions?${start}`,
      `/v1/transactions?${start}&startingAfter=txn_999`,
    ]);
  });
});

describe("a webhook", () => {
  it("is read in the words that all gateways share", () => {
    const headers = { "tosspayments-webhook-transmission-id": "whtrans_1" };
    const createdAt = "2026-11-22T10:00:00.12345";
    const body = { eventType: "BILLING_DELETED", createdAt, data: { billingKey: "key_1" } };
    expect(gateway.readNotification(JSON.stringify(body), headers)).toEqual({
      kind: "billing_key_deleted",
      billingKey: "key_1",
      reason: undefined,
      createdAt: Temporal.Instant.from("2026-11-22T01:00:00.12345Z"),
      deliveryId: "whtrans_1",
    });
    expect(gateway.readNotification("not JSON", {})).toBe("unreadable");
  });
});

describe("secrets", () => {
  it("occur nowhere in what a full exchange leaves behind", async () => {
    const leftovers: unknown[] = [];
    const registration = {
      authKey: "AUTHsecretKEY",
      customerKey: secret.customerKey,
      idempotencyKey: "idem-4",
    };
    const everySecret = {
      ...secret,
      authKey: "AUTHsecretKEY",
      secret: "ps_PAYMENTsecret",
      customerEmail: "kim@example.com",
      customerName: "김매달",
      transfers: [{ bankName: "토스뱅크", bankAccountNumber: "1000****1234" }],
      card: { issuerCode: "41", number: "43301234****123*" },
    };
    // Toss quoting them in free text, as they are and as they look in a URL.
    const quoted = [
      secretKey,
      Buffer.from(`${secretKey}:`).toString("base64"),
      secret.billingKey,
      encodeURIComponent(secret.billingKey),
      secret.customerKey,
      "AUTHsecretKEY ps_PAYMENTsecret kim@example.com 김매달 1000****1234 43301234****123*",
    ].join(" ");

    server.script({ status: 200, body: { ...everySecret, method: "카드" } });
    leftovers.push((await issued(registration)).exchange);
    server.script({ status: 200, body: { ...paid, ...everySecret, orderName: secret.billingKey } });
    leftovers.push(await gateway.chargeBillingKey(order));
    server.script({ status: 200, body: { ...everySecret, customerKey: "someone-else" } });
    leftovers.push(await errorOf(issued(registration)));
    server.script({ status: 200, body: { ...paid, ...everySecret, status: "ABORTED" } });
    leftovers.push(await errorOf(gateway.chargeBillingKey(order)));

    const refused: (ScriptedAnswer | "hang up")[] = [
      { status: 400, body: { code: quoted, message: quoted, ...everySecret } },
      { status: 403, body: { code: "REJECT_ACCOUNT_PAYMENT", message: quoted, ...everySecret } },
      { status: 201, body: quoted },
      { status: 500, body: quoted, headers: { "x-tosspayments-trace-id": secret.billingKey } },
      "hang up",
    ];
    for (const answer of refused) {
      server.script(answer, answer);
      leftovers.push(await errorOf(gateway.chargeBillingKey(order)));
      leftovers.push(await errorOf(gateway.deleteBillingKey(secret)));
    }
    leftovers.push(gateway);

    const all = leftovers
      .map((each) => {
        const stack = each instanceof Error ? `${each.stack} ${String(each.cause)}` : "";
        return `${JSON.stringify(each)} ${inspect(each, { depth: 20, showHidden: true })} ${stack}`;
      })
      .join("\n");
    expect(secretTexts.filter((text) => all.includes(text))).toEqual([]);
    expect(all).toContain("[billing key]");
  });
});

describe("a gateway with a wrong configuration", () => {
  it("is not created, and says what to mend without quoting a key", () => {
    const create = () =>
      createTossGateway({ mode: "live", clientKey, secretKey: "live_gsk_WIDGETsecret", sender });
    expect(create).toThrow(/client key is a test key .* secret key is a payment widget key/);
    expect(create).not.toThrow(/WIDGETsecret/);
  });

  it("is not created when it would give up on live payments that are still being approved", () => {
    const live = { mode: "live", clientKey: "live_ck_A", secretKey: "live_sk_B", sender } as const;
    const create = (readMs: number) => () =>
      createTossGateway({ ...live, timeouts: { connectMs: 10_000, readMs } });
    expect(create(59_999)).toThrow(/set the read timeout to 60000 ms or more/);
    expect(create(60_000)).not.toThrow();
  });
});
