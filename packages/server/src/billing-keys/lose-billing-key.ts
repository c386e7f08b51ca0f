/**
 * A billing key can no longer be charged: every subscription that pays with it is asked for another
 * method. Charges that wait keep waiting; the claim gate does not let them through with a lost key.
 */
import type { Temporal } from "temporal-polyfill";
import type { Transaction } from "../db/database.ts";
import type { NewEvent } from "../events/event.ts";
import {
  lockSubscriptionsOfBillingKey,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import { stateOf } from "../subscriptions/subscription.ts";
import { saveBillingKeyStatus } from "./billing-key-store.ts";

export interface LostKey {
  readonly accountId: string;
  readonly billingKeyId: string;
  readonly status: "dead" | "suspended";
  readonly reason: string;
  readonly now: Temporal.Instant;
}

/** @returns The events to append; none when the key was lost already. Safe to run twice. */
export async function loseBillingKey(tx: Transaction, lost: LostKey): Promise<NewEvent[]> {
  const { accountId, billingKeyId, status, reason, now } = lost;
  // Subscriptions before keys, as everywhere: nobody then waits for us while we wait for them.
  const subscriptions = await lockSubscriptionsOfBillingKey(tx, accountId, billingKeyId);
  const from = status === "dead" ? (["active", "suspended"] as const) : (["active"] as const);
  const isNew = await saveBillingKeyStatus(tx, lost, status, reason, from);
  if (!isNew) return [];

  const asked = subscriptions.filter((it) => it.status !== "canceled" && !it.methodRequired);
  await saveSubscriptions(
    tx,
    asked.map((it) => ({ accountId, id: it.id, state: { ...stateOf(it), methodRequired: true } })),
  );
  const type = status === "dead" ? "billing_key.dead" : "billing_key.suspended";
  const data = { billingKeyId, reason };
  return [
    { accountId, subscriptionId: undefined, type, data, occurredAt: now },
    ...asked.map((it): NewEvent => ({
      accountId,
      subscriptionId: it.id,
      type: "subscription.method_required",
      data: { subscriptionId: it.id, billingKeyId, reason },
      occurredAt: now,
    })),
  ];
}
