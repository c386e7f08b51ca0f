import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { isMoving, outcomeOf, paymentOf } from "./registration-outcome.ts";
import type {
  LatestCharge,
  RegistrationSurroundings,
  SubscriptionSurroundings,
  WindowSurroundings,
} from "./registration-page-reads.ts";
import type { Registration, RegistrationStatus } from "./registration.ts";

const now = Temporal.Instant.from("2026-03-01T00:00:00Z");
const tomorrow = now.add({ hours: 24 });
const amount = money(9_900, "KRW");

const registration = (status: RegistrationStatus, hasAuthKey = true): Registration => ({
  accountId: "acct_1",
  id: "reg_1",
  customerId: "cus_1",
  connectionId: "gwy_1",
  subscriptionId: "sub_1",
  method: "TRANSFER",
  status,
  returnUrl: undefined,
  browserHash: undefined,
  hasAuthKey,
  idempotencyKey: "key",
  windowAmount: undefined,
  billingKeyId: undefined,
  failureCode: undefined,
  failureMessage: undefined,
  retryOf: undefined,
  expiresAt: tomorrow,
  finishedAt: undefined,
  createdAt: now,
});

const charge = (status: string, changes: Partial<LatestCharge> = {}): LatestCharge => ({
  status,
  amount,
  dueAt: undefined,
  capturedAt: undefined,
  refundedMinor: 0,
  isWithThisKey: true,
  failureMessage: undefined,
  ...changes,
});

const subscribed = (changes: Partial<SubscriptionSurroundings>): SubscriptionSurroundings => ({
  status: "active",
  zone: "Asia/Seoul",
  planName: "Milk",
  amount,
  interval: { unit: "month", count: 1 },
  trialDays: 0,
  hasStarted: true,
  nextDueAt: tomorrow,
  methodRequired: false,
  hasMethod: true,
  cancelsAtPeriodEnd: false,
  now,
  openInvoices: 0,
  paidInvoices: 1,
  owed: money(0, "KRW"),
  latestCharge: undefined,
  ...changes,
});

const surroundings = (
  subscription: SubscriptionSurroundings | undefined,
  window?: WindowSurroundings,
): RegistrationSurroundings => ({
  merchant: "Shop",
  mode: "test",
  customerName: undefined,
  locale: "ko",
  isConnectionActive: true,
  methodLabel: undefined,
  subscription,
  window,
});

const told = (changes: Partial<SubscriptionSurroundings>) =>
  outcomeOf(registration("completed"), surroundings(subscribed(changes)));

describe("a customer who comes back from the window", () => {
  it("is told how far the registration itself is", () => {
    const alone = (it_: Registration) => outcomeOf(it_, surroundings(undefined));
    expect(alone(registration("open", false))).toBe("open");
    expect(alone(registration("open"))).toBe("registering");
    expect(alone(registration("failed"))).toBe("failed");
    expect(alone(registration("expired"))).toBe("expired");
    expect(alone(registration("completed"))).toBe("stored");
  });

  it("waits while the payment is on its way", () => {
    const openInvoices = 1;
    expect(told({ openInvoices })).toBe("paying");
    expect(told({ openInvoices, latestCharge: charge("in_flight") })).toBe("paying");
    const due = charge("scheduled", { dueAt: now });
    expect(told({ openInvoices, latestCharge: due })).toBe("paying");
  });

  it("is never told that an unknown payment failed", () => {
    const openInvoices = 1;
    expect(told({ openInvoices, latestCharge: charge("reconciling") })).toBe("checking");
    expect(told({ openInvoices, latestCharge: charge("in_review") })).toBe("checking");
  });

  it("is told of a decline, whether or not it is tried again", () => {
    const openInvoices = 1;
    const later = charge("scheduled", { dueAt: tomorrow });
    expect(told({ openInvoices, latestCharge: later })).toBe("declined");
    expect(told({ openInvoices, latestCharge: charge("failed") })).toBe("declined");
  });

  it("is told what was paid, and with which method", () => {
    expect(told({ latestCharge: charge("captured", { capturedAt: now }) })).toBe("paid");
    const earlier = charge("captured", { capturedAt: now, isWithThisKey: false });
    expect(told({ latestCharge: earlier })).toBe("changed");
    expect(told({ status: "trialing" })).toBe("trialing");
    expect(told({ status: "canceled" })).toBe("ended");
  });
});

const windowAmount = money(299, "TWD");
const window = (
  chargeStatus: string,
  attempt: WindowSurroundings["attempt"],
  changes: Partial<WindowSurroundings> = {},
): WindowSurroundings => ({
  isOfPeriod: true,
  amount: windowAmount,
  chargeStatus,
  attempt,
  capturedMinor: chargeStatus === "captured" ? 299 : 0,
  refundedMinor: 0,
  refundingMinor: 0,
  ...changes,
});

