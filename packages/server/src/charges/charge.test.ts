import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { ProviderPayment } from "@maedal/gateways";
import {
  afterAttempt,
  afterLookUp,
  attemptDecidedBy,
  type AttemptEnd,
  type AttemptRecord,
  type ChargeFacts,
  type DecisionContext,
  type ReconcilingCharge,
} from "./charge.ts";
import { defaultWindows } from "./windows.ts";

const now = Temporal.Instant.from("2026-03-31T01:00:00Z");
const realNow = Temporal.Instant.from("2026-11-22T05:00:00Z");
const minute = 60_000;
const context: DecisionContext = {
  dunning: { retryDelays: [1, 3].map((days) => Temporal.Duration.from({ days })) },
  windows: defaultWindows,
  declinedIdReusable: false,
  now,
  realNow,
  isWanted: true,
};
const unwanted = { ...context, isWanted: false };

const attempt = (n: number, outcome: AttemptEnd | undefined, agoMs = 0): AttemptRecord => {
  return { n, outcome, claimedAt: realNow.subtract({ milliseconds: agoMs }) };
};
const facts = {
  orderId: "ORDER",
  amount: { amountMinor: 9_900, currency: "KRW" },
  via: "key",
  resumesAt: undefined,
  declines: 0,
  resends: 0,
  unsent: 0,
} as const;
const charge = (...attempts: AttemptRecord[]): ChargeFacts => ({ ...facts, attempts });

/** Sent once, silent, its lease over for so long. */
function reconciling(overForMs: number, change: Partial<ReconcilingCharge> = {}) {
  const sentAgoMs = overForMs + 2 * minute;
  return {
    ...charge(attempt(1, "unknown", sentAgoMs)),
    lookUps: 3,
    notFoundCount: 0,
    notFoundAt: undefined,
    lastSendOverAt: realNow.subtract({ milliseconds: overForMs }),
    ...change,
  };
}

const payment = (change: Partial<ProviderPayment> = {}): ProviderPayment => ({
  paymentId: "pay_1",
  state: "captured",
  providerStatus: "DONE",
  orderId: "ORDER",
  amount: facts.amount,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: realNow,
  approvedAt: realNow,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "GET", path: "/" },
  ...change,
});
const words = { code: "CODE", message: "message" };
const declinedBy = (failure: "soft_decline" | "hard_decline" | "billing_key_invalid") => {
  return { kind: "declined", failure, ...words } as const;
};
const failedRecord = (requestedAt: Temporal.Instant | undefined, change = {}) =>
  payment({
    state: "failed",
    providerStatus: "ABORTED",
    requestedAt,
    approvedAt: undefined,
    failure: { failure: "soft_decline", ...words },
    ...change,
  });

describe("a charge whose call was answered", () => {
  it("is captured when the money moved, under this order id or an earlier one", () => {
    const sent = charge(attempt(1, "captured"));
    const paid = payment();
    const earlier = { orderId: "EARLIER", connectionId: "gwy_1" };
    expect(afterAttempt(sent, { kind: "captured", payment: paid }, context)).toEqual({
      to: "captured",
      payment: paid,
    });
    expect(
      afterAttempt(sent, { kind: "captured_before", payment: paid, ...earlier }, context),
    ).toEqual({
      to: "captured",
      payment: paid,
    });
  });

  it("is captured though nobody wants it any more: the money is there", () => {
    const sent = charge(attempt(1, "captured"));
    const paid = payment();
    expect(afterAttempt(sent, { kind: "captured", payment: paid }, unwanted).to).toBe("captured");
  });

  it("waits for a person when the answer is about something else", () => {
    const sent = charge(attempt(1, "unknown"));
    expect(afterAttempt(sent, { kind: "mismatch", ...words }, context)).toEqual({
      to: "in_review",
      reason: "mismatch",
      ...words,
    });
  });

  it("waits for a person when the provider calls our request wrong", () => {
    const sent = charge(attempt(1, "refused"));
    const outcome = { kind: "refused", failure: "invalid_request", ...words } as const;
    expect(afterAttempt(sent, outcome, context)).toEqual({
      to: "in_review",
      reason: "invalid_request",
      ...words,
    });
  });

  it.each([
    ["outage", defaultWindows.outageHoldMs],
    ["configuration", defaultWindows.outageHoldMs],
  ] as const)("keeps its id and its dunning after a refusal for %s", (failure, heldForMs) => {
    const sent = charge(attempt(1, "refused"));
    expect(afterAttempt(sent, { kind: "refused", failure, ...words }, context)).toEqual({
      to: "scheduled",
      dueAt: now,
      heldForMs,
      orderId: "same",
      declines: 0,
      resends: 0,
      unsent: 0,
      failure: { failure, ...words },
    });
  });
});

