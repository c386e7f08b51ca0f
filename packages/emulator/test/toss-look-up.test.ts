import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, startWorld, type Json, type Mandate, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
let mandate: Mandate;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
  mandate = await world.register();
});
afterAll(() => world.stop());

describe("looking a payment up", () => {
  it("finds the charge's own answer by paymentKey and by orderId", async () => {
    const { body } = await world.charge(mandate, { orderId: "order-0001" });
    const found = [
      await world.toss("GET", `/v1/payments/${body.paymentKey}`),
      await world.toss("GET", "/v1/payments/orders/order-0001"),
    ];
    expect(found.map((answer) => answer.body)).toEqual([body, body]);
  });

  it("finds nothing of another merchant", async () => {
    const { body } = await world.charge(mandate, { orderId: "order-0001" });
    const { secretKey } = await world.control("POST", "/credentials", {});
    const found = [
      await world.toss("GET", `/v1/payments/${body.paymentKey}`, undefined, { secretKey }),
      await world.toss("GET", "/v1/payments/orders/order-0001", undefined, { secretKey }),
    ];
    expect(found.map(refusalOf)).toEqual(found.map(() => [404, "NOT_FOUND_PAYMENT"]));
  });
});

describe("the list of transactions", () => {
  /** Korean wall-clock time, as the query wants it. */
  async function around(): Promise<string> {
    const { now } = await world.control("GET", "/clock");
    const korean = (ms: number) => new Date(Date.parse(now) + ms).toISOString().slice(0, 19);
    const hours = 3_600_000;
    return `startDate=${korean(8 * hours)}&endDate=${korean(10 * hours)}`;
  }

  it("holds approvals and cancellations in order", async () => {
    const { body } = await world.charge(mandate, { orderId: "order-0001", amount: 4900 });
    const path = `/v1/payments/${body.paymentKey}/cancel`;
    await world.toss("POST", path, { cancelReason: "일부", cancelAmount: 900 });
    const rows = await world.toss("GET", `/v1/transactions?${await around()}`);
    const row = {
      mId: "maedal_emul",
      transactionKey: body.lastTransactionKey,
      paymentKey: body.paymentKey,
      orderId: "order-0001",
      method: "계좌이체",
      customerKey: "customer-1",
      useEscrow: false,
      receiptUrl: expect.any(String),
      status: "DONE",
      transactionAt: body.approvedAt,
      currency: "KRW",
      amount: 4900,
    };
    const cancelled = { transactionKey: expect.any(String), transactionAt: expect.any(String) };
    expect(rows.body).toEqual([
      row,
      { ...row, ...cancelled, status: "PARTIAL_CANCELED", amount: 900 },
    ]);
  });

  it("is paged with limit and startingAfter", async () => {
    for (const orderId of ["order-0001", "order-0002", "order-0003"]) {
      await world.charge(mandate, { orderId });
    }
    const range = await around();
    const first = await world.toss("GET", `/v1/transactions?${range}&limit=2`);
    const cursor = first.body[1].transactionKey;
    const second = await world.toss("GET", `/v1/transactions?${range}&startingAfter=${cursor}`);
    const orders = [first, second].map(({ body }) => body.map((row: Json) => row.orderId));
    expect(orders).toEqual([["order-0001", "order-0002"], ["order-0003"]]);
  });

  it("takes a date alone as midnight, and leaves out what is outside", async () => {
    await world.charge(mandate, {});
    const query = "startDate=2020-01-01&endDate=2020-01-02";
    expect((await world.toss("GET", `/v1/transactions?${query}`)).body).toEqual([]);
  });

  it.each([
    ["startDate=2026-01-01T00:00:00Z&endDate=2026-01-02", "INVALID_DATE"],
    ["startDate=2026-01-01T00:00:00%2B09:00&endDate=2026-01-02", "INVALID_DATE"],
    ["startDate=2026-02-30&endDate=2026-03-01", "INVALID_DATE"],
    ["startDate=2026-03-02&endDate=2026-03-01", "INVALID_DATE"],
    ["startDate=2026-03-02", "INVALID_REQUIRED_PARAM"],
    ["startDate=2026-01-01&endDate=2026-01-02&limit=5001", "INVALID_REQUEST"],
    ["startDate=2026-01-01&endDate=2026-01-02&startingAfter=x", "INVALID_TRANSACTION_KEY"],
  ])("refuses %s with %s", async (query, code) => {
    const answer = await world.toss("GET", `/v1/transactions?${query}`);
    expect(refusalOf(answer)).toEqual([400, code]);
  });
});

describe("settlements", () => {
  it("are empty in the test environment", async () => {
    await world.charge(mandate, {});
    const query = "startDate=2020-01-01&endDate=2099-01-01";
    const answer = await world.toss("GET", `/v1/settlements?${query}`);
    expect([answer.status, answer.body]).toEqual([200, []]);
  });

  it.each([
    ["startDate=2026-01-01T00:00:00&endDate=2026-01-02", "INVALID_DATE"],
    ["startDate=2026-01-01&endDate=2026-01-02&dateType=other", "INVALID_REQUEST"],
  ])("refuse %s with %s", async (query, code) => {
    const answer = await world.toss("GET", `/v1/settlements?${query}`);
    expect(refusalOf(answer)).toEqual([400, code]);
  });
});
