/** Somebody at a request's page has chosen a method: they are sent to a registration. */
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { openRegistration } from "../registrations/open-registration.ts";
import { findRegistration } from "../registrations/registration-store.ts";
import type { Registration } from "../registrations/registration.ts";
import { saveVisit } from "./method-request-store.ts";
import { canBeGoneOnWith, type MethodRequest } from "./method-request.ts";

export interface MethodChosen {
  readonly method: string;
  /** The registration that this browser was sent to before, as it says. */
  readonly broughtId: string | undefined;
}

/**
 * Gives the registration back that is open already and does not belong to another browser, so that a
 * link that is followed often does not fill the database; else opens one.
 *
 * @throws {AppError} What `openRegistration` throws.
 */
export async function followMethodRequest(
  engine: Engine,
  request: MethodRequest,
  { broughtId, method }: MethodChosen,
): Promise<Registration> {
  const { accountId, connectionId, customerId, registrationId, subscriptionId } = request;
  const latest =
    registrationId === undefined
      ? undefined
      : await findRegistration(engine.database, accountId, registrationId);
  const wanted = { connectionId, method };
  if (latest !== undefined && canBeGoneOnWith(latest, wanted, latest.id === broughtId)) {
    return latest;
  }
  const order = { accountId, customerId, connectionId, method, subscriptionId };
  const { registration } = await openRegistration(engine, order);
  await saveVisit(engine.database, request, registration.id);
  return registration;
}

/** The request's connection, and the one that is left behind; both are never deleted. */
export async function getConnectionsOf(
  { database }: Engine,
  { accountId, connectionId, sunsetConnectionId }: MethodRequest,
): Promise<{ readonly connection: Connection; readonly left: Connection | undefined }> {
  const connection = await findConnection(database, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no gateway connection ${connectionId}`);
  const left =
    sunsetConnectionId === undefined
      ? undefined
      : await findConnection(database, accountId, sunsetConnectionId);
  return { connection, left };
}
