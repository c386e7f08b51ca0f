/**
 * A payment that is none of ours was made with a billing key of ours: somebody else charges our
 * customers, such as a schedule that an earlier system has left at the provider. Nothing of ours takes
 * it back; the merchant is told.
 */
import { listConnections, saveObservations } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { blindIndex } from "../security/blind-index.ts";
import { Secret } from "../security/secret.ts";
import { effectiveNowOfBillingKey } from "../subscriptions/subscription-store.ts";
import { findBillingKeyByBlindIndex } from "./billing-key-store.ts";
import type { BillingKey } from "./billing-key.ts";

/**
 * @returns What was found, in words; undefined when no key of ours was charged, or the provider does
 *   not tell.
 * @throws {GatewayError} when the provider gives no clear answer: ask again later.
 */
export async function noteForeignCharge(
  engine: Engine,
  connection: Connection,
  paymentId: string,
): Promise<string | undefined> {
  const { accountId } = connection;
  const gateway = await engine.gateways.of(engine.database, connection);
  const billingKey = await gateway.findKeyOfPayment?.(paymentId);
  if (billingKey === undefined) return undefined;
  return await engine.database.transaction(async (tx) => {
    const dataKey = await engine.keys.dataKeyOf(tx, accountId);
    const index = blindIndex(dataKey, "billing_key", new Secret(billingKey));
    const key = await findKeyOfMerchant(tx, connection, index);
    if (key === undefined) return undefined;
    const { connectionId, customerId, id: billingKeyId } = key;
    const detail = `payment ${paymentId} charged billing key ${billingKeyId}, and not by Maedal: look for schedules and other systems at the provider, and refund what was taken twice`;
    await saveObservations(tx, [{ accountId, connectionId, code: "charged_elsewhere", detail }]);
    const occurredAt = await effectiveNowOfBillingKey(tx, accountId, billingKeyId);
    const data = { billingKeyId, customerId, connectionId, paymentId };
    const type = "billing_key.charged_elsewhere";
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId: undefined, type, data, occurredAt },
    ]);
    return `it charged billing key ${billingKeyId}`;
  });
}

/** The provider may know one address for all connections of a merchant: the key is of any of them. */
async function findKeyOfMerchant(
  tx: Transaction,
  { accountId, apiHost, provider, publicId }: Connection,
  index: Uint8Array,
): Promise<BillingKey | undefined> {
  for (const it of await listConnections(tx, accountId)) {
    if (it.provider !== provider || it.apiHost !== apiHost || it.publicId !== publicId) continue;
    const key = await findBillingKeyByBlindIndex(tx, accountId, it.id, index);
    if (key !== undefined) return key;
  }
  return undefined;
}
