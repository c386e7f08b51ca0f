/**
 * Resolves a charge that waits for a person. Whatever the person decides, the order id stays the
 * lock: `look_up_again` asks the provider, `not_paid` sends the same id once more through the whole
 * claim gate (or ends the charge, when the subscription has ended), `give_up` ends the charge and the
 * invoice counts as uncollectible.
 */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { closeInvoices } from "../invoices/invoice-store.ts";
import { effectiveNowOf, lockSubscription } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { findReview, saveReviewDecision } from "./review-store.ts";

export const reviewDecisions = ["look_up_again", "not_paid", "give_up"] as const;
export type ReviewDecision = (typeof reviewDecisions)[number];

export interface ReviewToResolve {
  readonly accountId: string;
  readonly chargeId: string;
  readonly decision: ReviewDecision;
  /** Why; kept with the event. */
  readonly note: string;
  /** Who: an API key's name, an operator. */
  readonly by: string;
}

/** @throws {AppError} `not_found`; `review_over` when the charge no longer waits for a person. */
export async function resolveReview(engine: Engine, review: ReviewToResolve): Promise<void> {
  const { accountId, chargeId, decision, note, by } = review;
  await engine.database.transaction(async (tx) => {
    const charge = await findReview(tx, accountId, chargeId);
    if (charge === undefined) throw new AppError("not_found", `There is no charge ${chargeId}.`);
    const subscription = await lockSubscription(tx, accountId, charge.subscriptionId);
    const now = await effectiveNowOf(tx, accountId, subscription?.testClockId);
    const isDropped = decision === "not_paid" && subscription?.status === "canceled";
    const change = isDropped ? "drop" : decision;
    const saved = await saveReviewDecision(tx, accountId, chargeId, change, now);
    if (!saved) {
      throw new AppError("review_over", `Charge ${chargeId} is ${charge.status}, not in review.`);
    }
    if (decision === "give_up") {
      await closeInvoices(tx, accountId, [charge.invoiceId], "uncollectible");
    }
    if (isDropped) await closeInvoices(tx, accountId, [charge.invoiceId], "void");
    await appendEvents(tx, engine.effects.random, [
      {
        accountId,
        subscriptionId: charge.subscriptionId,
        type: "charge.review_resolved",
        data: { chargeId, decision, note, by },
        occurredAt: now,
      },
    ]);
    await notifyWork(tx);
  });
}
