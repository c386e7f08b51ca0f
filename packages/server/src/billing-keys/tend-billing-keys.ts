/**
 * Looks after the keys that subscriptions will pay with: checks them ahead of their due date, and
 * tells of those that are about to die of disuse. Safe to run anywhere and twice.
 */
import { GatewayError } from "@maedal/gateways";
import { listChargingConnections } from "../connections/connection-store.ts";
import type { Queryable } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { ask, checkLeaseMs, recordKeyHealth } from "./check-billing-key.ts";
import {
  claimDueChecks,
  claimUntoldKeys,
  postponeCheck,
  type ClaimedKey,
  type ExpiringKey,
  type WhichClock,
} from "./key-health-store.ts";
import { keyRulesOf, type KeyRules } from "./key-health.ts";

const checksAtOnce = 20;
const tellingAtOnce = 100;
/** After a question without a clear answer. */
const retryMs = 10 * 60_000;

/** @returns How many keys were asked about or told of: 0 when there is nothing to do now. */
export async function tendBillingKeys(engine: Engine, which: WhichClock): Promise<number> {
  const rules = await readKeyRules(engine, engine.database);
  if (rules.length === 0) return 0;
  const { database } = engine;
  const claimed = await claimDueChecks(database, rules, which, checksAtOnce, checkLeaseMs);
  await Promise.all(claimed.map((key) => checkOne(engine, key)));
  return claimed.length + (await tellExpiring(engine, rules, which));
}

/** The rules of every active connection that has any. */
export async function readKeyRules({ gateways }: Engine, db: Queryable): Promise<KeyRules[]> {
  const connections = await listChargingConnections(db);
  const rules = await Promise.all(
    connections.map(async (connection) => {
      try {
        const { capabilities } = await gateways.of(db, connection);
        return keyRulesOf(connection, capabilities);
      } catch {
        // Its lane, which cannot start either, tells what is wrong with it.
        return undefined;
      }
    }),
  );
  return rules.filter((rule) => rule !== undefined);
}

async function checkOne(engine: Engine, key: ClaimedKey): Promise<void> {
  try {
    await recordKeyHealth(engine, key, await ask(engine, key));
  } catch (error) {
    const details = { billingKeyId: key.id, error };
    const message = "a billing key could not be checked; later again";
    if (error instanceof GatewayError) engine.log.warn(details, message);
    else engine.log.error(details, message);
    await postponeCheck(engine.database, key, retryMs);
  }
}

async function tellExpiring(
  { database, effects }: Engine,
  rules: readonly KeyRules[],
  which: WhichClock,
): Promise<number> {
  return await database.transaction(async (tx) => {
    const keys = await claimUntoldKeys(tx, rules, which, tellingAtOnce);
    await appendEvents(tx, effects.random, keys.map(expiringEvent));
    return keys.length;
  });
}

function expiringEvent({
  accountId,
  customerId,
  expiresAt,
  id,
  nextDueAt,
  now,
}: ExpiringKey): NewEvent {
  const data = {
    billingKeyId: id,
    customerId,
    expiresAt: expiresAt.toString(),
    nextDueAt: nextDueAt.toString(),
  };
  return {
    accountId,
    subscriptionId: undefined,
    type: "billing_key.expiring",
    data,
    occurredAt: now,
  };
}
