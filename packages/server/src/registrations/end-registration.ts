/** Ends an open registration without a billing key: given up by somebody, or failed in the window. */
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { nowOfCustomer } from "./customer-clock.ts";
import { lockRegistration, saveEnd, type RegistrationKey } from "./registration-store.ts";
import type { Registration } from "./registration.ts";

export interface RegistrationEnd {
  readonly status: "failed" | "canceled";
  /** As the provider's window put it into the browser's address: untrusted text. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * Safe to repeat. Changes nothing once the window has handed over its auth key: then a billing key
 * may exist already, and the exchange decides.
 *
 * @returns The registration as it is now.
 */
export async function endRegistration(
  engine: Engine,
  key: RegistrationKey,
  { status, code, message }: RegistrationEnd,
): Promise<Registration> {
  return await engine.database.transaction(async (tx) => {
    const registration = await lockRegistration(tx, key);
    if (registration.status !== "open" || registration.hasAuthKey) return registration;
    await saveEnd(tx, registration, { status, code, message });
    const { accountId, customerId, id, subscriptionId } = registration;
    const occurredAt = await nowOfCustomer(tx, accountId, customerId);
    const type = status === "failed" ? "registration.failed" : "registration.canceled";
    const data = { registrationId: id, customerId, subscriptionId, code };
    const event = { accountId, subscriptionId: undefined, type, data, occurredAt } as const;
    await appendEvents(tx, engine.effects.random, [event]);
    return await lockRegistration(tx, key);
  });
}
