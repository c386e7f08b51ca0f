/** Asks one subscription's customer for a method, where the subscription can be paid for. */
import { AppError } from "../app-error.ts";
import { findBillingKey } from "../billing-keys/billing-key-store.ts";
import { listConnections } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { getActiveConnection } from "../registrations/open-registration.ts";
import { findLatestMethodAsked } from "../registrations/registration-page-reads.ts";
import { findSubscription } from "../subscriptions/subscription-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { listOpenRequests } from "./method-request-store.ts";
import type { MethodRequest } from "./method-request.ts";
import { listMethodsThatPay } from "./methods-that-pay.ts";
import { requestMethods } from "./open-method-request.ts";

export interface MethodToAsk {
  readonly accountId: string;
  readonly subscriptionId: string;
  /**
   * Where the customer is to register. Undefined: where they are asked to already, else where the
   * method is that they have, else the only connection that can take what the subscription costs.
   */
  readonly connectionId?: string | undefined;
}

/**
 * Safe to repeat: the open request is given back, leading where this one says.
 *
 * @throws {AppError} `not_found`, `subscription_canceled`, `connection_not_active`,
 *   `connection_refused`, `invalid_request` when the connection must be named; and what `checkPrice`
 *   throws when no method there can pay.
 */
export async function askForMethod(
  engine: Engine,
  { accountId, connectionId, subscriptionId }: MethodToAsk,
): Promise<MethodRequest> {
  const subscription = await getRunning(engine, accountId, subscriptionId);
  const connection =
    connectionId === undefined
      ? await chooseConnection(engine, subscription)
      : await getActiveConnection(engine.database, accountId, connectionId);
  await listMethodsThatPay(engine, connection, payerOf(subscription));
  const { opened } = await engine.database.transaction((tx) =>
    requestMethods(tx, engine, {
      accountId,
      connectionId: connection.id,
      subscriptionIds: [subscriptionId],
    }),
  );
  const [request] = opened;
  if (request === undefined) throw subscriptionCanceled(); // A moment ago.
  return request;
}

function payerOf({ accountId, customerId, id }: Subscription) {
  return { accountId, customerId, subscriptionId: id };
}

async function getRunning(engine: Engine, accountId: string, id: string): Promise<Subscription> {
  const subscription = await findSubscription(engine.database, accountId, id);
  if (subscription === undefined) {
    throw new AppError("not_found", `There is no subscription ${id}.`);
  }
  if (subscription.status === "canceled") throw subscriptionCanceled();
  return subscription;
}

function subscriptionCanceled(): AppError {
  return new AppError("subscription_canceled", "The subscription has ended; make a new one.");
}

async function chooseConnection(engine: Engine, subscription: Subscription): Promise<Connection> {
  const { accountId } = subscription;
  const all = await listConnections(engine.database, accountId);
  const active = all.filter(({ state }) => state === "active");
  if (active.length === 0) {
    const message = "There is no active gateway connection: make or resume one first.";
    throw new AppError("connection_not_active", message);
  }
  const usual = await listUsualConnections(engine, subscription);
  for (const id of usual) {
    const connection = active.find((it) => it.id === id);
    if (connection !== undefined) return connection;
  }
  return await onlyOneThatCanCharge(engine, subscription, active);
}

/** The likeliest first. A key that was lost on its way left only its registration behind. */
async function listUsualConnections(
  { database }: Engine,
  { accountId, billingKeyId = "", id }: Subscription,
): Promise<string[]> {
  const [asked] = await listOpenRequests(database, accountId, [id]);
  const key = await findBillingKey(database, accountId, billingKeyId);
  const latest = await findLatestMethodAsked(database, accountId, id);
  return [asked, key, latest].flatMap((it) => (it === undefined ? [] : [it.connectionId]));
}

async function onlyOneThatCanCharge(
  engine: Engine,
  subscription: Subscription,
  active: readonly Connection[],
): Promise<Connection> {
  const refusals: AppError[] = [];
  const able: Connection[] = [];
  for (const connection of active) {
    try {
      await listMethodsThatPay(engine, connection, payerOf(subscription));
      able.push(connection);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusals.push(error);
    }
  }
  const [only, ...others] = able;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined && refusals[0] !== undefined) throw refusals[0];
  const list = able.map(({ id, name }) => `${id} (${name})`).join(", ");
  throw new AppError(
    "invalid_request",
    `Several connections can charge this subscription: name one in connectionId: ${list}.`,
    { path: "connectionId" },
  );
}
