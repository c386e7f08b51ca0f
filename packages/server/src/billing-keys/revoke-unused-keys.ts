/**
 * Gives keys up that the last subscription has stopped paying with, where the provider wants that:
 * the worker then deletes them there, once nothing of theirs is on its way. A key that never had a
 * subscription was stored for a purpose of the merchant's, and stays.
 */
import type { Temporal } from "temporal-polyfill";
import { findConnection } from "../connections/connection-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { isUsedByOthers, lockBillingKey, saveBillingKeyStatus } from "./billing-key-store.ts";
import type { BillingKey } from "./billing-key.ts";

export interface EndedSubscription {
  readonly subscription: Pick<Subscription, "accountId" | "id" | "billingKeyId">;
  /** When it ended, on its own clock. */
  readonly now: Temporal.Instant;
}

/**
 * Runs in the transaction that ends the subscriptions, after they were saved as canceled.
 *
 * @returns The events to append.
 */
export async function revokeUnusedKeys(
  tx: Transaction,
  engine: Engine,
  ended: readonly EndedSubscription[],
): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  // In one order, so that two batches cannot wait for each other.
  for (const { now, subscription } of ended.toSorted(byKey)) {
    const { accountId, billingKeyId, id } = subscription;
    if (billingKeyId === undefined) continue;
    // Locked before it is asked about: a subscription that takes it up at this moment is seen.
    const key = await lockBillingKey(tx, accountId, billingKeyId);
    if (key === undefined || !(await isGivenUp(tx, engine, key, id))) continue;
    const reason = "no subscription uses it any more";
    const from = ["active", "suspended"] as const;
    if (!(await saveBillingKeyStatus(tx, { accountId, billingKeyId }, "revoked", reason, from))) {
      continue;
    }
    const data = { billingKeyId, reason };
    const type = "billing_key.revoked";
    events.push({ accountId, subscriptionId: undefined, type, data, occurredAt: now });
  }
  return events;
}

function byKey(
  { subscription: one }: EndedSubscription,
  { subscription: other }: EndedSubscription,
) {
  return (one.billingKeyId ?? "").localeCompare(other.billingKeyId ?? "");
}

async function isGivenUp(
  tx: Transaction,
  engine: Engine,
  { accountId, connectionId, id }: BillingKey,
  endedId: string,
): Promise<boolean> {
  if (await isUsedByOthers(tx, accountId, id, endedId)) return false;
  const connection = await findConnection(tx, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
  try {
    return (await engine.gateways.of(tx, connection)).capabilities.deletesUnusedKeys;
  } catch (error) {
    // Broken credentials are no reason to refuse a cancel.
    engine.log.warn({ billingKeyId: id, error }, "an unused key stays: its gateway cannot be made");
    return false;
  }
}
