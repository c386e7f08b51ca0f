/**
 * Resolves an authorization that waits for a person. `look_up_again` asks the provider once more;
 * `not_paid` says that the person made sure, at the provider, that nothing is held or taken: the
 * charge is voided, its invoice stays open, and nothing is charged again by itself.
 */
import type { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import type { Transaction } from "../db/database.ts";
import type { NewEvent } from "../events/event.ts";
import { closeInvoices } from "../invoices/invoice-store.ts";
import { saveSubscriptions } from "../subscriptions/subscription-store.ts";
import { afterDecline, type Subscription } from "../subscriptions/subscription.ts";
import { saveAuthorizationReview } from "./authorization-store.ts";

export interface AuthorizationInReview {
  readonly accountId: string;
  readonly chargeId: string;
  readonly invoiceId: string;
  readonly decision: "look_up_again" | "not_paid";
}

/**
 * The subscription must be locked.
 *
 * @returns The events of what follows from the decision.
 * @throws {AppError} `review_over` when the charge no longer waits for a person.
 */
export async function resolveAuthorization(
  tx: Transaction,
  { accountId, chargeId, decision, invoiceId }: AuthorizationInReview,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  if (!(await saveAuthorizationReview(tx, accountId, chargeId, decision))) {
    throw new AppError("review_over", `Charge ${chargeId} is no longer in review.`);
  }
  if (decision === "look_up_again") return [];
  const { id: subscriptionId } = subscription;
  const about = { accountId, subscriptionId, occurredAt: now };
  const data = { chargeId, invoiceId, reason: "decided by a person" };
  const voided: NewEvent = { ...about, type: "charge.voided", data };
  if (subscription.status === "canceled") {
    await closeInvoices(tx, accountId, [invoiceId], "void");
    return [voided, { ...about, type: "invoice.void", data: { invoiceId } }];
  }
  const state = afterDecline(subscription);
  await saveSubscriptions(tx, [{ accountId, id: subscriptionId, state }]);
  if (state.status === subscription.status) return [voided];
  const owes = { subscriptionId, chargeId };
  return [voided, { ...about, type: "subscription.past_due", data: owes }];
}
