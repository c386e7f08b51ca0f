/**
 * A refund against a provider that loses answers, books late, shows stale lists, and has a console
 * of its own. What it really did is the judge.
 */
import type { ProviderRefund } from "@maedal/gateways";
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { scaledWindows } from "../charges/windows.ts";
import {
  afterCall,
  afterLookUp,
  unbookedIn,
  type Books,
  type OpenRefund,
  type RefundDecision,
  type RefundResolution,
} from "./refund.ts";

const windows = { ...scaledWindows(1), settleWindowMs: 1_000, notFoundSpacingMs: 100 };
const capturedMinor = 10;

interface Entry extends ProviderRefund {
  readonly isOurs: boolean;
  readonly bookedAtMs: number;
}

type Step =
  | {
      readonly do: "send";
      readonly fate: "answered" | "lost_after" | "lost_before" | "refused" | "put_off";
    }
  | { readonly do: "send_late"; readonly delayMs: number }
  | { readonly do: "console"; readonly amountMinor: number }
  | { readonly do: "look_up"; readonly staleMs: number }
  | { readonly do: "no_answer" }
  | { readonly do: "person"; readonly resolution: RefundResolution | undefined };

/** A late booking and a stale list together stay below the settle window, as the protocol assumes. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      fate: fc.constantFrom("answered", "lost_after", "lost_before", "refused", "put_off" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("send_late" as const),
      delayMs: fc.integer({ min: 0, max: 499 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("console" as const),
      amountMinor: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("look_up" as const),
      staleMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 499 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("no_answer" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("person" as const),
      resolution: fc.constantFrom("not_refunded" as const, "give_up" as const, undefined),
    }),
  },
);
const life = fc.array(fc.record({ step, afterMs: fc.integer({ min: 0, max: 700 }) }), {
  maxLength: 40,
});

/** Our books, one refund of ours, and the provider. */
function createStory(amountMinor: number) {
  let nowMs = 1_000_000;
  let status: RefundDecision["to"] | "requested" = "requested";
  let refund: OpenRefund = {
    amountMinor,
    sends: 0,
    lookUps: 0,
    notFoundCount: 0,
    notFoundAt: undefined,
    lastSendOverAt: Temporal.Instant.fromEpochMilliseconds(nowMs),
    resolution: undefined,
  };
  const entries: Entry[] = [];
  const booked: ProviderRefund[] = [];
  const now = () => Temporal.Instant.fromEpochMilliseconds(nowMs);
  const books = (): Books => ({
    capturedMinor,
    refundedMinor: sumOf(booked),
    transactionIds: new Set(booked.map(({ transactionId }) => transactionId)),
  });

  /** The provider gives nothing back that is not there, whenever it gets to it. */
  function give(amount: number, isOurs: boolean, bookedAtMs: number): Entry | undefined {
    if (sumOf(entries) + amount > capturedMinor) return undefined;
    const transactionId = `T${entries.length}`;
    const entry = { transactionId, amountMinor: amount, isOurs, bookedAtMs };
    entries.push({ ...entry, refundedAt: undefined, reason: undefined });
    return entries.at(-1);
  }

  function become(decision: RefundDecision): void {
    status = decision.to;
    const counts = decision.to === "reconciling" && decision.countsAsNotFound;
    refund = {
      ...refund,
      sends: decision.to === "requested" ? decision.sends : refund.sends,
      lookUps: refund.lookUps + 1,
      notFoundCount: refund.notFoundCount + (counts ? 1 : 0),
      notFoundAt: counts ? now() : refund.notFoundAt,
      resolution: decision.to === "reconciling" ? refund.resolution : undefined,
    };
    if (decision.to === "refunded") booked.push(decision.refund);
  }

  function send(fate: Extract<Step, { do: "send" }>["fate"], delayMs: number | undefined): void {
    refund = { ...refund, sends: refund.sends + 1, lookUps: -1, notFoundCount: 0 };
    refund = { ...refund, notFoundAt: undefined, lastSendOverAt: now() };
    const words = { code: "C", message: "" };
    const lost = {
      kind: "unknown",
      failure: "outcome_unknown",
      wasAnswered: false,
      ...words,
    } as const;
    const isTried = delayMs !== undefined || fate === "answered" || fate === "lost_after";
    const made = isTried ? give(amountMinor, true, nowMs + (delayMs ?? 0)) : undefined;
    if (delayMs === undefined && fate === "answered" && made !== undefined) {
      become(
        afterCall(
          refund,
          { kind: "refunded", refund: made, refundedMinor: undefined, observations: [] },
          windows,
        ),
      );
    } else if (delayMs === undefined && fate === "refused") {
      const refused = { kind: "refused", failure: "hard_decline", ...words } as const;
      become(afterCall(refund, refused, windows));
    } else if (delayMs === undefined && fate === "put_off") {
      become(afterCall(refund, { kind: "put_off", failure: "not_sent", ...words }, windows));
    } else become(afterCall(refund, lost, windows));
  }

  function lookUp(staleMs: number): void {
    const refunds = entries.filter(({ bookedAtMs }) => bookedAtMs <= nowMs - staleMs);
    const payment = { ...emptyPayment, refunds, refundedMinor: sumOf(refunds) };
    const finding = { kind: "payment", payment } as const;
    const judged = afterLookUp(refund, books(), finding, { windows, realNow: now() });
    booked.push(...judged.foreign);
    become(judged.decision);
  }

  return {
    entries,
    booked,
    isOver: () => status === "refunded" || status === "failed",
    take(next: Step, afterMs: number): void {
      nowMs += afterMs;
      if (next.do === "console") give(next.amountMinor, false, nowMs);
      if (status === "requested" && next.do === "send") send(next.fate, undefined);
      if (status === "requested" && next.do === "send_late") send("lost_after", next.delayMs);
      if (status === "reconciling" && next.do === "look_up") lookUp(next.staleMs);
      if (status === "reconciling" && next.do === "no_answer") {
        const finding = { kind: "no_answer", code: "C", message: "" } as const;
        const context = { windows, realNow: now() };
        become(afterLookUp(refund, books(), finding, context).decision);
      }
      if (status === "in_review" && next.do === "person") {
        status = "reconciling";
        refund = { ...refund, lookUps: 0, notFoundCount: 0, notFoundAt: undefined };
        refund = { ...refund, resolution: next.resolution };
      }
    },
    /** Much later, and nothing is open: what a hint would have us book. */
    unbooked: () => unbookedIn({ refunds: entries, refundedMinor: sumOf(entries) }, books()),
  };
}

