/**
 * A running app: the server as compose.ts puts it together, on a database that is there already, and
 * without a port. Random numbers come from a seed; time is real.
 */
import type { HttpSender } from "@maedal/gateways";
import { GatewayError } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { createAccountKeys } from "../../../server/src/accounts/account-keys.ts";
import { AppError } from "../../../server/src/app-error.ts";
import { defaultWindows } from "../../../server/src/charges/windows.ts";
import { createGateways } from "../../../server/src/connections/gateways.ts";
import { connectDatabase, type Database } from "../../../server/src/db/database.ts";
import { realEffects } from "../../../server/src/effects.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { createApp } from "../../../server/src/http/app.ts";
import { unjournaled } from "../../../server/src/journal/send-guard.ts";
import { hostedPages } from "../../../server/src/pages/hosted-pages.ts";
import { operatorPages } from "../../../server/src/pages/operator-pages.ts";
import { readMasterKey } from "../../../server/src/security/encryption.ts";
import { Secret } from "../../../server/src/security/secret.ts";
import { createChance, randomOf } from "../chance.ts";

export const baseUrl = "http://127.0.0.1:4000";
export const masterKeyText = "5e".repeat(32);

export interface RunningApp {
  readonly engine: Engine;
  /** What the server logged since the last call that nobody foresaw: bugs, by message and stack. */
  takeErrors(): readonly string[];
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export function startApp(url: string, sender: HttpSender, seed: string): RunningApp {
  const errors: string[] = [];
  const note = ({ error, ...details }: Readonly<Record<string, unknown>>, message: string) => {
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    errors.push(`${message} ${JSON.stringify(details)} ${cause}`);
  };
  const log: Engine["log"] = {
    info: () => undefined,
    warn(details, message) {
      const { error } = details;
      const isForeseen = error instanceof GatewayError || error instanceof AppError;
      if (error !== undefined && !isForeseen) note(details, message);
    },
    error: note,
  };
  const database = connectDatabase({ url, poolSize: 4 });
  const engine = engineOn(database, sender, seed, log);
  const masterKey = readMasterKey(new Secret(masterKeyText));
  const pageDeps = { engine, baseUrl, masterKey };
  const app = createApp({
    engine,
    sender,
    baseUrl,
    rateLimit: { perSecond: 1e9, burst: 1e9 },
    pages: [hostedPages(pageDeps), operatorPages(pageDeps)],
  });
  return {
    engine,
    takeErrors: () => errors.splice(0),
    fetch: async (request) => await app.fetch(request),
    close: () => database.close(),
  };
}

function engineOn(
  database: Database,
  sender: HttpSender,
  seed: string,
  log: Engine["log"],
): Engine {
  const random = randomOf(createChance(seed));
  const effects = { ...realEffects, random };
  const keys = createAccountKeys(readMasterKey(new Secret(masterKeyText)), random);
  const timeouts = { connectMs: 2_000, readMs: 4_000 };
  return {
    database,
    effects,
    keys,
    gateways: createGateways(keys, { sender, random, clock: effects.clock, timeouts }),
    windows: defaultWindows,
    dunning: { retryDelays: [Temporal.Duration.from({ days: 1 })] },
    sends: unjournaled,
    log,
  };
}
