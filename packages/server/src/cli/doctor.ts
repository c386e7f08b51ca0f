/** `maedal doctor`: what is wrong with this installation, and what to do about it. */
import { createHttpSender } from "@maedal/gateways";
import { createAccountKeys } from "../accounts/account-keys.ts";
import { readConfig, type Config } from "../config.ts";
import { createGateways } from "../connections/gateways.ts";
import { connectDatabase, type Database } from "../db/database.ts";
import { realEffects } from "../effects.ts";
import type { Engine } from "../engine.ts";
import { refusingGuard } from "../journal/send-guard.ts";
import { createLog } from "../log.ts";
import { loadMasterKey } from "../master-key.ts";
import { openDatabase, type OpenDatabase } from "../open-database.ts";
import { createRedactor } from "../security/redact.ts";
import { checkSends } from "./check-sends.ts";
import {
  check,
  checkAccounts,
  checkCharges,
  checkExpiringKeys,
  checkMigrations,
  checkObservations,
  checkPostgres,
  type Check,
} from "./checks.ts";
import { checkProviders } from "./provider-checks.ts";
import { checkSweeps } from "./sweep-check.ts";
import { report, type Terminal } from "./terminal.ts";

/** 1 when something has to be mended. Changes nothing. */
export async function doctor(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  const config = readConfig({ MAEDAL_LOG_LEVEL: "warn", ...terminal.environment });
  const checks = await runChecks(config, terminal);
  const isWell = checks.every(({ state }) => state !== "failed");
  const marks = { ok: "✓", notice: "·", failed: "✗" };
  const lines = checks.map(({ detail, name, state }) => `${marks[state]} ${name}: ${detail}`);
  report(terminal, options.json, { ok: isWell, checks }, lines.join("\n"));
  return isWell ? 0 : 1;
}

async function runChecks(config: Config, terminal: Terminal): Promise<readonly Check[]> {
  const where = config.databaseUrl === undefined ? config.dataDirectory : "DATABASE_URL";
  const opened: { store?: OpenDatabase } = {};
  const database = await check("Database", async () => {
    opened.store = await openDatabase(config, "guest", terminal.say);
    return { state: "ok", detail: where };
  });
  const { store } = opened;
  if (store === undefined) return [database];
  const db = connectDatabase({ url: store.url });
  try {
    return [database, ...(await checkDatabase(config, store, db, terminal))];
  } finally {
    await db.close();
    await store.stop();
  }
}

async function checkDatabase(
  config: Config,
  store: OpenDatabase,
  db: Database,
  terminal: Terminal,
): Promise<readonly Check[]> {
  const basics = [await checkPostgres(db), await checkMigrations(db)];
  if (basics.some(({ state }) => state === "failed")) return basics;
  const opened: { engine?: Engine } = {};
  const sender = createHttpSender();
  const masterKey = await check("Master key", async () => {
    const { clock, random } = realEffects;
    const key = await loadMasterKey(config, store.isEmbedded, db, random, terminal.say);
    const keys = createAccountKeys(key, random);
    const { dunning, windows } = config;
    const log = createLog(config.logLevel, createRedactor());
    const gateways = createGateways(keys, { sender, random, clock });
    const sends = refusingGuard;
    const ours = { database: db, effects: realEffects, keys, gateways, windows, dunning };
    opened.engine = { ...ours, sends, log };
    return { state: "ok", detail: `key ${key.id}` };
  });
  const accounts = opened.engine === undefined ? [] : await checkAccounts(opened.engine);
  const keys = opened.engine === undefined ? [] : await checkExpiringKeys(opened.engine);
  const providers = opened.engine === undefined ? [] : await checkProviders(opened.engine);
  await sender.close();
  const charges = await checkCharges(db);
  const sends = await checkSends(db, config, store.isEmbedded);
  const sweeps = await checkSweeps(db);
  const seen = await checkObservations(db);
  const state = [...accounts, ...providers, ...charges, ...keys, ...sweeps, ...seen];
  return [...basics, masterKey, ...sends, ...state];
}
