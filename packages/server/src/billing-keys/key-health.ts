/**
 * Key health: what is asked about a billing key before it is charged, and when it dies of disuse.
 *
 * Where the provider can be asked, a key is checked once before each due date, some days ahead, so
 * that a customer whose key is gone has time to bring another method. A payment proves as much as a
 * check does. Where unused keys die, the merchant is told in time, once until the key pays again; and
 * when the lifetime is over the provider is asked, because nothing but its answer makes a key dead.
 *
 * Pure module: SQL is in key-health-store.ts, effects in check-billing-key.ts and
 * tend-billing-keys.ts.
 */
import type { GatewayCapabilities } from "@maedal/gateways";
import type { Connection } from "../connections/connection.ts";

/** How the keys of one connection are looked after. */
export interface KeyRules {
  readonly accountId: string;
  readonly connectionId: string;
  /** The provider can be asked about a key. */
  readonly canCheck: boolean;
  readonly checkAheadMs: number;
  /** Undefined: no key of this connection dies of disuse. */
  readonly unusedLifetimeMs: number | undefined;
  /** How long before its death by disuse a key counts as expiring. */
  readonly warningMs: number;
}

const dayMs = 24 * 60 * 60_000;
const defaultCheckDaysAhead = 3;
const longestWarningDays = 14;

/** @returns undefined where there is nothing to look after. */
export function keyRulesOf(
  { accountId, id, settings }: Pick<Connection, "accountId" | "id" | "settings">,
  capabilities: Pick<GatewayCapabilities, "keyCheck" | "unusedKeyLifetimeDays">,
): KeyRules | undefined {
  const { keyCheck: canCheck, unusedKeyLifetimeDays: lifetimeDays } = capabilities;
  if (!canCheck && lifetimeDays === undefined) return undefined;
  return {
    accountId,
    connectionId: id,
    canCheck,
    checkAheadMs: (settings.keyCheckDaysAhead ?? defaultCheckDaysAhead) * dayMs,
    unusedLifetimeMs: lifetimeDays === undefined ? undefined : lifetimeDays * dayMs,
    warningMs: lifetimeDays === undefined ? 0 : warningDays(lifetimeDays) * dayMs,
  };
}

/** Two weeks, or a quarter of the lifetime where that is less. */
function warningDays(lifetimeDays: number): number {
  return Math.min(longestWarningDays, lifetimeDays / 4);
}
