/**
 * Asks the provider whether a billing key can still be charged, and acts on a clear answer. It is
 * asked outside any transaction, by one process at a time; whoever dies meanwhile leaves a check that
 * is asked again later. No charge waits for it.
 */
import type { KeyHealth } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { effectiveNowOfBillingKey } from "../subscriptions/subscription-store.ts";
import { openBillingKey } from "./billing-key-secret.ts";
import { findBillingKey } from "./billing-key-store.ts";
import { claimCheck, postponeCheck, saveKeyChecked, type ClaimedKey } from "./key-health-store.ts";
import { loseBillingKey } from "./lose-billing-key.ts";

/** Longer than any question takes; one that is forgotten is only asked again. */
export const checkLeaseMs = 2 * 60_000;

/**
 * Asks now, because somebody wants to know. Tells what the provider said; a key that is gone is dead
 * from then on, as after any check.
 *
 * @throws {AppError} `not_found`, `billing_key_not_usable`, `connection_not_active`; `conflict` when
 *   the provider cannot be asked, or is being asked at this moment.
 * @throws {GatewayError} when there was no clear answer: nothing changed.
 */
export async function checkBillingKeyNow(
  engine: Engine,
  { accountId, billingKeyId }: { readonly accountId: string; readonly billingKeyId: string },
): Promise<KeyHealth> {
  const { database } = engine;
  await refuseUncheckable(engine, accountId, billingKeyId);
  const claimed = await claimCheck(database, accountId, billingKeyId, checkLeaseMs);
  if (claimed === undefined) {
    const message = `Billing key ${billingKeyId} is being checked, or its provider gave no clear answer a moment ago. Ask again in some minutes.`;
    throw new AppError("conflict", message);
  }
  try {
    const health = await ask(engine, claimed);
    await recordKeyHealth(engine, claimed, health);
    return health;
  } catch (error) {
    await postponeCheck(database, claimed, 0);
    throw error;
  }
}

async function refuseUncheckable(engine: Engine, accountId: string, id: string): Promise<void> {
  const { database, gateways } = engine;
  const key = await findBillingKey(database, accountId, id);
  if (key === undefined) throw new AppError("not_found", `There is no billing key ${id}.`);
  if (key.status === "dead" || key.status === "revoked") {
    const message = `Billing key ${id} is ${key.status} for good. Register a new method instead.`;
    throw new AppError("billing_key_not_usable", message);
  }
  const connection = await findConnection(database, accountId, key.connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${key.connectionId}`);
  if (connection.state !== "active") {
    const message = `Connection ${connection.id} is ${connection.state}: nothing is sent to its provider.`;
    throw new AppError("connection_not_active", message);
  }
  const { capabilities } = await gateways.of(database, connection);
  if (capabilities.keyCheck) return;
  const message = `The provider of connection ${connection.id} cannot be asked about a billing key; the next charge will tell.`;
  throw new AppError("conflict", message);
}

/** @throws {GatewayError} when the question got no clear answer. */
export async function ask(engine: Engine, key: ClaimedKey): Promise<KeyHealth> {
  const { database, gateways, keys } = engine;
  const connection = await findConnection(database, key.accountId, key.connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${key.connectionId}`);
  const gateway = await gateways.of(database, connection);
  if (gateway.checkBillingKey === undefined) {
    throw new Error(`the gateway of ${connection.id} says that it can check keys and cannot`);
  }
  const dataKey = await keys.dataKeyOf(database, key.accountId);
  return await gateway.checkBillingKey(openBillingKey(dataKey, key.secret, key));
}

/**
 * Gone: the key is dead, and its customer is asked for another method. Blocked: the merchant is told,
 * and the charge itself decides. Usable: nothing but the date of the check.
 */
export async function recordKeyHealth(
  engine: Engine,
  key: ClaimedKey,
  health: KeyHealth,
): Promise<void> {
  const { accountId, customerId, id: billingKeyId } = key;
  const { code, message, state } = health;
  await engine.database.transaction(async (tx) => {
    const now = await effectiveNowOfBillingKey(tx, accountId, billingKeyId);
    const events: NewEvent[] = [];
    if (state === "gone") {
      const reason = `gone at the provider (${code}: ${message})`;
      const lost = { accountId, billingKeyId, status: "dead", reason, now } as const;
      events.push(...(await loseBillingKey(tx, lost)));
    }
    const isFirst = await saveKeyChecked(tx, key, now);
    if (isFirst && state === "blocked") {
      const data = { billingKeyId, customerId, code, message };
      const type = "billing_key.blocked";
      events.push({ accountId, subscriptionId: undefined, type, data, occurredAt: now });
    }
    await appendEvents(tx, engine.effects.random, events);
  });
}
