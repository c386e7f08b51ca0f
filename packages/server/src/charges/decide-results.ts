/**
 * Decides what became of open charges from what their calls brought back. Pure: the charges are
 * locked, and their decisions written, by record-outcomes.ts.
 */
import type { Engine } from "../engine.ts";
import type { Price, Subscription } from "../subscriptions/subscription.ts";
import type { CallResult } from "./call-result.ts";
import type { OpenCharge } from "./charge-store.ts";
import {
  afterAttempt,
  afterLookUp,
  type AttemptEnd,
  type ChargeDecision,
  type DecisionContext,
} from "./charge.ts";
import { followUp, type FollowUp } from "./follow-up.ts";
import type { AttemptOutcome } from "./outcome.ts";
import { windowsFor } from "./windows.ts";

export type Policy = Pick<Engine, "dunning" | "windows">;

export interface Decided {
  readonly charge: OpenCharge;
  readonly result: CallResult;
  readonly decision: ChargeDecision;
  readonly followUp: FollowUp;
}

/** Decides one after the other, so that two charges of one subscription see each other's effect. */
export function decideAll(
  policy: Policy,
  results: readonly CallResult[],
  charges: readonly OpenCharge[],
  subscriptions: readonly Subscription[],
  prices: ReadonlyMap<string, Price>,
): Decided[] {
  const byToken = new Map(charges.map((charge) => [charge.leaseToken, charge]));
  const current = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
  const decided: Decided[] = [];
  const paidHere = new Map<string, number>();
  for (const result of results) {
    const charge = withoutPaid(byToken.get(result.lease.leaseToken), paidHere);
    const subscription = charge && current.get(charge.subscriptionId);
    const price = subscription && prices.get(subscription.priceId);
    if (charge === undefined || subscription === undefined || price === undefined) continue;
    const decision = decide(policy, charge, subscription, result);
    const failure = failureClassOf(result, decision);
    const consequences = followUp(charge, decision, subscription, price, failure);
    decided.push({ charge, result, decision, followUp: consequences });
    current.set(subscription.id, { ...subscription, ...consequences.subscription });
    const paid = (paidHere.get(subscription.id) ?? 0) + (decision.to === "captured" ? 1 : 0);
    paidHere.set(subscription.id, paid);
  }
  return decided;
}

/** The charge as it stands after the payments decided before it in this transaction. */
function withoutPaid(
  charge: OpenCharge | undefined,
  paidHere: ReadonlyMap<string, number>,
): OpenCharge | undefined {
  if (charge === undefined) return undefined;
  const paid = paidHere.get(charge.subscriptionId) ?? 0;
  return { ...charge, otherOpenInvoices: charge.otherOpenInvoices - paid };
}

function decide(
  policy: Policy,
  charge: OpenCharge,
  subscription: Subscription,
  result: CallResult,
): ChargeDecision {
  const context: DecisionContext = {
    dunning: policy.dunning,
    windows: windowsFor(charge.mode, policy.windows),
    declinedIdReusable: result.declinedIdReusable,
    now: charge.now,
    realNow: result.of === "look_up" ? result.askedAt : charge.realNow,
    isWanted: subscription.status !== "canceled" && isUnpaid(charge),
  };
  // One that no key was ever charged for has no retries to go back to: it waits for the customer, and
  // tend-payment-windows.ts gives it up when nobody comes.
  const resumesAt = charge.billingKeyId === undefined ? undefined : charge.resumesAt;
  if (result.of === "look_up")
    return afterLookUp({ ...charge, resumesAt }, result.finding, context);
  const end = attemptEndOf(result.outcome);
  const attempts = charge.attempts.map((attempt) =>
    attempt.outcome === undefined ? { ...attempt, outcome: end } : attempt,
  );
  return afterAttempt({ ...charge, attempts, resumesAt }, result.outcome, context);
}

function isUnpaid({ invoiceStatus }: OpenCharge): boolean {
  return invoiceStatus === "open" || invoiceStatus === "draft";
}

export function attemptEndOf(outcome: AttemptOutcome): AttemptEnd {
  switch (outcome.kind) {
    case "captured":
    case "authorized":
    case "declined":
    case "refused":
    case "not_sent":
    case "unknown":
      return outcome.kind;
    case "captured_before":
      return "not_sent";
    case "mismatch":
      return "unknown";
  }
}

/** The class of the refusal that was decided on; undefined when there was none. */
function failureClassOf(result: CallResult, decision: ChargeDecision): string | undefined {
  if (result.of === "look_up") {
    // A failed record that decides no attempt says nothing about the key either.
    if (decision.to === "reconciling" || decision.to === "in_review") return undefined;
    return result.finding.kind === "failed" ? result.finding.payment.failure?.failure : undefined;
  }
  const { outcome } = result;
  return outcome.kind === "declined" || outcome.kind === "refused" ? outcome.failure : undefined;
}
