import type { ProviderPayment } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { OpenCharge } from "../charges/charge-store.ts";
import type { Price, Subscription } from "../subscriptions/subscription.ts";
import type { LatestCall } from "./authorization-store.ts";
import type { SettleDecision } from "./authorization.ts";
import { settlementOf } from "./settlement.ts";

const now = Temporal.Instant.from("2026-02-28T01:00:05Z");
const amount = { amountMinor: 1_000, currency: "TWD" } as const;

const price: Price = {
  id: "price_1",
  planId: "plan_1",
  planName: "Milk",
  amount,
  interval: { unit: "month", count: 1 },
  trialDays: 0,
  capture: "manual",
  registrationAmount: undefined,
  outlivesUnusedKeys: false,
};

const subscriptionIn = (status: Subscription["status"]): Subscription => ({
  accountId: "acct_1",
  id: `sub_${"0".repeat(26)}`,
  customerId: "cus_1",
  status,
  priceId: price.id,
  nextPriceId: undefined,
  billingKeyId: "bk_1",
  anchorOn: Temporal.PlainDate.from("2026-01-31"),
  anchorPeriod: 0,
  zone: "Asia/Taipei",
  chargeTime: Temporal.PlainTime.from("10:00"),
  nextPeriod: 2,
  nextDueAt: status === "canceled" ? undefined : Temporal.Instant.from("2026-03-31T02:00:00Z"),
  methodRequired: false,
  cancelsAtPeriodEnd: false,
  canceledAt: status === "canceled" ? now : undefined,
  testClockId: undefined,
  createdAt: now,
});

const charge: OpenCharge = {
  accountId: "acct_1",
  id: "chg_1",
  leaseToken: "lease",
  mode: "test",
  invoiceId: "inv_1",
  subscriptionId: `sub_${"0".repeat(26)}`,
  customerId: "cus_1",
  connectionId: "gwy_1",
  billingKeyId: "bk_1",
  methodLabel: undefined,
  via: "key",
  resumesAt: undefined,
  status: "reconciling",
  amount,
  orderId: "ORDER",
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
  paymentId: "1",
  state: "captured",
  providerStatus: "CAPTURE",
  orderId: "ORDER",
  amount,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: undefined,
  approvedAt: undefined,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "POST", path: "/" },
};

const callOf = (kind: "capture" | "void"): LatestCall => ({
  kind,
  amountMinor: 1_000,
  requestedBy: "the desk",
  end: undefined,
  failure: undefined,
});

const words = { code: "1280", message: "card" };
const voided = (
  because: Extract<SettleDecision, { to: "voided" }>["because"],
  failure?: "soft_decline" | "hard_decline" | "billing_key_invalid",
): SettleDecision => ({
  to: "voided",
  because,
  payment,
  failure: failure && { failure, ...words },
});

/** The consequences that differ from case to case. */
function settle(
  decision: SettleDecision,
  change: {
    readonly status?: Subscription["status"];
    readonly call?: LatestCall | undefined;
    readonly charge?: Partial<OpenCharge>;
    readonly retryDays?: readonly number[];
  } = {},
) {
  const { retryDays = [1, 3], status = "active" } = change;
  const dunning = { retryDelays: retryDays.map((days) => Temporal.Duration.from({ days })) };
  const subscription = subscriptionIn(status);
  const context = { subscription, price, dunning, call: change.call };
  const settlement = settlementOf({ ...charge, ...change.charge }, decision, context);
  return {
    invoice: settlement.invoice.status,
    subscription: settlement.subscription.status,
    collectAgainAt: settlement.collectAgainAt?.toString(),
    lostKey: settlement.lostKey,
    pauses: settlement.pauseReason !== undefined,
    events: settlement.events.map(({ type }) => type),
  };
}

const nothing = {
  invoice: undefined,
  subscription: "active",
  collectAgainAt: undefined,
  lostKey: undefined,
  pauses: false,
  events: [],
};

