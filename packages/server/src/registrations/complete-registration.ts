/**
 * Completes a registration once its customer has come back from the window: what came back is turned
 * into a billing key. Safe to run twice, at once, and to die between any two lines: one process is at
 * it at a time, a handle is exchanged with the same idempotency key each time, and a payment window
 * is confirmed through the charge's own claim.
 */
import { GatewayError, type Gateway, type ScriptWindow } from "@maedal/gateways";
import { leaseMs, windowsFor } from "../charges/windows.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { confirmPaymentWindow } from "../payment-windows/confirm-payment-window.ts";
import { failRegistration } from "./fail-registration.ts";
import { openRegistrationSecret } from "./registration-secrets.ts";
import {
  claimExchange,
  getRegistrationSecrets,
  lockRegistration,
  releaseExchange,
  type RegistrationKey,
} from "./registration-store.ts";
import { afterExchangeFailure, type Registration } from "./registration.ts";
import { storeIssuedKey } from "./store-issued-key.ts";

/** Timeouts of a connection whose gateway cannot even be made: long enough for any. */
const unknownTimeouts = { connectMs: 10_000, readMs: 65_000 };

/** A registration that this process completes, and nobody else meanwhile. */
export interface Completion {
  readonly connection: Connection;
  readonly registration: Registration;
  readonly token: string;
  /** What the window handed back. */
  readonly handle: { readonly authKey: string; readonly customerKey: string };
}

/** Does nothing when there is nothing to complete, or somebody else is at it. */
export async function completeRegistration(engine: Engine, key: RegistrationKey): Promise<void> {
  const connection = await connectionOf(engine, key);
  const windows = windowsFor(connection.mode, engine.windows);
  const token = engine.effects.random.uuid();
  const timeouts = await timeoutsOf(engine, connection);
  const lease = leaseMs(windows, timeouts);
  const registration = await claimExchange(engine.database, key, token, lease);
  if (registration === undefined) return;

  const completion = { connection, registration, token };
  try {
    const handle = await handleOf(engine, registration);
    const gateway = await engine.gateways.of(engine.database, connection);
    await completeWith(engine, gateway, { ...completion, handle });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    await recordFailure(engine, completion, error);
  }
}

async function completeWith(
  engine: Engine,
  gateway: Gateway,
  completion: Completion,
): Promise<void> {
  const { window } = gateway;
  switch (window.kind) {
    case "script":
      return await exchange(engine, window, completion);
    case "payment":
      return await confirmPaymentWindow(engine, gateway, window, completion);
  }
}

async function exchange(
  engine: Engine,
  window: ScriptWindow,
  { registration, handle }: Completion,
): Promise<void> {
  const { idempotencyKey } = registration;
  const issued = await window.exchange({ ...handle, idempotencyKey }); // No transaction is open.
  await engine.database.transaction(async (tx) => {
    const locked = await lockRegistration(tx, registration);
    await storeIssuedKey(tx, engine, locked, issued, "revoke");
  });
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

async function handleOf(engine: Engine, registration: Registration): Promise<Completion["handle"]> {
  const { database, keys } = engine;
  const dataKey = await keys.dataKeyOf(database, registration.accountId);
  const { customerKey, authKey } = await getRegistrationSecrets(database, registration);
  if (authKey === undefined) throw new Error(`registration ${registration.id} has no auth key`);
  const reveal = (column: "auth_key" | "customer_key", envelope: Uint8Array) =>
    openRegistrationSecret(dataKey, column, envelope, registration).reveal();
  return {
    authKey: reveal("auth_key", authKey),
    customerKey: reveal("customer_key", customerKey),
  };
}

async function recordFailure(
  engine: Engine,
  { connection, registration, token }: Omit<Completion, "handle">,
  error: GatewayError,
): Promise<void> {
  const { id, connectionId } = registration;
  const { failure, code, message } = error;
  engine.log.warn({ registrationId: id, connectionId, failure, code, message }, "not issued");
  const decision = afterExchangeFailure(error);
  if (decision.to === "repeat" && (await waitForMore(engine, connection, registration, token))) {
    return;
  }
  const unresolved = { code: "outcome_unknown", message: undefined, pausesConnection: false };
  const why = decision.to === "failed" ? decision : unresolved;
  await engine.database.transaction((tx) => failRegistration(tx, engine, registration, token, why));
}

/** Leaves it for a later try. @returns false when the time for that is over as well. */
async function waitForMore(
  engine: Engine,
  { mode }: Connection,
  registration: Registration,
  token: string,
): Promise<boolean> {
  const [firstWaitMs = 0] = windowsFor(mode, engine.windows).lookUpLadderMs;
  return await releaseExchange(engine.database, registration, token, firstWaitMs);
}
