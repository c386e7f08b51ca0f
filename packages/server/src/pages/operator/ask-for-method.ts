/** Asks a subscription's customer for a method: a registration with the provider that has the old one. */
import { AppError } from "../../app-error.ts";
import { findBillingKey } from "../../billing-keys/billing-key-store.ts";
import { listConnections } from "../../connections/connection-store.ts";
import type { Engine } from "../../engine.ts";
import { openRegistration } from "../../registrations/open-registration.ts";
import type { Registration } from "../../registrations/registration.ts";
import { findSubscription } from "../../subscriptions/subscription-store.ts";

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
  const { billingKeyId, customerId } = subscription;
  const old =
    billingKeyId === undefined
      ? undefined
      : await findBillingKey(database, accountId, billingKeyId);
  const active = (await listConnections(database, accountId)).filter((it) => it.state === "active");
  const connection = active.find(({ id }) => id === old?.connectionId) ?? active[0];
  if (connection === undefined) {
    const message = "There is no active gateway connection: make or resume one first.";
    throw new AppError("connection_not_active", message);
  }
  const method = old?.method ?? "TRANSFER";
  const wanted = { accountId, customerId, connectionId: connection.id, method, subscriptionId };
  return (await openRegistration(engine, wanted)).registration;
}
