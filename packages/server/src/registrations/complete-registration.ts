/**
 * Completes a registration: exchanges its auth key for a billing key, and stores the key together
 * with everything that follows from it. Safe to run twice, at once, and to die between any two
 * lines: one process exchanges at a time, and every repetition is the same call with the same
 * idempotency key.
 */
import { GatewayError, type RegisteredBillingKey } from "@maedal/gateways";
import { attachBillingKey } from "../billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../billing-keys/billing-key-secret.ts";
import { insertBillingKey, saveBillingKeyStatus } from "../billing-keys/billing-key-store.ts";
import { leaseMs, windowsFor } from "../charges/windows.ts";
import {
  findConnection,
  pauseConnection,
  saveObservations,
} from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { nowOfCustomer } from "./customer-clock.ts";
import { openRegistrationSecret } from "./registration-secrets.ts";
import {
  claimExchange,
  getRegistrationSecrets,
  lockRegistration,
  releaseExchange,
  saveCompleted,
  saveEnd,
  type RegistrationKey,
} from "./registration-store.ts";
import { afterExchangeFailure, type Registration } from "./registration.ts";

/** Timeouts of a connection whose gateway cannot even be made: long enough for any. */
const unknownTimeouts = { connectMs: 10_000, readMs: 65_000 };

/** Does nothing when there is nothing to exchange, or somebody else is at it. */
export async function completeRegistration(engine: Engine, key: RegistrationKey): Promise<void> {
  const connection = await connectionOf(engine, key);
  const windows = windowsFor(connection.mode, engine.windows);
  const token = engine.effects.random.uuid();
  const timeouts = await timeoutsOf(engine, connection);
  const lease = leaseMs(windows, timeouts);
  const registration = await claimExchange(engine.database, key, token, lease);
  if (registration === undefined) return;

  try {
    const issued = await exchange(engine, connection, registration); // No transaction is open.
    await engine.database.transaction((tx) => store(tx, engine, registration, issued));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    await recordFailure(engine, connection, registration, token, error);
  }
}

async function connectionOf(engine: Engine, key: RegistrationKey): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    const { accountId, connectionId } = await lockRegistration(tx, key);
    const connection = await findConnection(tx, accountId, connectionId);
    if (connection === undefined) throw new Error(`there is no gateway connection ${connectionId}`);
    return connection;
  });
}

async function timeoutsOf(engine: Engine, connection: Connection) {
  return await engine.gateways.of(engine.database, connection).then(
    ({ capabilities }) => capabilities.timeouts,
    () => unknownTimeouts,
  );
}

async function exchange(
  engine: Engine,
  connection: Connection,
  registration: Registration,
): Promise<RegisteredBillingKey> {
  const { database, keys, gateways } = engine;
  const dataKey = await keys.dataKeyOf(database, registration.accountId);
  const { customerKey, authKey } = await getRegistrationSecrets(database, registration);
  if (authKey === undefined) throw new Error(`registration ${registration.id} has no auth key`);
  const gateway = await gateways.of(database, connection);
  return await gateway.completeRegistration({
    authKey: openRegistrationSecret(dataKey, "auth_key", authKey, registration).reveal(),
    customerKey: openRegistrationSecret(
      dataKey,
      "customer_key",
      customerKey,
      registration,
    ).reveal(),
    idempotencyKey: registration.idempotencyKey,
  });
}

/**
 * Stores the key and what follows from it. A key that comes too late, because another process took
 * over meanwhile and was answered differently, is stored as revoked: the provider is told to delete
 * it, and nobody is charged with it.
 */
async function store(
  tx: Transaction,
  engine: Engine,
  claimed: Registration,
  issued: RegisteredBillingKey,
): Promise<void> {
  const registration = await lockRegistration(tx, claimed);
  if (registration.status === "completed") return;
  const { accountId, customerId, connectionId, subscriptionId } = registration;
  const id = newId("bk", engine.effects.random);
  const { method, methodLabel, observations } = issued;
  const dataKey = await engine.keys.dataKeyOf(tx, accountId);
  const row = { accountId, id, customerId };
  const sealed = sealBillingKey(dataKey, issued.secret, row, engine.effects.random);
  await insertBillingKey(tx, { ...row, connectionId, method, methodLabel, ...sealed });
  await saveObservations(
    tx,
    observations.map(({ code, detail }) => ({ accountId, connectionId, code, detail })),
  );
  if (registration.status !== "open") {
    const lateKey = { accountId, billingKeyId: id };
    await saveBillingKeyStatus(tx, lateKey, "revoked", "issued too late", ["active"]);
    return;
  }
  await saveCompleted(tx, registration, id);
  const keyToAttach = { accountId, billingKeyId: id, subscriptionId, customerId };
  await attachBillingKey(tx, engine, keyToAttach);
  await appendEvents(tx, engine.effects.random, await completionEvents(tx, registration, id));
}

async function completionEvents(
  tx: Transaction,
  registration: Registration,
  billingKeyId: string,
): Promise<NewEvent[]> {
  const { accountId, customerId, id, method, subscriptionId } = registration;
  const occurredAt = await nowOfCustomer(tx, accountId, customerId);
  const data = { registrationId: id, customerId, subscriptionId, billingKeyId, method };
  const fact = { accountId, subscriptionId: undefined, data, occurredAt };
  return [
    { ...fact, type: "registration.completed" },
    { ...fact, type: "billing_key.created" },
  ];
}

async function recordFailure(
  engine: Engine,
  connection: Connection,
  registration: Registration,
  token: string,
  error: GatewayError,
): Promise<void> {
  const { accountId, id, connectionId } = registration;
  const { failure, code, message } = error;
  engine.log.warn({ registrationId: id, connectionId, failure, code, message }, "not issued");
  const decision = afterExchangeFailure(error);
  if (decision.to === "failed") {
    await fail(engine, registration, token, decision);
    return;
  }
  const [firstWaitMs = 0] = windowsFor(connection.mode, engine.windows).lookUpLadderMs;
  const key = { accountId, id };
  if (await releaseExchange(engine.database, key, token, firstWaitMs)) return;
  const unresolved = { code: "outcome_unknown", message: undefined, pausesConnection: false };
  await fail(engine, registration, token, unresolved);
}

async function fail(
  engine: Engine,
  registration: Registration,
  token: string,
  why: {
    readonly code: string;
    readonly message: string | undefined;
    readonly pausesConnection: boolean;
  },
): Promise<void> {
  const { accountId, connectionId, customerId, id, subscriptionId } = registration;
  const { code, message, pausesConnection } = why;
  await engine.database.transaction(async (tx) => {
    const ended = { status: "failed", code, message } as const;
    if (!(await saveEnd(tx, registration, ended, token))) return;
    const occurredAt = await nowOfCustomer(tx, accountId, customerId);
    const fact = { accountId, subscriptionId: undefined, occurredAt };
    const data = { registrationId: id, customerId, subscriptionId, code };
    const events: NewEvent[] = [{ ...fact, type: "registration.failed", data }];
    const reason = `the provider refuses to issue billing keys: ${code}${message === undefined ? "" : ` ${message}`}`;
    if (pausesConnection && (await pauseConnection(tx, accountId, connectionId, reason))) {
      events.push({ ...fact, type: "gateway_connection.paused", data: { connectionId, reason } });
    }
    await appendEvents(tx, engine.effects.random, events);
  });
}
