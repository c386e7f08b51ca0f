import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { money } from "../money.ts";
import { createLinePayClient, type LinePayClient, type LinePayClientOptions } from "./client.ts";
import type { PaymentRequest } from "./request-payment.ts";

const nonce = "6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506";
const transactionId = "2026100102385195510";
const regKey = "RK2AE3519XTFXHM";

let server: ScriptedServer;
let sender: HttpSender;
let options: LinePayClientOptions;
let client: LinePayClient;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
  options = {
    mode: "test",
    channelId: "1234567890",
    channelSecret: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
    sender,
    nonce: () => nonce,
    apiHost: server.url,
  };
  client = createLinePayClient(options);
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

/** What was sent last, and how it was signed. */
function lastRequest() {
  const { method, path, headers, body } = server.requests.at(-1)!;
  return { sent: `${method} ${path}`, body, signature: headers["x-line-authorization"] };
}

function success(info: string): ScriptedAnswer {
  return { status: 200, body: `{"returnCode":"0000","returnMessage":"OK","info":${info}}` };
}

function refusal(returnCode: string): ScriptedAnswer {
  return { status: 200, body: { returnCode, returnMessage: "-" } };
}

async function failureOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "returned",
    (error: unknown) => (error instanceof GatewayError ? error.failure : String(error)),
  );
}

const amount = money(1_000, "TWD");
const request: PaymentRequest = {
  orderId: "REG-0001",
  amount,
  packages: [
    {
      id: "1",
      amountMinor: 1_000,
      products: [{ name: "월간 구독 月訂", quantity: 1, priceMinor: 1_000 }],
    },
  ],
  redirectUrls: {
    confirmUrl: "https://shop.example/linepay/confirm",
    cancelUrl: "https://shop.example/linepay/cancel",
  },
  options: { payType: "PREAPPROVED" },
};
const charge = {
  regKey,
  orderId: "SUB-0001-2026-10",
  productName: "OTT Premium",
  amount: money(999, "TWD"),
};

