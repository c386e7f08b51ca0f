/**
 * What the emulated Toss Payments refuses, and what the client makes of it. Both have their own
 * table of error codes, written from the documents apart from each other.
 */
import type { ChargeOrder, Gateway, HttpSender } from "@maedal/gateways";
import { createTossGateway, tossFailureRows } from "@maedal/gateways/toss";
import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { exchange, newOrder, register } from "./customers.ts";
import { found, orderOf, paymentOf, refundOf } from "./orders.ts";
import { errorOf } from "./provider-under-test.ts";
import { startTossProvider, type TossProvider } from "./toss-provider.ts";

const transfers = await startTossProvider("TRANSFER");
const cards = await startTossProvider("CARD");
afterAll(async () => {
  await transfers.stop();
  await cards.stop();
});
beforeEach(async () => {
  await transfers.reset();
  await cards.reset();
});

async function refusalOf(call: Promise<unknown>): Promise<readonly unknown[]> {
  const { failure, code, httpStatus } = await errorOf(call);
  return [failure, code, httpStatus];
}

describe("the two tables of error codes", () => {
  /** Toss answers a `test_` key with the code that this header names. */
  function forcing(code: string): Gateway {
    const sender: HttpSender = {
      send: (request) =>
        transfers.sender.send({
          ...request,
          headers: { ...request.headers, "tosspayments-test-code": code },
        }),
      close: async () => undefined,
    };
    return createTossGateway({ ...transfers.options, sender });
  }

  it("give each documented code the same HTTP status", async () => {
    const { secret } = await register(transfers);
    const documented = tossFailureRows.filter(({ basis }) => basis !== "U");
    const statuses: unknown[] = [];
    for (const { code } of documented) {
      const order = orderOf(transfers, secret);
      const error = await errorOf(forcing(code).chargeBillingKey(order));
      statuses.push([error.code, error.httpStatus]);
    }
    expect(statuses).toEqual(documented.map(({ code, httpStatuses }) => [code, httpStatuses[0]]));
    expect(await transfers.movements({ key: secret.billingKey })).toEqual([]);
  });

  it("agree that the codes which no document names are not to be expected", async () => {
    const { secret } = await register(transfers);
    const unverified = tossFailureRows.filter(({ basis }) => basis === "U");
    for (const { code } of unverified) {
      const order = orderOf(transfers, secret);
      const refusal = await refusalOf(forcing(code).chargeBillingKey(order));
      expect(refusal).toEqual(["invalid_request", "INVALID_TEST_CODE", 400]);
    }
    expect(unverified).toHaveLength(3);
  });
});

describe("a method that does not pay", () => {
  async function chargedAfter(provider: TossProvider, change: object) {
    const order = await newOrder(provider);
    const { billingKey } = order.secret;
    await provider.control.post("/accounts", { kind: "change", billingKey, ...change });
    return refusalOf(provider.gateway.chargeBillingKey(order));
  }

  it.each([
    [{ balance: 1_999 }, ["soft_decline", "REJECT_ACCOUNT_PAYMENT", 403]],
    [{ state: "closed" }, ["hard_decline", "ALREADY_CLOSE_ACCOUNT", 400]],
    [{ state: "on_hold" }, ["hard_decline", "USER_ACCOUNT_ON_HOLD", 400]],
  ])("is declined: an account with %o", async (change, refusal) => {
    expect(await chargedAfter(transfers, change)).toEqual(refusal);
  });

  it.each([
    [{ balance: 999 }, ["soft_decline", "REJECT_CARD_PAYMENT", 403]],
    [{ state: "stopped" }, ["hard_decline", "INVALID_STOPPED_CARD", 400]],
    [{ state: "lost" }, ["hard_decline", "INVALID_CARD_LOST_OR_STOLEN", 400]],
  ])("is declined: a card with %o", async (change, refusal) => {
    expect(await chargedAfter(cards, change)).toEqual(refusal);
  });

  async function orderByCard(number: string, expiryYear: string): Promise<ChargeOrder> {
    const { control, gateway } = cards;
    const card = { kind: "card", number, expiryYear, expiryMonth: "12" };
    const { id: cardId } = await control.post<{ id: string }>("/accounts", card);
    const customerKey = randomUUID();
    const { authKey } = await control.post<{ authKey: string }>("/toss/billing-auths", {
      customerKey,
      method: "CARD",
      cardId,
    });
    const returned = { authKey, customerKey, idempotencyKey: randomUUID() };
    return orderOf(cards, (await exchange(gateway, returned)).secret);
  }

  it("is declined: a card of a type that was registered but cannot be billed", async () => {
    const order = await orderByCard("4330120000000004", "99");
    expect(await refusalOf(cards.gateway.chargeBillingKey(order))).toEqual([
      "hard_decline",
      "NOT_SUPPORTED_CARD_TYPE",
      400,
    ]);
  });

  it("is declined: a card that has expired since it was registered", async () => {
    const { now } = await cards.control.post<{ now: string }>("/clock", { by: "PT1S" });
    const order = await orderByCard("9410001234567899", now.slice(2, 4));
    await cards.control.post("/clock", { by: "P1Y" });
    expect(await refusalOf(cards.gateway.chargeBillingKey(order))).toEqual([
      "hard_decline",
      "INVALID_CARD_EXPIRATION",
      400,
    ]);
  });

  it("pays again once it can", async () => {
    const order = await newOrder(transfers);
    const account = { kind: "change", billingKey: order.secret.billingKey };
    await transfers.control.post("/accounts", { ...account, balance: 0 });
    await errorOf(transfers.gateway.chargeBillingKey(order));
    await transfers.control.post("/accounts", { ...account, balance: 2_000 });
    const next = orderOf(transfers, order.secret);
    expect((await transfers.gateway.chargeBillingKey(next)).state).toBe("captured");
  });
});

