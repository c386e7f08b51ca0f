/**
 * Resolves a refund that waits for a person. Whatever the person decides, the provider is asked
 * first, so that what was refunded meanwhile gets into the books: `look_up_again` does no more;
 * `not_refunded` says that nothing at the provider is this refund, and it is sent again; `give_up`
 * says the same, and it is not. An entry of exactly its amount that is the only new one is adopted
 * all the same. `give_up` ends the refund even when the provider gives no answer.
 */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { effectiveNowOf, lockSubscription } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { saveResolution } from "./refund-queue-store.ts";
import { findRefundView } from "./refund-reads.ts";
import type { RefundReviewDecision } from "./refund.ts";

export interface RefundToResolve {
  readonly accountId: string;
  readonly refundId: string;
  readonly decision: RefundReviewDecision;
  /** Why; kept with the event. */
  readonly note: string;
  /** Who: an API key, an operator. */
  readonly by: string;
}

/** @throws {AppError} `not_found`; `review_over` when the refund no longer waits for a person. */
export async function resolveRefund(engine: Engine, review: RefundToResolve): Promise<void> {
  const { accountId, by, decision, note, refundId } = review;
  await engine.database.transaction(async (tx) => {
    const refund = await findRefundView(tx, accountId, refundId);
    if (refund === undefined) {
      throw new AppError("not_found", `There is no refund ${refundId.slice(0, 60)}.`);
    }
    const { chargeId, subscriptionId } = refund;
    const subscription = await lockSubscription(tx, accountId, subscriptionId);
    const resolution = decision === "look_up_again" ? undefined : decision;
    if (!(await saveResolution(tx, accountId, refundId, resolution))) {
      throw new AppError("review_over", `Refund ${refundId} is ${refund.status}, not in review.`);
    }
    const occurredAt = await effectiveNowOf(tx, accountId, subscription?.testClockId);
    const data = { refundId, chargeId, decision, note, by };
    const type = "refund.review_resolved";
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId, type, data, occurredAt },
    ]);
    await notifyWork(tx);
  });
}
