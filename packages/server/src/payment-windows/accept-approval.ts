/**
 * Takes a customer back from a payment window. What the browser brings is a claim anybody could make:
 * the window must be this registration's own, and the provider itself must say that it was approved.
 * Nothing is charged yet: the approval is stored first, so that its confirmation can go on whatever
 * happens to this process.
 */
import type { Gateway, WindowState } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { isUniqueViolation } from "../db/database-errors.ts";
import type { Engine } from "../engine.ts";
import { authKeyHash, sealRegistrationSecret } from "../registrations/registration-secrets.ts";
import { saveAuthKey } from "../registrations/registration-store.ts";
import type { Registration } from "../registrations/registration.ts";
import { Secret } from "../security/secret.ts";
import {
  findPaymentWindow,
  listOpenWindows,
  saveWindowStatus,
  type PaymentWindow,
} from "./payment-window-store.ts";

/**
 * Safe to repeat: the first approved window of a registration counts.
 *
 * @param windowId As the browser brought it.
 * @returns How the provider says that the window stands; `approved` is stored, once.
 * @throws {AppError} `registration_mismatch` when the window is not this registration's.
 * @throws {GatewayError} when the provider gives no clear answer: ask again.
 */
export async function acceptApproval(
  engine: Engine,
  registration: Registration,
  gateway: Gateway,
  windowId: string,
): Promise<WindowState> {
  const found = await findPaymentWindow(engine.database, registration, windowId);
  if (found === undefined) {
    const message = "What came back is not of a window that this registration has opened.";
    throw new AppError("registration_mismatch", message);
  }
  return await take(engine, registration, gateway, found);
}

/**
 * The customer is back without the window's own address, from another tab or an app: is any of the
 * registration's windows approved?
 *
 * @throws {GatewayError} when the provider gives no clear answer: ask again.
 */
export async function findApproval(
  engine: Engine,
  registration: Registration,
  gateway: Gateway,
): Promise<boolean> {
  for (const found of await listOpenWindows(engine.database, registration)) {
    const state = await take(engine, registration, gateway, found);
    if (state === "approved" || state === "paid") return true;
  }
  return false;
}

async function take(
  engine: Engine,
  registration: Registration,
  { window, provider }: Gateway,
  found: PaymentWindow,
): Promise<WindowState> {
  if (window.kind !== "payment") throw new Error(`${provider} has no payment windows`);
  if (registration.hasAuthKey || registration.status !== "open") return "approved";
  const state = await window.check(found.windowId);
  if (state === "over") await saveWindowStatus(engine.database, found, "over");
  if (state === "approved" || state === "paid") await store(engine, registration, found.windowId);
  return state;
}

async function store(engine: Engine, registration: Registration, windowId: string): Promise<void> {
  const { database, effects, keys } = engine;
  const dataKey = await keys.dataKeyOf(database, registration.accountId);
  const secret = new Secret(windowId);
  const sealed = sealRegistrationSecret(dataKey, "auth_key", secret, registration, effects.random);
  const hash = authKeyHash(dataKey, windowId);
  await saveAuthKey(database, registration, sealed, hash).catch((error: unknown) => {
    if (!isUniqueViolation(error, "registrations_auth_key_once")) throw error;
    throw new AppError("registration_mismatch", "The window belongs to another registration.");
  });
}
