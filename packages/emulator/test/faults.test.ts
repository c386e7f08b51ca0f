import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, startWorld, type Json, type Mandate, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
let mandate: Mandate;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
  await world.control("POST", "/requests/clear");
  mandate = await world.register();
});
afterAll(() => world.stop());

const order = (fault: object) =>
  world.control("POST", "/faults", { provider: "toss", operation: "charge", ...fault });
const charge = (orderId = "order-0001") => world.charge(mandate, { orderId });
const requests = (filter = "operation=charge") => world.control("GET", `/requests?${filter}`);

/** Waits until the call log says what became of the first charge. */
async function outcome(): Promise<Json> {
  for (;;) {
    const [request] = await requests();
    if (request !== undefined && request.outcome !== null) return request;
    await aMoment();
  }
}

const aMoment = () => new Promise((resolve) => setTimeout(resolve, 10));

/** Sends a charge and gives up as soon as the emulator has settled its fate. */
async function unanswered(): Promise<Json> {
  const patience = new AbortController();
  const answer = world.charge(mandate, {}, { signal: patience.signal });
  const ended = expect(answer).rejects.toThrow();
  const request = await outcome();
  patience.abort();
  await ended;
  return request;
}

describe("drop_request", () => {
  it("is never processed and never answered", async () => {
    await order({ action: "drop_request" });
    const { outcome: end, processed } = await unanswered();
    expect([end, processed]).toEqual(["swallowed", false]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
    expect((await charge()).status).toBe(200);
  });

  it("leaves the idempotency key unused", async () => {
    await order({ action: "drop_request" });
    const patience = new AbortController();
    const headers = { "idempotency-key": "k" };
    const lost = world.charge(mandate, {}, { headers, signal: patience.signal });
    const ended = expect(lost).rejects.toThrow();
    await outcome();
    const again = await world.charge(mandate, {}, { headers });
    patience.abort();
    await ended;
    expect(again.status).toBe(200);
  });

  it("hangs until a reset closes its socket", async () => {
    await order({ action: "drop_request" });
    const ended = expect(charge()).rejects.toThrow();
    await outcome();
    await world.control("POST", "/reset");
    await ended;
  });
});

describe("drop_answer", () => {
  it("is processed and never answered", async () => {
    await order({ action: "drop_answer" });
    const { outcome: end, processed } = await unanswered();
    expect([end, processed]).toEqual(["swallowed", true]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
    expect(refusalOf(await charge())).toEqual([400, "DUPLICATED_ORDER_ID"]);
  });

  it("keeps the answer for whoever repeats the idempotency key", async () => {
    await order({ action: "drop_answer" });
    const patience = new AbortController();
    const headers = { "idempotency-key": "k" };
    const lost = world.charge(mandate, {}, { headers, signal: patience.signal });
    const ended = expect(lost).rejects.toThrow();
    await outcome();
    patience.abort();
    await ended;
    const again = await world.charge(mandate, {}, { headers });
    expect([again.status, again.body.status]).toEqual([200, "DONE"]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });
});

describe("close_before and close_after", () => {
  it.each([
    ["close_before", false, []],
    ["close_after", true, [["payment", 4900]]],
  ])("%s cuts the connection; processed: %s", async (action, isProcessed, movements) => {
    await order({ action });
    await expect(charge()).rejects.toThrow();
    const { outcome: end, processed, fault } = await outcome();
    expect([end, processed, fault.type]).toEqual(["closed", isProcessed, action]);
    expect(await world.ledgerOf("order-0001")).toEqual(movements);
  });
});

describe("delay", () => {
  it("before: is processed even though the client has gone away", async () => {
    await order({ action: { type: "delay", ms: 2_000 } });
    const patience = new AbortController();
    const gone = world.charge(mandate, {}, { signal: patience.signal });
    const ended = expect(gone).rejects.toThrow();
    await arrived();
    patience.abort();
    await ended;
    expect(await world.ledgerOf("order-0001")).toEqual([]);
    await outcome();
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });

  it("after: has moved the money before it answers", async () => {
    await order({ action: { type: "delay", ms: 2_000, when: "after" } });
    const slow = charge();
    await arrived();
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
    expect((await slow).status).toBe(200);
  });

  it("is forgotten by a reset, and pays nothing afterwards", async () => {
    await order({ action: { type: "delay", ms: 2_000 } });
    const ended = expect(charge()).rejects.toThrow();
    await arrived();
    await world.control("POST", "/reset");
    await ended;
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  async function arrived(): Promise<void> {
    while ((await requests()).length === 0) await aMoment();
  }
});

describe("error", () => {
  const action = { type: "error", status: 500, code: "FAILED_INTERNAL_SYSTEM_PROCESSING" };

  it("before: answers the error, and nothing happened", async () => {
    await order({ action });
    expect(refusalOf(await charge())).toEqual([500, "FAILED_INTERNAL_SYSTEM_PROCESSING"]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
  });

  it("after: answers the error although the money moved", async () => {
    await order({ action: { ...action, when: "after", message: "모름" } });
    const answer = await charge();
    expect([answer.status, answer.body]).toEqual([500, { code: action.code, message: "모름" }]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });

  it("is replayed under its idempotency key", async () => {
    await order({ action });
    const headers = { "idempotency-key": "k" };
    const answers = [
      await world.charge(mandate, {}, { headers }),
      await world.charge(mandate, {}, { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
  });
});

describe("decline", () => {
  it("declines with the code and its documented status, and uses the order id up", async () => {
    await order({ action: { type: "decline", code: "EXCEED_MAX_ONE_DAY_AMOUNT" } });
    expect(refusalOf(await charge())).toEqual([403, "EXCEED_MAX_ONE_DAY_AMOUNT"]);
    expect(refusalOf(await charge())).toEqual([400, "DUPLICATED_ORDER_ID"]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
  });

  it("may bring a status and a sentence of its own", async () => {
    const action = { type: "decline", code: "NEW_CODE", status: 422, message: "새로움" };
    await order({ action });
    const answer = await charge();
    expect([answer.status, answer.body]).toEqual([422, { code: "NEW_CODE", message: "새로움" }]);
  });
});

describe("stale_lookup", () => {
  it("answers look-ups as if the payment were not there yet", async () => {
    const { body } = await charge();
    await order({ operation: "any", times: 3, action: "stale_lookup" });
    const stale = [
      await world.toss("GET", "/v1/payments/orders/order-0001"),
      await world.toss("GET", `/v1/payments/${body.paymentKey}`),
    ];
    const range = "startDate=2020-01-01&endDate=2099-01-01";
    const list = await world.toss("GET", `/v1/transactions?${range}`);
    const fresh = await world.toss("GET", "/v1/payments/orders/order-0001");
    expect(stale.map(refusalOf)).toEqual(stale.map(() => [404, "NOT_FOUND_PAYMENT"]));
    expect([list.body, fresh.status]).toEqual([[], 200]);
  });
});

describe("garbage", () => {
  it.each([
    ["before", []],
    ["after", [["payment", 4900]]],
  ])("%s: is 200 with bytes nobody can read", async (when, movements) => {
    await order({ action: { type: "garbage", when } });
    const { status, body, text } = await charge();
    expect([status, body, text.length > 0]).toEqual([200, undefined, true]);
    expect(await world.ledgerOf("order-0001")).toEqual(movements);
  });
});

describe("alter_answer", () => {
  it("merges members into the answer", async () => {
    const set = { totalAmount: 1, transfer: null, brandNew: true };
    await order({ action: { type: "alter_answer", set } });
    const { body } = await charge();
    expect([body.totalAmount, body.transfer, body.brandNew, body.orderId]).toEqual([
      1,
      null,
      true,
      "order-0001",
    ]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });
});

describe("rate_limit", () => {
  it("is 429 with Retry-After, and nothing happened", async () => {
    await order({ action: { type: "rate_limit", retryAfterSeconds: 7 } });
    const answer = await charge();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
  });
});

describe("outage", () => {
  it("is 503 until the emulator's clock passes its end", async () => {
    const { now } = await world.control("GET", "/clock");
    const until = new Date(Date.parse(now) + 3_600_000).toISOString();
    await order({ action: { type: "outage", until } });
    const during = [await charge(), await charge()].map(({ status }) => status);
    await world.control("POST", "/clock", { by: "PT61M" });
    expect([...during, (await charge()).status]).toEqual([503, 503, 200]);
  });

  it("without an end lasts until it is removed", async () => {
    const { id } = await order({ action: "outage" });
    const during = [await charge(), await charge()].map(({ status }) => status);
    await world.control("DELETE", `/faults/${id}`);
    expect([...during, (await charge()).status]).toEqual([503, 503, 200]);
  });
});

describe("kill_key", () => {
  it("before: the key dies on the way, and the charge is refused", async () => {
    await order({ action: "kill_key" });
    expect(refusalOf(await charge())).toEqual([400, "ALREADY_REMOVED_BILLING_KEY"]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
  });

  it("after: this charge is paid, the next is refused", async () => {
    await order({ action: { type: "kill_key", when: "after" } });
    const answers = [await charge("order-0001"), await charge("order-0002")];
    expect(answers.map(refusalOf)).toEqual([
      [200, undefined],
      [400, "ALREADY_REMOVED_BILLING_KEY"],
    ]);
  });
});

describe("which request a fault hits", () => {
  const action = { type: "error", status: 500, code: "COMMON_ERROR" };
  const statuses = async (...orderIds: string[]) => {
    const seen: number[] = [];
    for (const orderId of orderIds) seen.push((await charge(orderId)).status);
    return seen;
  };

  it("is one of the operation", async () => {
    await order({ operation: "get_order", action });
    expect((await charge()).status).toBe(200);
    expect((await world.toss("GET", "/v1/payments/orders/order-0001")).status).toBe(500);
  });

  it.each([
    [{ orderId: "order-0002" }, [200, 500, 200]],
    [{ orderIdPrefix: "order-" }, [500, 500, 500]],
    [{ amount: 4900 }, [500, 500, 500]],
    [{ amount: 1 }, [200, 200, 200]],
    [{ billingKey: "another" }, [200, 200, 200]],
  ])("matches %j", async (match, expected) => {
    await order({ match, action, times: null });
    expect(await statuses("order-0001", "order-0002", "order-0003")).toEqual(expected);
  });

  it("is the first one, unless told how often and after how many", async () => {
    await order({ action, skip: 1, times: 2 });
    const ids = ["order-0001", "order-0002", "order-0003", "order-0004"];
    expect(await statuses(...ids)).toEqual([200, 500, 500, 200]);
  });

  it("is the same for the same seed", async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `order-${1000 + i}`);
    await order({ action, times: null, probability: 0.5, seed: 7 });
    const first = await statuses(...ids);
    await world.control("POST", "/reset");
    mandate = await world.register();
    await order({ action, times: null, probability: 0.5, seed: 7 });
    expect(await statuses(...ids)).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
  });

  it("takes the oldest of several faults, one at a time", async () => {
    await order({ action });
    await order({ action: { ...action, status: 502 } });
    expect(await statuses("order-0001", "order-0002", "order-0003")).toEqual([500, 502, 200]);
  });

  it("is told in the list of faults and in the call log", async () => {
    const { id } = await order({ action });
    await charge();
    const [request] = await requests();
    const [fault] = await world.control("GET", "/faults");
    expect([fault.id, fault.remaining, fault.hits]).toEqual([id, 0, [request.sequence]]);
    expect([request.fault, request.outcome]).toEqual([{ id, type: "error" }, { answered: 500 }]);
  });

  it("is one that its action means something to", async () => {
    await order({ operation: "any", action: "stale_lookup" });
    expect((await charge()).status).toBe(200);
    const looked = await world.toss("GET", "/v1/payments/orders/order-0001");
    expect(refusalOf(looked)).toEqual([404, "NOT_FOUND_PAYMENT"]);
  });

  it("is never a replay, when the fault is about processing", async () => {
    const headers = { "idempotency-key": "k" };
    await world.charge(mandate, {}, { headers });
    await order({ action });
    const replay = await world.charge(mandate, {}, { headers });
    expect([replay.status, (await charge("order-0002")).status]).toEqual([200, 500]);
  });
});

describe("an order that makes no sense", () => {
  it.each([
    [{ action: "explode" }],
    [{ action: { type: "delay" } }],
    [{ operation: "refund", action: "drop_answer" }],
    [{ action: "drop_answer", match: { order: "x" } }],
    [{ action: "drop_answer", time: 3 }],
    [{ operation: "cancel", action: "kill_key" }],
  ])("%j is refused with a reason", async (wrong) => {
    const answer = await fetch(`${world.ready.control}/faults`, {
      method: "POST",
      body: JSON.stringify({ provider: "toss", ...wrong }),
    });
    const { error } = (await answer.json()) as Json;
    expect([answer.status, error.code, error.message.length > 0]).toEqual([
      400,
      "invalid_request",
      true,
    ]);
  });
});
