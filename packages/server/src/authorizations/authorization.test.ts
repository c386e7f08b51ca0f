import type { Money, ProviderPayment } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { LookUpFinding } from "../charges/outcome.ts";
import { defaultWindows } from "../charges/windows.ts";
import {
  afterCall,
  afterSettleLookUp,
  amountToCapture,
  callEndAfter,
  type SettleDecision,
  type SettlingCharge,
} from "./authorization.ts";
import type { SettleOutcome } from "./settle-outcome.ts";

const now = Temporal.Instant.from("2026-03-01T00:00:00Z");
const minutes = (n: number) => now.add({ minutes: n });
const days = (n: number) => now.add({ hours: 24 * n });
const amount: Money = { amountMinor: 1_000, currency: "TWD" };
const windows = defaultWindows;

const payment = (change: Partial<ProviderPayment> = {}): ProviderPayment => ({
  paymentId: "2026030100000000001",
  state: "authorized",
  providerStatus: "AUTHORIZATION",
  orderId: "ORDER",
  amount,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: undefined,
  approvedAt: now,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "GET", path: "/v3/payments" },
  ...change,
});

const settling = (change: Partial<SettlingCharge> = {}): SettlingCharge => ({
  status: "capturing",
  amount,
  expiresAt: days(5),
  latestCallEnd: "unknown",
  lookUps: 0,
  unchangedCount: 0,
  unchangedAt: undefined,
  lastSendOverAt: now,
  ...change,
});

const found = (state: ProviderPayment["state"], change: Partial<ProviderPayment> = {}) => {
  const kind =
    state === "voided" || state === "expired"
      ? "released"
      : state === "captured" || state === "authorized"
        ? state
        : "pending";
  return { kind, payment: payment({ state, ...change }) } as LookUpFinding;
};

const asking = (lookUpInMs: number, unchanged: "counts" | "kept" = "kept"): SettleDecision => ({
  to: "asking",
  lookUpInMs,
  unchanged,
  failure: undefined,
});

const words = { code: "1170", message: "The customer's balance changed." };

describe("a call that was answered", () => {
  it("captures what the provider says it took", () => {
    const part: Money = { amountMinor: 300, currency: "TWD" };
    const taken = payment({ state: "captured", amount: part });
    const decision = afterCall(settling(), "capture", { kind: "done", payment: taken }, windows);
    expect(decision).toEqual({ to: "captured", payment: taken, amount: part });
  });

  it("voids what was asked to be voided", () => {
    const voided = payment({ state: "voided" });
    const decision = afterCall(settling(), "void", { kind: "done", payment: voided }, windows);
    const expected = { to: "voided", because: "asked", payment: voided, failure: undefined };
    expect(decision).toEqual(expected);
  });

  it("loses what the provider gave up instead of capturing it", () => {
    const failure = { failure: "soft_decline", code: "1280", message: "card" } as const;
    const outcome: SettleOutcome = { kind: "released", payment: payment(), failure };
    const expected = { to: "voided", because: "released", payment: payment(), failure };
    expect(afterCall(settling(), "capture", outcome, windows)).toEqual(expected);
  });

  for (const failure of ["soft_decline", "hard_decline", "configuration", "outage"] as const) {
    it(`leaves everything as it was after a refusal (${failure})`, () => {
      const outcome: SettleOutcome = { kind: "refused", failure, ...words };
      expect(afterCall(settling(), "capture", outcome, windows)).toEqual({
        to: "authorized",
        expiresAt: days(5),
        heldForMs: 0,
        failure: { failure, ...words },
      });
    });
  }

  it("asks at once when the provider calls the request itself wrong: our picture may be", () => {
    const failure = "invalid_request";
    const outcome: SettleOutcome = { kind: "refused", failure, ...words };
    const expected = { ...asking(0), failure: { failure, ...words } };
    expect(afterCall(settling(), "capture", outcome, windows)).toEqual(expected);
  });

  it("leaves everything as it was when no byte was written", () => {
    expect(afterCall(settling(), "void", { kind: "not_sent", ...words }, windows)).toEqual({
      to: "authorized",
      expiresAt: days(5),
      heldForMs: 0,
      failure: { failure: "not_sent", ...words },
    });
  });

  it("goes to a person when the answer is about another payment", () => {
    const outcome: SettleOutcome = { kind: "mismatch", ...words };
    const expected = { to: "in_review", reason: "mismatch", ...words };
    expect(afterCall(settling(), "capture", outcome, windows)).toEqual(expected);
  });

  it("is looked up after 15 seconds when nobody knows", () => {
    const outcome: SettleOutcome = { kind: "unknown", ...words };
    const failure = { failure: "outcome_unknown", ...words };
    const expected = { ...asking(15_000), failure };
    expect(afterCall(settling(), "capture", outcome, windows)).toEqual(expected);
  });
});

