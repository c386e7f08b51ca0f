import { inspect } from "node:util";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import type { Gateway, PaymentWindow, ProviderPayment } from "../gateway.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { money } from "../money.ts";
import { createLinePayGateway, type LinePayGatewayOptions } from "./line-pay-gateway.ts";

const channelSecret = "CHANNELsecretTEXT";
const nonce = "NONCEsecret-6f1c2a34";
const regKey = "RKsecretKEY/1=";
const secret = { billingKey: regKey };
const paymentId = "2026110103000112310";

let server: ScriptedServer;
let sender: HttpSender;
let options: LinePayGatewayOptions;
let gateway: Gateway;
let window: PaymentWindow;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
  options = {
    mode: "test",
    channelId: "1234567890",
    channelSecret,
    sender,
    nonce: () => nonce,
    apiHost: server.url,
  };
  gateway = createLinePayGateway(options);
  if (gateway.window.kind !== "payment") throw new Error("LINE Pay's window takes a payment.");
  window = gateway.window;
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

const order = {
  secret,
  orderId: "ORDER0001",
  orderName: "OTT Premium",
  amount: money(999, "TWD"),
  idempotencyKey: "not used here",
};

/** What no answer of LINE Pay carries, or the answer at hand does not. */
const unknown = {
  orderId: undefined,
  amount: undefined,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: undefined,
  approvedAt: undefined,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
} as const;

function at(text: string): Temporal.Instant {
  return Temporal.Instant.from(text);
}

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

/** Ids are bare numbers of 19 digits, so the answer is written as text. */
function success(info: string): ScriptedAnswer {
  return { status: 200, body: `{"returnCode":"0000","returnMessage":"OK","info":${info}}` };
}

function refusal(returnCode: string, returnMessage = "-"): ScriptedAnswer {
  return { status: 200, body: { returnCode, returnMessage } };
}

const charged = `"transactionId":${paymentId},"transactionDate":"2026-11-01T03:00:01Z"`;

describe("a charge that LINE Pay approves", () => {
  it("is captured, with the little that its answer says", async () => {
    server.script(success(`{${charged}}`));
    expect(withoutExchange(await gateway.chargeBillingKey(order))).toEqual({
      ...unknown,
      paymentId,
      state: "captured",
      providerStatus: "0000",
      approvedAt: at("2026-11-01T03:00:01Z"),
      authorizationExpiresAt: undefined,
    });
  });

  it("is authorized when it is to be captured later", async () => {
    server.script(success(`{${charged},"authorizationExpireDate":"2026-12-01T03:00:01Z"}`));
    const payment = await gateway.chargeBillingKey({ ...order, capture: "manual" });
    expect(withoutExchange(payment)).toEqual({
      ...unknown,
      paymentId,
      state: "authorized",
      providerStatus: "0000",
      approvedAt: at("2026-11-01T03:00:01Z"),
      authorizationExpiresAt: at("2026-12-01T03:00:01Z"),
    });
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({
      productName: "OTT Premium",
      amount: 999,
      currency: "TWD",
      orderId: "ORDER0001",
      capture: false,
    });
  });

  it("is a mismatch, with the payment as evidence, when it names another order", async () => {
    server.script(success(`{${charged},"orderId":"ORDER0002"}`));
    const { failure, payment } = await errorOf(gateway.chargeBillingKey(order));
    expect({ failure, payment: payment?.paymentId }).toEqual({
      failure: "mismatch",
      payment: paymentId,
    });
  });
});

