import type { ProviderPayment } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { EventType } from "../events/event.ts";
import { periodOrderId } from "../ids/order-id.ts";
import { stateOf, type Price, type Subscription } from "../subscriptions/subscription.ts";
import type { OpenCharge } from "./charge-store.ts";
import type { ChargeDecision } from "./charge.ts";
import { followUp, type FollowUp } from "./follow-up.ts";

const now = Temporal.Instant.from("2026-02-28T01:00:05Z");
const approvedAt = Temporal.Instant.from("2026-02-28T01:00:03Z");
const subscriptionId = `sub_${"0".repeat(26)}` as const;
const orderIdOf = (generation: number) => periodOrderId(subscriptionId, 1, generation);

const price: Price = {
  id: "price_1",
  planId: "plan_1",
  planName: "프리미엄",
  amount: { amountMinor: 9_900, currency: "KRW" },
  interval: { unit: "month", count: 1 },
  trialDays: 0,
  capture: "automatic",
  registrationAmount: undefined,
  outlivesUnusedKeys: false,
};
const active: Subscription = {
  accountId: "acct_1",
  id: subscriptionId,
  customerId: "cus_1",
  status: "active",
  priceId: price.id,
  nextPriceId: undefined,
  billingKeyId: "bk_1",
  anchorOn: Temporal.PlainDate.from("2026-01-31"),
  anchorPeriod: 0,
  zone: "Asia/Seoul",
  chargeTime: Temporal.PlainTime.from("10:00"),
  nextPeriod: 2,
  nextDueAt: Temporal.Instant.from("2026-03-31T01:00:00Z"),
  methodRequired: false,
  cancelsAtPeriodEnd: false,
  canceledAt: undefined,
  testClockId: undefined,
  createdAt: now,
};
const pastDue: Subscription = { ...active, status: "past_due" };
const over: Subscription = {
  ...active,
  status: "canceled",
  canceledAt: now,
  nextDueAt: undefined,
};
const charge: OpenCharge = {
  accountId: "acct_1",
  id: "chg_1",
  leaseToken: "lease",
  mode: "test",
  invoiceId: "inv_1",
  subscriptionId,
  customerId: "cus_1",
  connectionId: "gwy_1",
  billingKeyId: "bk_1",
  methodLabel: "토스뱅크 ****1234",
  via: "key",
  resumesAt: undefined,
  status: "in_flight",
  amount: price.amount,
  orderId: orderIdOf(0),
  generation: 0,
  periodIndex: 1,
  periodStartsOn: undefined,
  invoiceStatus: "open",
  invoiceGeneration: 0,
  otherOpenInvoices: 0,
  hasUsableKey: true,
  declines: 0,
  resends: 0,
  unsent: 0,
  lookUps: 0,
  notFoundCount: 0,
  notFoundAt: undefined,
  lastSendOverAt: now,
  attempts: [],
  isOnTestClock: false,
  now,
  realNow: now,
};
const payment: ProviderPayment = {
  paymentId: "pay_1",
  state: "captured",
  providerStatus: "DONE",
  orderId: charge.orderId,
  amount: price.amount,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: approvedAt,
  approvedAt,
  methodLabel: "케이뱅크 ****0000",
  failure: undefined,
  observations: [{ code: "other_api_version", detail: "…" }],
  exchange: { method: "POST", path: "/" },
};
const captured: ChargeDecision = { to: "captured", payment };
const words = { code: "CODE", message: "message" };
const retry = (change: Partial<Extract<ChargeDecision, { to: "scheduled" }>>): ChargeDecision => ({
  to: "scheduled",
  dueAt: Temporal.Instant.from("2026-03-01T01:00:05Z"),
  heldForMs: 0,
  orderId: "next",
  declines: 1,
  resends: 0,
  unsent: 0,
  failure: { failure: "soft_decline", ...words },
  ...change,
});
const failedBy = (
  failure: "soft_decline" | "hard_decline" | "billing_key_invalid",
): ChargeDecision => {
  return { to: "failed", failure: { failure, ...words }, declines: 1 };
};
const nothing: FollowUp = {
  orderId: charge.orderId,
  generation: 0,
  capturedAt: undefined,
  capturedMinor: 0,
  authorization: undefined,
  refundedMinor: 0,
  refunds: [],
  invoice: { status: undefined, paidAt: undefined, generation: 0 },
  subscription: stateOf(active),
  lostKey: undefined,
  methodLabel: undefined,
  pauseReason: undefined,
  observations: [],
  events: [],
};
const facts = { chargeId: "chg_1", invoiceId: "inv_1", amount: 9_900, currency: "KRW" };
const told = (type: EventType, data: Readonly<Record<string, unknown>>) => {
  return { accountId: "acct_1", subscriptionId, type, data, occurredAt: now };
};
const typesOf = ({ events }: FollowUp) => events.map(({ type }) => type);

