/**
 * Cancels a subscription: now, or when the period that is paid for ends. Locks the subscription as
 * the claim does (rule 9): cancel first, and nothing is charged; claim first, and the outcome of
 * that charge is awaited, the cancel takes effect all the same.
 */
import { AppError } from "../app-error.ts";
import { isWaiting } from "../charges/charge.ts";
import { revokeUnusedKeys } from "../billing-keys/revoke-unused-keys.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { EventType, NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import {
  cancelWaitingCharges,
  closeInvoices,
  lockUnpaidInvoices,
} from "../invoices/invoice-store.ts";
import { effectiveNowOf, lockSubscription, saveSubscriptions } from "./subscription-store.ts";
import { canceled, stateOf, type Subscription, type SubscriptionState } from "./subscription.ts";

export interface SubscriptionToCancel {
  readonly accountId: string;
  readonly subscriptionId: string;
  readonly when: "now" | "period_end";
  /** For people; kept with the event. */
  readonly reason?: string | undefined;
}

/** Safe to repeat. @throws {AppError} `not_found`. */
export async function cancelSubscription(
  engine: Engine,
  { accountId, subscriptionId, when, reason }: SubscriptionToCancel,
): Promise<Subscription> {
  return await engine.database.transaction(async (tx) => {
    const subscription = await getLocked(tx, accountId, subscriptionId);
    return await cancelLocked(tx, engine, subscription, { when, reason });
  });
}

/** The same for a subscription that is locked in this transaction. Safe to repeat. */
export async function cancelLocked(
  tx: Transaction,
  engine: Engine,
  subscription: Subscription,
  { when, reason }: Pick<SubscriptionToCancel, "when" | "reason">,
): Promise<Subscription> {
  if (subscription.status === "canceled") return subscription;
  const now = await effectiveNowOf(tx, subscription.accountId, subscription.testClockId);
  // Without a running paid period there is no end to wait for.
  const isPaidFor = subscription.nextDueAt !== undefined && subscription.status !== "past_due";
  const isNow = when === "now" || !isPaidFor;
  const state = isNow
    ? canceled(subscription, now)
    : { ...stateOf(subscription), cancelsAtPeriodEnd: true };
  const dropped = isNow ? await dropWhatIsOwed(tx, subscription, now) : [];
  const type = isNow ? "subscription.canceled" : "subscription.cancel_scheduled";
  return await save(tx, engine, subscription, state, { type, reason, now, dropped });
}

/** Takes a scheduled cancel back. Safe to repeat. @throws {AppError} `not_found`, `subscription_canceled`. */
export async function keepSubscription(
  engine: Engine,
  { accountId, subscriptionId }: { readonly accountId: string; readonly subscriptionId: string },
): Promise<Subscription> {
  return await engine.database.transaction(async (tx) => {
    const subscription = await getLocked(tx, accountId, subscriptionId);
    if (subscription.status === "canceled") {
      throw new AppError("subscription_canceled", "The subscription has ended; make a new one.");
    }
    if (!subscription.cancelsAtPeriodEnd) return subscription;
    const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const state = { ...stateOf(subscription), cancelsAtPeriodEnd: false };
    const type = "subscription.kept";
    return await save(tx, engine, subscription, state, {
      type,
      reason: undefined,
      now,
      dropped: [],
    });
  });
}

async function getLocked(
  tx: Transaction,
  accountId: string,
  subscriptionId: string,
): Promise<Subscription> {
  const subscription = await lockSubscription(tx, accountId, subscriptionId);
  if (subscription !== undefined) return subscription;
  throw new AppError("not_found", `There is no subscription ${subscriptionId}.`);
}

/**
 * Charges that wait are canceled, and their invoices void; what is on its way is awaited.
 *
 * @returns The events that tell of it.
 */
export async function dropWhatIsOwed(
  tx: Transaction,
  subscription: Subscription,
  occurredAt: NewEvent["occurredAt"],
): Promise<NewEvent[]> {
  const { accountId, id: subscriptionId } = subscription;
  const invoices = await lockUnpaidInvoices(tx, accountId, subscriptionId);
  const dropped = invoices.filter(({ liveCharge }) => {
    return liveCharge === undefined || isWaiting(liveCharge);
  });
  const charges = dropped.flatMap(({ liveCharge }) =>
    liveCharge === undefined ? [] : [liveCharge],
  );
  const chargeIds = charges.map(({ id }) => id);
  await cancelWaitingCharges(tx, accountId, chargeIds);
  await closeInvoices(
    tx,
    accountId,
    dropped.map(({ id }) => id),
    "void",
  );
  // What a window merely offered was never owed: nobody was told of it.
  const invoiceIds = dropped.filter(({ status }) => status === "open").map(({ id }) => id);
  const about = { accountId, subscriptionId, occurredAt };
  return [
    ...chargeIds.map((chargeId): NewEvent => {
      return { ...about, type: "charge.canceled", data: { chargeId } };
    }),
    ...invoiceIds.map((invoiceId): NewEvent => {
      return { ...about, type: "invoice.void", data: { invoiceId } };
    }),
  ];
}

async function save(
  tx: Transaction,
  engine: Engine,
  subscription: Subscription,
  state: SubscriptionState,
  told: {
    readonly type: EventType;
    readonly reason: string | undefined;
    readonly now: NewEvent["occurredAt"];
    readonly dropped: readonly NewEvent[];
  },
): Promise<Subscription> {
  const { accountId, id } = subscription;
  await saveSubscriptions(tx, [{ accountId, id, state }]);
  const data = {
    subscriptionId: id,
    ...(told.reason === undefined ? {} : { reason: told.reason }),
  };
  const event = { accountId, subscriptionId: id, type: told.type, data, occurredAt: told.now };
  const ended = state.status === "canceled" ? [{ subscription, now: told.now }] : [];
  const revoked = await revokeUnusedKeys(tx, engine, ended);
  await appendEvents(tx, engine.effects.random, [...told.dropped, event, ...revoked]);
  return { ...subscription, ...state };
}
