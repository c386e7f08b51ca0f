import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, startWorld, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

describe("a charge repeated under its idempotency key", () => {
  it("is answered with the first answer, byte for byte, and pays once", async () => {
    const mandate = await world.register();
    const first = await world.charge(mandate, { orderId: "order-0001" }, keyed("k"));
    const again = await world.charge(mandate, { orderId: "order-0001" }, keyed("k"));
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });

  it("echoes the key, also the first time, and shows a replay by two trace ids", async () => {
    const mandate = await world.register();
    const first = await world.charge(mandate, {}, keyed("k"));
    const again = await world.charge(mandate, {}, keyed("k"));
    const echoed = [first, again].map(({ headers }) => headers.get("idempotency-key"));
    const [firstTrace, againTrace] = [first, again].map(({ headers }) =>
      headers.get("x-tosspayments-trace-id")?.split(","),
    );
    expect(echoed).toEqual(["k", "k"]);
    expect(againTrace).toEqual([expect.any(String), firstTrace?.[0]]);
  });

  it("gets the first answer even with another body, as the body is no part of the match", async () => {
    const mandate = await world.register();
    await world.charge(mandate, { orderId: "order-0001" }, keyed("k"));
    const other = await world.charge(mandate, { orderId: "order-0002" }, keyed("k"));
    expect(other.body.orderId).toBe("order-0001");
    expect(await world.ledgerOf("order-0002")).toEqual([]);
  });

  it("gets the first error again, although the corrected body would pay", async () => {
    const mandate = await world.register();
    const wrong = await world.charge(mandate, { amount: 1 }, keyed("k"));
    const corrected = await world.charge(mandate, { amount: 4900 }, keyed("k"));
    expect([corrected.status, corrected.text]).toEqual([400, wrong.text]);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  it("is history: a payment that was cancelled since is still DONE in the replay", async () => {
    const mandate = await world.register();
    const { body } = await world.charge(mandate, {}, keyed("k"));
    const path = `/v1/payments/${body.paymentKey}`;
    await world.toss("POST", `${path}/cancel`, { cancelReason: "변심" });
    const replay = await world.charge(mandate, {}, keyed("k"));
    const now = await world.toss("GET", path);
    expect([replay.body.status, now.body.status]).toEqual(["DONE", "CANCELED"]);
  });

  it("on another billing key is another request", async () => {
    const one = await world.register();
    const other = await world.register({ customerKey: "customer-2" });
    await world.charge(one, { orderId: "order-0001" }, keyed("k"));
    const answer = await world.charge(other, { orderId: "order-0002" }, keyed("k"));
    expect([answer.status, answer.body.orderId]).toEqual([200, "order-0002"]);
  });

  it("waits while the first is running: 409, then the result", async () => {
    const mandate = await world.register();
    const delay = { type: "delay", ms: 2_000 };
    await world.control("POST", "/faults", {
      provider: "toss",
      operation: "charge",
      action: delay,
    });
    const first = world.charge(mandate, {}, keyed("k"));
    await requestArrived();
    const meanwhile = await world.charge(mandate, {}, keyed("k"));
    expect(refusalOf(meanwhile)).toEqual([409, "IDEMPOTENT_REQUEST_PROCESSING"]);
    expect((await first).status).toBe(200);
    const afterwards = await world.charge(mandate, {}, keyed("k"));
    expect(afterwards.text).toBe((await first).text);
  });

  it("pays once when twenty arrive together", async () => {
    const mandate = await world.register();
    const many = Array.from({ length: 20 }, () => world.charge(mandate, {}, keyed("k")));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });

  it("is executed afresh after 15 days", async () => {
    const mandate = await world.register();
    await world.charge(mandate, { orderId: "order-0001" }, keyed("k"));
    await world.control("POST", "/clock", { by: "P14DT23H" });
    const late = await world.charge(mandate, { orderId: "order-0002" }, keyed("k"));
    await world.control("POST", "/clock", { by: "PT2H" });
    const tooLate = await world.charge(mandate, { orderId: "order-0002" }, keyed("k"));
    expect([late, tooLate].map(({ body }) => body.orderId)).toEqual(["order-0001", "order-0002"]);
  });

  async function requestArrived(): Promise<void> {
    const requests = await world.control("GET", "/requests?operation=charge");
    if (requests.length === 0) return requestArrived();
  }
});

describe("an idempotency key", () => {
  it("has at most 300 characters", async () => {
    const mandate = await world.register();
    const tooLong = await world.charge(mandate, {}, keyed("k".repeat(301)));
    const longest = await world.charge(mandate, {}, keyed("k".repeat(300)));
    expect([tooLong, longest].map(refusalOf)).toEqual([
      [400, "INVALID_IDEMPOTENCY_KEY"],
      [200, undefined],
    ]);
  });

  it("is ignored on GET and DELETE", async () => {
    const mandate = await world.register();
    const path = `/v1/billing/${encodeURIComponent(mandate.billingKey)}`;
    const looked = [
      await world.toss("GET", "/v1/payments/orders/order-0001", undefined, keyed("k")),
      (await world.charge(mandate, {}), undefined),
      await world.toss("GET", "/v1/payments/orders/order-0001", undefined, keyed("k")),
    ];
    const deleted = [
      await world.toss("DELETE", path, undefined, keyed("k")),
      await world.toss("DELETE", path, undefined, keyed("k")),
    ];
    expect(looked.map((answer) => answer?.status)).toEqual([404, undefined, 200]);
    expect(deleted.map(({ status }) => status)).toEqual([200, 400]);
  });

  it("replays on issue, unless that is switched off", async () => {
    const path = "/v1/billing/authorizations/issue";
    const twice = async (key: string) => {
      const customerKey = "customer-1";
      const { authKey } = await world.control("POST", "/toss/billing-auths", { customerKey });
      const body = { authKey, customerKey };
      return [
        await world.toss("POST", path, body, keyed(key)),
        await world.toss("POST", path, body, keyed(key)),
      ].map(({ status }) => status);
    };
    expect(await twice("k1")).toEqual([200, 200]);
    await world.control("POST", "/switches", { idempotencyOnIssue: false });
    expect(await twice("k2")).toEqual([200, 404]);
  });

  it("cancels once", async () => {
    const { body } = await world.charge(await world.register(), {});
    const path = `/v1/payments/${body.paymentKey}/cancel`;
    const part = { cancelReason: "일부", cancelAmount: 1000 };
    await world.toss("POST", path, part, keyed("k"));
    await world.toss("POST", path, part, keyed("k"));
    expect(await world.ledgerOf("order-0001")).toEqual([
      ["payment", 4900],
      ["refund", 1000],
    ]);
  });
});

describe("the header TossPayments-Test-Code", () => {
  const forced = (code: string) => ({ headers: { "tosspayments-test-code": code } });

  it("forces the error before anything is looked up", async () => {
    const nobody = { billingKey: "nobody=", customerKey: "customer-1" };
    const answer = await world.charge(nobody, {}, forced("REJECT_CARD_PAYMENT"));
    expect(refusalOf(answer)).toEqual([403, "REJECT_CARD_PAYMENT"]);
  });

  it("with an unknown code is INVALID_TEST_CODE", async () => {
    const answer = await world.toss("GET", "/v1/payments/x", undefined, forced("NO_SUCH_CODE"));
    expect(refusalOf(answer)).toEqual([400, "INVALID_TEST_CODE"]);
  });

  it("forces IDEMPOTENT_REQUEST_PROCESSING on every retry, with an idempotency key only", async () => {
    const mandate = await world.register();
    const { headers } = forced("IDEMPOTENT_REQUEST_PROCESSING");
    const withKey = { headers: { ...headers, "idempotency-key": "k" } };
    const answers = [
      await world.charge(mandate, {}, { headers }),
      await world.charge(mandate, {}, withKey),
      await world.charge(mandate, {}, withKey),
      await world.charge(mandate, {}, keyed("k")),
    ];
    expect(answers.map(refusalOf)).toEqual([
      [400, "INVALID_TEST_CODE"],
      [409, "IDEMPOTENT_REQUEST_PROCESSING"],
      [409, "IDEMPOTENT_REQUEST_PROCESSING"],
      [200, undefined],
    ]);
  });

  it("does nothing with a live key", async () => {
    const { secretKey } = await world.control("POST", "/credentials", {
      secretKey: "live_sk_emulated",
    });
    const wishes = { ...forced("REJECT_CARD_PAYMENT"), secretKey };
    const answer = await world.toss("GET", "/v1/payments/x", undefined, wishes);
    expect(refusalOf(answer)).toEqual([404, "NOT_FOUND_PAYMENT"]);
  });
});

describe("Accept-Language: en-US", () => {
  const headers = { "accept-language": "en-US" };

  it("translates messages and field values, but not what the merchant typed", async () => {
    const mandate = await world.register({ method: "CARD" });
    const { body } = await world.charge(mandate, {}, { headers });
    const refused = await world.charge(mandate, {}, { headers });
    expect([body.method, body.card.cardType, body.card.ownerType, body.orderName]).toEqual([
      "Card",
      "Check",
      "Personal",
      "매달 구독",
    ]);
    expect(refused.body).toEqual({
      code: "DUPLICATED_ORDER_ID",
      message: "This orderId was used already.",
    });
  });
});