describe("a charge that LINE Pay declines", () => {
  /** The class of a decline, once the key was asked about. */
  async function classOf(code: string, key: ScriptedAnswer | "hang up"): Promise<string> {
    server.script(refusal(code), key);
    return (await errorOf(gateway.chargeBillingKey(order))).failure;
  }

  it("keeps code, words and evidence for people", async () => {
    server.script(refusal("1142", "Insufficient balance."));
    const error = await errorOf(gateway.chargeBillingKey(order));
    const { failure, code, providerMessage, httpStatus, exchange } = error;
    expect({ failure, code, providerMessage, httpStatus, exchange }).toEqual({
      failure: "soft_decline",
      code: "1142",
      providerMessage: "Insufficient balance.",
      httpStatus: 200,
      exchange: {
        method: "POST",
        path: "/v3/payments/preapprovedPay/[billing key]/payment",
        requestBody: {
          productName: "OTT Premium",
          amount: 999,
          currency: "TWD",
          orderId: "ORDER0001",
        },
        status: 200,
        answerBody: { returnCode: "1142", returnMessage: "Insufficient balance." },
      },
    });
  });

  it("asks nothing when the code alone says what became of the key", async () => {
    const before = server.requests.length;
    server.script(refusal("1282"), refusal("1288"), refusal("1104"), refusal("1172"));
    const failures = [];
    for (let count = 0; count < 4; count++) {
      failures.push((await errorOf(gateway.chargeBillingKey(order))).failure);
    }
    expect(failures).toEqual([
      "billing_key_invalid",
      "soft_decline",
      "configuration",
      "outcome_unknown",
    ]);
    expect(server.requests.length - before).toBe(4);
  });

  it("by a limit, a theft or a wrong card asks whether the key still lives", async () => {
    expect([
      await classOf("1290", refusal("0000")),
      await classOf("1291", refusal("1190")),
      await classOf("1292", refusal("1193")),
      await classOf("1295", refusal("1141")),
      await classOf("1293", refusal("1154")),
      await classOf("1294", refusal("9000")),
      await classOf("1290", "hang up"),
    ]).toEqual([
      "soft_decline",
      "billing_key_invalid",
      "billing_key_invalid",
      "billing_key_invalid",
      "hard_decline",
      "hard_decline",
      "hard_decline",
    ]);
    const { method, path } = server.requests.at(-1)!;
    expect({ method, path }).toEqual({
      method: "GET",
      path: "/v3/payments/preapprovedPay/RKsecretKEY%2F1%3D/check",
    });
  });

  it("by the customer's state may be tried again, unless the key is gone", async () => {
    for (const code of ["1101", "1102", "1110", "1154", "1281", "1298"]) {
      expect([
        code,
        await classOf(code, refusal("1193")),
        await classOf(code, refusal("1154")),
        await classOf(code, { status: 502, body: "<html>" }),
      ]).toEqual([code, "billing_key_invalid", "soft_decline", "soft_decline"]);
    }
  });

  it("says what the key answered, and keeps the decline's own evidence", async () => {
    server.script(refusal("1290", "Limit."), refusal("1190"));
    const error = await errorOf(gateway.chargeBillingKey(order));
    expect(error.message).toMatch(/Asked about the key: gone \(1190\)\.$/);
    const { code, providerMessage, exchange } = error;
    expect({ code, providerMessage, path: exchange?.path }).toEqual({
      code: "1290",
      providerMessage: "Limit.",
      path: "/v3/payments/preapprovedPay/[billing key]/payment",
    });
  });
});

describe("a charge that LINE Pay would refuse for its form", () => {
  it("is not sent", async () => {
    const before = server.requests.length;
    const wrong = [
      { ...order, orderId: "" },
      { ...order, orderId: "x".repeat(101) },
      { ...order, orderName: "" },
      { ...order, orderName: "x".repeat(4_001) },
      { ...order, amount: money(100, "KRW") },
      { ...order, amount: money(100, "JPY") },
      { ...order, amount: money(0, "TWD") },
      { ...order, secret: { billingKey: "" } },
    ];
    for (const each of wrong) {
      const error = await errorOf(gateway.chargeBillingKey(each));
      expect(error.failure).toBe("invalid_request");
    }
    expect(server.requests.length).toBe(before);
  });
});

const row = {
  transactionDate: '"2026-11-01T03:00:01Z"',
  transactionType: '"PAYMENT"',
  payStatus: '"CAPTURE"',
  productName: '"OTT Premium"',
  currency: '"TWD"',
  orderId: '"ORDER0001"',
  payInfo: '[{"method":"CREDIT_CARD","amount":900},{"method":"POINT","amount":99}]',
};