describe("a charge with the wrong half of a key", () => {
  const { gateway, control, options } = transfers;

  it("is our own mistake when the customer key is another: the customer is not to blame", async () => {
    const order = await newOrder(transfers);
    const secret = { ...order.secret, customerKey: randomUUID() };
    expect(await refusalOf(gateway.chargeBillingKey({ ...order, secret }))).toEqual([
      "invalid_request",
      "NOT_MATCHES_CUSTOMER_KEY",
      400,
    ]);
    expect(await transfers.movements({ orderId: order.orderId })).toEqual([]);
  });

  it("moves no money when the key is of another merchant", async () => {
    const order = await newOrder(transfers);
    const keys = await control.post<{ clientKey: string; secretKey: string }>("/credentials", {});
    const other = createTossGateway({ ...options, ...keys });
    expect(await refusalOf(other.chargeBillingKey(order))).toEqual([
      "billing_key_invalid",
      "INVALID_BILL_KEY_REQUEST",
      400,
    ]);
    expect(await transfers.movements({ orderId: order.orderId })).toEqual([]);
  });
});

describe("a key that dies while it is charged", () => {
  const { gateway, control } = transfers;

  it.each([
    ["before", []],
    ["after", [{ kind: "payment", amountMinor: 2_000 }]],
  ])("%s the approval: the answer says which, and the key pays no more", async (when, moved) => {
    const order = await newOrder(transfers);
    await control.fault({ operation: "charge", action: { type: "kill_key", when } });
    const dead = ["billing_key_invalid", "ALREADY_REMOVED_BILLING_KEY", 400];
    if (moved.length === 0) {
      expect(await refusalOf(gateway.chargeBillingKey(order))).toEqual(dead);
    } else {
      expect((await gateway.chargeBillingKey(order)).state).toBe("captured");
    }
    expect(await transfers.movements({ orderId: order.orderId })).toEqual(moved);
    const next = orderOf(transfers, order.secret);
    expect(await refusalOf(gateway.chargeBillingKey(next))).toEqual(dead);
  });
});

describe("a refusal that proves nothing", () => {
  it.each([
    ["a code that no list names", { code: "BRAND_NEW_CODE", status: 400 }],
    ["a decline under a status of trouble", { code: "REJECT_ACCOUNT_PAYMENT", status: 500 }],
    ["a refusal under 429", { code: "FORBIDDEN_REQUEST", status: 429 }],
    ["a refusal under 409", { code: "INVALID_REQUEST", status: 409 }],
    ["PROVIDER_ERROR, in spite of its 400", { code: "PROVIDER_ERROR" }],
  ])("is unknown: %s", async (_name, refusal) => {
    const order = await newOrder(transfers);
    const action = { type: "decline", ...refusal };
    await transfers.control.fault({ operation: "charge", action });
    const { failure, code } = await errorOf(transfers.gateway.chargeBillingKey(order));
    expect([failure, code]).toEqual(["outcome_unknown", refusal.code]);
    expect(await found(transfers, order.orderId)).toBe("not_found");
  });
});

