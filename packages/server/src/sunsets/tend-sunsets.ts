/**
 * What a sunset needs of the worker: it asks customers, gives the keys up once charging is over, and
 * cancels who stays silent where that was decided. Each step is safe to run twice, anywhere, and to
 * die between any two lines. No money is refunded here, and nothing is charged.
 */
import { loseBillingKey } from "../billing-keys/lose-billing-key.ts";
import { isWaiting } from "../charges/charge.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import type { NewEvent } from "../events/event.ts";
import { lockUnpaidInvoices, putInReview } from "../invoices/invoice-store.ts";
import { requestMethods } from "../method-requests/open-method-request.ts";
import { cancelLocked } from "../subscriptions/cancel-subscription.ts";
import {
  effectiveNowOf,
  effectiveNowOfBillingKey,
  lockSubscription,
} from "../subscriptions/subscription-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { claimSunset, endSunset, listSunsetsToTend, restSunset } from "./sunset-store.ts";
import type { Sunset } from "./sunset.ts";
import {
  claimUnasked,
  isSilent,
  listKeysToGiveUp,
  listSilent,
  listUnresolved,
} from "./tend-store.ts";

/** Few enough that nobody waits long for a locked subscription. */
const batchSize = 100;

export interface TendOptions {
  /** How many subscriptions or keys of a sunset are dealt with at once. */
  readonly limit?: number;
  /** How long one that had nothing to do is left alone, unless somebody changes it or it ends. */
  readonly restMs?: number;
}

/** @returns How many subscriptions and keys were dealt with: 0 when there is nothing to do now. */
export async function tendSunsets(engine: Engine, options: TendOptions = {}): Promise<number> {
  const { limit = batchSize, restMs = 0 } = options;
  let done = 0;
  for (const sunset of await listSunsetsToTend(engine.database)) {
    try {
      const dealtWith = await tendSunset(engine, sunset, limit);
      if (dealtWith === 0) await restSunset(engine.database, keyOf(sunset), restMs);
      done += dealtWith;
    } catch (error) {
      const { connectionId } = sunset;
      engine.log.error({ connectionId, error }, "a sunset could not be tended; later again");
    }
  }
  return done;
}

/** The same for one. @param sunset As it was when it was listed. */
export async function tendSunset(
  engine: Engine,
  sunset: Sunset,
  limit: number = batchSize,
): Promise<number> {
  const asked = await ask(engine, sunset, limit);
  const ended = sunset.endedAt === undefined ? await end(engine, sunset) : 0;
  let settled = 0;
  for (const billingKeyId of await listKeysToGiveUp(engine.database, sunset, limit)) {
    settled += await giveUpKey(engine, sunset, billingKeyId);
  }
  for (const subscriptionId of await listUnresolved(engine.database, sunset, limit)) {
    settled += await review(engine, sunset, subscriptionId);
  }
  for (const subscriptionId of await listSilent(engine.database, sunset, limit)) {
    settled += await cancelSilent(engine, sunset, subscriptionId);
  }
  return asked + ended + settled;
}

const keyOf = ({ accountId, connectionId }: Sunset) => ({ accountId, id: connectionId });

/** One worker at a time: what another has locked is left to it. @returns How many were asked. */
async function ask(engine: Engine, known: Sunset, limit: number): Promise<number> {
  return await engine.database.transaction(async (tx) => {
    const sunset = await claimSunset(tx, keyOf(known));
    if (sunset === undefined) return 0;
    const subscriptionIds = await claimUnasked(tx, sunset, limit);
    if (subscriptionIds.length === 0) return 0;
    const { accountId, connectionId: sunsetConnectionId, successorId: connectionId } = sunset;
    const wanted = { accountId, connectionId, sunsetConnectionId, subscriptionIds };
    return (await requestMethods(tx, engine, wanted)).opened.length;
  });
}

/** From here on there is no way back: what follows is only found by this. */
async function end(engine: Engine, known: Sunset): Promise<number> {
  return await engine.database.transaction(async (tx) => {
    const sunset = await claimSunset(tx, keyOf(known));
    if (sunset === undefined || !(await endSunset(tx, keyOf(sunset)))) return 0;
    const { accountId, connectionId, successorId } = sunset;
    const occurredAt = await effectiveNowOf(tx, accountId, undefined);
    const data = { connectionId, successorId };
    const type = "gateway_connection.sunset_ended";
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId: undefined, type, data, occurredAt },
    ]);
    return 1;
  });
}

/**
 * Locks subscriptions and key as the claim does: claimed first, and the outcome of that charge is
 * awaited; given up first, and the key is charged no more.
 */
async function giveUpKey(engine: Engine, sunset: Sunset, billingKeyId: string): Promise<number> {
  const { accountId } = sunset;
  return await engine.database.transaction(async (tx) => {
    const now = await effectiveNowOfBillingKey(tx, accountId, billingKeyId);
    const reason = `its connection is sunset: ${sunset.reason}`;
    const lost = { accountId, billingKeyId, status: "dead", reason, now } as const;
    const events = await loseBillingKey(tx, lost);
    if (events.length === 0) return 0;
    await appendEvents(tx, engine.effects.random, events);
    await notifyWork(tx);
    return 1;
  });
}

/** Asked again and again: a charge whose outcome was open at the end may come to this much later. */
async function review(engine: Engine, sunset: Sunset, subscriptionId: string): Promise<number> {
  const { accountId, connectionId } = sunset;
  return await engine.database.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, accountId, subscriptionId);
    if (subscription === undefined) return 0;
    const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const events = await reviewUnresolved(tx, subscription, connectionId, now);
    await appendEvents(tx, engine.effects.random, events);
    return events.length;
  });
}

/**
 * A charge that waits to be sent or confirmed once more, because the provider knew nothing of the first
 * time: only there would its order id protect from paying twice, and there nothing is sent any more.
 */
async function reviewUnresolved(
  tx: Transaction,
  { accountId, id: subscriptionId }: Subscription,
  connectionId: string,
  occurredAt: NewEvent["occurredAt"],
): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  for (const { id: invoiceId, liveCharge } of await lockUnpaidInvoices(
    tx,
    accountId,
    subscriptionId,
  )) {
    if (liveCharge === undefined || !isWaiting(liveCharge)) continue;
    if (liveCharge.connectionId !== connectionId || !liveCharge.isUnresolved) continue;
    const reason = "outcome_unresolved";
    const message = "its connection stopped charging while a send's outcome was open";
    await putInReview(tx, accountId, liveCharge.id, reason, message);
    const data = { chargeId: liveCharge.id, invoiceId, reason, code: reason };
    events.push({ accountId, subscriptionId, type: "charge.in_review", data, occurredAt });
  }
  return events;
}

async function cancelSilent(
  engine: Engine,
  sunset: Sunset,
  subscriptionId: string,
): Promise<number> {
  return await engine.database.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, sunset.accountId, subscriptionId);
    if (subscription === undefined || !(await isSilent(tx, sunset, subscriptionId))) return 0;
    const reason = `no other method came while its connection ${sunset.connectionId} was sunset`;
    await cancelLocked(tx, engine, subscription, { when: "now", reason });
    return 1;
  });
}