describe("a charge that is captured", () => {
  it("pays its invoice at the provider's instant, and tells of it", () => {
    expect(followUp(charge, captured, active, price, undefined)).toEqual({
      ...nothing,
      capturedAt: approvedAt,
      capturedMinor: 9_900,
      invoice: { status: "paid", paidAt: now, generation: 0 },
      observations: payment.observations,
      events: [
        told("charge.captured", { ...facts, orderId: charge.orderId, paymentId: "pay_1" }),
        told("invoice.paid", { invoiceId: "inv_1", periodIndex: 1 }),
      ],
    });
  });

  it("on a test clock is captured when that clock says so", () => {
    const onClock = { ...charge, isOnTestClock: true };
    expect(followUp(onClock, captured, active, price, undefined).capturedAt).toEqual(now);
  });

  it("fills the method's label only while it is not known", () => {
    const unknown = { ...charge, methodLabel: undefined };
    const { methodLabel } = followUp(unknown, captured, active, price, undefined);
    expect(methodLabel).toBe("케이뱅크 ****0000");
  });

  it("with a refund is captured and refunded, never more than was taken", () => {
    const refunds = [
      { transactionId: "tx_1", amountMinor: 12_000, refundedAt: now, reason: undefined },
    ];
    const refunded = { ...payment, refundedMinor: 12_000, refunds };
    const all = followUp(charge, { to: "captured", payment: refunded }, active, price, undefined);
    expect(all.refundedMinor).toBe(9_900);
    expect(all.refunds).toEqual(refunds);
    expect(typesOf(all)).toEqual(["charge.captured", "charge.refunded", "invoice.paid"]);
  });

  it("after the cancel pays its invoice all the same, and says that it came late", () => {
    const late = followUp(charge, captured, over, price, undefined);
    expect(late.invoice.status).toBe("paid");
    expect(late.subscription).toEqual(stateOf(over));
    expect(typesOf(late)).toEqual([
      "charge.captured",
      "charge.captured_after_cancel",
      "invoice.paid",
    ]);
  });

  it("brings a subscription back that owed nothing else", () => {
    const recovered = followUp(charge, captured, pastDue, price, undefined);
    expect(recovered.subscription).toEqual(stateOf(active));
    expect(typesOf(recovered).at(-1)).toBe("subscription.recovered");
    const owing = { ...charge, otherOpenInvoices: 1 };
    const still = followUp(owing, captured, pastDue, price, undefined);
    expect(still.subscription).toEqual(stateOf(pastDue));
  });
});

describe("a charge that is declined and tried again", () => {
  it("gets the invoice's next generation, and the subscription is past due", () => {
    expect(followUp(charge, retry({}), active, price, "soft_decline")).toEqual({
      ...nothing,
      orderId: orderIdOf(1),
      generation: 1,
      invoice: { status: undefined, paidAt: undefined, generation: 1 },
      subscription: stateOf(pastDue),
      events: [
        told("charge.declined", {
          ...facts,
          failure: "soft_decline",
          ...words,
          nextAttemptAt: "2026-03-01T01:00:05Z",
        }),
        told("subscription.past_due", { subscriptionId, chargeId: "chg_1" }),
      ],
    });
  });

  it("counts on from the invoice's last generation, whichever of its charges used that", () => {
    const second = { ...charge, generation: 3, orderId: orderIdOf(3), invoiceGeneration: 5 };
    const next = followUp(second, retry({}), active, price, "soft_decline");
    expect(next).toMatchObject({ orderId: orderIdOf(6), generation: 6 });
    expect(next.invoice.generation).toBe(6);
  });

  it("keeps its id and tells nothing when no decline was counted", () => {
    const decision = retry({ orderId: "same", declines: 0, failure: undefined });
    expect(followUp(charge, decision, active, price, undefined)).toEqual(nothing);
  });
});

