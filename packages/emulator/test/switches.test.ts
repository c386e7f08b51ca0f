import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startReceiver } from "./support/webhook-receiver.ts";
import { refusalOf, startWorld, type Json, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const turn = (switches: object) => world.control("POST", "/switches", switches);

async function issued(): Promise<Json> {
  const customerKey = "customer-1";
  const { authKey } = await world.control("POST", "/toss/billing-auths", { customerKey });
  const body = { authKey, customerKey };
  return (await world.toss("POST", "/v1/billing/authorizations/issue", body)).body;
}

/** A charge that the account has no money for. */
async function declined(orderId = "order-0001") {
  const mandate = await world.register();
  const { billingKey } = mandate;
  await world.control("POST", "/accounts", { kind: "change", billingKey, balance: 0 });
  await world.charge(mandate, { orderId });
  await world.control("POST", "/accounts", { kind: "change", billingKey, balance: 10_000 });
  return mandate;
}

describe("switches", () => {
  it("stand, at first, on the worse world where nothing was measured", async () => {
    const { toss } = await world.control("GET", "/switches");
    expect({ toss }).toEqual({
      toss: {
        transfersOnIssue: "present",
        transferOnApprove: "transfer",
        declinedChargeVisible: false,
        declinedOrderIdReusable: false,
        cancellationAmount: "positive",
        repeatDelete: "ALREADY_REMOVED_BILLING_KEY",
        spentAuthKey: "NOT_FOUND_BILLING",
        authKeyLifetimeMinutes: 10,
        idempotencyOnIssue: true,
        createdAtFractionDigits: 5,
        billingDeletedReason: true,
        billingDeletedForCards: true,
        paymentStatusChangedOnCancel: true,
        webhookTransmissionId: "new",
        webhookOrder: "normal",
        paysOneOrderIdTwice: false,
      },
    });
  });

  it("change only what is named", async () => {
    const before = await world.control("GET", "/switches");
    const after = await turn({ provider: "toss", repeatDelete: "200" });
    expect(after).toEqual({ ...before, toss: { ...before.toss, repeatDelete: "200" } });
  });
});

describe("transfersOnIssue", () => {
  const transfer = { bankName: "토스뱅크", bankAccountNumber: expect.any(String) };

  it.each([
    ["present", [transfer]],
    ["object", transfer],
    ["empty", []],
    ["null", null],
  ])("%s", async (transfersOnIssue, expected) => {
    await turn({ transfersOnIssue });
    expect((await issued()).transfers).toEqual(expected);
  });

  it("absent", async () => {
    await turn({ transfersOnIssue: "absent" });
    expect(Object.keys(await issued())).not.toContain("transfers");
  });
});

describe("transferOnApprove", () => {
  it.each([
    ["transfer", "transfers"],
    ["transfers", "transfer"],
  ])("%s", async (transferOnApprove, otherName) => {
    await turn({ transferOnApprove });
    const { body } = await world.charge(await world.register(), {});
    expect(body[transferOnApprove]).toEqual({ bankCode: "92", settlementStatus: "INCOMPLETED" });
    expect(Object.keys(body)).not.toContain(otherName);
  });
});

describe("declinedChargeVisible", () => {
  it("off: a declined charge is not found by its order id", async () => {
    await declined();
    const found = await world.toss("GET", "/v1/payments/orders/order-0001");
    expect(refusalOf(found)).toEqual([404, "NOT_FOUND_PAYMENT"]);
  });

  it("on: it is found as ABORTED, with the failure", async () => {
    await turn({ declinedChargeVisible: true });
    await declined();
    const { status, body } = await world.toss("GET", "/v1/payments/orders/order-0001");
    expect([status, body.status, body.approvedAt, body.failure]).toEqual([
      200,
      "ABORTED",
      null,
      { code: "REJECT_ACCOUNT_PAYMENT", message: "계좌 잔액이 모자라요." },
    ]);
    const cancel = { cancelReason: "변심" };
    const refused = await world.toss("POST", `/v1/payments/${body.paymentKey}/cancel`, cancel);
    expect(refusalOf(refused)).toEqual([403, "NOT_CANCELABLE_PAYMENT"]);
  });
});

describe("declinedOrderIdReusable", () => {
  it("off: a declined order id is refused from then on", async () => {
    const mandate = await declined();
    const again = await world.charge(mandate, { orderId: "order-0001" });
    expect(refusalOf(again)).toEqual([400, "DUPLICATED_ORDER_ID"]);
  });

  it("on: it may be charged again, once", async () => {
    await turn({ declinedOrderIdReusable: true });
    const mandate = await declined();
    const answers = [
      await world.charge(mandate, { orderId: "order-0001" }),
      await world.charge(mandate, { orderId: "order-0001" }),
    ];
    expect(answers.map(refusalOf)).toEqual([
      [200, undefined],
      [400, "DUPLICATED_ORDER_ID"],
    ]);
    const { body } = await world.toss("GET", "/v1/payments/orders/order-0001");
    expect(body.status).toBe("DONE");
  });
});

describe("repeatDelete", () => {
  it.each([
    ["200", 200, undefined],
    ["ALREADY_REMOVED_BILLING_KEY", 400, "ALREADY_REMOVED_BILLING_KEY"],
    ["BILLING_KEY_NOT_FOUND", 400, "BILLING_KEY_NOT_FOUND"],
    ["NOT_FOUND_BILLING", 404, "NOT_FOUND_BILLING"],
  ])("%s", async (repeatDelete, status, code) => {
    await turn({ repeatDelete });
    const { billingKey } = await world.register();
    const path = `/v1/billing/${encodeURIComponent(billingKey)}`;
    await world.toss("DELETE", path);
    expect(refusalOf(await world.toss("DELETE", path))).toEqual([status, code]);
  });

  it("is about keys that once were; one that never was is NOT_FOUND_BILLING", async () => {
    await turn({ repeatDelete: "200" });
    const answer = await world.toss("DELETE", "/v1/billing/nobody");
    expect(refusalOf(answer)).toEqual([404, "NOT_FOUND_BILLING"]);
  });
});

describe("spentAuthKey and authKeyLifetimeMinutes", () => {
  it("choose the answer to a spent authKey, and when it dies of age", async () => {
    await turn({ spentAuthKey: "INVALID_BILLING_AUTH", authKeyLifetimeMinutes: 60 });
    const customerKey = "customer-1";
    const { authKey } = await world.control("POST", "/toss/billing-auths", { customerKey });
    await world.control("POST", "/clock", { by: "PT59M" });
    const path = "/v1/billing/authorizations/issue";
    const answers = [
      await world.toss("POST", path, { authKey, customerKey }),
      await world.toss("POST", path, { authKey, customerKey }),
    ];
    expect(answers.map(refusalOf)).toEqual([
      [200, undefined],
      [400, "INVALID_BILLING_AUTH"],
    ]);
  });
});

describe("what webhooks carry", () => {
  /** The only webhook of a deleted key. */
  async function deleted(method: "TRANSFER" | "CARD" = "TRANSFER"): Promise<Json> {
    const receiver = await startReceiver();
    await world.control("POST", "/webhooks", { url: receiver.url });
    const { billingKey } = await world.register({ method });
    await world.toss("DELETE", `/v1/billing/${encodeURIComponent(billingKey)}`);
    await world.control("POST", "/clock", { by: "PT1S" });
    await receiver.stop();
    return receiver.heard[0]?.body;
  }

  it.each([
    [0, /T\d\d:\d\d:\d\d$/],
    [3, /T\d\d:\d\d:\d\d\.\d{3}$/],
    [5, /T\d\d:\d\d:\d\d\.\d{5}$/],
    [6, /T\d\d:\d\d:\d\d\.\d{6}$/],
  ])("createdAtFractionDigits %i", async (createdAtFractionDigits, form) => {
    await turn({ createdAtFractionDigits });
    expect((await deleted()).createdAt).toMatch(form);
  });

  it.each([
    [true, ["billingKey", "reason"]],
    [false, ["billingKey"]],
  ])("billingDeletedReason %s", async (billingDeletedReason, members) => {
    await turn({ billingDeletedReason });
    expect(Object.keys((await deleted()).data)).toEqual(members);
  });

  it.each([
    [true, "BILLING_DELETED"],
    [false, undefined],
  ])("billingDeletedForCards %s", async (billingDeletedForCards, eventType) => {
    await turn({ billingDeletedForCards });
    expect((await deleted("CARD"))?.eventType).toBe(eventType);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])("paymentStatusChangedOnCancel %s", async (paymentStatusChangedOnCancel, count) => {
    await turn({ paymentStatusChangedOnCancel });
    await world.control("POST", "/webhooks", { url: "http://127.0.0.1:1/" });
    const { body } = await world.charge(await world.register(), {});
    await world.toss("POST", `/v1/payments/${body.paymentKey}/cancel`, { cancelReason: "변심" });
    expect(await world.control("GET", "/webhooks/deliveries")).toHaveLength(count);
  });
});

describe("paysOneOrderIdTwice", () => {
  it("plays a broken provider: one order id is paid as often as it is asked", async () => {
    await turn({ paysOneOrderIdTwice: true });
    const mandate = await world.register();
    await world.charge(mandate, { orderId: "order-0001" });
    await world.charge(mandate, { orderId: "order-0001" });
    expect(await world.ledgerOf("order-0001")).toEqual([
      ["payment", 4900],
      ["payment", 4900],
    ]);
  });
});
