/** Answers of the emulated Toss Payments that take care: replayed, altered, in pages. */
import {
  createTossTransport,
  listTransactionPage,
  listTransactions,
  type TransactionRange,
} from "@maedal/gateways/toss";
import { randomUUID } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { newOrder, register } from "./customers.ts";
import { capturedPayment, found, orderOf } from "./orders.ts";
import { errorOf, withoutExchange } from "./provider-under-test.ts";
import { startTossProvider } from "./toss-provider.ts";

const provider = await startTossProvider("TRANSFER");
afterAll(() => provider.stop());
beforeEach(() => provider.reset());

const { gateway, control } = provider;
const fields = gateway.capabilities.lookUpFields;

async function topUp(billingKey: string, balance: number): Promise<void> {
  await control.post("/accounts", { kind: "change", billingKey, balance });
}

describe("what an idempotency key replays", () => {
  it("is the first refusal, though the account could pay by now: a retry needs its own key", async () => {
    const order = await newOrder(provider);
    await topUp(order.secret.billingKey, 0);
    const first = await errorOf(gateway.chargeBillingKey(order));
    await topUp(order.secret.billingKey, 1_000_000);
    const replayed = await errorOf(gateway.chargeBillingKey(order));
    expect([replayed.failure, replayed.code]).toEqual([first.failure, first.code]);
    const next = orderOf(provider, order.secret);
    expect((await gateway.chargeBillingKey(next)).state).toBe("captured");
  });

  it("is the first 5xx, though the money moved: only the look-up tells", async () => {
    const order = await newOrder(provider);
    await provider.spoil("charge", "error_after");
    for (let time = 0; time < 2; time += 1) {
      const { failure, httpStatus } = await errorOf(gateway.chargeBillingKey(order));
      expect([failure, httpStatus]).toEqual(["outcome_unknown", 500]);
    }
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, fields));
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it("is nothing while the first request is still running", async () => {
    const order = await newOrder(provider);
    await control.fault({ operation: "charge", action: { type: "delay", ms: 1_500 } });
    const outcomes = await Promise.allSettled([
      gateway.chargeBillingKey(order),
      gateway.chargeBillingKey(order),
    ]);
    const refused = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused).toEqual([
      expect.objectContaining({
        failure: "outcome_unknown",
        code: "IDEMPOTENT_REQUEST_PROCESSING",
        httpStatus: 409,
      }),
    ]);
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, fields));
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it("is nothing after 15 days: then the order id keeps the money from moving twice", async () => {
    const order = await newOrder(provider);
    await gateway.chargeBillingKey(order);
    await control.post("/clock", { by: "P14D" });
    expect((await gateway.chargeBillingKey(order)).state).toBe("captured");
    await control.post("/clock", { by: "P2D" });
    const { failure, code } = await errorOf(gateway.chargeBillingKey(order));
    expect([failure, code]).toEqual(["outcome_unknown", "DUPLICATED_ORDER_ID"]);
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("an answer that is not about our charge", () => {
  it.each([
    ["another amount", { totalAmount: 1 }],
    ["another order id", { orderId: "SOMEBODY-ELSE" }],
    ["another status", { status: "IN_PROGRESS" }],
    ["another currency", { currency: "USD" }],
    ["another kind of payment", { type: "NORMAL" }],
  ])("is a mismatch with the payment as evidence: %s", async (_name, set) => {
    const order = await newOrder(provider);
    await control.fault({ operation: "charge", action: { type: "alter_answer", set } });
    const { failure, payment } = await errorOf(gateway.chargeBillingKey(order));
    const truth = await found(provider, order.orderId);
    expect([failure, payment?.paymentId]).toEqual([
      "mismatch",
      truth === "not_found" ? truth : truth.paymentId,
    ]);
  });

  it("is adopted when it leaves out what a look-up can tell", async () => {
    const order = await newOrder(provider);
    const set = { currency: null, type: null };
    await control.fault({ operation: "charge", action: { type: "alter_answer", set } });
    const payment = await gateway.chargeBillingKey(order);
    expect([payment.state, payment.amount]).toEqual(["captured", undefined]);
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, fields));
  });
});

describe("an answer with members and words that no document names", () => {
  it("is read for what is known of it", async () => {
    const order = await newOrder(provider);
    const transfer = { bankCode: "Z9", settlementStatus: "BRAND_NEW", more: [] };
    const set = { somethingNew: { nested: true }, method: "간편결제", transfer };
    await control.fault({ operation: "charge", action: { type: "alter_answer", set } });
    const payment = await gateway.chargeBillingKey(order);
    const expected = { ...capturedPayment(order, fields), methodLabel: "unknown bank (Z9)" };
    expect(withoutExchange(payment)).toTell(expected);
  });
});

describe("the evidence of a call", () => {
  it("is what was sent and answered without secrets, and Toss's trace id", async () => {
    const order = await newOrder(provider, { customerName: "김매달" });
    const { exchange } = await gateway.chargeBillingKey(order);
    const { answerBody, ...sent } = exchange;
    expect(sent).toEqual({
      method: "POST",
      path: "/v1/billing/[billing key]",
      requestBody: {
        customerKey: "[customer key]",
        amount: order.amount.amountMinor,
        orderId: order.orderId,
        orderName: order.orderName,
        customerName: "[name]",
      },
      status: 200,
      traceId: expect.stringMatching(/^[0-9A-F]{32}$/),
    });
    expect(answerBody).toEqual(expect.objectContaining({ orderId: order.orderId, status: "DONE" }));
  });

  it("shows no billing key, customer key or account number of a registration", async () => {
    const { exchange, secret } = await register(provider);
    const sent = (await control.requests("issue")).map(({ body }) => body as { authKey: string });
    const authKey = sent[0]?.authKey ?? "";
    expect(authKey).toHaveLength(43);
    const evidence = JSON.stringify(exchange);
    for (const text of [secret.billingKey, secret.customerKey, authKey]) {
      expect(evidence).not.toContain(text);
    }
    expect(evidence).not.toMatch(/\d{4}\*+\d{4}/);
  });
});

describe("a list of transactions in pages", () => {
  const transport = createTossTransport(provider.options);

  async function chargesOf(count: number): Promise<TransactionRange & { orderIds: string[] }> {
    const { secret } = await register(provider);
    const from = Temporal.Instant.from(
      (await control.post<{ now: string }>("/clock", { by: "PT1S" })).now,
    );
    const orderIds: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const order = orderOf(provider, secret);
      await gateway.chargeBillingKey(order);
      orderIds.push(order.orderId);
    }
    await control.post("/requests/clear", {});
    return { orderIds, from, to: from.add({ hours: 1 }), pageSize: 2 };
  }

  it.each([
    [0, 1],
    [1, 1],
    [4, 3],
    [5, 3],
  ])("is complete and in order: %i payments in %i pages of two", async (count, pages) => {
    const { orderIds, ...range } = await chargesOf(count);
    const listed: string[] = [];
    for await (const { orderId } of listTransactions(transport, range)) listed.push(orderId);
    expect(listed).toEqual(orderIds);
    expect(await control.requests("transactions")).toHaveLength(pages);
  });

  it("is refused for a cursor that Toss never gave", async () => {
    const { orderIds: _, ...range } = await chargesOf(0);
    const { failure, code } = await errorOf(listTransactionPage(transport, range, "made-up"));
    expect([failure, code]).toEqual(["invalid_request", "INVALID_TRANSACTION_KEY"]);
  });

  it("is unknown when a page gets no clear answer; what came before stays true", async () => {
    const { orderIds, ...range } = await chargesOf(3);
    const skip = 1;
    await control.fault({ operation: "transactions", skip, action: { type: "close_before" } });
    const listed: string[] = [];
    const listing = (async () => {
      for await (const { orderId } of listTransactions(transport, range)) listed.push(orderId);
    })();
    expect((await errorOf(listing)).failure).toBe("outcome_unknown");
    expect(listed).toEqual(orderIds.slice(0, 2));
  });

  it("may lag behind: a payment that is found by its order id can be missing", async () => {
    const { orderIds, ...range } = await chargesOf(1);
    await control.fault({ operation: "transactions", action: { type: "stale_lookup" } });
    expect(await listTransactionPage(transport, range)).toEqual({
      transactions: [],
      next: undefined,
    });
    expect(await found(provider, orderIds[0] ?? randomUUID())).not.toBe("not_found");
  });
});