/** One row of payment details; a member that is "" is left out. */
function rowWith(members: Partial<Record<string, string>> = {}, id = paymentId): string {
  const written = Object.entries({ transactionId: id, ...row, ...members })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `"${name}":${value}`);
  return `{${written.join(",")}}`;
}

const found = {
  ...unknown,
  paymentId,
  state: "captured",
  providerStatus: "CAPTURE",
  orderId: "ORDER0001",
  amount: money(999, "TWD"),
  approvedAt: at("2026-11-01T03:00:01Z"),
  authorizationExpiresAt: undefined,
  methodLabel: "LINE Pay (card)",
} as const;

async function lookedUp(...rows: readonly string[]) {
  server.script(success(`[${rows.join(",")}]`));
  return withoutExchange(await gateway.lookUpByOrderId("ORDER0001"));
}

describe("a look-up", () => {
  it("asks by our order id, or by LINE Pay's transaction id", async () => {
    server.script(success(`[${rowWith()}]`), success(`[${rowWith()}]`));
    expect(withoutExchange(await gateway.lookUpByOrderId("ORDER0001"))).toEqual(found);
    expect(withoutExchange(await gateway.lookUpByPaymentId(paymentId))).toEqual(found);
    expect(server.requests.slice(-2).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v3/payments?orderId=ORDER0001",
      `GET /v3/payments?transactionId=${paymentId}`,
    ]);
  });

  it("is a mismatch when another payment answers to a transaction id", async () => {
    server.script(success(`[${rowWith({}, "1")}]`));
    const error = await errorOf(gateway.lookUpByPaymentId(paymentId));
    expect({ failure: error.failure, evidence: error.payment?.paymentId }).toEqual({
      failure: "mismatch",
      evidence: "1",
    });
  });

  it("finds nothing when LINE Pay knows no such payment now", async () => {
    server.script(refusal("1150", "Transaction record not found."));
    expect(await gateway.lookUpByOrderId("ORDER0001")).toBe("not_found");
  });

  it("says whether the money was taken, is held, or was given back untaken", async () => {
    const states: unknown[] = [];
    const statuses = [
      "",
      "null",
      '"AUTHORIZATION"',
      '"VOIDED_AUTHORIZATION"',
      '"EXPIRED_AUTHORIZATION"',
      '"NEW"',
    ];
    for (const payStatus of statuses) {
      const payment = await lookedUp(rowWith({ payStatus }));
      states.push(payment === "not_found" ? payment : [payment.state, payment.providerStatus]);
    }
    expect(states).toEqual([
      ["captured", "PAYMENT"],
      ["captured", "PAYMENT"],
      ["authorized", "AUTHORIZATION"],
      ["voided", "VOIDED_AUTHORIZATION"],
      ["expired", "EXPIRED_AUTHORIZATION"],
      ["other", "NEW"],
    ]);
  });

  it("leaves open what is not in the answer", async () => {
    expect(await lookedUp(rowWith({ orderId: "", payInfo: "", transactionDate: "7" }))).toEqual({
      ...found,
      orderId: undefined,
      amount: undefined,
      approvedAt: undefined,
      methodLabel: undefined,
    });
  });

  it.each<[string, ScriptedAnswer | "hang up"]>([
    ["an amount that is none", success(`[${rowWith({ payInfo: '[{"amount":9.5}]' })}]`)],
    ["another currency", success(`[${rowWith({ currency: '"EUR"' })}]`)],
    [
      "a refund without an amount",
      success(`[${rowWith({ refundList: '[{"refundTransactionId":1}]' })}]`),
    ],
    ["a row without an id", success(`[${rowWith()},{"transactionType":"PAYMENT"}]`)],
    ["an order id that is no text", success(`[${rowWith({ orderId: "1" })}]`)],
    [
      "a row of an unknown kind",
      success(`[${rowWith()},${rowWith({ transactionType: '"FEE"' })}]`),
    ],
    [
      "a refund of another payment",
      success(
        `[${rowWith()},${rowWith({ transactionType: '"PARTIAL_REFUND"', originalTransactionId: "1" }, "2")}]`,
      ),
    ],
    ["only a refund", success(`[${rowWith({ transactionType: '"PAYMENT_REFUND"' })}]`)],
    ["an empty list", success("[]")],
    ["wrong credentials", refusal("1106")],
    ["an internal fault", refusal("9000")],
    ["1150 under 500", { status: 500, body: { returnCode: "1150" } }],
    ["a bare 404", { status: 404, body: "Not Found" }],
    ["a cut connection", "hang up"],
  ])("knows nothing after %s", async (_name, answer) => {
    server.script(answer);
    const error = await errorOf(gateway.lookUpByOrderId("ORDER0001"));
    expect(error.failure).toBe("outcome_unknown");
  });
});