describe("credentials that do not work", () => {
  const { options } = transfers;

  it("are refused with the fix in the message: a secret key that Toss does not know", async () => {
    const gateway = await transfers.gatewayWith("unknown_credentials");
    const error = await errorOf(gateway.chargeBillingKey(await newOrder(transfers)));
    expect([error.failure, error.code, error.httpStatus]).toEqual([
      "configuration",
      "UNAUTHORIZED_KEY",
      401,
    ]);
    expect(error.message).toContain("enter the API-individual secret key of this MID again");
    expect(error.message).not.toContain("test_sk_");
  });

  it("are refused with the fix in the message: a merchant without a billing contract", async () => {
    const gateway = await transfers.gatewayWith("no_contract");
    const error = await errorOf(exchange(gateway, await transfers.customer.passWindow()));
    expect([error.failure, error.code, error.httpStatus]).toEqual([
      "configuration",
      "NOT_SUPPORTED_METHOD",
      400,
    ]);
    expect(error.message).toContain("자동결제 계약");
  });

  it("are refused when client key and secret key belong to different merchants", async () => {
    const other = await transfers.control.post<{ secretKey: string }>("/credentials", {});
    const gateway = createTossGateway({ ...options, secretKey: other.secretKey });
    const error = await errorOf(exchange(gateway, await transfers.customer.passWindow()));
    expect([error.failure, error.code]).toEqual(["configuration", "INVALID_API_KEY"]);
    expect(error.message).toContain("copy both again");
  });

  it.each([
    ["a widget key", "test_gsk_MaedalEmulatorWidget0000001", /payment widget key.*API-individual/],
    ["a live key", "live_sk_MaedalEmulatorSecretKey000001", /live key.*test mode/],
    ["a client key", options.clientKey, /client key.*test_sk_/],
  ])("are refused before anything is sent: %s", (_name, secretKey, fix) => {
    const wrong = () => createTossGateway({ ...options, secretKey });
    expect(wrong).toThrow(fix);
    expect(wrong).toThrow(expect.objectContaining({ failure: "configuration" }));
  });

  it("have a widget key refused by Toss, too, should one ever get there", async () => {
    const widget = "test_gsk_MaedalEmulatorWidget0000001";
    const authorization = `Basic ${Buffer.from(`${widget}:`).toString("base64")}`;
    const sender: HttpSender = {
      send: (request) =>
        transfers.sender.send({ ...request, headers: { ...request.headers, authorization } }),
      close: async () => undefined,
    };
    const gateway = createTossGateway({ ...options, sender });
    const order = await newOrder(transfers);
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("configuration");
  });
});

describe("a refund that Toss refuses", () => {
  const { gateway } = transfers;

  it("has one code after a refund of everything, and another after parts", async () => {
    const whole = refundOf(await gateway.chargeBillingKey(await newOrder(transfers)));
    await gateway.refund(whole);
    expect(await refusalOf(gateway.refund({ ...whole, idempotencyKey: randomUUID() }))).toEqual([
      "outcome_unknown",
      "ALREADY_CANCELED_PAYMENT",
      400,
    ]);

    const order = await newOrder(transfers);
    const payment = await gateway.chargeBillingKey(order);
    const { amount } = order;
    const half = { ...amount, amountMinor: amount.amountMinor / 2 };
    await gateway.refund(refundOf(payment, { amount: half }));
    const rest = refundOf(payment, { amount: half, refundableMinor: half.amountMinor });
    const last = await gateway.refund(rest);
    expect(last.refundedMinor).toBe(amount.amountMinor);
    expect(await refusalOf(gateway.refund({ ...rest, idempotencyKey: randomUUID() }))).toEqual([
      "outcome_unknown",
      "NOT_CANCELABLE_AMOUNT",
      403,
    ]);
    const { providerStatus, refundedMinor } = await paymentOf(transfers, order.orderId);
    expect([providerStatus, refundedMinor]).toEqual(["PARTIAL_CANCELED", amount.amountMinor]);
  });

  it("has its own code when another amount is left than we believe", async () => {
    const payment = await gateway.chargeBillingKey(await newOrder(transfers));
    const wrong = refundOf(payment, { refundableMinor: 1_000 });
    expect(await refusalOf(gateway.refund(wrong))).toEqual([
      "outcome_unknown",
      "NOT_MATCHES_REFUNDABLE_AMOUNT",
      400,
    ]);
  });

  it("is too late for an account after 180 days, and never for a card", async () => {
    for (const provider of [transfers, cards]) {
      const payment = await provider.gateway.chargeBillingKey(await newOrder(provider));
      await provider.control.post("/clock", { by: "P181D" });
      const refund = provider.gateway.refund(refundOf(payment));
      if (provider === transfers) {
        expect(await refusalOf(refund)).toEqual(["hard_decline", "EXCEED_MAX_REFUND_DUE", 403]);
      } else {
        expect((await refund).refundedMinor).toBe(payment.amount?.amountMinor);
      }
    }
  });
});
