/** Another try after a cancel or a failure: a new registration, because the old one is used up. */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { openRegistration } from "./open-registration.ts";
import { findOpenRetry } from "./registration-store.ts";
import type { Registration } from "./registration.ts";

/**
 * Safe to repeat: a try that is open already is given back.
 *
 * @throws {AppError} `registration_over` when this one is still open, completed or expired (an old
 *   link opens nothing); and what `openRegistration` throws.
 */
export async function retryRegistration(
  engine: Engine,
  registration: Registration,
): Promise<Registration> {
  const { status } = registration;
  if (status !== "failed" && status !== "canceled") {
    throw new AppError("registration_over", `A registration that is ${status} has no other try.`);
  }
  const following = await findOpenRetry(engine.database, registration);
  if (following !== undefined) return following;
  const { accountId, customerId, connectionId, method, subscriptionId, returnUrl } = registration;
  const retryOf = registration.id;
  const wanted = {
    accountId,
    customerId,
    connectionId,
    method,
    subscriptionId,
    returnUrl,
    retryOf,
  };
  return (await openRegistration(engine, wanted)).registration;
}
