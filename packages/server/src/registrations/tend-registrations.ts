/**
 * Looks after registrations that no browser comes back for: writes down that their time is over, and
 * repeats exchanges whose process died or whose answer was lost.
 */
import type { Engine } from "../engine.ts";
import { completeRegistration } from "./complete-registration.ts";
import { expireRegistrations, listWaitingForExchange } from "./registration-store.ts";

/** @param limit Most of each kind at once. @returns How many were looked after; 0 when all is calm. */
export async function tendRegistrations(engine: Engine, limit = 20): Promise<number> {
  const expired = await expireRegistrations(engine.database, limit);
  const waiting = await listWaitingForExchange(engine.database, limit);
  for (const key of waiting) {
    await completeRegistration(engine, key).catch((error: unknown) => {
      engine.log.error({ registrationId: key.id, error }, "completing a registration failed");
    });
  }
  return expired + waiting.length;
}