describe("a charge that was provably not sent", () => {
  it("is sent again later under the same id; no decline is counted", () => {
    const outcome = { kind: "not_sent", ...words } as const;
    expect(afterAttempt(charge(attempt(1, "not_sent")), outcome, context)).toEqual({
      to: "scheduled",
      dueAt: now,
      heldForMs: defaultWindows.notSentHoldMs,
      orderId: "same",
      declines: 0,
      resends: 0,
      unsent: 1,
      failure: { failure: "not_sent", ...words },
    });
  });

  it("waits twice as long after each one in a row, sixteen times as long at most", () => {
    const outcome = { kind: "not_sent", ...words } as const;
    const waits = [0, 1, 2, 3, 4, 5, 50].map((unsent) => {
      const decision = afterAttempt(
        { ...charge(attempt(1, "not_sent")), unsent },
        outcome,
        context,
      );
      return decision.to === "scheduled" && decision.heldForMs / defaultWindows.notSentHoldMs;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 16, 16]);
  });

  it("for a reason of ours goes to a person after ten in a row; for the network's it never does", () => {
    const blocked = { kind: "not_sent", code: "earlier_order_unclear", message: "" } as const;
    const sent = { ...charge(attempt(1, "not_sent")), unsent: 9 };
    expect(afterAttempt(sent, blocked, context)).toEqual({
      to: "in_review",
      reason: "cannot_be_sent",
      code: "earlier_order_unclear",
      message: "",
    });
    const outcome = { kind: "not_sent", ...words } as const;
    expect(afterAttempt({ ...sent, unsent: 1_000 }, outcome, context).to).toBe("scheduled");
  });

  it("is canceled once nobody wants it", () => {
    const outcome = { kind: "not_sent", ...words } as const;
    expect(afterAttempt(charge(attempt(1, "not_sent")), outcome, unwanted)).toEqual({
      to: "canceled",
    });
  });
});