describe("a connection that refuses everything", () => {
  it("is paused, and says why; nobody's subscription changes", () => {
    const failure = { failure: "configuration", ...words };
    const decision = retry({ orderId: "same", declines: 0, failure });
    expect(followUp(charge, decision, active, price, "configuration")).toEqual({
      ...nothing,
      pauseReason: "the provider refuses the connection: CODE message",
    });
  });
});

describe("a charge that is given up", () => {
  it("by the method's fault suspends or buries the key, and asks for another", () => {
    const hard = followUp(charge, failedBy("hard_decline"), active, price, "hard_decline");
    expect(hard.lostKey).toEqual({ status: "suspended", reason: "CODE" });
    expect(hard.subscription).toEqual({ ...stateOf(pastDue), methodRequired: true });
    expect(typesOf(hard)).toEqual([
      "charge.failed",
      "subscription.past_due",
      "subscription.method_required",
    ]);
    const dead = failedBy("billing_key_invalid");
    const gone = followUp(charge, dead, active, price, "billing_key_invalid");
    expect(gone.lostKey).toEqual({ status: "dead", reason: "CODE" });
  });

  it("after its last retry leaves the key alone and the subscription unpaid", () => {
    const last = followUp(charge, failedBy("soft_decline"), pastDue, price, "soft_decline");
    expect(last.lostKey).toBeUndefined();
    expect(last.invoice.status).toBeUndefined();
    expect(last.subscription).toEqual({
      ...stateOf(active),
      status: "unpaid",
      methodRequired: true,
      nextDueAt: undefined,
    });
    expect(typesOf(last)).toEqual([
      "charge.failed",
      "subscription.unpaid",
      "subscription.method_required",
    ]);
  });
});

describe("a charge that is given up after the customer brought another method", () => {
  const replaced: Subscription = { ...active, billingKeyId: "bk_2" };

  it("loses the old key only, and asks for nothing: the new one is charged next", () => {
    const hard = followUp(charge, failedBy("hard_decline"), replaced, price, "hard_decline");
    expect(hard.lostKey).toEqual({ status: "suspended", reason: "CODE" });
    expect(hard.subscription).toEqual({ ...stateOf(replaced), status: "past_due" });
    expect(typesOf(hard)).toEqual(["charge.failed", "subscription.past_due"]);
  });
});

describe("a provider's record of a refusal that decides no attempt", () => {
  it("takes no billing key out of use: nobody knows whose it is", () => {
    const decision = { to: "reconciling", lookUpInMs: 1, notFound: "kept" } as const;
    for (const failure of ["hard_decline", "billing_key_invalid"]) {
      expect(followUp(charge, decision, active, price, failure)).toEqual(nothing);
    }
  });
});

describe("a charge that waits for a person", () => {
  it("pauses the connection when the answer was not about it", () => {
    const decision = { to: "in_review", reason: "mismatch", ...words } as const;
    expect(followUp(charge, decision, active, price, undefined)).toEqual({
      ...nothing,
      pauseReason: "charge chg_1: the provider's answer is not about our order (message)",
      events: [told("charge.in_review", { ...facts, reason: "mismatch", code: "CODE" })],
    });
  });

  it("for any other reason pauses nothing", () => {
    const decision = { to: "in_review", reason: "invalid_request", ...words } as const;
    const { pauseReason } = followUp(charge, decision, active, price, "invalid_request");
    expect(pauseReason).toBeUndefined();
  });
});

describe("a charge that ends with its subscription", () => {
  it("leaves its invoice void", () => {
    expect(followUp(charge, { to: "canceled" }, over, price, undefined)).toEqual({
      ...nothing,
      subscription: stateOf(over),
      invoice: { status: "void", paidAt: undefined, generation: 0 },
      events: [
        told("charge.canceled", facts),
        told("invoice.void", { invoiceId: "inv_1", periodIndex: 1 }),
      ],
    });
  });
});

describe("a charge whose outcome stays unknown", () => {
  it("changes nothing and tells nothing", () => {
    const decision = { to: "reconciling", lookUpInMs: 1, notFound: "kept" } as const;
    expect(followUp(charge, decision, active, price, undefined)).toEqual(nothing);
  });
});