describe("a payment that was refunded", () => {
  const first =
    '{"refundTransactionId":2026110203000112311,"transactionType":"PARTIAL_REFUND","refundAmount":-20,"refundTransactionDate":"2026-11-02T00:50:15Z"}';
  const refunded = {
    transactionId: "2026110203000112311",
    amountMinor: 20,
    refundedAt: at("2026-11-02T00:50:15Z"),
    reason: undefined,
  };

  it("is captured, with its refunds as positive amounts", async () => {
    expect(await lookedUp(rowWith({ refundList: `[${first}]` }))).toEqual({
      ...found,
      refundedMinor: 20,
      refunds: [refunded],
    });
  });

  it("has each refund once, when they are rows of their own too", async () => {
    const rowOfRefund = (id: string, amount: number, owner = {}) =>
      rowWith(
        {
          transactionType: '"PARTIAL_REFUND"',
          payStatus: "",
          transactionDate: '"2026-11-03T00:00:00Z"',
          payInfo: `[{"method":"CREDIT_CARD","amount":${amount}}]`,
          ...owner,
        },
        id,
      );
    const rows = [
      rowOfRefund("2026110203000112311", -20),
      rowWith({ refundList: `[${first}]` }),
      rowOfRefund("2026110203000112312", -30, { originalTransactionId: paymentId }),
    ];
    expect(await lookedUp(...rows)).toEqual({
      ...found,
      refundedMinor: 50,
      refunds: [
        refunded,
        {
          transactionId: "2026110203000112312",
          amountMinor: 30,
          refundedAt: at("2026-11-03T00:00:00Z"),
          reason: undefined,
        },
      ],
    });
  });
});

describe("several payments of one order id", () => {
  const other = "2026110103000112399";

  it("are a mismatch when more than one took or holds money, with all of them as evidence", async () => {
    for (const payStatus of ['"CAPTURE"', '"AUTHORIZATION"', '"NEW"']) {
      server.script(success(`[${rowWith()},${rowWith({ payStatus }, other)}]`));
      const error = await errorOf(gateway.lookUpByOrderId("ORDER0001"));
      expect({
        failure: error.failure,
        evidence: error.payment?.paymentId,
        all: error.payments.map((payment) => payment.paymentId),
      }).toEqual({ failure: "mismatch", evidence: paymentId, all: [paymentId, other] });
      expect(error.message).toContain(other);
    }
  });

  it("are one when the others were given up, or it is the same one twice", async () => {
    const voided = rowWith({ payStatus: '"VOIDED_AUTHORIZATION"' }, other);
    expect(await lookedUp(voided, rowWith(), rowWith())).toEqual(found);
    expect(await lookedUp(rowWith(), voided)).toEqual(found);
  });
});

