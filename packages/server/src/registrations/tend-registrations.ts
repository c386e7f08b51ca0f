/**
 * Looks after registrations that no browser comes back for: writes down that their time is over,
 * repeats exchanges whose process died or whose answer was lost, and asks about windows that were
 * opened for an order.
 */
import type { Engine } from "../engine.ts";
import { windowsFor } from "../charges/windows.ts";
import { askAboutWindow } from "./ask-about-window.ts";
import { completeRegistration } from "./complete-registration.ts";
import {
  claimWindowsToAsk,
  expireRegistrations,
  listWaitingForExchange,
} from "./registration-store.ts";

/** @param limit Most of each kind at once. @returns How many were looked after; 0 when all is calm. */
export async function tendRegistrations(engine: Engine, limit = 20): Promise<number> {
  await askAboutWindows(engine, limit);
  const expired = await expireRegistrations(engine.database, limit);
  const waiting = await listWaitingForExchange(engine.database, limit);
  for (const key of waiting) {
    await completeRegistration(engine, key).catch((error: unknown) => {
      engine.log.error({ registrationId: key.id, error }, "completing a registration failed");
    });
  }
  return expired + waiting.length;
}

/**
 * A window that failed is left to its customer, who may be trying again in it; only a key that is
 * there is taken.
 */
async function askAboutWindows(engine: Engine, limit: number): Promise<void> {
  // As slow as in live mode at most: a test's connection has the configured windows for everything.
  const [, againInMs = 0] = windowsFor("test", engine.windows).lookUpLadderMs;
  for (const registration of await claimWindowsToAsk(engine.database, limit, againInMs)) {
    await askAboutWindow(engine, registration).catch((error: unknown) => {
      engine.log.error({ registrationId: registration.id, error }, "asking about a window failed");
    });
  }
}
