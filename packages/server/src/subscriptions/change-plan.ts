/**
 * Changes what a subscription pays: amount, cycle, or both, from the next period on. The period that
 * runs stays as it was billed; a subscription that has not started takes the new price at once.
 */
import { AppError } from "../app-error.ts";
import { isWaiting } from "../charges/charge.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { cancelWaitingCharges, lockUnpaidInvoices } from "../invoices/invoice-store.ts";
import { findPlanPrice } from "./subscriber-store.ts";
import {
  effectiveNowOf,
  getPrices,
  lockSubscription,
  saveSubscriptions,
} from "./subscription-store.ts";
import { stateOf, type Subscription } from "./subscription.ts";

/** @throws {AppError} `not_found`, `subscription_canceled`, `plan_retired`, `currency_not_supported`. */
export async function changePlan(
  engine: Engine,
  change: { readonly accountId: string; readonly subscriptionId: string; readonly planId: string },
): Promise<Subscription> {
  const { accountId, subscriptionId, planId } = change;
  return await engine.database.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, accountId, subscriptionId);
    if (subscription === undefined) {
      throw new AppError("not_found", `There is no subscription ${subscriptionId}.`);
    }
    if (subscription.status === "canceled") {
      throw new AppError("subscription_canceled", "The subscription has ended; make a new one.");
    }
    const plan = await findPlanPrice(tx, accountId, planId);
    if (plan === undefined) throw new AppError("not_found", `There is no plan ${planId}.`);
    if (plan.status === "retired") {
      throw new AppError("plan_retired", `Plan ${planId} is retired.`);
    }
    const prices = await getPrices(tx, accountId, [subscription.priceId, plan.priceId]);
    const currency = prices.get(subscription.priceId)?.amount.currency;
    if (prices.get(plan.priceId)?.amount.currency !== currency) {
      const message = `The subscription pays in ${currency}; plan ${planId} has another currency.`;
      throw new AppError("currency_not_supported", message);
    }
    const before = stateOf(subscription);
    const hasBegun =
      subscription.anchorOn !== undefined || (await isBeingPaid(tx, accountId, subscriptionId));
    const state = !hasBegun
      ? { ...before, priceId: plan.priceId, nextPriceId: undefined }
      : {
          ...before,
          nextPriceId: plan.priceId === subscription.priceId ? undefined : plan.priceId,
        };
    await saveSubscriptions(tx, [{ accountId, id: subscriptionId, state }]);
    const occurredAt = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const data = { subscriptionId, planId, priceId: plan.priceId };
    const type = "subscription.price_change_scheduled";
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId, type, data, occurredAt },
    ]);
    return { ...subscription, ...state };
  });
}

/**
 * A window's payment is on its way, or may still turn up: its period stays as the customer agreed.
 * Otherwise what windows offer at the old price is offered no more.
 */
async function isBeingPaid(
  tx: Transaction,
  accountId: string,
  subscriptionId: string,
): Promise<boolean> {
  const invoices = await lockUnpaidInvoices(tx, accountId, subscriptionId);
  const offers = invoices.flatMap(({ liveCharge }) => liveCharge ?? []);
  if (offers.some((offer) => !isWaiting(offer) || offer.isUnresolved)) return true;
  const ids = offers.map(({ id }) => id);
  await cancelWaitingCharges(tx, accountId, ids);
  return false;
}