describe("a refund", () => {
  const refund = {
    paymentId,
    amount: money(20, "TWD"),
    refundableMinor: 999,
    reason: "customer's wish",
    idempotencyKey: "not used here",
  };
  const answer = success(
    '{"refundTransactionId":2026110203000112311,"refundTransactionDate":"2026-11-02T00:50:15Z"}',
  );

  it("is answered with a receipt that does not tell the sum of all refunds", async () => {
    server.script(answer, answer);
    const { exchange: _, ...receipt } = await gateway.refund(refund);
    expect(receipt).toEqual({
      refund: {
        transactionId: "2026110203000112311",
        amountMinor: 20,
        refundedAt: at("2026-11-02T00:50:15Z"),
        reason: undefined,
      },
      refundedMinor: undefined,
      observations: [],
    });
    const all = await gateway.refund({ ...refund, amount: undefined });
    expect(all.refund.amountMinor).toBe(999);
    expect(server.requests.at(-1)!.body).toBe("{}");
  });

  it("is unknown when an earlier try may have done it, and refused when that is plain", async () => {
    const failures: unknown[] = [];
    for (const code of ["1164", "1165", "1900", "1902", "1999", "1198", "1163", "1155", "2042"]) {
      server.script(refusal(code));
      failures.push([code, (await errorOf(gateway.refund(refund))).failure]);
    }
    expect(failures).toEqual([
      ["1164", "outcome_unknown"],
      ["1165", "outcome_unknown"],
      ["1900", "outcome_unknown"],
      ["1902", "outcome_unknown"],
      ["1999", "outcome_unknown"],
      ["1198", "outcome_unknown"],
      ["1163", "hard_decline"],
      ["1155", "invalid_request"],
      ["2042", "soft_decline"],
    ]);
  });

  it("is not sent when it is more than what is left, or nothing is", async () => {
    const before = server.requests.length;
    const wrong = [
      { ...refund, amount: money(1_000, "TWD") },
      { ...refund, amount: undefined, refundableMinor: 0 },
      { ...refund, paymentId: "../refund" },
    ];
    for (const each of wrong) {
      expect((await errorOf(gateway.refund(each))).failure).toBe("invalid_request");
    }
    expect(server.requests.length).toBe(before);
  });
});

describe("capturing an authorization", () => {
  const capture = { paymentId, orderId: "ORDER0001", amount: money(999, "TWD") };
  const captured = `"transactionId":${paymentId},"orderId":"ORDER0001"`;
  const paid = '"payInfo":[{"method":"BALANCE","amount":999}]';

  it("takes the money", async () => {
    server.script(success(`{${captured},${paid}}`));
    expect(withoutExchange(await gateway.authorizations!.capture(capture))).toEqual({
      ...unknown,
      paymentId,
      state: "captured",
      providerStatus: "0000",
      orderId: "ORDER0001",
      amount: money(999, "TWD"),
      methodLabel: "LINE Pay balance",
    });
  });

  it("ends voided, with the reason, when LINE Pay gave the authorization up", async () => {
    server.script(refusal("1282", "Declined."));
    expect(withoutExchange(await gateway.authorizations!.capture(capture))).toEqual({
      ...unknown,
      paymentId,
      state: "voided",
      providerStatus: "1282",
      failure: { failure: "billing_key_invalid", code: "1282", message: "Declined." },
    });
  });

  it("is a mismatch when another payment or amount was captured", async () => {
    const answers = [
      `{"transactionId":1,"orderId":"ORDER0001",${paid}}`,
      `{"transactionId":${paymentId},"orderId":"ORDER0002",${paid}}`,
      `{${captured},"payInfo":[{"method":"BALANCE","amount":99}]}`,
    ];
    for (const answer of answers) {
      server.script(success(answer));
      const error = await errorOf(gateway.authorizations!.capture(capture));
      expect(error.failure).toBe("mismatch");
    }
  });

  it("is unknown while the card is authorized anew, or when it may be captured already", async () => {
    for (const code of ["1198", "1172", "1179", "1155"]) {
      server.script(refusal(code));
      const error = await errorOf(gateway.authorizations!.capture(capture));
      expect([code, error.failure]).toEqual([code, "outcome_unknown"]);
    }
  });
});