describe("asking for a window", () => {
  const paymentUrl =
    '{"web":"https://sandbox-web-pay.line.me/web/payment/wait?transactionReserveId=a","app":"line://pay/payment/a"}';

  it("sends what LINE Pay's own example sends, and hands back its id to the last digit", async () => {
    server.script(
      success(
        `{"paymentUrl":${paymentUrl},"transactionId":2026100102385195510,"paymentAccessToken":"056579816895"}`,
      ),
    );
    const { exchange: _, ...requested } = await client.request(request);
    expect(requested).toEqual({
      transactionId: "2026100102385195510",
      paymentUrl: {
        web: "https://sandbox-web-pay.line.me/web/payment/wait?transactionReserveId=a",
        app: "line://pay/payment/a",
      },
      paymentAccessToken: "056579816895",
    });
    expect(lastRequest()).toEqual({
      sent: "POST /v3/payments/request",
      body: '{"amount":1000,"currency":"TWD","orderId":"REG-0001","packages":[{"id":"1","amount":1000,"products":[{"name":"월간 구독 月訂","quantity":1,"price":1000}]}],"redirectUrls":{"confirmUrl":"https://shop.example/linepay/confirm","cancelUrl":"https://shop.example/linepay/cancel"},"options":{"payment":{"payType":"PREAPPROVED"}}}',
      signature: "2MudY+HLRWLeWFh7v3eRXeQNwVT9vqwVCuINpJe/LzE=",
    });
  });

  it("sends every optional field under LINE Pay's name for it", async () => {
    server.script(success(`{"paymentUrl":${paymentUrl},"transactionId":1}`));
    await client.request({
      orderId: "REG-0002",
      amount: money(12_34, "USD"),
      packages: [
        {
          id: "p",
          amountMinor: 10_00,
          userFeeMinor: 1_04,
          name: "Package",
          products: [
            {
              id: "sku",
              name: "Plan",
              imageUrl: "https://shop.example/plan.png",
              quantity: 2,
              priceMinor: 5_00,
              originalPriceMinor: 6_50,
            },
          ],
        },
      ],
      redirectUrls: {
        ...request.redirectUrls,
        confirmUrlType: "SERVER",
        appPackageName: "example.shop",
      },
      options: {
        payType: "NORMAL",
        capture: false,
        locale: "th",
        checkConfirmUrlBrowser: true,
        branchName: "Main",
        branchId: "1",
        promotionRestriction: { useLimitMinor: 1_00, rewardLimitMinor: 50 },
        events: [
          { code: "E1", totalAmountMinor: 9_99 },
          { code: "E2", productQuantity: 1 },
        ],
        addFriends: [{ type: "lineAt", idList: ["@shop"] }],
        shipping: {
          type: "FIXED_ADDRESS",
          feeAmountMinor: 1_30,
          feeInquiryUrl: "https://shop.example/fee",
          feeInquiryType: "FIXED",
          address: { country: "TW" },
        },
      },
    });
    expect(JSON.parse(lastRequest().body)).toEqual({
      amount: 12.34,
      currency: "USD",
      orderId: "REG-0002",
      packages: [
        {
          id: "p",
          amount: 10,
          userFee: 1.04,
          name: "Package",
          products: [
            {
              id: "sku",
              name: "Plan",
              imageUrl: "https://shop.example/plan.png",
              quantity: 2,
              price: 5,
              originalPrice: 6.5,
            },
          ],
        },
      ],
      redirectUrls: {
        confirmUrl: "https://shop.example/linepay/confirm",
        cancelUrl: "https://shop.example/linepay/cancel",
        confirmUrlType: "SERVER",
        appPackageName: "example.shop",
      },
      options: {
        payment: { payType: "NORMAL", capture: false },
        display: { locale: "th", checkConfirmUrlBrowser: true },
        extra: {
          branchName: "Main",
          branchId: "1",
          promotionRestriction: { useLimit: 1, rewardLimit: 0.5 },
        },
        events: [
          { code: "E1", totalAmount: 9.99 },
          { code: "E2", productQuantity: 1 },
        ],
        familyService: { addFriends: [{ type: "lineAt", idList: ["@shop"] }] },
        shipping: {
          type: "FIXED_ADDRESS",
          feeAmount: 1.3,
          feeInquiryUrl: "https://shop.example/fee",
          feeInquiryType: "FIXED",
          address: { country: "TW" },
        },
      },
    });
  });

  it("is refused here when LINE Pay would refuse it", async () => {
    const before = server.requests.length;
    const [first] = request.packages;
    const v4 = createLinePayClient({ ...options, apiVersion: "v4" });
    const wrong = [
      client.request({ ...request, orderId: "" }),
      client.request({ ...request, orderId: "x".repeat(101) }),
      client.request({ ...request, amount: money(1_001, "TWD") }),
      client.request({ ...request, amount: money(0, "TWD"), packages: [] }),
      client.request({ ...request, amount: money(1_000, "KRW") }),
      client.request({ ...request, packages: [{ ...first!, id: "x".repeat(51) }] }),
      client.request({
        ...request,
        redirectUrls: { ...request.redirectUrls, confirmUrl: "http://shop.example/" },
      }),
      client.request({
        ...request,
        redirectUrls: {
          ...request.redirectUrls,
          cancelUrl: `https://a.example/${"x".repeat(500)}`,
        },
      }),
      v4.request({ ...request, options: { addFriends: [] } }),
    ];
    expect(await Promise.all(wrong.map(failureOf))).toEqual(wrong.map(() => "invalid_request"));
    expect(server.requests.length).toBe(before);
  });

  it("has no window when the answer names none that a browser can go to", async () => {
    const answers = [
      success('{"transactionId":1}'),
      success('{"transactionId":1,"paymentUrl":{"web":"javascript:alert(1)"}}'),
      success(`{"paymentUrl":${paymentUrl}}`),
      success("null"),
    ];
    for (const answer of answers) {
      server.script(answer);
      expect(await failureOf(client.request(request))).toBe("outcome_unknown");
    }
  });
});

