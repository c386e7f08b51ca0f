import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { UnpaidInvoice } from "../invoices/invoice-store.ts";
import type { Price, Subscription } from "../subscriptions/subscription.ts";
import { approvalStep, purposeOf, registrationAmountOf } from "./payment-window.ts";

const here = "gwy_here";
const price: Price = {
  id: "price_1",
  planId: "plan_1",
  planName: "OTT Premium",
  amount: money(299, "TWD"),
  interval: { unit: "month", count: 1 },
  trialDays: 0,
  capture: "automatic",
  registrationAmount: undefined,
  outlivesUnusedKeys: false,
};
const waiting: Subscription = {
  accountId: "acct_1",
  id: "sub_1",
  customerId: "cus_1",
  status: "incomplete",
  priceId: price.id,
  nextPriceId: undefined,
  billingKeyId: undefined,
  anchorOn: undefined,
  anchorPeriod: 0,
  zone: "Asia/Taipei",
  chargeTime: Temporal.PlainTime.from("10:00"),
  nextPeriod: 0,
  nextDueAt: undefined,
  methodRequired: false,
  cancelsAtPeriodEnd: false,
  canceledAt: undefined,
  testClockId: undefined,
  createdAt: Temporal.Instant.from("2026-03-01T00:00:00Z"),
};
const begun = {
  ...waiting,
  status: "active" as const,
  anchorOn: Temporal.PlainDate.from("2026-01-31"),
};

type Live = NonNullable<UnpaidInvoice["liveCharge"]>;
const live = (change: Partial<Live> = {}): Live => ({
  id: "chg_1",
  status: "scheduled",
  connectionId: here,
  orderId: "ORDER",
  amount: price.amount,
  dueAt: undefined,
  isUnresolved: false,
  ...change,
});
const invoice = (change: Partial<UnpaidInvoice> = {}): UnpaidInvoice => ({
  id: "inv_1",
  status: "open",
  periodIndex: 3,
  amount: price.amount,
  capture: "automatic",
  description: "OTT Premium",
  generation: 0,
  hasHadCharge: true,
  liveCharge: undefined,
  ...change,
});

describe("what a window is opened for", () => {
  it("is the first period of a subscription that has not begun", () => {
    expect(purposeOf(waiting, price, [], here)).toEqual({
      kind: "first_period",
      capture: "automatic",
    });
  });

  it("is one unit, given back, while a trial runs or nothing is owed", () => {
    const registration = { kind: "registration", amount: money(1, "TWD") };
    expect(purposeOf(waiting, { ...price, trialDays: 14 }, [], here)).toEqual(registration);
    expect(purposeOf(begun, price, [], here)).toEqual(registration);
  });

  it("is the oldest invoice that is owed, though drafts were offered before", () => {
    const draft = invoice({ id: "inv_0", status: "draft", periodIndex: undefined });
    const owed = invoice();
    const later = invoice({ id: "inv_2", periodIndex: 4 });
    const purpose = purposeOf(begun, price, [draft, owed, later], here);
    expect(purpose).toEqual({ kind: "owed", invoice: owed });
  });

  it.each(["in_flight", "reconciling", "in_review", "capturing"])(
    "is nothing while an earlier payment is undecided: %s",
    (status) => {
      const undecided = invoice({ liveCharge: live({ status }) });
      expect(purposeOf(begun, price, [undecided], here)).toEqual({ kind: "blocked" });
    },
  );

  it("is nothing while another connection's send is unresolved", () => {
    const elsewhere = invoice({ liveCharge: live({ connectionId: "gwy_2", isUnresolved: true }) });
    expect(purposeOf(begun, price, [elsewhere], here)).toEqual({ kind: "blocked" });
  });

  it("may be an unresolved charge of the same connection: its order id is paid once", () => {
    const same = invoice({ liveCharge: live({ isUnresolved: true }) });
    expect(purposeOf(begun, price, [same], here)).toEqual({ kind: "owed", invoice: same });
  });
});

describe("what a window takes only to register a method", () => {
  it.each([
    ["TWD", 1],
    ["THB", 100],
    ["USD", 100],
  ] as const)("is one %s", (currency, amountMinor) => {
    const amount = money(5_000, currency);
    const registered = registrationAmountOf({ amount, registrationAmount: undefined });
    expect(registered).toEqual({ amountMinor, currency });
  });

  it("is what the plan says", () => {
    const registrationAmount = money(10, "TWD");
    expect(registrationAmountOf({ ...price, registrationAmount })).toEqual(registrationAmount);
  });
});

describe("an approved window", () => {
  it.each([
    ["awaiting_customer", undefined, "confirm"],
    ["awaiting_customer", "unknown", "confirm"],
    ["awaiting_customer", "not_sent", "confirm"],
    ["awaiting_customer", "declined", "refused"],
    ["awaiting_customer", "refused", "refused"],
    ["scheduled", "declined", "refused"],
    ["scheduled", undefined, "superseded"],
    ["in_flight", null, "wait"],
    ["reconciling", "unknown", "wait"],
    ["in_review", "unknown", "wait"],
    ["captured", "captured", "key_lost"],
    ["captured", "unknown", "key_lost"],
    ["authorized", "authorized", "key_lost"],
    ["captured", undefined, "superseded"],
    ["captured", "declined", "superseded"],
    ["canceled", undefined, "superseded"],
    ["failed", "declined", "superseded"],
  ] as const)("of a charge that is %s, its confirmation %s: %s", (charge, attempt, step) => {
    expect(approvalStep(charge, attempt)).toBe(step);
  });
});