describe("voiding an authorization", () => {
  const order0001 = { paymentId, orderId: "ORDER0001", amount: money(999, "TWD") };

  it("gives it back", async () => {
    server.script(refusal("0000"));
    expect(withoutExchange(await gateway.authorizations!.void(order0001))).toEqual({
      ...unknown,
      paymentId,
      state: "voided",
      providerStatus: "0000",
    });
  });

  it("is looked up when it may have been given back or captured before", async () => {
    for (const code of ["1165", "1155", "1179", "1900", "1902", "1999"]) {
      server.script(refusal(code));
      const error = await errorOf(gateway.authorizations!.void(order0001));
      expect([code, error.failure]).toEqual([code, "outcome_unknown"]);
    }
  });
});

describe("a billing key", () => {
  it("is usable, blocked for now, or gone for good", async () => {
    const states: unknown[] = [];
    for (const code of ["0000", "1154", "1101", "1102", "1110", "1190", "1193", "1141"]) {
      server.script(refusal(code, "Said."));
      const { exchange: _, ...health } = await gateway.checkBillingKey!(secret);
      states.push(health);
    }
    const said = (state: string, code: string) => ({ state, code, message: "Said." });
    expect(states).toEqual([
      said("usable", "0000"),
      said("blocked", "1154"),
      said("blocked", "1101"),
      said("blocked", "1102"),
      said("blocked", "1110"),
      said("gone", "1190"),
      said("gone", "1193"),
      said("gone", "1141"),
    ]);
  });

  it("is not known when the question got no clear answer", async () => {
    server.script(refusal("9000"), refusal("1106"), { status: 200, body: "OK" }, "hang up");
    const failures = [];
    for (let count = 0; count < 4; count++) {
      failures.push((await errorOf(gateway.checkBillingKey!(secret))).failure);
    }
    expect(failures).toEqual([
      "outcome_unknown",
      "configuration",
      "outcome_unknown",
      "outcome_unknown",
    ]);
  });

  it("is checked with its card where the contract allows that", async () => {
    const thorough = createLinePayGateway({ ...options, checksCardAuthorization: true });
    server.script(refusal("0000"));
    await thorough.checkBillingKey!(secret);
    expect(server.requests.at(-1)!.path).toMatch(/\/check\?creditCardAuth=true$/);
  });

  it("is deleted, and deleted again when it is gone", async () => {
    for (const code of ["0000", "1190", "1193", "1141", "1282", "1287", "1290", "1295"]) {
      server.script(refusal(code));
      await gateway.deleteBillingKey(secret);
    }
    server.script(refusal("9000"), refusal("1105"));
    expect((await errorOf(gateway.deleteBillingKey(secret))).failure).toBe("outcome_unknown");
    expect((await errorOf(gateway.deleteBillingKey(secret))).failure).toBe("configuration");
  });
});