describe("a charge that was declined", () => {
  it("is tried again after the policy's wait, under a new id, when every attempt was refused", () => {
    const sent = charge(attempt(1, "not_sent"), attempt(2, "declined"));
    expect(afterAttempt(sent, declinedBy("soft_decline"), context)).toEqual({
      to: "scheduled",
      dueAt: Temporal.Instant.from("2026-04-01T01:00:00Z"),
      heldForMs: 0,
      orderId: "next",
      declines: 1,
      resends: 0,
      unsent: 0,
      failure: { failure: "soft_decline", ...words },
    });
  });

  it.each([
    ["PT90M", "2026-03-31T02:30:00Z"],
    ["P1W", "2026-04-07T01:00:00Z"],
  ])("waits %s when the policy says so", (wait, dueAt) => {
    const dunning = { retryDelays: [Temporal.Duration.from(wait)] };
    const sent = charge(attempt(1, "declined"));
    expect(afterAttempt(sent, declinedBy("soft_decline"), { ...context, dunning })).toEqual({
      to: "scheduled",
      dueAt: Temporal.Instant.from(dueAt),
      heldForMs: 0,
      orderId: "next",
      declines: 1,
      resends: 0,
      unsent: 0,
      failure: { failure: "soft_decline", ...words },
    });
  });

  it("keeps its id where the provider is proven to take a declined id again", () => {
    const reusable = { ...context, declinedIdReusable: true };
    const sent = charge(attempt(1, "declined"));
    expect(afterAttempt(sent, declinedBy("soft_decline"), reusable)).toMatchObject({
      to: "scheduled",
      orderId: "same",
    });
  });

  it("keeps its id while another attempt under it has no definite end", () => {
    const sent = charge(attempt(1, "unknown"), attempt(2, "declined"));
    expect(afterAttempt(sent, declinedBy("soft_decline"), context)).toMatchObject({
      to: "scheduled",
      orderId: "same",
    });
  });

  it("fails after the last retry", () => {
    const sent = { ...charge(attempt(1, "declined")), declines: 2 };
    expect(afterAttempt(sent, declinedBy("soft_decline"), context)).toEqual({
      to: "failed",
      failure: { failure: "soft_decline", ...words },
      declines: 3,
    });
  });

  it.each(["hard_decline", "billing_key_invalid"] as const)("fails at once by %s", (failure) => {
    expect(afterAttempt(charge(attempt(1, "declined")), declinedBy(failure), context)).toEqual({
      to: "failed",
      failure: { failure, ...words },
      declines: 1,
    });
  });

  it("goes to a person instead of failing while another attempt has no definite end", () => {
    const sent = charge(attempt(1, "unknown"), attempt(2, "declined"));
    expect(afterAttempt(sent, declinedBy("hard_decline"), context)).toEqual({
      to: "in_review",
      reason: "outcome_unresolved",
      ...words,
    });
  });
});

describe("a charge without a definite answer", () => {
  it("is looked up, not charged, and not given up", () => {
    expect(
      afterAttempt(charge(attempt(1, "unknown")), { kind: "unknown", ...words }, context),
    ).toEqual({ to: "reconciling", lookUpInMs: 15_000, notFound: "kept" });
  });
});

describe("a look-up that finds the payment", () => {
  it("adopts it", () => {
    const found = payment();
    expect(afterLookUp(reconciling(0), { kind: "captured", payment: found }, context)).toEqual({
      to: "captured",
      payment: found,
    });
  });

  it("gives it to a person when it is not ours", () => {
    const finding = { kind: "mismatch", payment: payment(), detail: "amount is 1" } as const;
    expect(afterLookUp(reconciling(0), finding, context)).toEqual({
      to: "in_review",
      reason: "mismatch",
      code: "look_up_differs",
      message: "amount is 1",
    });
  });

  it("asks again while it is pending, and gives it to a person after the last rung", () => {
    const finding = { kind: "pending", payment: payment({ state: "pending" }) } as const;
    expect(afterLookUp(reconciling(0, { lookUps: 0 }), finding, context)).toEqual({
      to: "reconciling",
      lookUpInMs: minute,
      notFound: "forgotten",
    });
    expect(afterLookUp(reconciling(0, { lookUps: 6 }), finding, context)).toMatchObject({
      to: "in_review",
      reason: "provider_record_unclear",
    });
  });
});

describe("a look-up that gets no answer", () => {
  it("is repeated at the last rung for a week: nothing was learnt; then a person is asked", () => {
    const finding = { kind: "no_answer", ...words } as const;
    expect(afterLookUp(reconciling(0, { lookUps: 12 }), finding, context)).toEqual({
      to: "reconciling",
      lookUpInMs: 24 * 60 * minute,
      notFound: "kept",
    });
    expect(afterLookUp(reconciling(0, { lookUps: 13 }), finding, context)).toEqual({
      to: "in_review",
      reason: "outcome_unresolved",
      code: "outcome_unresolved",
      message: "no clear answer to 14 look-ups",
    });
  });
});

