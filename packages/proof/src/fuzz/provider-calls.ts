/**
 * Provider calls: for each provider the calls that move money, or ask about it, with the answer that
 * means success and what must be in an answer before it may mean that. The answers are written from
 * the providers' documents, and what is essential is read here with JSON.parse alone, so that a gateway
 * is never judged by its own reading.
 */
import { money, type Gateway, type HttpSender } from "@maedal/gateways";
import { createLinePayGateway } from "@maedal/gateways/line-pay";
import { createPortOneGateway } from "@maedal/gateways/portone";
import { createTossGateway } from "@maedal/gateways/toss";
import { Temporal } from "temporal-polyfill";
import { findingOf, outcomeOfAnswer } from "../../../server/src/charges/outcome.ts";

/** Anything that was parsed, to be looked into without asking first what it is. */
export type Parsed = { readonly [key: string]: Parsed } | undefined | null;

export interface ProviderCall {
  /** `toss charge` */
  readonly name: string;
  readonly gatewayOf: (sender: HttpSender) => Gateway;
  /** What the provider answers when all is well. */
  readonly answer: string;
  /** @returns Whether the engine would take the answer for a success. */
  readonly succeeds: (gateway: Gateway) => Promise<boolean>;
  /** Whether an answer with status 200 and this body still says all that makes it a success. */
  readonly saysSo: (body: Parsed) => boolean;
  /** What was sent and must stay secret: never in an error or its exchange. */
  readonly secrets: readonly string[];
}

type ProviderCallOf = Omit<ProviderCall, "gatewayOf" | "secrets">;

const orderId = "5X4H9K2M7Q1R8T3V6W0Y5Z2A4B00000AA";
const billingKey = "planted-billing-key-Zk3vQ8";
const customerKey = "planted-customer-key-Qx7nL2";
const authKey = "planted-auth-key-Rt5wB9";
const idempotencyKey = "2f5f8d6e-95a0-4c54-8c19-4a1d1c0e7b11";
const won = money(9_900, "KRW");
const taiwanDollars = money(299, "TWD");
const span = {
  from: Temporal.Instant.from("2026-11-01T00:00:00Z"),
  to: Temporal.Instant.from("2026-11-02T00:00:00Z"),
};

function is(value: unknown, expected: string | number): boolean {
  return value === expected;
}

function isOneOf(value: unknown, allowed: readonly unknown[]): boolean {
  return allowed.includes(value);
}

