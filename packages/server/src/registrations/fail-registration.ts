/** Ends a registration whose window was gone through, and brought no billing key. */
import { pauseConnection } from "../connections/connection-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { nowOfCustomer } from "./customer-clock.ts";
import { saveEnd } from "./registration-store.ts";
import type { Registration } from "./registration.ts";

export interface RegistrationFailure {
  readonly code: string;
  /** The provider's own sentence. Untrusted text. */
  readonly message: string | undefined;
  /** Every registration of the connection would fail, or its answers are not ours. */
  readonly pausesConnection: boolean;
}

/**
 * @param token Of the exchange that failed: a process that was overtaken changes nothing. Undefined
 *   where there was none.
 * @returns false when the registration is over already, or in somebody else's hands.
 */
export async function failRegistration(
  tx: Transaction,
  engine: Engine,
  registration: Registration,
  token: string | undefined,
  { code, message, pausesConnection }: RegistrationFailure,
): Promise<boolean> {
  const { accountId, connectionId, customerId, id, subscriptionId } = registration;
  const ended = { status: "failed", code, message } as const;
  if (!(await saveEnd(tx, registration, ended, token))) return false;
  const occurredAt = await nowOfCustomer(tx, accountId, customerId);
  const fact = { accountId, subscriptionId: undefined, occurredAt };
  const data = { registrationId: id, customerId, subscriptionId, code };
  const events: NewEvent[] = [{ ...fact, type: "registration.failed", data }];
  const reason = `the provider refuses to issue billing keys: ${code}${message === undefined ? "" : ` ${message}`}`;
  if (pausesConnection && (await pauseConnection(tx, accountId, connectionId, reason))) {
    events.push({ ...fact, type: "gateway_connection.paused", data: { connectionId, reason } });
  }
  await appendEvents(tx, engine.effects.random, events);
  return true;
}
