/**
 * Engine: what every effect of the server is given. Composed once, in compose.ts; a simulator
 * composes its own.
 */
import type { AccountKeys } from "./accounts/account-keys.ts";
import type { DunningPolicy } from "./charges/charge.ts";
import type { ProtocolWindows } from "./charges/windows.ts";
import type { Gateways } from "./connections/gateways.ts";
import type { Database } from "./db/database.ts";
import type { Effects } from "./effects.ts";
import type { SendGuard } from "./journal/send-guard.ts";

/** Structured log lines. Never given a secret; the real one redacts all the same. */
export interface Log {
  info(details: Readonly<Record<string, unknown>>, message: string): void;
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
  error(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface Engine {
  readonly database: Database;
  readonly effects: Effects;
  readonly keys: AccountKeys;
  readonly gateways: Gateways;
  /** As configured; `windowsFor` sets the floors of live mode. */
  readonly windows: ProtocolWindows;
  readonly dunning: DunningPolicy;
  /** What every request that moves money passes beside its claim gate. */
  readonly sends: SendGuard;
  readonly log: Log;
}
