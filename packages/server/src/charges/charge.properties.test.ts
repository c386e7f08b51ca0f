import type { ProviderPayment } from "@maedal/gateways";
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  afterAttempt,
  afterLookUp,
  type AttemptEnd,
  type AttemptRecord,
  type ChargeDecision,
  type DecisionContext,
} from "./charge.ts";
import type { AttemptOutcome, LookUpFinding } from "./outcome.ts";
import { defaultWindows, windowsFor } from "./windows.ts";

/** One step of a charge's life: how its next call ends, or what its next look-up finds, and when. */
interface Step {
  /** How long the sender is silent, or how much later than planned the look-up is made. */
  readonly waitMs: number;
  readonly outcome: AttemptOutcome;
  readonly finding: LookUpFinding;
  /** How much older than now the provider's record looks; only for a finding with a record. */
  readonly recordAgeMs: number;
  readonly isWanted: boolean;
}

const windows = windowsFor("live", defaultWindows);
const leaseMs = 125_000;
const words = { code: "CODE", message: "message" };
const amount = { amountMinor: 9_900, currency: "KRW" } as const;
const payment = (change: Partial<ProviderPayment>): ProviderPayment => ({
  paymentId: "pay_1",
  state: "captured",
  providerStatus: "DONE",
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

const declines = ["soft_decline", "hard_decline", "billing_key_invalid"] as const;
const refusals = ["outage", "configuration", "invalid_request"] as const;
const anyOutcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  { arbitrary: fc.constant({ kind: "unknown", ...words } as const), weight: 4 },
  fc.constant({ kind: "captured", payment: payment({}) } as const),
  fc.constant({
    kind: "captured_before",
    payment: payment({}),
    orderId: "EARLIER",
    connectionId: "gwy_1",
  } as const),
  fc.constant({ kind: "declined", failure: "soft_decline", ...words } as const),
  fc.constantFrom(...declines).map((failure) => ({ kind: "declined", failure, ...words }) as const),
  fc.constantFrom(...refusals).map((failure) => ({ kind: "refused", failure, ...words }) as const),
  fc.constant({ kind: "not_sent", ...words } as const),
  fc.constant({ kind: "mismatch", ...words } as const),
);
const anyFinding: fc.Arbitrary<LookUpFinding> = fc.oneof(
  { arbitrary: fc.constant({ kind: "not_found" } as const), weight: 4 },
  fc.constant({ kind: "captured", payment: payment({}) } as const),
  fc.constant({ kind: "pending", payment: payment({ state: "pending" }) } as const),
  fc.constant({ kind: "no_answer", ...words } as const),
  fc.constant({ kind: "mismatch", payment: payment({}), detail: "differs" } as const),
  fc.constantFrom(...declines).map((failure) => {
    const record = payment({ state: "failed", failure: { failure, ...words } });
    return { kind: "failed", payment: record } as const;
  }),
);
const anyStep: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.integer({ min: 0, max: 2 * 3_600_000 }),
  outcome: anyOutcome,
  finding: anyFinding,
  recordAgeMs: fc.integer({ min: 0, max: 3_600_000 }),
  isWanted: fc.oneof({ arbitrary: fc.constant(true), weight: 9 }, fc.constant(false)),
});
const anyLife = fc.record({
  steps: fc.array(anyStep, { maxLength: 40 }),
  declinedIdReusable: fc.boolean(),
});

/** What a step was decided on, and what came of it. */
interface Decided {
  readonly generation: number;
  readonly attempts: readonly AttemptRecord[];
  readonly finding: LookUpFinding | undefined;
  readonly lateMs: number;
  readonly notFoundBefore: number;
  readonly resendsBefore: number;
  readonly decision: ChargeDecision;
}

/** Walks a charge through its steps as the stores do, until it ends or the steps do. */
function walk({ steps, declinedIdReusable }: { steps: Step[]; declinedIdReusable: boolean }) {
  const decided: Decided[] = [];
  let realNow = Temporal.Instant.from("2026-01-01T00:00:00Z");
  let phase: "scheduled" | "reconciling" = "scheduled";
  let facts = {
    generation: 0,
    declines: 0,
    resends: 0,
    unsent: 0,
    attempts: [] as AttemptRecord[],
  };
  let asking = {
    lookUps: 0,
    notFoundCount: 0,
    notFoundAt: undefined as Temporal.Instant | undefined,
  };
  let lastSendOverAt = realNow;

  for (const step of steps) {
    const { waitMs, outcome, recordAgeMs, isWanted } = step;
    const claimedAt = realNow;
    realNow = realNow.add({ milliseconds: waitMs });
    const dunning = { retryDelays: [24, 72].map((hours) => Temporal.Duration.from({ hours })) };
    const context: DecisionContext = {
      dunning,
      windows,
      declinedIdReusable,
      now: realNow,
      realNow,
      isWanted,
    };
    const via = "key" as const;
    const orderId = `ORDER${facts.generation}`;
    const charge = { orderId, amount, via, resumesAt: undefined, ...facts };
    let decision: ChargeDecision;
    let finding: LookUpFinding | undefined;
    const { attempts } = facts;
    if (phase === "scheduled") {
      const n = attempts.length + 1;
      attempts.push({ n, claimedAt, outcome: endOf(outcome) });
      lastSendOverAt = claimedAt.add({ milliseconds: leaseMs });
      asking = { lookUps: 0, notFoundCount: 0, notFoundAt: undefined };
      decision = afterAttempt(charge, outcome, context);
    } else {
      finding = aged(step.finding, realNow.subtract({ milliseconds: recordAgeMs }));
      decision = afterLookUp({ ...charge, ...asking, lastSendOverAt }, finding, context);
    }
    decided.push({
      generation: facts.generation,
      attempts: [...attempts],
      finding,
      lateMs: realNow.since(lastSendOverAt).total("milliseconds"),
      notFoundBefore: asking.notFoundCount,
      resendsBefore: facts.resends,
      decision,
    });
    if (decision.to === "scheduled") {
      const isNext = decision.orderId === "next";
      if (finding?.kind === "failed") settle(attempts);
      facts = {
        generation: facts.generation + (isNext ? 1 : 0),
        declines: decision.declines,
        resends: decision.resends,
        unsent: decision.unsent,
        attempts: isNext ? [] : attempts,
      };
      phase = "scheduled";
      realNow = realNow.add({ milliseconds: decision.heldForMs });
    } else if (decision.to === "reconciling") {
      phase = "reconciling";
      if (finding !== undefined) asking = { ...asking, lookUps: asking.lookUps + 1 };
      if (decision.notFound === "forgotten") {
        asking = { ...asking, notFoundCount: 0, notFoundAt: undefined };
      }
      if (decision.notFound === "counts") {
        asking = { ...asking, notFoundCount: asking.notFoundCount + 1, notFoundAt: realNow };
      }
      realNow = realNow.add({ milliseconds: decision.lookUpInMs });
    } else {
      break;
    }
  }
  return decided;
}

