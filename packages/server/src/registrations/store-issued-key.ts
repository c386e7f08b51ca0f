/**
 * Stores a billing key that a provider has issued, together with what follows from it, in one
 * transaction, so that no key is ever stored and forgotten.
 */
import type { RegisteredBillingKey } from "@maedal/gateways";
import { attachBillingKey } from "../billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../billing-keys/billing-key-secret.ts";
import {
  findBillingKeyByBlindIndex,
  insertBillingKey,
  saveBillingKeyStatus,
} from "../billing-keys/billing-key-store.ts";
import { saveObservations } from "../connections/connection-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { nowOfCustomer } from "./customer-clock.ts";
import { saveCompleted } from "./registration-store.ts";
import type { Registration } from "./registration.ts";

/**
 * The registration must be locked.
 *
 * @param whenOver What becomes of a key that comes after the registration's end. One that was only
 *   exchanged is stored as revoked: the provider is told to delete it, and nobody is charged with it.
 *   One that was paid for is attached all the same.
 * @returns The id of the stored key; undefined when the registration was completed before.
 */
export async function storeIssuedKey(
  tx: Transaction,
  engine: Engine,
  registration: Registration,
  issued: RegisteredBillingKey,
  whenOver: "revoke" | "attach",
): Promise<string | undefined> {
  if (registration.status === "completed") return undefined;
  const { accountId, customerId, connectionId, subscriptionId } = registration;
  const { observations } = issued;
  const id = await keyRowOf(tx, engine, registration, issued);
  await saveObservations(
    tx,
    observations.map(({ code, detail }) => ({ accountId, connectionId, code, detail })),
  );
  if (registration.status !== "open" && whenOver === "revoke") {
    const lateKey = { accountId, billingKeyId: id };
    await saveBillingKeyStatus(tx, lateKey, "revoked", "issued too late", ["active"]);
    return id;
  }
  if (registration.status === "open") await saveCompleted(tx, registration, id);
  const keyToAttach = { accountId, billingKeyId: id, subscriptionId, customerId };
  const isAttached = await attachBillingKey(tx, engine, keyToAttach);
  // Paid for, and nobody is left to charge with it: the provider is told to delete it.
  if (!isAttached && whenOver === "attach") {
    const unused = { accountId, billingKeyId: id };
    await saveBillingKeyStatus(tx, unused, "revoked", "its subscription took no method any more", [
      "active",
    ]);
  }
  await appendEvents(tx, engine.effects.random, await completionEvents(tx, registration, id));
  return id;
}

/** A provider may give its customer the same key once more: then the row that is there stays. */
async function keyRowOf(
  tx: Transaction,
  engine: Engine,
  { accountId, connectionId, customerId }: Registration,
  { method, methodLabel, secret }: RegisteredBillingKey,
): Promise<string> {
  const id = newId("bk", engine.effects.random);
  const dataKey = await engine.keys.dataKeyOf(tx, accountId);
  const row = { accountId, id, customerId };
  const sealed = sealBillingKey(dataKey, secret, row, engine.effects.random);
  const { blindIndex } = sealed;
  const known = await findBillingKeyByBlindIndex(tx, accountId, connectionId, blindIndex);
  const isSame = known?.customerId === customerId && secret.customerKey === undefined;
  if (isSame && known.status === "active") return known.id;
  await insertBillingKey(tx, { ...row, connectionId, method, methodLabel, ...sealed });
  return id;
}

async function completionEvents(
  tx: Transaction,
  registration: Registration,
  billingKeyId: string,
): Promise<NewEvent[]> {
  const { accountId, customerId, id, method, status, subscriptionId } = registration;
  const occurredAt = await nowOfCustomer(tx, accountId, customerId);
  const data = { registrationId: id, customerId, subscriptionId, billingKeyId, method };
  const fact = { accountId, subscriptionId: undefined, data, occurredAt };
  const created: NewEvent = { ...fact, type: "billing_key.created" };
  return status === "open" ? [{ ...fact, type: "registration.completed" }, created] : [created];
}
