import {
  failureClasses,
  GatewayError,
  type GatewayCapabilities,
  type Money,
  type ProviderPayment,
} from "@maedal/gateways";
import { describe, expect, it } from "vitest";
import {
  findingOfHeld,
  outcomeOfSettleFailure,
  outcomeOfSettling,
  type HeldPayment,
} from "./settle-outcome.ts";

const amount: Money = { amountMinor: 1_000, currency: "TWD" };
const part: Money = { amountMinor: 300, currency: "TWD" };
const held: HeldPayment = { paymentId: "1", orderId: "ORDER", amount };

const capabilities: GatewayCapabilities = {
  methods: {},
  keyCheck: true,
  separateCapture: true,
  answerFields: ["orderId", "amount", "currency"],
  lookUpFields: ["orderId", "amount", "currency"],
  listByDate: false,
  declinedIdReusable: false,
  deletesUnusedKeys: false,
  recurringOnly: false,
  maximumOrderNameLength: 100,
  payerDetails: [],
  timeouts: { connectMs: 1, readMs: 1 },
};

const payment = (change: Partial<ProviderPayment>): ProviderPayment => ({
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
  exchange: { method: "GET", path: "/" },
  ...change,
});

const answer = (kind: "capture" | "void", asked: Money, change: Partial<ProviderPayment>) =>
  outcomeOfSettling(kind, held, asked, payment(change), capabilities).kind;

describe("the answer to a capture", () => {
  it.each([
    ["all of it taken", amount, {}, "done"],
    ["the part that was asked for", part, { amount: part }, "done"],
    ["an answer without details", part, { amount: undefined, orderId: undefined }, "done"],
    ["another amount", part, { amount }, "mismatch"],
    ["another order", amount, { orderId: "OTHER" }, "mismatch"],
    ["another payment", amount, { paymentId: "2" }, "mismatch"],
    ["given up instead", amount, { state: "voided", amount: undefined }, "released"],
    ["still held", amount, { state: "authorized" }, "unknown"],
    ["expired", amount, { state: "expired" }, "unknown"],
    ["a state without a word", amount, { state: "other" }, "unknown"],
  ] as const)("%s", (_name, asked, change, kind) => {
    expect(answer("capture", asked, change)).toBe(kind);
  });
});

describe("the answer to a void", () => {
  it.each([
    ["given back", { state: "voided", amount: undefined }, "done"],
    ["captured", {}, "unknown"],
    ["another payment", { state: "voided", paymentId: "2" }, "mismatch"],
  ] as const)("%s", (_name, change, kind) => {
    expect(answer("void", amount, change)).toBe(kind);
  });
});

describe("a failure of a capture or void", () => {
  it.each(failureClasses)("means what its class says: %s", (failure) => {
    const error = new GatewayError("no", { provider: "line_pay", failure, code: "1" });
    const kinds = {
      outcome_unknown: "unknown",
      not_sent: "not_sent",
      mismatch: "mismatch",
    } as Record<string, string>;
    expect(outcomeOfSettleFailure(error).kind).toBe(kinds[failure] ?? "refused");
  });

  it("of our own code means: nobody knows", () => {
    expect(outcomeOfSettleFailure(new TypeError("bug"))).toMatchObject({ kind: "unknown" });
  });
});

describe("a look-up of what is held", () => {
  const kindOf = (found: ProviderPayment | "not_found") =>
    findingOfHeld(held, found, capabilities).kind;
  it.each([
    ["captured in part", payment({ amount: part }), "captured"],
    ["captured whole", payment({}), "captured"],
    ["captured without an amount", payment({ amount: undefined }), "captured"],
    ["more taken than held", payment({ amount: { ...amount, amountMinor: 1_001 } }), "mismatch"],
    ["nothing taken", payment({ amount: { ...amount, amountMinor: 0 } }), "mismatch"],
    ["another currency", payment({ amount: { ...amount, currency: "THB" } }), "mismatch"],
    ["another payment", payment({ paymentId: "2" }), "mismatch"],
    ["held", payment({ state: "authorized" }), "authorized"],
    ["voided", payment({ state: "voided" }), "released"],
    ["expired", payment({ state: "expired" }), "released"],
    ["pending", payment({ state: "pending" }), "pending"],
    ["not there", "not_found", "not_found"],
  ] as const)("%s", (_name, found, kind) => {
    expect(kindOf(found)).toBe(kind);
  });
});