describe("asking where the customer stands", () => {
  it("has five answers, and everything else is none", async () => {
    const codes = ["0000", "0110", "0121", "0122", "0123", "1159", "1104", "9000"];
    const states: string[] = [];
    for (const code of codes) {
      server.script(refusal(code));
      const state = await client.checkRequest(transactionId).then(
        (found) => found.state,
        (error: unknown) => (error as GatewayError).failure,
      );
      states.push(state);
    }
    expect(states).toEqual([
      "waiting",
      "approved",
      "over",
      "over",
      "paid",
      "no_such_request",
      "outcome_unknown",
      "outcome_unknown",
    ]);
    const { sent, body } = lastRequest();
    expect({ sent, body }).toEqual({
      sent: `GET /v3/payments/requests/${transactionId}/check`,
      body: "",
    });
  });
});

describe("a confirm", () => {
  const confirm = { transactionId, orderId: "REG-0001", amount };

  it("sends amount and currency, and hands back the key", async () => {
    server.script(
      success(
        `{"orderId":"REG-0001","transactionId":${transactionId},"regKey":"${regKey}","payInfo":[{"method":"CREDIT_CARD","amount":900},{"method":"POINT","amount":100}]}`,
      ),
    );
    const { exchange: _, ...confirmed } = await client.confirm(confirm);
    expect(confirmed).toEqual({
      transactionId,
      orderId: "REG-0001",
      regKey,
      payInfo: [
        { method: "CREDIT_CARD", amount: 900 },
        { method: "POINT", amount: 100 },
      ],
    });
    expect(lastRequest()).toEqual({
      sent: `POST /v3/payments/${transactionId}/confirm`,
      body: '{"amount":1000,"currency":"TWD"}',
      signature: "6rJQ2SP6m8GmsKNzc7FALzbOlPzkuXk1jQDpPAEx9OY=",
    });
  });

  it.each([
    ["transaction id", `{"transactionId":2026100102385195511,"orderId":"REG-0001"}`],
    ["transaction id, rounded", `{"transactionId":2026100102385195500,"orderId":"REG-0001"}`],
    ["order id", `{"transactionId":${transactionId},"orderId":"REG-0002"}`],
    ["amount", `{"transactionId":${transactionId},"payInfo":[{"method":"BALANCE","amount":999}]}`],
    ["amount", `{"transactionId":${transactionId},"payInfo":[{"method":"BALANCE","amount":0.5}]}`],
  ])("is a mismatch by %s", async (_name, info) => {
    server.script(success(info));
    expect(await failureOf(client.confirm(confirm))).toBe("mismatch");
  });
});

describe("a charge", () => {
  it("sends what was signed in LINE Pay's own order, and whether to capture when that is said", async () => {
    server.script(
      success(`{"transactionId":${transactionId},"transactionDate":"2026-11-01T03:00:01Z"}`),
    );
    const { exchange: _, ...charged } = await client.chargeRegKey(charge);
    expect(charged).toEqual({ transactionId, transactionDate: "2026-11-01T03:00:01Z" });
    expect(lastRequest()).toEqual({
      sent: `POST /v3/payments/preapprovedPay/${regKey}/payment`,
      body: '{"productName":"OTT Premium","amount":999,"currency":"TWD","orderId":"SUB-0001-2026-10"}',
      signature: "BTttW0j8qlCscb9bcIfL6GWfd5Vl+DAyCfZmVd/jfRU=",
    });

    server.script(
      success(
        `{"transactionId":${transactionId},"authorizationExpireDate":"2026-12-01T03:00:01Z"}`,
      ),
    );
    await client.chargeRegKey({ ...charge, amount: money(9_99, "THB"), capture: false });
    expect(lastRequest().body).toBe(
      '{"productName":"OTT Premium","amount":9.99,"currency":"THB","orderId":"SUB-0001-2026-10","capture":false}',
    );
  });

  it("is unknown when the answer does not tell whether the money was taken or is held", async () => {
    const held = `{"transactionId":${transactionId},"authorizationExpireDate":"2026-12-01T03:00:01Z"}`;
    server.script(success(held), success(`{"transactionId":${transactionId}}`));
    expect(await failureOf(client.chargeRegKey(charge))).toBe("outcome_unknown");
    expect(await failureOf(client.chargeRegKey({ ...charge, capture: false }))).toBe(
      "outcome_unknown",
    );
  });
});

