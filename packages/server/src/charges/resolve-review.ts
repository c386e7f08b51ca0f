/**
 * Resolves a charge that waits for a person. `look_up_again` asks the provider. `not_paid` sends the
 * same order id once more through the whole claim gate; or with the method that the subscription has
 * moved to; or not at all when it has ended. One whose connection was left for good waits for another
 * method. An order id that was sent as often as it may be is used
 * up: then another charge follows, which looks up all earlier ids before it is sent. `give_up` ends the
 * charge, and its invoice counts as uncollectible. For one whose money was held see
 * resolve-authorization.ts.
 *
 * The provider is asked first, and a decision that its present answer contradicts is refused. What was
 * decided, why, and what the provider said goes into the audit chain.
 */
import type { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { resolveAuthorization } from "../authorizations/resolve-authorization.ts";
import { startWith } from "../billing-keys/attach-billing-key.ts";
import type { BillingKey } from "../billing-keys/billing-key.ts";
import { findBillingKey } from "../billing-keys/billing-key-store.ts";
import { collectOwed } from "../billing-keys/collect-owed.ts";
import { revokeUnusedKeys } from "../billing-keys/revoke-unused-keys.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { closeInvoices, lockOpenInvoices } from "../invoices/invoice-store.ts";
import {
  effectiveNowOf,
  getPrice,
  lockSubscription,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import { afterWaiver, type Subscription } from "../subscriptions/subscription.ts";
import { findSunset } from "../sunsets/sunset-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { askAboutInvoice } from "./ask-provider.ts";
import { findReview, saveReviewDecision, type Review } from "./review-store.ts";
import {
  objectionTo,
  type Despite,
  type Objection,
  type ProviderNow,
  type ReviewDecision,
} from "./review.ts";
import { windowsFor } from "./windows.ts";

export interface ReviewToResolve {
  readonly accountId: string;
  readonly chargeId: string;
  readonly decision: ReviewDecision;
  /** Why; kept with the event. */
  readonly note: string;
  /** Who: an API key's name, an operator. */
  readonly by: string;
  /** The API key that the decision came in with. */
  readonly keyId?: string;
  /** The person knows, though the provider cannot be asked. */
  readonly despite?: Despite | undefined;
}

/**
 * @throws {AppError} `not_found`; `review_over` when the charge no longer waits for a person, or
 *   changed while the provider was asked; `review_contradicted`, with what the provider says;
 *   `provider_silent` when it gives no answer, unless that is what the decision is made despite of;
 *   `review_too_early` when another order id would follow before the settle window is over.
 */
export async function resolveReview(engine: Engine, review: ReviewToResolve): Promise<void> {
  const { accountId, chargeId, decision, despite } = review;
  const before = await getReview(engine.database, review);
  if (before.status !== "in_review") throw over(review, before);
  // No transaction is open while we wait for the provider.
  const isAsked = decision !== "look_up_again";
  const now = isAsked ? await askAboutInvoice(engine, accountId, before.invoiceId) : undefined;
  const objection = objectionTo(decision, now?.orders ?? []);
  if (objection !== undefined) refuse(objection, chargeId, despite);
  await engine.database.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, accountId, before.subscriptionId);
    const charge = await getReview(tx, review);
    if (!charge.updatedAt.equals(before.updatedAt)) throw over(review, charge);
    if (subscription === undefined) throw new Error(`charge ${chargeId} has no subscription`);
    await resolveIn(tx, engine, review, charge, subscription);
    await appendAudit(tx, engine.effects.random, {
      accountId,
      actor: review.by,
      action: `charge.${decision}`,
      subjectId: chargeId,
      reason: review.note,
      evidence: evidenceOf(review, charge, now),
    });
  });
}

async function getReview(
  db: Queryable,
  { accountId, chargeId }: Pick<ReviewToResolve, "accountId" | "chargeId">,
): Promise<Review> {
  const charge = await findReview(db, accountId, chargeId);
  if (charge !== undefined) return charge;
  throw new AppError("not_found", `There is no charge ${chargeId.slice(0, 60)}.`);
}

function over({ chargeId }: Pick<ReviewToResolve, "chargeId">, { status }: Review): AppError {
  const said = status === "in_review" ? "has changed meanwhile" : `is ${status}, not in review`;
  return new AppError("review_over", `Charge ${chargeId} ${said}. Read it again.`);
}

/** @throws {AppError} unless the person decides in spite of it. */
function refuse(objection: Objection, chargeId: string, despite: Despite | undefined): void {
  if (objection.kind === "contradicted") {
    const { detail, finding, orderId, paymentId } = objection.by;
    const isOurs = finding !== "mismatch";
    const todo = isOurs
      ? "Decide look_up_again: the payment is then taken over."
      : "Give that money back at the provider first, or decide look_up_again.";
    const shown = `payment ${paymentId ?? "(without a name)"}, ${detail ?? finding}`;
    const message = `The provider shows a payment for charge ${chargeId} under order ${orderId}: ${shown}. ${todo}`;
    throw new AppError("review_contradicted", message);
  }
  if (despite === "provider_silent") return;
  const orderIds = objection.about.map(({ orderId }) => orderId).join(", ");
  const message = `The provider gives no answer about ${orderIds}, so nothing speaks for the decision but you. Try again later; or, if you have made sure in the provider's console, send "despite": "provider_silent".`;
  throw new AppError("provider_silent", message);
}

/** What lay before the person. */
function evidenceOf(
  { despite, keyId }: ReviewToResolve,
  { connectionId, orderId, reason }: Review,
  now: ProviderNow | undefined,
) {
  const provider = now && { askedAt: now.askedAt.toString(), orders: now.orders };
  return { orderId, connectionId, reviewReason: reason, apiKey: keyId, despite, provider };
}

