import type { ProviderPayment } from "@maedal/gateways";
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { LookUpFinding } from "../charges/outcome.ts";
import { defaultWindows as windows } from "../charges/windows.ts";
import { afterSettleLookUp, type SettlingCharge } from "./authorization.ts";

const start = Temporal.Instant.from("2026-03-01T00:00:00Z");
const amount = { amountMinor: 1_000, currency: "TWD" } as const;

/** A provider that books a capture so long after it was sent, or never; its list may lag or be silent. */
interface Provider {
  readonly booksAfterMs: number | undefined;
  readonly answers: readonly ("clear" | "silent" | "nothing")[];
}

const anyProvider: fc.Arbitrary<Provider> = fc.record({
  booksAfterMs: fc.option(fc.integer({ min: 0, max: windows.settleWindowMs }), { nil: undefined }),
  answers: fc.array(fc.constantFrom("clear", "clear", "silent", "nothing"), { maxLength: 12 }),
});

function payment(state: "authorized" | "captured"): ProviderPayment {
  return {
    paymentId: "1",
    state,
    providerStatus: state,
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
  };
}

function answerOf(provider: Provider, n: number, sinceMs: number): LookUpFinding {
  const answer = provider.answers[n] ?? "clear";
  if (answer === "silent") return { kind: "no_answer", code: "timeout", message: "" };
  if (answer === "nothing") return { kind: "not_found" };
  const isBooked = provider.booksAfterMs !== undefined && sinceMs >= provider.booksAfterMs;
  const state = isBooked ? "captured" : "authorized";
  return { kind: state, payment: payment(state) };
}

/** Asks until something is decided, on a clock of its own. */
function askToTheEnd(provider: Provider): { readonly to: string; readonly atMs: number } {
  let charge: SettlingCharge = {
    status: "capturing",
    amount,
    expiresAt: start.add({ hours: 24 * 30 }),
    latestCallEnd: "unknown",
    lookUps: 0,
    unchangedCount: 0,
    unchangedAt: undefined,
    lastSendOverAt: start,
  };
  let atMs = windows.lookUpLadderMs[0] ?? 0;
  for (let n = 0; n < 100; n += 1) {
    const realNow = start.add({ milliseconds: atMs });
    const decision = afterSettleLookUp(charge, answerOf(provider, n, atMs), windows, realNow);
    if (decision.to !== "asking") return { to: decision.to, atMs };
    const counts = decision.unchanged === "counts";
    charge = {
      ...charge,
      lookUps: charge.lookUps + 1,
      unchangedCount: charge.unchangedCount + (counts ? 1 : 0),
      unchangedAt: counts ? realNow : charge.unchangedAt,
    };
    atMs += decision.lookUpInMs;
  }
  throw new Error("it is never decided");
}

describe("a capture that was not answered, whatever the provider does within its settle window", () => {
  it("is never called undone when it was booked, and never called done when it was not", () => {
    fc.assert(
      fc.property(anyProvider, (provider) => {
        const { to } = askToTheEnd(provider);
        const isBooked = provider.booksAfterMs !== undefined;
        expect(to === "in_review" || to === (isBooked ? "captured" : "authorized")).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is never called undone before the settle window is over", () => {
    fc.assert(
      fc.property(anyProvider, (provider) => {
        const { to, atMs } = askToTheEnd(provider);
        if (to === "authorized") expect(atMs).toBeGreaterThan(windows.settleWindowMs);
      }),
      { numRuns: 1_000 },
    );
  });
});