describe("a call that moves money, answered in a way that says nothing", () => {
  const info = `{"transactionId":${transactionId},"refundTransactionId":${transactionId}}`;
  const garbled: [string, ScriptedAnswer | "hang up"][] = [
    ["a success without its info", refusal("0000")],
    ["a success with an empty info", success("{}")],
    ["a success with a list", success(`[${info}]`)],
    ["an id that is no number", success('{"transactionId":"TX1","refundTransactionId":"TX1"}')],
    ["an id with a fraction", success('{"transactionId":1.5,"refundTransactionId":1.5}')],
    ["a success under 500", { status: 500, body: `{"returnCode":"0000","info":${info}}` }],
    ["a success under 400", { status: 400, body: `{"returnCode":"0000","info":${info}}` }],
    ["a success under 302", { status: 302, body: `{"returnCode":"0000","info":${info}}` }],
    ["two codes", { status: 200, body: `{"returnCode":"0000","resultCode":9000,"info":${info}}` }],
    ["no code", { status: 200, body: { info: { transactionId: 1 } } }],
    ["an empty code", { status: 200, body: { returnCode: "", info: { transactionId: 1 } } }],
    ["a code with a space", { status: 200, body: { returnCode: "0000 ", info: {} } }],
    ["a number as code", { status: 200, body: `{"returnCode":0,"info":${info}}` }],
    ["a body that was cut off", { status: 200, body: '{"returnCode":"0000","info":{"tran' }],
    ["no body", { status: 200 }],
    ["null", { status: 200, body: "null" }],
    ["a proxy's page", { status: 502, body: "<html>0000</html>" }],
    ["too many requests", { status: 429, body: { returnCode: "1142" } }],
    ["a decline under 503", { status: 503, body: { returnCode: "1142" } }],
    ["an unknown code", refusal("1911")],
    ["a duplicate", refusal("1172")],
    ["a call in progress", refusal("1198")],
    ["an internal fault", refusal("9000")],
    ["a temporary fault", refusal("1900")],
    ["a cut connection", "hang up"],
  ];

  it.each(garbled)("is unknown: %s", async (_name, answer) => {
    const confirm = { transactionId, orderId: "REG-0001", amount };
    const calls = {
      charge: () => client.chargeRegKey(charge),
      confirm: () => client.confirm(confirm),
      capture: () => client.capture(confirm),
      refund: () => client.refund({ transactionId }),
    };
    const failures: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) {
      server.script(answer);
      failures[name] = await failureOf(call());
    }
    expect(failures).toEqual({
      charge: "outcome_unknown",
      confirm: "outcome_unknown",
      capture: "outcome_unknown",
      refund: "outcome_unknown",
    });
  });
});

describe("a capture, a void, a refund and the end of a key", () => {
  it("send their fields, and {} when they have none", async () => {
    const sent: unknown[] = [];
    const done = async (answer: ScriptedAnswer, call: () => Promise<unknown>) => {
      server.script(answer);
      await call();
      const { signature: _, ...rest } = lastRequest();
      sent.push(rest);
    };
    const refunded = success('{"refundTransactionId":2026100202385200012}');
    await done(success(`{"transactionId":${transactionId}}`), () =>
      client.capture({ transactionId, orderId: "ORDER0001", amount: money(1_050, "USD") }),
    );
    await done(refusal("0000"), () => client.void(transactionId));
    await done(refunded, () => client.refund({ transactionId, amount: money(20, "TWD") }));
    await done(refunded, () => client.refund({ transactionId }));
    await done(refusal("0000"), () => client.expireRegKey(regKey));
    expect(lastRequest().signature).toBe("GLkgtWj4IHKKBFR8iF1X1tBFPTT1+A7ZGMjy8LTp4wY=");
    expect(sent).toEqual([
      {
        sent: `POST /v3/payments/authorizations/${transactionId}/capture`,
        body: '{"amount":10.5,"currency":"USD"}',
      },
      { sent: `POST /v3/payments/authorizations/${transactionId}/void`, body: "{}" },
      { sent: `POST /v3/payments/${transactionId}/refund`, body: '{"refundAmount":20}' },
      { sent: `POST /v3/payments/${transactionId}/refund`, body: "{}" },
      { sent: `POST /v3/payments/preapprovedPay/${regKey}/expire`, body: "{}" },
    ]);
  });
});

