/**
 * Settings: what a merchant's contract or habits add to a connection. Unlike its identity they may
 * change. Each provider has a schema of its own; a setting that it does not have is undefined.
 */
import { z } from "zod";
import type { Provider } from "./connection.ts";

export interface ConnectionSettings {
  /** A key check also authorizes a smallest amount on the card, which few contracts allow. */
  readonly checksCardAuthorization?: boolean | undefined;
  /** After so many days without a payment the provider drops a key. */
  readonly unusedKeyLifetimeDays?: number | undefined;
  /** How many days before a charge is due its key is checked; 0 checks none ahead. */
  readonly keyCheckDaysAhead?: number | undefined;
}

/** Of each provider: bounds and defaults of the settings it has. */
const schemas = {
  toss: z.strictObject({}),
  line_pay: z.strictObject({
    checksCardAuthorization: z.boolean().default(false),
    unusedKeyLifetimeDays: z.int().min(1).max(3650).default(180),
    keyCheckDaysAhead: z.int().min(0).max(60).default(3),
  }),
  portone: z.strictObject({}),
} satisfies Record<Provider, z.ZodType<ConnectionSettings>>;

/** Which settings a provider's connections have. */
export function settingsOf(provider: Provider): ReadonlySet<string> {
  return new Set(Object.keys(schemas[provider].shape));
}

/**
 * Fills in what is left out: also what an older release did not know.
 *
 * @throws {z.ZodError} for a setting that the provider does not have, or a value out of bounds.
 */
export function readSettings(provider: Provider, stored: unknown): ConnectionSettings {
  return schemas[provider].parse(stored);
}