describe("a window that takes the payment itself", () => {
  const approved = (it_: WindowSurroundings) =>
    outcomeOf(registration("open"), surroundings(subscribed({}), it_));
  const completed = (it_: WindowSurroundings, changes: Partial<SubscriptionSurroundings> = {}) =>
    outcomeOf(registration("completed"), surroundings(subscribed(changes), it_));

  it("is confirmed in a moment, or asked about while nobody knows", () => {
    expect(approved(window("awaiting_customer", undefined))).toBe("confirming");
    expect(approved(window("in_flight", null))).toBe("confirming");
    expect(approved(window("reconciling", "unknown"))).toBe("checking");
    expect(approved(window("in_review", "unknown"))).toBe("checking");
    expect(["confirming", "checking"].map((it_) => isMoving(it_ as "checking"))).toEqual([
      true,
      true,
    ]);
  });

  it("has paid, whatever was charged after it with the key that it gave", () => {
    const paid = window("captured", "captured");
    const next = charge("scheduled", { dueAt: tomorrow });
    const owing = { openInvoices: 1, latestCharge: next };
    expect(completed(paid, owing)).toBe("paid");
    const around = surroundings(subscribed(owing), paid);
    expect(paymentOf(around)?.amount).toEqual(windowAmount);
  });

  it("only registered the method: the outcome is the subscription's own", () => {
    const registered = window("captured", "captured", { isOfPeriod: false });
    expect(completed(registered, { status: "trialing" })).toBe("trialing");
    expect(completed(registered)).toBe("changed");
    const paid = charge("captured", { capturedAt: now });
    expect(completed(registered, { latestCharge: paid })).toBe("paid");
    const around = surroundings(subscribed({ latestCharge: paid }), registered);
    expect(paymentOf(around)?.amount).toEqual(amount);
  });

  it("is not called paid while its answer is doubted, nor when it was only held", () => {
    expect(completed(window("in_review", "unknown"))).toBe("checking");
    expect(completed(window("authorized", "authorized"))).toBe("held");
    expect(completed(window("voided", "authorized"))).toBe("released");
  });
});

describe("a registration that failed after its window was approved", () => {
  const ended = (
    failureCode: string,
    it_: WindowSurroundings | undefined,
    changes: Partial<SubscriptionSurroundings> = {},
  ) =>
    outcomeOf(
      { ...registration("failed"), failureCode },
      surroundings(subscribed({ hasMethod: false, ...changes }), it_),
    );

  it("has paid all the same when the money was taken, whatever it failed of", () => {
    for (const attempt of ["captured", "unknown"]) {
      for (const code of ["key_lost", "superseded", "outcome_unknown"]) {
        expect(ended(code, window("captured", attempt))).toBe("key_lost");
      }
    }
  });

  it("asks for nothing more once another method is there", () => {
    const lost = window("captured", "unknown");
    const mended = { hasMethod: true };
    expect(ended("key_lost", lost, mended)).toBe("paid");
    expect(ended("key_lost", { ...lost, isOfPeriod: false }, mended)).toBe("changed");
    expect(ended("key_lost", lost, { hasMethod: true, methodRequired: true })).toBe("key_lost");
    expect(ended("key_lost", lost, { status: "canceled" })).toBe("ended");
  });

  it("was refused, came too late or was not needed", () => {
    expect(ended("1142", window("awaiting_customer", "declined"))).toBe("refused");
    expect(ended("1104", window("scheduled", "refused"))).toBe("refused");
    expect(ended("window_over", window("awaiting_customer", undefined))).toBe("window_over");
    expect(ended("superseded", window("captured", undefined))).toBe("superseded");
    expect(ended("superseded", window("captured", "declined"))).toBe("superseded");
    expect(ended("9000", undefined)).toBe("failed");
  });

  it("is not said to have failed while the money may have moved", () => {
    expect(ended("outcome_unknown", window("reconciling", "unknown"))).toBe("checking");
    expect(ended("outcome_unknown", window("in_flight", null))).toBe("checking");
  });
});

describe("a subscription that is canceled", () => {
  it("has ended for who has not gone through the window yet", () => {
    const canceled = surroundings(subscribed({ status: "canceled" }));
    expect(outcomeOf(registration("open", false), canceled)).toBe("ended");
  });

  it("is not said to have ended unpaid while a payment is on its way", () => {
    const reconciling = { status: "canceled", latestCharge: charge("reconciling") } as const;
    expect(told(reconciling)).toBe("checking");
    const by = { ...reconciling, latestCharge: charge("in_flight", { isWithThisKey: false }) };
    expect(told(by)).toBe("ended");
  });
});