describe("the payment window", () => {
  const windowId = "2026100102385195510";
  const confirmOrder = { windowId, orderId: "ORDER0001", amount: money(999, "TWD") };
  const paymentUrl =
    '{"web":"https://sandbox-web-pay.line.me/web/payment/wait?transactionReserveId=URLsecret"}';

  it("is opened for a preapproved payment in the customer's language", async () => {
    server.script(success(`{"transactionId":${windowId},"paymentUrl":${paymentUrl}}`));
    const { exchange: _, ...opened } = await window.open({
      orderId: "ORDER0001",
      orderName: "OTT Premium",
      amount: money(999, "TWD"),
      confirmUrl: "https://shop.example/confirm",
      cancelUrl: "https://shop.example/cancel",
      locale: "zh-TW",
    });
    expect(opened).toEqual({
      windowId,
      url: "https://sandbox-web-pay.line.me/web/payment/wait?transactionReserveId=URLsecret",
    });
    expect(JSON.parse(server.requests.at(-1)!.body)).toEqual({
      amount: 999,
      currency: "TWD",
      orderId: "ORDER0001",
      packages: [
        { id: "1", amount: 999, products: [{ name: "OTT Premium", quantity: 1, price: 999 }] },
      ],
      redirectUrls: {
        confirmUrl: "https://shop.example/confirm",
        cancelUrl: "https://shop.example/cancel",
        confirmUrlType: "CLIENT",
      },
      options: {
        payment: { payType: "PREAPPROVED" },
        display: { locale: "zh_TW", checkConfirmUrlBrowser: true },
      },
    });
  });

  it("is named by the browser that comes back, if it names one at all", () => {
    expect(window.readReturn({ orderId: "ORDER0001", transactionId: windowId })).toBe(windowId);
    expect(window.readReturn({ orderId: "ORDER0001" })).toBe(undefined);
    expect(window.readReturn({ transactionId: "../1" })).toBe(undefined);
  });

  it("tells where the customer stands", async () => {
    const states = [];
    for (const code of ["0000", "0110", "0121", "0122", "0123"]) {
      server.script(refusal(code));
      states.push(await window.check(windowId));
    }
    expect(states).toEqual(["waiting", "approved", "over", "over", "paid"]);
  });

  it("is over when LINE Pay knows neither the window nor a payment of it", async () => {
    server.script(refusal("1159"), refusal("1150"));
    expect(await window.check(windowId)).toBe("over");
    server.script(refusal("1159"), success(`[${rowWith({}, windowId)}]`));
    expect(await window.check(windowId)).toBe("paid");
    server.script(refusal("1159"), refusal("9000"));
    expect((await errorOf(window.check(windowId))).failure).toBe("outcome_unknown");
  });

  it("is confirmed once it is approved, and brings payment and key", async () => {
    const card =
      '{"method":"CREDIT_CARD","amount":999,"creditCardNickname":"","creditCardBrand":"VISA","maskedCreditCardNumber":"**** **** **** 1234"}';
    server.script(
      success(
        `{"orderId":"ORDER0001","transactionId":${windowId},"regKey":"RK2AE3519XTFXHM","payInfo":[${card}],"packages":[{"id":"1","amount":999,"userFeeAmount":0}]}`,
      ),
    );
    const { payment, billingKey } = await window.confirm(confirmOrder);
    expect(withoutExchange(payment)).toEqual({
      ...unknown,
      paymentId: windowId,
      state: "captured",
      providerStatus: "0000",
      orderId: "ORDER0001",
      amount: money(999, "TWD"),
      authorizationExpiresAt: undefined,
      methodLabel: "LINE Pay (VISA ****1234)",
    });
    expect(billingKey).toEqual({
      secret: { billingKey: "RK2AE3519XTFXHM" },
      method: "LINE_PAY",
      methodLabel: "LINE Pay (VISA ****1234)",
      observations: [],
      exchange: payment.exchange,
    });
  });

  it("may take the money and bring no key", async () => {
    server.script(success(`{"orderId":"ORDER0001","transactionId":${windowId}}`));
    const { payment, billingKey } = await window.confirm(confirmOrder);
    expect({ state: payment.state, amount: payment.amount, billingKey }).toEqual({
      state: "captured",
      amount: undefined,
      billingKey: undefined,
    });
  });

  it("is unknown after a second confirm, and refused when nothing was approved", async () => {
    const failures: unknown[] = [];
    for (const code of ["1172", "1198", "1152", "1145", "1169", "1180", "1282", "1142", "1153"]) {
      server.script(refusal(code));
      failures.push([code, (await errorOf(window.confirm(confirmOrder))).failure]);
    }
    expect(failures).toEqual([
      ["1172", "outcome_unknown"],
      ["1198", "outcome_unknown"],
      ["1152", "outcome_unknown"],
      ["1145", "outcome_unknown"],
      ["1169", "hard_decline"],
      ["1180", "hard_decline"],
      ["1282", "hard_decline"],
      ["1142", "soft_decline"],
      ["1153", "invalid_request"],
    ]);
  });
});