describe("a look-up", () => {
  const statuses = ["capturing", "voiding", "expired"] as const;

  for (const status of statuses) {
    it(`adopts a capture, with the provider's amount (${status})`, () => {
      const part: Money = { amountMinor: 300, currency: "TWD" };
      const finding = found("captured", { amount: part });
      const decision = afterSettleLookUp(settling({ status }), finding, windows, now);
      expect(decision).toMatchObject({ to: "captured", amount: part });
    });
  }

  it.each([
    ["capturing", "voided", "released"],
    ["capturing", "expired", "expired"],
    ["voiding", "voided", "asked"],
    ["voiding", "expired", "asked"],
    ["expired", "voided", "elsewhere"],
    ["expired", "expired", "expired"],
  ] as const)("of a charge %s that finds it %s calls it %s", (status, state, because) => {
    const decision = afterSettleLookUp(settling({ status }), found(state), windows, now);
    expect(decision).toMatchObject({ to: "voided", because });
  });

  it("goes to a person when it finds another payment", () => {
    const finding: LookUpFinding = { kind: "mismatch", payment: payment(), detail: "amount is 2" };
    expect(afterSettleLookUp(settling(), finding, windows, now)).toEqual({
      to: "in_review",
      reason: "mismatch",
      code: "look_up_differs",
      message: "amount is 2",
    });
  });

  for (const kind of ["not_found", "pending", "failed"] as const) {
    it(`climbs the ladder, then asks a person (${kind})`, () => {
      const finding =
        kind === "not_found" ? ({ kind } as const) : ({ kind, payment: payment() } as const);
      const after = (lookUps: number) =>
        afterSettleLookUp(settling({ lookUps }), finding, windows, days(9));
      expect(after(0)).toEqual(asking(60_000));
      expect(after(5)).toEqual(asking(24 * 3_600_000));
      expect(after(6)).toMatchObject({ to: "in_review" });
    });
  }

  it("waits a week of silence out before it asks a person", () => {
    const finding: LookUpFinding = { kind: "no_answer", ...words };
    const after = (lookUps: number) =>
      afterSettleLookUp(settling({ lookUps }), finding, windows, days(9));
    expect(after(12)).toEqual(asking(24 * 3_600_000));
    expect(after(13)).toMatchObject({ to: "in_review", reason: "outcome_unresolved" });
  });
});

describe("money that is still held after a call that nobody answered", () => {
  it("proves nothing before the settle window is over", () => {
    const decision = afterSettleLookUp(settling(), found("authorized"), windows, minutes(15));
    expect(decision).toEqual(asking(60_000));
  });

  it("counts once after it, and is asked about again a minute later", () => {
    const decision = afterSettleLookUp(settling(), found("authorized"), windows, minutes(16));
    expect(decision).toEqual(asking(60_000, "counts"));
  });

  it("does not count again before a minute has passed", () => {
    const charge = settling({ unchangedCount: 1, unchangedAt: minutes(16), lookUps: 1 });
    const at = minutes(16).add({ seconds: 59 });
    expect(afterSettleLookUp(charge, found("authorized"), windows, at)).toEqual(asking(300_000));
  });

  it("is held as before the second time: whoever asked is told", () => {
    const charge = settling({ unchangedCount: 1, unchangedAt: minutes(16) });
    const decision = afterSettleLookUp(charge, found("authorized"), windows, minutes(17));
    expect(decision).toEqual({
      to: "authorized",
      expiresAt: days(5),
      heldForMs: 0,
      failure: {
        failure: "not_sent",
        code: "no_effect",
        message: "the provider still holds the money: nothing happened",
      },
    });
  });

  it("needs no second look when the provider had refused: nothing is on its way", () => {
    const charge = settling({ latestCallEnd: "refused" });
    const decision = afterSettleLookUp(charge, found("authorized"), windows, now);
    expect(decision).toMatchObject({ to: "authorized" });
  });
});

describe("money that is still held after its date", () => {
  const expired = settling({ status: "expired", expiresAt: days(-1), latestCallEnd: undefined });

  it("is held until the provider's new date", () => {
    const finding = found("authorized", { authorizationExpiresAt: days(3) });
    expect(afterSettleLookUp(expired, finding, windows, now)).toEqual({
      to: "authorized",
      expiresAt: days(3),
      heldForMs: 300_000,
      failure: undefined,
    });
  });

  it("is asked about again while the provider has not noticed", () => {
    const decision = afterSettleLookUp(expired, found("authorized"), windows, now);
    expect(decision).toEqual(asking(60_000));
  });
});

describe("what a look-up says of a call that was not answered", () => {
  const voided = {
    to: "voided",
    because: "asked",
    payment: payment(),
    failure: undefined,
  } as const;
  const taken = { to: "captured", payment: payment(), amount } as const;
  it.each([
    ["capture", taken, "done"],
    ["void", taken, "refused"],
    ["capture", voided, "released"],
    ["void", voided, "done"],
    [
      "capture",
      { to: "authorized", expiresAt: now, heldForMs: 0, failure: undefined },
      "no_effect",
    ],
    ["capture", asking(0), undefined],
  ] as const)("%s: %o", (kind, decision, end) => {
    expect(callEndAfter(kind, decision)).toBe(end);
  });
});

describe("how much is captured", () => {
  it.each([
    [undefined, 1_000],
    [1, 1],
    [1_000, 1_000],
    [1_001, undefined],
    [0, undefined],
    [-1, undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
  ])("%s of 1,000 takes %s", (wanted, expected) => {
    expect(amountToCapture(amount, wanted)?.amountMinor).toBe(expected);
  });
});