describe("a look-up that finds nothing", () => {
  const notFound = { kind: "not_found" } as const;
  const late = 15 * minute + 1;

  it("counts for nothing until the settle window is over", () => {
    expect(afterLookUp(reconciling(15 * minute), notFound, context)).toMatchObject({
      to: "reconciling",
      notFound: "kept",
    });
  });

  it("counts once when it is late, and is asked again well after", () => {
    expect(afterLookUp(reconciling(late), notFound, context)).toEqual({
      to: "reconciling",
      lookUpInMs: 60 * minute,
      notFound: "counts",
    });
  });

  it("counts the second time only when a minute has passed since the first", () => {
    const first = (agoMs: number) => ({
      notFoundCount: 1,
      notFoundAt: realNow.subtract({ milliseconds: agoMs }),
    });
    const soon = reconciling(2 * late, first(minute - 1));
    expect(afterLookUp(soon, notFound, context)).toMatchObject({ to: "reconciling" });
    const spaced = reconciling(2 * late, first(minute));
    expect(afterLookUp(spaced, notFound, context)).toEqual({
      to: "scheduled",
      dueAt: now,
      heldForMs: 0,
      orderId: "same",
      declines: 0,
      resends: 1,
      unsent: 0,
      failure: undefined,
    });
  });

  const second = { notFoundCount: 1, notFoundAt: realNow.subtract({ hours: 1 }) };

  it("goes to a person after three resends", () => {
    const resent = reconciling(2 * late, { ...second, resends: 3 });
    expect(afterLookUp(resent, notFound, context)).toEqual({
      to: "in_review",
      reason: "resends_exhausted",
      code: "resends_exhausted",
      message: "sent 4 times, and the provider knows nothing of it",
    });
  });

  it("ends a charge that nobody wants any more", () => {
    expect(afterLookUp(reconciling(2 * late, second), notFound, unwanted)).toEqual({
      to: "canceled",
    });
  });
});

describe("a look-up that finds a refusal", () => {
  const at = (ms: number) => realNow.subtract({ milliseconds: ms });
  const found = (record: ProviderPayment) => ({ kind: "failed", payment: record }) as const;

  it("decides the one unresolved attempt that is older than it, within the tolerance", () => {
    const sent = reconciling(0);
    const [only] = sent.attempts;
    const sentAgoMs = 2 * minute;
    expect(attemptDecidedBy(sent, failedRecord(at(sentAgoMs)), defaultWindows)).toEqual(only);
    expect(attemptDecidedBy(sent, failedRecord(at(sentAgoMs + 2_000)), defaultWindows)).toEqual(
      only,
    );
    expect(
      attemptDecidedBy(sent, failedRecord(at(sentAgoMs + 2_001)), defaultWindows),
    ).toBeUndefined();
  });

  it("decides nothing when it says neither when nor what", () => {
    const sent = reconciling(0);
    const timeless = failedRecord(undefined);
    expect(attemptDecidedBy(sent, timeless, defaultWindows)).toBeUndefined();
    const vague = failedRecord(at(0), { failure: { failure: "outcome_unknown", ...words } });
    expect(attemptDecidedBy(sent, vague, defaultWindows)).toBeUndefined();
  });

  it("decides nothing when two attempts are unresolved: nobody can tell whose it is", () => {
    const attempts = [attempt(1, "unknown", 9 * minute), attempt(2, "unknown", minute)];
    const sent = reconciling(0, { attempts });
    expect(attemptDecidedBy(sent, failedRecord(at(0)), defaultWindows)).toBeUndefined();
    expect(afterLookUp(sent, found(failedRecord(at(0))), context)).toMatchObject({
      to: "reconciling",
    });
  });

  it("counts as the decline it records: the next try has a new id", () => {
    expect(afterLookUp(reconciling(0), found(failedRecord(at(0))), context)).toEqual({
      to: "scheduled",
      dueAt: Temporal.Instant.from("2026-04-01T01:00:00Z"),
      heldForMs: 0,
      orderId: "next",
      declines: 1,
      resends: 0,
      unsent: 0,
      failure: { failure: "soft_decline", ...words },
    });
  });

  it("goes to a person when it stays undecided to the last rung", () => {
    const old = failedRecord(at(60 * minute));
    expect(afterLookUp(reconciling(0, { lookUps: 6 }), found(old), context)).toMatchObject({
      to: "in_review",
      reason: "provider_record_unclear",
    });
  });
});
