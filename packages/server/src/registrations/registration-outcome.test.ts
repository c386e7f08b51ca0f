import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "./registration-outcome.ts";
import type {
  LatestCharge,
  RegistrationSurroundings,
  SubscriptionSurroundings,
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
  isWithThisKey: true,
  failureMessage: undefined,
  ...changes,
});

function told(changes: Partial<SubscriptionSurroundings>) {
  const subscription: SubscriptionSurroundings = {
    status: "active",
    zone: "Asia/Seoul",
    planName: "Milk",
    amount,
    interval: { unit: "month", count: 1 },
    trialDays: 0,
    hasStarted: true,
    nextDueAt: tomorrow,
    methodRequired: false,
    now,
    openInvoices: 0,
    paidInvoices: 1,
    owed: money(0, "KRW"),
    latestCharge: undefined,
    ...changes,
  };
  return outcomeOf(registration("completed"), surroundings(subscription));
}

const surroundings = (
  subscription: SubscriptionSurroundings | undefined,
): RegistrationSurroundings => ({
  merchant: "Shop",
  mode: "test",
  customerName: undefined,
  locale: "ko",
  isConnectionActive: true,
  methodLabel: undefined,
  subscription,
});

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