describe("what LINE Pay can do", () => {
  it("is data, with a wait that covers a charge and the question about its key", () => {
    const smallest = { minimumMinor: 1 };
    expect(gateway.capabilities).toEqual({
      methods: { LINE_PAY: { TWD: smallest, THB: smallest, USD: smallest } },
      keyCheck: true,
      separateCapture: true,
      answerFields: [],
      lookUpFields: ["orderId", "amount", "currency"],
      listByDate: false,
      declinedIdReusable: false,
      unusedKeyLifetimeDays: 180,
      deletesUnusedKeys: true,
      recurringOnly: false,
      maximumOrderNameLength: 4_000,
      payerDetails: [],
      timeouts: { connectMs: 5_000, readMs: 85_000 },
    });
    const scaled = createLinePayGateway({
      ...options,
      unusedKeyLifetimeDays: 1,
      timeouts: { connectMs: 100, readMs: 1_000 },
    });
    expect(scaled.capabilities.unusedKeyLifetimeDays).toBe(1);
    expect(scaled.capabilities.timeouts).toEqual({ connectMs: 100, readMs: 2_100 });
  });

  it("does not include webhooks", () => {
    expect(gateway.readNotification('{"returnCode":"0000"}', {})).toBe("unreadable");
  });
});

describe("secrets", () => {
  const secretTexts = [
    "CHANNELsecret",
    "NONCEsecret",
    "RKsecret",
    "TOKENsecret",
    "URLsecret",
    "PAGEsecret",
    "Kim's own card",
    "**** 1234",
  ];

  it("occur nowhere in what a full exchange leaves behind", async () => {
    const leftovers: unknown[] = [];
    const everySecret = {
      regKey,
      paymentAccessToken: "TOKENsecret",
      paymentUrl: { web: "https://pay.example/?id=URLsecret", app: "line://pay/URLsecret" },
      creditCardNickname: "Kim's own card",
      maskedCreditCardNumber: "**** **** **** 1234",
    };
    const quoted = [
      channelSecret,
      nonce,
      regKey,
      encodeURIComponent(regKey),
      "TOKENsecret https://pay.example/?id=URLsecret line://pay/URLsecret Kim's own card **** **** **** 1234",
    ].join(" ");
    const answered = (info: object): ScriptedAnswer => ({
      status: 200,
      body: { returnCode: "0000", returnMessage: quoted, info: { ...everySecret, ...info } },
    });
    const confirmOrder = { windowId: "1", orderId: "ORDER0001", amount: money(999, "TWD") };

    server.script(answered({ transactionId: 1 }));
    const opened = await window.open({
      ...order,
      confirmUrl: "https://shop.example/confirm/PAGEsecret",
      cancelUrl: "https://shop.example/cancel/PAGEsecret",
      locale: "ko",
    });
    leftovers.push(opened.exchange);
    server.script(answered({ transactionId: 1, payInfo: [{ ...everySecret, amount: 999 }] }));
    leftovers.push((await window.confirm(confirmOrder)).payment);
    server.script(answered({ transactionId: 2 }));
    leftovers.push(await errorOf(window.confirm(confirmOrder)));
    server.script(answered({ transactionId: 1 }));
    leftovers.push(await gateway.chargeBillingKey(order));

    const refused: (ScriptedAnswer | "hang up")[] = [
      { status: 200, body: { returnCode: quoted, returnMessage: quoted, info: everySecret } },
      { status: 200, body: { returnCode: "1290", returnMessage: quoted, info: everySecret } },
      { status: 200, body: { returnCode: "9000", statusMessage: quoted, info: everySecret } },
      { status: 201, body: quoted },
      { status: 500, body: quoted },
      "hang up",
    ];
    for (const answer of refused) {
      server.script(answer, answer);
      leftovers.push(await errorOf(gateway.checkBillingKey!(secret)));
      leftovers.push(await errorOf(gateway.checkBillingKey!(secret)));
      server.script(answer, ...(isDecline(answer) ? [answer] : []));
      leftovers.push(await errorOf(gateway.chargeBillingKey(order)));
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
    const signatures = server.requests.map(({ headers }) => headers["x-line-authorization"]!);
    expect(signatures.filter((signature) => all.includes(signature))).toEqual([]);
  });

  /** A decline of a charge is followed by the question about the key. */
  function isDecline(answer: ScriptedAnswer | "hang up"): boolean {
    return answer !== "hang up" && inspect(answer.body).includes("'1290'");
  }
});
