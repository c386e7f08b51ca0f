/**
 * Carries an account's policy for late money out (late-policy.ts): in the transaction that books the
 * payment, and so once. The refund goes the way of every other one.
 */
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { requestRefund } from "../refunds/request-refund.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { Decided } from "./decide-results.ts";
import { findLateFacts } from "./late-adoption-store.ts";
import { goesBack } from "./late-policy.ts";

const closed: readonly string[] = ["void", "uncollectible"];

/** @param subscriptions As they were before the results. */
export async function giveBackLate(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
  subscriptions: readonly Subscription[],
): Promise<void> {
  for (const { charge, decision, followUp } of decided) {
    if (decision.to !== "captured" || charge.periodIndex === undefined) continue;
    if (followUp.refundedMinor >= followUp.capturedMinor) continue;
    const { accountId, id: chargeId, invoiceId, invoiceStatus, subscriptionId } = charge;
    const owner = subscriptions.find(({ id }) => id === subscriptionId);
    const hasSubscriptionEnded = owner?.status === "canceled";
    if (!hasSubscriptionEnded && !closed.includes(invoiceStatus)) continue;
    const { endsOn, policy, zone } = await findLateFacts(tx, accountId, invoiceId);
    const isPeriodOver =
      endsOn.toZonedDateTime(zone).epochMilliseconds <= charge.now.epochMilliseconds;
    const facts = { policy, hasSubscriptionEnded, invoiceStatus, isPeriodOver };
    if (!goesBack(facts)) continue;
    const reason = "paid after it had ended";
    const wanted = {
      accountId,
      chargeId,
      reason,
      amountMinor: "all",
      requestedBy: "maedal",
    } as const;
    await requestRefund(tx, engine, wanted);
  }
}