/** A number that JSON.parse would round is taken by its digits, so it may stand for an id. */
function isIdentifier(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

/** Whether a value is this one, or not there at all. */
function isOrAbsent(value: unknown, expected: unknown): boolean {
  return value === undefined || value === null || value === expected;
}

function charge(gateway: Gateway, amount: typeof won): Promise<boolean> {
  const secret = { billingKey, customerKey };
  return gateway
    .chargeBillingKey({
      secret,
      orderId,
      orderName: "하늘우유",
      amount,
      idempotencyKey,
      customerName: "김하늘",
      customerEmail: "haneul@example.com",
      customerPhone: "010-1234-5678",
    })
    .then((payment) => {
      const expected = { orderId, amount };
      return outcomeOfAnswer(expected, payment, gateway.capabilities).kind === "captured";
    });
}

function lookUp(gateway: Gateway, amount: typeof won): Promise<boolean> {
  return gateway.lookUpByOrderId(orderId).then((found) => {
    return findingOf({ orderId, amount }, found, gateway.capabilities).kind === "captured";
  });
}

function refund(gateway: Gateway, paymentId: string, amount: typeof won): Promise<boolean> {
  const order = { paymentId, amount, refundableMinor: 9_900, reason: "과금 취소", idempotencyKey };
  return gateway.refund(order).then(({ refund: made }) => made.amountMinor === amount.amountMinor);
}

/** Reads the whole list: what matters is that it ends, and ends in nothing but a GatewayError. */
async function readsList(gateway: Gateway): Promise<boolean> {
  let rows = 0;
  for await (const { orderId: listed } of gateway.listTransactions?.(span) ?? []) {
    if (listed === orderId) rows += 1;
    if (rows > 10_000) throw new Error("the list does not end");
  }
  return rows > 0;
}

// Toss Payments, core API 2022-11-16: Payment, Billing and Transaction objects (read 2026-11).

const tossPaymentKey = "tviva20261122101500Ab1C2";
const tossSecretKey = "test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R";

const tossPayment = {
  version: "2022-11-16",
  paymentKey: tossPaymentKey,
  type: "BILLING",
  orderId,
  orderName: "하늘우유",
  mId: "tvivarepublica",
  currency: "KRW",
  method: "계좌이체",
  totalAmount: 9_900,
  balanceAmount: 9_900,
  status: "DONE",
  requestedAt: "2026-11-22T10:15:00+09:00",
  approvedAt: "2026-11-22T10:15:01+09:00",
  lastTransactionKey: "A1B2C3D4E5F60718293A4B5C6D7E8F90",
  suppliedAmount: 9_000,
  vat: 900,
  isPartialCancelable: true,
  cancels: null,
  card: null,
  transfer: { bankCode: "92", settlementStatus: "INCOMPLETED" },
  failure: null,
};

const tossCancel = {
  transactionKey: "F0E1D2C3B4A5968778695A4B3C2D1E0F",
  cancelAmount: 4_900,
  cancelReason: "과금 취소",
  refundableAmount: 5_000,
  canceledAt: "2026-11-22T11:00:00+09:00",
  cancelStatus: "DONE",
};

function tossGateway(sender: HttpSender): Gateway {
  const clientKey = "test_ck_D5GePWvyJnrK0W0k6q8gLzN97Eoq";
  return createTossGateway({ mode: "test", clientKey, secretKey: tossSecretKey, sender });
}

function isTossPayment(body: Parsed): boolean {
  return (
    is(body?.["orderId"], orderId) &&
    is(body?.["totalAmount"], 9_900) &&
    isIdentifier(body?.["paymentKey"]) &&
    isOrAbsent(body?.["currency"], "KRW")
  );
}

const tossCalls: readonly ProviderCallOf[] = [
  {
    name: "toss charge",
    answer: JSON.stringify(tossPayment),
    succeeds: (gateway) => charge(gateway, won),
    saysSo: (body) =>
      isTossPayment(body) && is(body?.["status"], "DONE") && isOrAbsent(body?.["type"], "BILLING"),
  },
  {
    name: "toss look-up",
    answer: JSON.stringify(tossPayment),
    succeeds: (gateway) => lookUp(gateway, won),
    saysSo: (body) =>
      isTossPayment(body) && isOneOf(body?.["status"], ["DONE", "PARTIAL_CANCELED", "CANCELED"]),
  },
  {
    name: "toss refund",
    answer: JSON.stringify({
      ...tossPayment,
      status: "PARTIAL_CANCELED",
      balanceAmount: 5_000,
      lastTransactionKey: tossCancel.transactionKey,
      cancels: [tossCancel],
    }),
    succeeds: (gateway) => refund(gateway, tossPaymentKey, money(4_900, "KRW")),
    saysSo: (body) =>
      is(body?.["paymentKey"], tossPaymentKey) &&
      elementsOf(body?.["cancels"]).some(
        (cancel) =>
          is(cancel?.["cancelAmount"], 4_900) &&
          isOrAbsent(cancel?.["refundableAmount"], 5_000) &&
          isOrAbsent(cancel?.["cancelStatus"], "DONE"),
      ),
  },
  {
    name: "toss issue",
    answer: JSON.stringify({
      mId: "tvivarepublica",
      customerKey,
      authenticatedAt: "2026-11-22T10:00:00+09:00",
      method: "계좌이체",
      billingKey,
      card: null,
      transfers: [{ bankName: "토스뱅크", bankCode: "92", bankAccountNumber: "1000****1234" }],
    }),
    succeeds: async ({ window }) => {
      if (window.kind !== "script") return false;
      const handle = { authKey, customerKey, idempotencyKey };
      const { secret } = await window.exchange(handle);
      return secret.customerKey === customerKey;
    },
    saysSo: (body) => is(body?.["customerKey"], customerKey) && isIdentifier(body?.["billingKey"]),
  },
  {
    name: "toss list",
    answer: JSON.stringify([
      {
        mId: "tvivarepublica",
        transactionKey: tossPayment.lastTransactionKey,
        paymentKey: tossPaymentKey,
        orderId,
        status: "DONE",
        method: "계좌이체",
        transactionAt: "2026-11-22T10:15:01+09:00",
        currency: "KRW",
        amount: 9_900,
      },
    ]),
    succeeds: readsList,
    saysSo: (body) => elementsOf(body).some((row) => is(row?.["orderId"], orderId)),
  },
];

// LINE Pay Online API v3 (read 2026-11). The real transaction ids have 19 digits; these are short
// enough to survive JSON.parse, which reads the oracle's side.

const linePayId = 202_611_220_123_456;
const linePaySecret = "planted-channel-secret-Hd4";

function linePayGateway(sender: HttpSender): Gateway {
  return createLinePayGateway({
    mode: "test",
    channelId: "1234567890",
    channelSecret: linePaySecret,
    sender,
    nonce: () => idempotencyKey,
  });
}

function linePayAnswer(info: unknown): string {
  return JSON.stringify({ returnCode: "0000", returnMessage: "Success.", info });
}

/** Either of the two names of the code, and no other. */
function isLinePaySuccess(body: Parsed): boolean {
  const codes = [body?.["returnCode"], body?.["resultCode"]].filter((code) => code != null);
  return codes.length > 0 && codes.every((code) => isOneOf(code, ["0000", 0]));
}

function isLinePayId(value: unknown): boolean {
  return Number.isSafeInteger(value) || /^\d{1,20}$/.test(String(value));
}

function paidIn(row: Parsed): number {
  const amounts = elementsOf(row?.["payInfo"]).map((each) => Number(each?.["amount"]));
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

const linePayCalls: readonly ProviderCallOf[] = [
  {
    name: "line_pay charge",
    answer: linePayAnswer({ transactionId: linePayId, transactionDate: "2026-11-22T01:15:00Z" }),
    succeeds: (gateway) => charge(gateway, taiwanDollars),
    saysSo: (body) =>
      isLinePaySuccess(body) &&
      isLinePayId(body?.["info"]?.["transactionId"]) &&
      isOrAbsent(body?.["info"]?.["orderId"], orderId) &&
      body?.["info"]?.["authorizationExpireDate"] == null,
  },
  {
    name: "line_pay look-up",
    answer: linePayAnswer([
      {
        transactionId: linePayId,
        transactionDate: "2026-11-22T01:15:00Z",
        transactionType: "PAYMENT",
        payStatus: "CAPTURE",
        orderId,
        productName: "하늘우유",
        merchantName: "Milk",
        currency: "TWD",
        payInfo: [{ method: "BALANCE", amount: 299 }],
      },
    ]),
    succeeds: (gateway) => lookUp(gateway, taiwanDollars),
    saysSo: (body) =>
      isLinePaySuccess(body) &&
      elementsOf(body?.["info"]).some(
        (row) =>
          is(row?.["transactionType"], "PAYMENT") &&
          isOrAbsent(row?.["payStatus"], "CAPTURE") &&
          isOrAbsent(row?.["orderId"], orderId) &&
          isOrAbsent(row?.["currency"], "TWD") &&
          // Absent, its amount is verified by nobody but the sweep: that is documented.
          (elementsOf(row?.["payInfo"]).length === 0 ||
            row?.["currency"] == null ||
            paidIn(row) === 299),
      ),
  },
  {
    name: "line_pay confirm",
    answer: linePayAnswer({
      orderId,
      transactionId: linePayId,
      payInfo: [{ method: "BALANCE", amount: 299 }],
      regKey: billingKey,
    }),
    succeeds: async (gateway) => {
      if (gateway.window.kind !== "payment") return false;
      const order = { windowId: String(linePayId), orderId, amount: taiwanDollars };
      const { payment } = await gateway.window.confirm(order);
      const expected = { orderId, amount: taiwanDollars };
      return outcomeOfAnswer(expected, payment, gateway.capabilities).kind === "captured";
    },
    saysSo: (body) => {
      const info = body?.["info"];
      return (
        isLinePaySuccess(body) &&
        isOneOf(info?.["transactionId"], [linePayId, String(linePayId)]) &&
        isOrAbsent(info?.["orderId"], orderId) &&
        info?.["authorizationExpireDate"] == null &&
        (elementsOf(info?.["payInfo"]).length === 0 || paidIn(info) === 299)
      );
    },
  },
  {
    name: "line_pay refund",
    answer: linePayAnswer({
      refundTransactionId: linePayId + 1,
      refundTransactionDate: "2026-11-22T02:00:00Z",
    }),
    succeeds: (gateway) => refund(gateway, String(linePayId), money(100, "TWD")),
    saysSo: (body) =>
      isLinePaySuccess(body) && isLinePayId(body?.["info"]?.["refundTransactionId"]),
  },
];

// PortOne V1 API schema (read 2026-08): every answer in an envelope; a token is asked for first.

const portOneId = "imp_448280090638";
const portOneSecret = "planted-api-secret-9f86d081884c7d65";

const portOnePayment = {
  imp_uid: portOneId,
  merchant_uid: orderId,
  status: "paid",
  amount: 9_900,
  cancel_amount: 0,
  currency: "KRW",
  pay_method: "trans",
  pg_provider: "chai",
  pg_id: "test",
  pg_tid: "chai-1",
  sandbox: true,
  name: "하늘우유",
  started_at: 1_795_310_100,
  paid_at: 1_795_310_101,
  failed_at: 0,
  cancelled_at: 0,
  fail_reason: null,
  cancel_history: [],
  customer_uid: billingKey,
  customer_uid_usage: "payment",
};

function portOneGateway(sender: HttpSender): Gateway {
  return createPortOneGateway({
    mode: "test",
    impCode: "imp37739582",
    apiKey: "1234567890123456",
    apiSecret: portOneSecret,
    channel: "chai",
    sender,
    monotonicMs: () => 0,
  });
}

const portOneTokenText = "planted-token-a9ace025";

export const portOneToken = JSON.stringify({
  code: 0,
  message: null,
  response: { access_token: portOneTokenText, now: 1_795_310_000, expired_at: 1_795_311_800 },
});

function portOneAnswer(response: unknown): string {
  return JSON.stringify({ code: 0, message: null, response });
}

function isPortOnePayment(payment: Parsed): boolean {
  return (
    isIdentifier(payment?.["imp_uid"]) &&
    is(payment?.["merchant_uid"], orderId) &&
    is(payment?.["amount"], 9_900) &&
    is(payment?.["currency"], "KRW") &&
    isOrAbsent(payment?.["sandbox"], true)
  );
}

function isPortOneSuccess(body: Parsed): boolean {
  return isOneOf(body?.["code"], [0, "0"]);
}

const portOneCalls: readonly ProviderCallOf[] = [
  {
    name: "portone charge",
    answer: portOneAnswer(portOnePayment),
    succeeds: (gateway) => charge(gateway, won),
    saysSo: (body) =>
      isPortOneSuccess(body) &&
      isPortOnePayment(body?.["response"]) &&
      is(body?.["response"]?.["status"], "paid") &&
      isOrAbsent(body?.["response"]?.["customer_uid"], billingKey),
  },
  {
    name: "portone look-up",
    answer: portOneAnswer({ total: 1, previous: 0, next: 0, list: [portOnePayment] }),
    succeeds: (gateway) => lookUp(gateway, won),
    saysSo: (body) =>
      isPortOneSuccess(body) &&
      elementsOf(body?.["response"]?.["list"]).some(
        (payment) =>
          isPortOnePayment(payment) && isOneOf(payment?.["status"], ["paid", "cancelled"]),
      ),
  },
  {
    name: "portone refund",
    answer: portOneAnswer({
      ...portOnePayment,
      status: "cancelled",
      cancel_amount: 4_900,
      cancelled_at: 1_795_313_000,
      cancel_history: [
        { cancellation_id: "c-1", pg_tid: "chai-2", amount: 4_900, cancelled_at: 1_795_313_000 },
      ],
    }),
    succeeds: (gateway) => refund(gateway, portOneId, money(4_900, "KRW")),
    saysSo: (body) => {
      const payment = body?.["response"];
      const left = Number(payment?.["amount"]) - Number(payment?.["cancel_amount"]);
      return (
        isPortOneSuccess(body) &&
        is(payment?.["imp_uid"], portOneId) &&
        is(payment?.["currency"], "KRW") &&
        left === 5_000 &&
        elementsOf(payment?.["cancel_history"]).some((entry) => is(entry?.["amount"], 4_900))
      );
    },
  },
  {
    name: "portone list",
    answer: portOneAnswer({ total: 1, previous: 0, next: 0, list: [portOnePayment] }),
    succeeds: readsList,
    saysSo: (body) =>
      isPortOneSuccess(body) &&
      elementsOf(body?.["response"]?.["list"]).some((payment) =>
        is(payment?.["merchant_uid"], orderId),
      ),
  },
];

function elementsOf(value: unknown): readonly Parsed[] {
  return Array.isArray(value) ? (value as readonly Parsed[]) : [];
}

/** Only who sent a billing key can know it again wherever the answer quotes it. */
function secretsOf({ name }: ProviderCallOf): readonly string[] {
  return name.endsWith(" charge") ? [billingKey] : [];
}

export const providerCalls: readonly ProviderCall[] = [
  ...tossCalls.map((call) => ({
    ...call,
    gatewayOf: tossGateway,
    secrets: [...secretsOf(call), customerKey, authKey, tossSecretKey],
  })),
  ...linePayCalls.map((call) => ({
    ...call,
    gatewayOf: linePayGateway,
    secrets: [...secretsOf(call), linePaySecret],
  })),
  ...portOneCalls.map((call) => ({
    ...call,
    gatewayOf: portOneGateway,
    secrets: [...secretsOf(call), portOneSecret, portOneTokenText],
  })),
];