const emptyPayment = {
  paymentId: "payment",
  state: "captured",
  providerStatus: "DONE",
  orderId: "ORDER",
  amount: undefined,
  payer: undefined,
  requestedAt: undefined,
  approvedAt: undefined,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "GET", path: "/payments" },
} as const;

const sumOf = (refunds: readonly { readonly amountMinor: number }[]) =>
  refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

describe("a refund, whatever the provider does", () => {
  it("never books more than was captured, nor one entry twice, nor one that is not there", () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 1, max: capturedMinor }), (steps, amountMinor) => {
        const story = createStory(amountMinor);
        for (const { afterMs, step: next } of steps) {
          story.take(next, afterMs);
          const ids = story.booked.map(({ transactionId }) => transactionId);
          expect(new Set(ids).size).toBe(ids.length);
          expect(sumOf(story.booked)).toBeLessThanOrEqual(capturedMinor);
          const real = new Set(story.entries.map(({ transactionId }) => transactionId));
          expect(ids.every((id) => real.has(id))).toBe(true);
        }
        if (!story.isOver()) return;
        const left = story.unbooked();
        if (typeof left === "string") throw new Error(left);
        expect(sumOf(story.booked) + sumOf(left)).toBe(sumOf(story.entries));
      }),
      { numRuns: 3_000 },
    );
  });

  it("is given back once at most, unless a person says that it was not", () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 1, max: capturedMinor }), (steps, amountMinor) => {
        const story = createStory(amountMinor);
        for (const { afterMs, step: next } of steps) {
          const isLie = next.do === "person" && next.resolution === "not_refunded";
          if (!isLie) story.take(next, afterMs);
        }
        expect(story.entries.filter(({ isOurs }) => isOurs).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 3_000 },
    );
  });
});