async function resolveIn(
  tx: Transaction,
  engine: Engine,
  review: ReviewToResolve,
  charge: Review,
  subscription: Subscription,
): Promise<void> {
  const { accountId, by, chargeId, decision, note } = review;
  const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
  const consequences = await decide(tx, engine, review, charge, subscription, now);
  const data = { chargeId, decision, note, by };
  const type = "charge.review_resolved";
  const about = { accountId, subscriptionId: subscription.id, occurredAt: now };
  await appendEvents(tx, engine.effects.random, [{ ...about, type, data }, ...consequences]);
  await notifyWork(tx);
}
/** @returns The events of what follows from the decision. */
async function decide(
  tx: Transaction,
  engine: Engine,
  { accountId, chargeId, decision }: ReviewToResolve,
  charge: Review,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  if (charge.isAuthorization && decision !== "give_up") {
    const held = { accountId, chargeId, invoiceId: charge.invoiceId, decision };
    return await resolveAuthorization(tx, held, subscription, now);
  }
  const key = await findBillingKey(tx, accountId, subscription.billingKeyId ?? "");
  const isEnded = subscription.status === "canceled";
  const hasMoved = key !== undefined && key.connectionId !== charge.connectionId;
  // Sent as often as it may be, and the provider takes this order id no more: another charge follows.
  const isUsedUp = charge.reason === "resends_exhausted" && key?.status === "active";
  const isLeft = await isGivenUp(tx, accountId, charge.connectionId);
  const isDropped = decision === "not_paid" && (isEnded || hasMoved || isUsedUp || isLeft);
  if (isDropped && !isEnded && key !== undefined) refuseTooEarly(engine, charge, chargeId);
  const change = isDropped ? "drop" : decision;
  if (!(await saveReviewDecision(tx, accountId, chargeId, change, now))) {
    throw new AppError("review_over", `Charge ${chargeId} is ${charge.status}, not in review.`);
  }
  const { invoiceId, isRegistration } = charge;
  const about = { accountId, subscriptionId: subscription.id, occurredAt: now };
  if (decision === "give_up" && isRegistration) {
    await closeInvoices(tx, accountId, [invoiceId], "void");
    return await startWithNewMethod(tx, engine, subscription, key, now);
  }
  if (decision === "give_up") {
    await closeInvoices(tx, accountId, [invoiceId], "uncollectible");
    const waived = await waive(tx, engine, subscription, key?.status === "active", now);
    return [{ ...about, type: "invoice.uncollectible", data: { invoiceId } }, ...waived];
  }
  if (!isDropped) {
    if (decision === "look_up_again") return [];
    return await startWithNewMethod(tx, engine, subscription, key, now);
  }
  const canceled = { ...about, type: "charge.canceled", data: { chargeId } } as const;
  if (isEnded || key === undefined) {
    await closeInvoices(tx, accountId, [invoiceId], "void");
    return [canceled, { ...about, type: "invoice.void", data: { invoiceId } }];
  }
  // Without a key that can be charged, what is owed waits for the one that comes.
  const isUsable = key.status === "active";
  const { random } = engine.effects;
  const owed = isUsable ? await collectOwed(tx, random, subscription, key, now) : [];
  const begun = await startWithNewMethod(tx, engine, subscription, key, now);
  return [canceled, ...owed, ...begun];
}

/**
 * Another order id takes the money beside this one: until the settle window is over, that the provider
 * shows nothing proves nothing, whoever says so.
 */
function refuseTooEarly({ windows }: Engine, charge: Review, chargeId: string): void {
  const { lastSendOverAt, mode, realNow } = charge;
  const { settleWindowMs } = windowsFor(mode, windows);
  const settledAt = lastSendOverAt?.add({ milliseconds: settleWindowMs });
  if (settledAt === undefined || settledAt.epochMilliseconds < realNow.epochMilliseconds) return;
  const at = settledAt.toString({ smallestUnit: "second" });
  const message = `Charge ${chargeId} would be collected elsewhere, and the provider may take until ${at} to show a payment of it. Decide again after that.`;
  throw new AppError("review_too_early", message);
}

/** Nothing is sent through the connection any more, not even again. */
async function isGivenUp(tx: Transaction, accountId: string, id: string): Promise<boolean> {
  return (await findSunset(tx, { accountId, id }))?.endedAt !== undefined;
}

/** A method came while what a window had taken was unclear: the subscription begins with that. */
async function startWithNewMethod(
  tx: Transaction,
  engine: Engine,
  subscription: Subscription,
  key: BillingKey | undefined,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  const hasEnded = subscription.status === "canceled";
  if (hasEnded || subscription.anchorOn !== undefined || key?.status !== "active") return [];
  return await startWith(tx, engine, subscription, key, now);
}

/** What is no longer owed may have been all that held the subscription back. */
async function waive(
  tx: Transaction,
  engine: Engine,
  subscription: Subscription,
  hasUsableKey: boolean,
  now: Temporal.Instant,
): Promise<NewEvent[]> {
  const { accountId, id } = subscription;
  const owesOthers = (await lockOpenInvoices(tx, accountId, id)).length > 0;
  const price = await getPrice(tx, accountId, subscription.priceId);
  const state = afterWaiver(subscription, { price, owesOthers, hasUsableKey, now });
  if (state.status === subscription.status) return [];
  await saveSubscriptions(tx, [{ accountId, id, state }]);
  const isOver = state.status === "canceled";
  const type = isOver ? "subscription.canceled" : "subscription.recovered";
  const data = { subscriptionId: id };
  const unused = isOver ? await revokeUnusedKeys(tx, engine, [{ subscription, now }]) : [];
  return [{ accountId, subscriptionId: id, type, data, occurredAt: now }, ...unused];
}
