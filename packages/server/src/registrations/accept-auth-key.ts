/**
 * Takes what the provider's window handed back through the browser. Nothing is called yet: the auth
 * key is stored first, so that its exchange can be repeated whatever happens to this process.
 */
import { AppError } from "../app-error.ts";
import { isUniqueViolation } from "../db/database-errors.ts";
import type { Engine } from "../engine.ts";
import { Secret } from "../security/secret.ts";
import {
  authKeyHash,
  isSameSecret,
  openRegistrationSecret,
  sealRegistrationSecret,
} from "./registration-secrets.ts";
import { getRegistrationSecrets, saveAuthKey } from "./registration-store.ts";
import type { Registration } from "./registration.ts";

/**
 * Safe to repeat: a reload, a second tab or a second trip through the window change nothing, the
 * first auth key counts.
 *
 * @throws {AppError} `registration_mismatch` when the customer key is not this registration's or the
 *   auth key was handed to another; `registration_over`.
 */
export async function acceptAuthKey(
  engine: Engine,
  registration: Registration,
  given: { readonly authKey: string; readonly customerKey: string },
): Promise<void> {
  const { database, effects } = engine;
  const dataKey = await engine.keys.dataKeyOf(database, registration.accountId);
  const secrets = await getRegistrationSecrets(database, registration);
  const ours = openRegistrationSecret(dataKey, "customer_key", secrets.customerKey, registration);
  if (!isSameSecret(ours, given.customerKey)) throw mismatch("the customer key is another one");
  if (registration.hasAuthKey || registration.status === "completed") return;

  const authKey = new Secret(given.authKey);
  const sealed = sealRegistrationSecret(dataKey, "auth_key", authKey, registration, effects.random);
  const hash = authKeyHash(dataKey, given.authKey);
  const isSaved = await saveAuthKey(database, registration, sealed, hash).catch(
    (error: unknown) => {
      if (!isUniqueViolation(error, "registrations_auth_key_once")) throw error;
      throw mismatch("the auth key belongs to another registration");
    },
  );
  if (isSaved) return;
  const now = await getRegistrationSecrets(database, registration);
  if (now.authKey !== undefined) return; // A second tab was a moment earlier.
  throw new AppError("registration_over", "This registration is over. Start another one.");
}

function mismatch(what: string): AppError {
  const message = `What came back from the window is not of this registration: ${what}.`;
  return new AppError("registration_mismatch", message);
}