describe("asking about a key", () => {
  it("asks the card too only when that is wanted", async () => {
    server.script(refusal("0000"), refusal("0000"));
    await client.checkRegKey({ regKey });
    expect(lastRequest()).toEqual({
      sent: `GET /v3/payments/preapprovedPay/${regKey}/check`,
      body: "",
      signature: "S4otjrSyay4iOg2sKIRtIqAl4c5VLeZVm8+qjk3kF2o=",
    });
    await client.checkRegKey({ regKey, creditCardAuth: true });
    expect(lastRequest()).toEqual({
      sent: `GET /v3/payments/preapprovedPay/${regKey}/check?creditCardAuth=true`,
      body: "",
      signature: "wHQj+t3AtcyZ8vsZ5ukNUaBTUJ3EIawfMge+fcuB86M=",
    });
  });
});

describe("payment details", () => {
  const row = (id: string) => `{"transactionId":${id},"transactionType":"PAYMENT"}`;

  it("asks for all ids by their bare names, 100 in one call, and leaves out what is not known", async () => {
    const orderIds = Array.from({ length: 150 }, (_, index) => `ORDER${index}`);
    const before = server.requests.length;
    server.script(success(`[${row("2026100102385195510")}]`), refusal("1150"));
    const { payments, exchanges } = await client.paymentDetails({
      orderIds,
      transactionIds: [transactionId],
    });
    expect(payments).toEqual([{ transactionId, transactionType: "PAYMENT" }]);
    expect(exchanges.length).toBe(2);
    const asked = server.requests.slice(before).map(({ path }) => {
      const query = new URL(path, server.url).searchParams;
      return [query.getAll("orderId").length, query.getAll("transactionId").length];
    });
    expect(asked).toEqual([
      [100, 0],
      [50, 1],
    ]);
    expect(server.requests.at(-1)!.path).toMatch(
      /^\/v3\/payments\?orderId=ORDER100&orderId=ORDER101&/,
    );
  });

  it("are unknown without a readable list", async () => {
    const answers = [success("[]"), success("{}"), success('[{"transactionId":"TX1"}]')];
    for (const answer of answers) {
      server.script(answer);
      const failure = await failureOf(client.paymentDetails({ orderIds: ["ORDER0001"] }));
      expect(failure).toBe("outcome_unknown");
    }
  });

  it("are unknown without a question, or with one that cannot be asked", async () => {
    const before = server.requests.length;
    expect(await failureOf(client.paymentDetails({}))).toBe("outcome_unknown");
    expect(await failureOf(client.paymentDetails({ transactionIds: ["../x"] }))).toBe(
      "outcome_unknown",
    );
    expect(server.requests.length).toBe(before);
  });
});

describe("a client with a wrong configuration", () => {
  it("is not created, and says what to mend without quoting the secret", () => {
    const create = (members: Partial<LinePayClientOptions>) => () =>
      createLinePayClient({ ...options, ...members });
    expect(create({ channelId: "" })).toThrow(/channel id is empty/);
    expect(create({ channelSecret: "SECRETtext\n" })).toThrow(/channel secret .* line break/);
    expect(create({ channelSecret: "SECRETtext\n" })).not.toThrow(/SECRETtext/);
  });

  it("is not created when it would give up on live payments that are still being approved", () => {
    const create = (connectMs: number, readMs: number) => () =>
      createLinePayClient({
        ...options,
        mode: "live",
        apiHost: undefined,
        timeouts: { connectMs, readMs },
      });
    expect(create(5_000, 59_999)).toThrow(/set the read timeout to 60000 ms or more/);
    expect(create(4_999, 60_000)).toThrow(/set the connect timeout to 5000 ms or more/);
    expect(create(5_000, 60_000)).not.toThrow();
  });
});
