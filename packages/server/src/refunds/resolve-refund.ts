/**
 * Resolves a refund that waits for a person. Whatever the person decides, the provider is asked once
 * more by a worker, so that what was refunded meanwhile gets into the books: `look_up_again` does no
 * more; `not_refunded` says that nothing at the provider is this refund, and it is sent again;
 * `give_up` says the same, and it is not. An entry of exactly its amount that is the only new one is
 * adopted all the same. `give_up` ends the refund even when the provider gives no answer.
 *
 * Before that the provider is asked here, and a decision that its present answer contradicts is
 * refused. What was decided, why, and what the provider said goes into the audit chain.
 */
import { AppError } from "../app-error.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { Despite } from "../charges/review.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { effectiveNowOf, lockSubscription } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { askAboutRefund } from "./ask-about-refund.ts";
import { saveResolution } from "./refund-queue-store.ts";
import { findRefundView, type RefundView } from "./refund-reads.ts";
import { objectionToRefund, type RefundNow } from "./refund-review.ts";
import type { RefundReviewDecision } from "./refund.ts";

export interface RefundToResolve {
  readonly accountId: string;
  readonly refundId: string;
  readonly decision: RefundReviewDecision;
  /** Why; kept with the event. */
  readonly note: string;
  /** Who: an API key, an operator. */
  readonly by: string;
  /** The person knows, though the provider cannot be asked. */
  readonly despite?: Despite | undefined;
}

/**
 * @throws {AppError} `not_found`; `review_over` when the refund no longer waits for a person, or
 *   changed while the provider was asked; `review_contradicted` when the provider shows the refund;
 *   `provider_silent` when it gives no answer, unless that is what the decision is made despite of.
 */
export async function resolveRefund(engine: Engine, review: RefundToResolve): Promise<void> {
  const { accountId, by, decision, note, refundId } = review;
  const before = await getRefund(engine.database, review);
  if (before.status !== "in_review") throw over(before);
  // No transaction is open while we wait for the provider.
  const now = decision === "look_up_again" ? undefined : await askAboutRefund(engine, before);
  if (now !== undefined) refuseAgainst(now, review);
  await engine.database.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, accountId, before.subscriptionId);
    const refund = await getRefund(tx, review);
    if (!refund.updatedAt.equals(before.updatedAt)) throw over(refund);
    await save(tx, engine, review, refund, subscription?.testClockId);
    await appendAudit(tx, engine.effects.random, {
      accountId,
      actor: by,
      action: `refund.${decision}`,
      subjectId: refundId,
      reason: note,
      evidence: evidenceOf(review, refund, now),
    });
  });
}

/** What lay before the person. */
function evidenceOf(
  { despite }: RefundToResolve,
  { amount, chargeId, reviewReason }: RefundView,
  now: RefundNow | undefined,
) {
  const provider = now && { ...now, askedAt: now.askedAt.toString() };
  return { chargeId, amount, reviewReason, despite, provider };
}

async function getRefund(
  db: Queryable,
  { accountId, refundId }: Pick<RefundToResolve, "accountId" | "refundId">,
): Promise<RefundView> {
  const refund = await findRefundView(db, accountId, refundId);
  if (refund !== undefined) return refund;
  throw new AppError("not_found", `There is no refund ${refundId.slice(0, 60)}.`);
}

function over({ id, status }: RefundView): AppError {
  const said = status === "in_review" ? "has changed meanwhile" : `is ${status}, not in review`;
  return new AppError("review_over", `Refund ${id} ${said}. Read it again.`);
}

/** @throws {AppError} unless the provider's answer leaves the decision to the person. */
function refuseAgainst(now: RefundNow, { decision, despite, refundId }: RefundToResolve): void {
  const objection = objectionToRefund(decision, now);
  if (objection === undefined) return;
  if (objection === "contradicted") {
    const { amountMinor, transactionId } = now.adoptable ?? {};
    const message = `The provider shows refund ${transactionId} of ${amountMinor}, which nothing else in the books is: it is ${refundId}. Decide look_up_again: it is then taken over.`;
    throw new AppError("review_contradicted", message);
  }
  if (despite === "provider_silent") return;
  const message = `The provider gives no answer about the payment of refund ${refundId} (${now.detail}), so nothing speaks for the decision but you. Try again later; or, if you have made sure in the provider's console, send "despite": "provider_silent".`;
  throw new AppError("provider_silent", message);
}

async function save(
  tx: Transaction,
  engine: Engine,
  { accountId, by, decision, note, refundId }: RefundToResolve,
  refund: RefundView,
  testClockId: string | undefined,
): Promise<void> {
  const { chargeId, subscriptionId } = refund;
  const resolution = decision === "look_up_again" ? undefined : decision;
  if (!(await saveResolution(tx, accountId, refundId, resolution))) throw over(refund);
  const occurredAt = await effectiveNowOf(tx, accountId, testClockId);
  const data = { refundId, chargeId, decision, note, by };
  const type = "refund.review_resolved";
  await appendEvents(tx, engine.effects.random, [
    { accountId, subscriptionId, type, data, occurredAt },
  ]);
  await notifyWork(tx);
}
