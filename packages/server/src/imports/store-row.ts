/**
 * Stores a row: customer, billing key and subscription with their events, in one transaction, so that
 * a row is imported whole or not at all. Safe to run twice, and twice at once.
 */
import type { ExistingKey } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import { sealBillingKey } from "../billing-keys/billing-key-secret.ts";
import { insertBillingKey } from "../billing-keys/billing-key-store.ts";
import { newCustomerSchema } from "../contract/customers.ts";
import type { Connection } from "../connections/connection.ts";
import { insertCustomer } from "../customers/customer-store.ts";
import {
  CommitUnknownError,
  isSerializationOrDeadlock,
  isUniqueViolation,
} from "../db/database-errors.ts";
import type { Transaction } from "../db/database.ts";
import type { Random } from "../effects.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import type { Plan } from "../plans/plan.ts";
import { insertSubscription, saveSubscriptions } from "../subscriptions/subscription-store.ts";
import { blindIndex } from "../security/blind-index.ts";
import type { DataKey } from "../security/encryption.ts";
import { Secret } from "../security/secret.ts";
import { decideRow, type RowDecision, type SubscriptionToImport } from "./decide-row.ts";
import { importedState } from "./first-charge.ts";
import { lockKnown, readKnown, type RowToFind } from "./import-store.ts";
import type { ImportRow } from "./import-row.ts";

export interface RowToStore {
  readonly row: ImportRow;
  readonly plan: Plan | undefined;
  /** As the provider knows it. */
  readonly key: ExistingKey;
}

const maximumTries = 3;

/** @returns What was decided, and done when it is `import`. */
export async function storeRow(
  engine: Engine,
  connection: Connection,
  it: RowToStore,
): Promise<RowDecision> {
  const dataKey = await engine.keys.dataKeyOf(engine.database, connection.accountId);
  for (let tries = 1; ; tries += 1) {
    try {
      return await engine.database.transaction((tx) => store(tx, engine, connection, dataKey, it));
    } catch (error) {
      // Another import was faster, or a commit got no answer: what is there now decides.
      if (tries === maximumTries || !isWorthAnotherLook(error)) throw error;
    }
  }
}

function isWorthAnotherLook(error: unknown): boolean {
  return (
    (error instanceof AppError && error.code === "external_id_taken") ||
    error instanceof CommitUnknownError ||
    isUniqueViolation(error, "billing_keys_account_id_connection_id_blind_index_key") ||
    isSerializationOrDeadlock(error)
  );
}

async function store(
  tx: Transaction,
  engine: Engine,
  connection: Connection,
  dataKey: DataKey,
  { key, plan, row }: RowToStore,
): Promise<RowDecision> {
  const toFind = rowToFind(dataKey, row, key.secret.billingKey);
  await lockKnown(tx, connection, toFind);
  const [known] = await readKnown(tx, connection, [toFind]);
  if (known === undefined) throw new Error("a row was not looked up");
  const decision = decideRow(row, known, plan, known.now);
  if (decision.kind !== "import") return decision;

  const { accountId } = connection;
  const { random } = engine.effects;
  const customerId = known.customer?.id ?? (await addCustomer(tx, random, accountId, row));
  const events: NewEvent[] = [];
  let billingKeyId = known.key?.id;
  if (billingKeyId === undefined) {
    billingKeyId = newId("bk", random);
    const { method, methodLabel, secret } = key;
    const keyRow = { accountId, id: billingKeyId, customerId };
    const sealed = sealBillingKey(dataKey, secret, keyRow, random);
    const connectionId = connection.id;
    await insertBillingKey(tx, { ...keyRow, connectionId, method, methodLabel, ...sealed });
    const data = { customerId, billingKeyId, method, imported: true };
    const fact = { accountId, subscriptionId: undefined, data, occurredAt: known.now };
    events.push({ ...fact, type: "billing_key.created" });
  }
  if (decision.subscription !== undefined) {
    const owner = { accountId, customerId, billingKeyId };
    events.push(await addSubscription(tx, random, owner, decision.subscription, known.now));
  }
  await appendEvents(tx, random, events);
  return decision;
}

/** @param keyName The key's own text, or the merchant's name for it where that is the same. */
export function rowToFind(dataKey: DataKey, row: ImportRow, keyName: string): RowToFind {
  return {
    externalId: row.externalId,
    blindIndex: blindIndex(dataKey, "billing_key", new Secret(keyName)),
    planId: row.subscription?.planId,
  };
}

async function addCustomer(
  tx: Transaction,
  random: Random,
  accountId: string,
  { details, externalId }: ImportRow,
): Promise<string> {
  const { name, email, phone, locale, zone } = newCustomerSchema.parse({ externalId, ...details });
  const id = newId("cus", random);
  const testClockId = undefined;
  await insertCustomer(tx, {
    accountId,
    id,
    externalId,
    name,
    email,
    phone,
    locale,
    zone,
    testClockId,
  });
  return id;
}

/** @returns The event that tells of it, and by which it is known that the row was imported. */
async function addSubscription(
  tx: Transaction,
  random: Random,
  owner: {
    readonly accountId: string;
    readonly customerId: string;
    readonly billingKeyId: string;
  },
  { firstCharge, plan }: SubscriptionToImport,
  now: Temporal.Instant,
): Promise<NewEvent> {
  const { accountId, billingKeyId, customerId } = owner;
  const { id: subscriptionId } = await insertSubscription(tx, {
    accountId,
    id: newId("sub", random),
    customerId,
    priceId: plan.priceId,
    zone: firstCharge.zone,
    chargeTime: firstCharge.chargeTime,
    testClockId: undefined,
  });
  const state = importedState(firstCharge, plan.priceId, billingKeyId);
  await saveSubscriptions(tx, [{ accountId, id: subscriptionId, state }]);
  const firstChargeAt = firstCharge.dueAt.toString();
  const data = {
    subscriptionId,
    customerId,
    planId: plan.id,
    billingKeyId,
    firstChargeAt,
    imported: true,
  };
  return { accountId, subscriptionId, type: "subscription.created", data, occurredAt: now };
}