describe("a captured charge", () => {
  const part = { amountMinor: 300, currency: "TWD" } as const;
  const captured: SettleDecision = { to: "captured", payment, amount: part };

  it("pays its invoice, however much was taken", () => {
    expect(settle(captured, { call: callOf("capture") })).toEqual({
      ...nothing,
      invoice: "paid",
      events: ["charge.captured", "invoice.paid"],
    });
    const subscription = subscriptionIn("active");
    const context = { subscription, price, dunning: { retryDelays: [] }, call: undefined };
    const { capturedMinor, events } = settlementOf(charge, captured, context);
    expect([capturedMinor, events[0]?.data["amount"]]).toEqual([300, 300]);
  });

  it("tells whoever wanted it voided that it was captured before", () => {
    expect(settle(captured, { call: callOf("void") }).events).toEqual([
      "charge.captured",
      "invoice.paid",
      "charge.void_failed",
    ]);
  });

  it("tells of money that came after the subscription's end", () => {
    expect(settle(captured, { status: "canceled" })).toMatchObject({
      subscription: "canceled",
      events: ["charge.captured", "charge.captured_after_cancel", "invoice.paid"],
    });
  });
});

describe("a charge that was voided because we asked", () => {
  it("owes nothing any more, and the subscription goes on", () => {
    expect(settle(voided("asked"), { call: callOf("void") })).toEqual({
      ...nothing,
      invoice: "void",
      events: ["charge.voided", "invoice.void"],
    });
  });

  it("brings a subscription back that was past due for this invoice only", () => {
    expect(settle(voided("asked"), { status: "past_due" })).toMatchObject({
      subscription: "active",
      events: ["charge.voided", "invoice.void", "subscription.recovered"],
    });
    const others = { status: "past_due", charge: { otherOpenInvoices: 1 } } as const;
    expect(settle(voided("asked"), others).subscription).toBe("past_due");
  });

  it("ends nothing that has ended", () => {
    expect(settle(voided("asked"), { status: "canceled" })).toMatchObject({
      invoice: "void",
      subscription: "canceled",
    });
  });
});

describe("a charge whose money the provider let go", () => {
  const lost = {
    ...nothing,
    subscription: "past_due",
    events: ["charge.authorization_released", "subscription.past_due"],
  };

  it("is charged again after the first dunning delay", () => {
    const expected = { ...lost, collectAgainAt: "2026-03-01T01:00:05Z" };
    expect(settle(voided("released", "soft_decline"))).toEqual(expected);
    expect(settle(voided("released"))).toEqual(expected);
  });

  it("waits for another method when that is the reason", () => {
    expect(settle(voided("released", "billing_key_invalid"))).toEqual({
      ...lost,
      lostKey: { status: "dead", reason: "1280" },
    });
    expect(settle(voided("released", "hard_decline"))).toEqual({
      ...lost,
      lostKey: { status: "suspended", reason: "1280" },
    });
    expect(settle(voided("released"), { charge: { hasUsableKey: false } })).toEqual(lost);
  });

  it("is not charged again where nothing is ever retried", () => {
    expect(settle(voided("released"), { retryDays: [] })).toEqual(lost);
  });

  it("owes nothing any more once the subscription has ended", () => {
    expect(settle(voided("released"), { status: "canceled" })).toEqual({
      ...nothing,
      invoice: "void",
      subscription: "canceled",
      events: ["charge.authorization_released", "invoice.void"],
    });
  });

  it.each([
    ["expired", "charge.authorization_expired"],
    ["elsewhere", "charge.voided"],
  ] as const)("is the merchant's to collect (%s)", (because, event) => {
    expect(settle(voided(because))).toEqual({ ...lost, events: [event, "subscription.past_due"] });
  });
});

describe("a charge whose money is still held", () => {
  const failure = { failure: "soft_decline", ...words } as const;
  const held: SettleDecision = { to: "authorized", expiresAt: now, heldForMs: 0, failure };

  it("tells whoever asked that nothing happened", () => {
    const events = ["charge.capture_failed"];
    expect(settle(held, { call: callOf("capture") })).toEqual({ ...nothing, events });
    expect(settle(held, { call: callOf("void") }).events).toEqual(["charge.void_failed"]);
  });

  it("tells nobody when only its date was asked about", () => {
    expect(settle({ ...held, failure: undefined })).toEqual(nothing);
  });

  it("pauses the connection when its credentials were refused", () => {
    const refused = { ...held, failure: { ...failure, failure: "configuration" } } as const;
    expect(settle(refused, { call: callOf("capture") }).pauses).toBe(true);
  });
});

describe("a charge that waits for a person", () => {
  it("pauses its connection only when the answer was about another payment", () => {
    const review = { to: "in_review", ...words } as const;
    const expected = { ...nothing, events: ["charge.in_review"] };
    const mismatch = { ...expected, pauses: true };
    expect(settle({ ...review, reason: "mismatch" })).toEqual(mismatch);
    expect(settle({ ...review, reason: "outcome_unresolved" })).toEqual(expected);
  });
});
