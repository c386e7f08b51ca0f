/**
 * Deletes revoked keys at their provider, once no charge of theirs is on its way. Safe to repeat: a
 * key that is gone already counts as deleted.
 */
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { openBillingKey } from "./billing-key-secret.ts";
import { claimKeysToDelete, markDeletedAtProvider, type KeyToDelete } from "./billing-key-store.ts";

const batchSize = 10;
const retryMs = 10 * 60_000;

/** @returns How many were deleted. */
export async function deleteRevokedKeys(engine: Engine): Promise<number> {
  const keys = await claimKeysToDelete(engine.database, batchSize, retryMs);
  const deleted = await Promise.all(keys.map((key) => deleteOne(engine, key)));
  return deleted.filter(Boolean).length;
}

async function deleteOne(engine: Engine, key: KeyToDelete): Promise<boolean> {
  const { database, gateways, keys, log } = engine;
  try {
    const connection = await findConnection(database, key.accountId, key.connectionId);
    if (connection === undefined) throw new Error(`there is no connection ${key.connectionId}`);
    const gateway = await gateways.of(database, connection);
    const dataKey = await keys.dataKeyOf(database, key.accountId);
    await gateway.deleteBillingKey(openBillingKey(dataKey, key.secret, key));
    await markDeletedAtProvider(database, key.accountId, key.id);
    return true;
  } catch (error) {
    log.warn({ billingKeyId: key.id, error }, "a revoked key could not be deleted; later again");
    return false;
  }
}