function endOf({ kind }: AttemptOutcome): AttemptEnd {
  if (kind === "captured_before") return "not_sent";
  return kind === "mismatch" ? "unknown" : kind;
}

function aged(finding: LookUpFinding, requestedAt: Temporal.Instant): LookUpFinding {
  return finding.kind === "failed"
    ? { kind: "failed", payment: { ...finding.payment, requestedAt } }
    : finding;
}

/** The record that was believed is the one unresolved attempt's. */
function settle(attempts: AttemptRecord[]): void {
  const open = attempts.findIndex(({ outcome }) => outcome === "unknown");
  const found = attempts[open];
  if (found !== undefined) attempts[open] = { ...found, outcome: "declined" };
}

const unresolved = ({ attempts }: Decided) =>
  attempts.filter(({ outcome }) => outcome === "unknown" || outcome === undefined);

function everywhere(
  check: (decided: Decided, index: number, life: readonly Decided[]) => void,
): void {
  fc.assert(
    fc.property(anyLife, (life) => {
      walk(life).forEach(check);
    }),
    { numRuns: 1_000 },
  );
}

describe("a charge, whatever its provider answers and however late", () => {
  it("never gets another order id while an attempt under the present one is unresolved", () => {
    everywhere((point) => {
      if (point.decision.to !== "scheduled" || point.decision.orderId === "same") return;
      const open = unresolved(point).length;
      // A believed record settles the one attempt that was open.
      expect(open).toBe(point.finding?.kind === "failed" ? 1 : 0);
    });
  });

  it("never fails while an attempt is unresolved", () => {
    everywhere((point) => {
      if (point.decision.to !== "failed") return;
      expect(unresolved(point).length).toBe(point.finding?.kind === "failed" ? 1 : 0);
    });
  });

  it("is never sent again or ended for a silence that was not looked into", () => {
    everywhere((point) => {
      if (point.finding !== undefined || point.attempts.at(-1)?.outcome !== "unknown") return;
      expect(["reconciling", "in_review"]).toContain(point.decision.to);
    });
  });

  it("is sent again for a silence only after a second, late 'not found', at most three times", () => {
    everywhere((point) => {
      if (point.finding?.kind !== "not_found" || point.decision.to !== "scheduled") return;
      expect(point.notFoundBefore).toBeGreaterThanOrEqual(1);
      expect(point.lateMs).toBeGreaterThan(windows.settleWindowMs);
      expect(point.decision.orderId).toBe("same");
      expect(point.resendsBefore).toBeLessThan(3);
      expect(point.decision.resends).toBe(point.resendsBefore + 1);
    });
  });

  it("counts a 'not found' only after the settle window", () => {
    everywhere((point) => {
      if (point.decision.to !== "reconciling" || point.decision.notFound !== "counts") return;
      expect(point.finding?.kind).toBe("not_found");
      expect(point.lateMs).toBeGreaterThan(windows.settleWindowMs);
    });
  });

  it("is captured exactly when the provider says so of our order", () => {
    everywhere((point) => {
      const says =
        point.finding?.kind === "captured" || point.attempts.at(-1)?.outcome === "captured";
      const isEarlierPaid =
        point.finding === undefined && point.attempts.at(-1)?.outcome === "not_sent";
      if (point.decision.to === "captured") expect(says || isEarlierPaid).toBe(true);
      if (point.finding?.kind === "captured") expect(point.decision.to).toBe("captured");
    });
  });

  it("never fails for a refusal that is not the method's, nor for a look-up without an answer", () => {
    everywhere((point) => {
      if (point.finding?.kind === "no_answer") expect(point.decision.to).toBe("reconciling");
      const end = point.attempts.at(-1)?.outcome;
      if (point.finding !== undefined || (end !== "refused" && end !== "not_sent")) return;
      expect(["scheduled", "in_review", "canceled", "captured"]).toContain(point.decision.to);
      if (point.decision.to === "scheduled") expect(point.decision.orderId).toBe("same");
    });
  });

  it("uses each generation of its order id in turn, never an old one again", () => {
    everywhere((point, index, life) => {
      const before = life[index - 1];
      if (before === undefined) return;
      expect(point.generation - before.generation).toBe(
        before.decision.to === "scheduled" && before.decision.orderId === "next" ? 1 : 0,
      );
    });
  });
});
