/**
 * Revokes a billing key at our own wish: nothing more is charged with it, its subscriptions need
 * another method, and the worker deletes it at the provider once nothing of it is on its way.
 */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import {
  effectiveNowOf,
  lockSubscriptionsOfBillingKey,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import { stateOf } from "../subscriptions/subscription.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { findBillingKey, saveBillingKeyStatus } from "./billing-key-store.ts";

/** Safe to repeat. @throws {AppError} `not_found`. */
export async function revokeBillingKey(
  engine: Engine,
  key: { readonly accountId: string; readonly billingKeyId: string },
): Promise<void> {
  const { accountId, billingKeyId } = key;
  await engine.database.transaction(async (tx) => {
    if ((await findBillingKey(tx, accountId, billingKeyId)) === undefined) {
      throw new AppError("not_found", `There is no billing key ${billingKeyId}.`);
    }
    // Subscriptions first, as everywhere: then nobody waits for us while we wait for them.
    const subscriptions = await lockSubscriptionsOfBillingKey(tx, accountId, billingKeyId);
    const from = ["active", "suspended"] as const;
    if (!(await saveBillingKeyStatus(tx, key, "revoked", "revoked by the merchant", from))) return;

    const asked = subscriptions.filter((it) => it.status !== "canceled" && !it.methodRequired);
    await saveSubscriptions(
      tx,
      asked.map((it) => ({
        accountId,
        id: it.id,
        state: { ...stateOf(it), methodRequired: true },
      })),
    );
    const occurredAt = await effectiveNowOf(tx, accountId, subscriptions[0]?.testClockId);
    const about = { accountId, data: { billingKeyId }, occurredAt };
    await appendEvents(tx, engine.effects.random, [
      { ...about, subscriptionId: undefined, type: "billing_key.revoked" },
      ...asked.map(({ id }) => {
        return { ...about, subscriptionId: id, type: "subscription.method_required" } as const;
      }),
    ]);
    await notifyWork(tx);
  });
}
