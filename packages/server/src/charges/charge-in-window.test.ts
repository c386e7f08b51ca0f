/** What becomes of a charge that a payment window was to pay: no dunning, and nothing lost. */
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  afterAttempt,
  afterLookUp,
  type AttemptRecord,
  type ChargeFacts,
  type DecisionContext,
  type ReconcilingCharge,
} from "./charge.ts";
import type { LookUpFinding } from "./outcome.ts";
import { defaultWindows } from "./windows.ts";

const realNow = Temporal.Instant.from("2026-03-01T00:00:00Z");
const context: DecisionContext = {
  dunning: { retryDelays: [Temporal.Duration.from({ days: 1 })] },
  windows: defaultWindows,
  declinedIdReusable: false,
  now: realNow,
  realNow,
  isWanted: true,
};
const unwanted = { ...context, isWanted: false };
const words = { code: "1142", message: "insufficient balance" };
const declined = { kind: "declined", failure: "soft_decline", ...words } as const;

const attempts = (...outcomes: AttemptRecord["outcome"][]): AttemptRecord[] =>
  outcomes.map((outcome, index) => ({ n: index + 1, claimedAt: realNow, outcome }));

const charge = (change: Partial<ChargeFacts> = {}): ChargeFacts => ({
  orderId: "ORDER",
  amount: { amountMinor: 299, currency: "TWD" },
  via: "window",
  resumesAt: undefined,
  declines: 2,
  resends: 0,
  unsent: 0,
  attempts: attempts("declined"),
  ...change,
});

/** Confirmed once, its call over for so long. */
const reconciling = (overForMs: number, change: Partial<ReconcilingCharge> = {}) => ({
  ...charge({ attempts: attempts("unknown") }),
  lookUps: 2,
  notFoundCount: 0,
  notFoundAt: undefined,
  lastSendOverAt: realNow.subtract({ milliseconds: overForMs }),
  ...change,
});

const notFound = (window?: "waiting" | "approved" | "over" | "paid"): LookUpFinding => {
  return { kind: "not_found", window };
};

describe("a window that is refused", () => {
  it("leaves the charge to the customer, under the next order id, and counts no decline", () => {
    expect(afterAttempt(charge(), declined, context)).toEqual({
      to: "awaiting_customer",
      orderId: "next",
      failure: { failure: "soft_decline", ...words },
    });
  });

  it("keeps the order id while an earlier confirmation is unresolved", () => {
    const unresolved = charge({ attempts: attempts("unknown", "declined") });
    expect(afterAttempt(unresolved, declined, context)).toMatchObject({
      to: "awaiting_customer",
      orderId: "same",
    });
  });

  it.each([
    ["a later date", "2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z"],
    ["a date that has passed meanwhile", "2026-02-20T00:00:00Z", "2026-03-01T00:00:00Z"],
  ])("gives the charge back to the retries it was taken from: %s", (_, resumesAt, dueAt) => {
    const taken = charge({ resumesAt: Temporal.Instant.from(resumesAt) });
    expect(afterAttempt(taken, declined, context)).toEqual({
      to: "scheduled",
      dueAt: Temporal.Instant.from(dueAt),
      heldForMs: 0,
      orderId: "next",
      declines: 2,
      resends: 0,
      unsent: 0,
      failure: { failure: "soft_decline", ...words },
    });
  });

  it.each(["invalid_request", "configuration", "outage"] as const)(
    "is no matter for a person when the reason is ours or the provider's: %s",
    (failure) => {
      const refused = { kind: "refused", failure, ...words } as const;
      const after = afterAttempt(charge({ attempts: attempts("refused") }), refused, context);
      expect(after).toMatchObject({ to: "awaiting_customer", failure: { failure } });
    },
  );

  it("ends the charge when nobody wants the money any more", () => {
    expect(afterAttempt(charge(), declined, unwanted)).toEqual({ to: "canceled" });
  });
});

describe("a confirmation that was not sent", () => {
  it("leaves the charge to the customer under its order id", () => {
    const after = afterAttempt(
      charge({ attempts: attempts("not_sent") }),
      { kind: "not_sent", ...words },
      context,
    );
    expect(after).toMatchObject({ to: "awaiting_customer", orderId: "same" });
  });
});

describe("a confirmation whose outcome is unknown", () => {
  it("may be repeated when the window waits for it and no call can be on its way", () => {
    expect(afterLookUp(reconciling(1), notFound("approved"), context)).toEqual({
      to: "awaiting_customer",
      orderId: "same",
      failure: undefined,
    });
  });

  it("may have paid a window that is over: nothing is believed before the settle window is", () => {
    expect(afterLookUp(reconciling(1), notFound("over"), context).to).toBe("reconciling");
  });

  it.each(["approved", "over"] as const)(
    "is still unknown while the call may be on its way, though the window says %s",
    (window) => {
      expect(afterLookUp(reconciling(-1), notFound(window), context).to).toBe("reconciling");
    },
  );

  it("is not believed lost when the window says that it was paid", () => {
    const settled = reconciling(defaultWindows.settleWindowMs * 2, {
      notFoundCount: 1,
      notFoundAt: realNow.subtract({ hours: 1 }),
    });
    expect(afterLookUp(settled, notFound("paid"), context)).toMatchObject({
      to: "reconciling",
      notFound: "forgotten",
    });
  });

  it("needs two settled answers when the window says nothing", () => {
    const settledMs = defaultWindows.settleWindowMs + 60_000;
    expect(afterLookUp(reconciling(1), notFound(), context).to).toBe("reconciling");
    expect(afterLookUp(reconciling(settledMs), notFound(), context)).toMatchObject({
      to: "reconciling",
      notFound: "counts",
    });
    const second = reconciling(settledMs, {
      notFoundCount: 1,
      notFoundAt: realNow.subtract({ minutes: 2 }),
    });
    expect(afterLookUp(second, notFound(), context)).toMatchObject({
      to: "awaiting_customer",
      orderId: "same",
    });
  });

  it("is not given up on the window's word alone once nobody wants the money", () => {
    expect(afterLookUp(reconciling(1), notFound("over"), unwanted).to).toBe("reconciling");
  });
});
