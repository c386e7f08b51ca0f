/** Asks a subscription's customer for a method: a registration with the provider that has the old one. */
import { GatewayError } from "@maedal/gateways";
import { AppError } from "../../app-error.ts";
import { findBillingKey } from "../../billing-keys/billing-key-store.ts";
import { listConnections } from "../../connections/connection-store.ts";
import type { Connection } from "../../connections/connection.ts";
import type { Queryable } from "../../db/database.ts";
import type { Engine } from "../../engine.ts";
import { openRegistration } from "../../registrations/open-registration.ts";
import { findLatestMethodAsked } from "../../registrations/registration-page-reads.ts";
import type { Registration } from "../../registrations/registration.ts";
import { findSubscription } from "../../subscriptions/subscription-store.ts";
import type { Subscription } from "../../subscriptions/subscription.ts";

/** @throws {AppError} `not_found`, `connection_not_active`, and what `openRegistration` throws. */
export async function askForMethod(
  engine: Engine,
  { accountId, subscriptionId }: { readonly accountId: string; readonly subscriptionId: string },
): Promise<Registration> {
  const { database } = engine;
  const subscription = await findSubscription(database, accountId, subscriptionId);
  if (subscription === undefined) {
    throw new AppError("not_found", `There is no subscription ${subscriptionId}.`);
  }
  const old = await oldMethodOf(database, subscription);
  const active = (await listConnections(database, accountId)).filter((it) => it.state === "active");
  const connection = active.find(({ id }) => id === old?.connectionId) ?? active[0];
  if (connection === undefined) {
    const message = "There is no active gateway connection: make or resume one first.";
    throw new AppError("connection_not_active", message);
  }
  const isWhereItWas = connection.id === old?.connectionId;
  const method = isWhereItWas ? old.method : await firstMethodOf(engine, connection);
  const { customerId } = subscription;
  const wanted = { accountId, customerId, connectionId: connection.id, method, subscriptionId };
  return (await openRegistration(engine, wanted)).registration;
}

/** Of the key that it has; a key that was lost on its way left only its registration behind. */
async function oldMethodOf(
  db: Queryable,
  { accountId, billingKeyId, id }: Subscription,
): Promise<{ readonly connectionId: string; readonly method: string } | undefined> {
  const key =
    billingKeyId === undefined ? undefined : await findBillingKey(db, accountId, billingKeyId);
  return key ?? (await findLatestMethodAsked(db, accountId, id));
}

async function firstMethodOf(engine: Engine, connection: Connection): Promise<string> {
  try {
    const { capabilities } = await engine.gateways.of(engine.database, connection);
    const [first = ""] = Object.keys(capabilities.methods);
    return first;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new AppError("connection_refused", error.message, {}, error);
  }
}
