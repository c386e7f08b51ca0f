/**
 * Compose: everything put together in one place, from configuration to a server that can be started
 * and stopped. Nothing else reads the environment or makes connections.
 */
import { createServer } from "node:net";
import path from "node:path";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { createHttpSender, type HttpSender } from "@maedal/gateways";
import { createAccountKeys } from "./accounts/account-keys.ts";
import type { Config } from "./config.ts";
import { createGateways } from "./connections/gateways.ts";
import { connectDatabase, type Database } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { realEffects } from "./effects.ts";
import type { Engine, Log } from "./engine.ts";
import type { ApiEnv } from "./http/api.ts";
import { createApp } from "./http/app.ts";
import { listen, type Listening } from "./http/listen.ts";
import { openSendGuard, type OpenSendGuard } from "./journal/open-send-guard.ts";
import { refusingGuard } from "./journal/send-guard.ts";
import { createLog } from "./log.ts";
import { loadMasterKey } from "./master-key.ts";
import { openDatabase, type DatabaseRole, type OpenDatabase } from "./open-database.ts";
import { hostedPages } from "./pages/hosted-pages.ts";
import { methodRequestPages } from "./pages/method-request-pages.ts";
import { operatorPages } from "./pages/operator-pages.ts";
import type { MasterKey } from "./security/encryption.ts";
import { createRedactor } from "./security/redact.ts";
import { watchRuns } from "./runs/hold-run.ts";
import { startWorker, type Worker } from "./worker/worker.ts";

/** A composed server; nothing runs yet. */
export interface Maedal {
  readonly engine: Engine;
  readonly app: OpenAPIHono<ApiEnv>;
  readonly masterKey: MasterKey;
  /** Where we are reached, without a slash at its end. */
  readonly baseUrl: string;
  /** Starts charging, on a pool of its own. */
  startWorker(): Worker;
  /** Starts answering. @throws {Error} when the port is taken. */
  listen(): Promise<Listening>;
  /** Stops workers, then the server, then the database. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ComposeOptions {
  /** `owner` unless told. */
  readonly role?: DatabaseRole;
  /** `false` for a command that runs beside a server and never charges: it keeps no journal. */
  readonly sends?: boolean;
  /** Told in a sentence what was made and where. */
  readonly notice?: (line: string) => void;
}

const workerPoolSize = 20;

/** @throws {ConfigError | EmbeddedPostgresError | MigrationError | EncryptionError} naming the fix. */
export async function compose(config: Config, options: ComposeOptions = {}): Promise<Maedal> {
  const { notice = () => undefined, role = "owner" } = options;
  const store = await openDatabase(config, role, notice);
  try {
    for (const name of (await migrate(store.url)).applied) notice(`Applied migration ${name}`);
    return await composeOn(store, config, options.sends ?? true, notice);
  } catch (error) {
    await store.stop();
    throw error;
  }
}

async function composeOn(
  store: OpenDatabase,
  config: Config,
  sends: boolean,
  notice: (line: string) => void,
): Promise<Maedal> {
  const { clock, random } = realEffects;
  const redactor = createRedactor();
  const log = createLog(config.logLevel, redactor);
  let journal: OpenSendGuard | undefined;
  const onError = (error: unknown) => {
    log.warn({ error }, "a database connection broke");
    journal?.connectionBroke();
  };
  const database = connectDatabase({ url: store.url, onError });
  const masterKey = await loadMasterKey(config, store.isEmbedded, database, random, notice);
  if (config.masterKey !== undefined) redactor.register(config.masterKey);
  const keys = createAccountKeys(masterKey, random);
  const sender = createHttpSender();
  const { dunning, windows } = config;
  const gateways = createGateways(keys, {
    sender,
    random,
    clock,
    timeouts: config.gatewayTimeouts,
  });
  journal = sends ? await openJournal(config, store, database, log) : undefined;
  const engine: Engine = {
    database,
    effects: realEffects,
    keys,
    gateways,
    windows,
    dunning,
    sends: journal?.guard ?? refusingGuard,
    log,
  };
  journal?.watch(engine);
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const baseUrl = config.baseUrl ?? originOf(config.host, port);
  const pageDeps = { engine, baseUrl, masterKey };
  const pages = [hostedPages(pageDeps), methodRequestPages(pageDeps), operatorPages(pageDeps)];
  const { rateLimit } = config;
  const app = createApp({ engine, sender, baseUrl, rateLimit, pages });
  const workerPool = () => {
    const planGuards = true;
    return connectDatabase({ url: store.url, poolSize: workerPoolSize, planGuards, onError });
  };
  const running = createRunning({ store, database, sender, journal, workerPool });
  return {
    engine,
    app,
    masterKey,
    baseUrl,
    startWorker: () => running.startWorker(engine),
    listen: () => running.add(listen(app, config.host, port, realEffects.timers)),
    stop: running.stop,
  };
}

/** What every send passes. It opens in any case, and says what is wrong with it. */
async function openJournal(
  config: Config,
  { isEmbedded, url }: OpenDatabase,
  database: Database,
  log: Log,
): Promise<OpenSendGuard> {
  const data = { what: "the disk of the database", path: config.dataDirectory };
  return await openSendGuard({
    database,
    reconnect: () => connectDatabase({ url, poolSize: 1 }),
    effects: realEffects,
    log,
    directory: path.resolve(config.journalDirectory),
    keepDays: config.journalDays,
    floors: config.diskFloors,
    disks: isEmbedded ? [data] : [],
    runs: watchRuns(realEffects),
  });
}

/** What must be stopped, and in which order. */
function createRunning(parts: {
  readonly store: OpenDatabase;
  readonly database: Database;
  readonly sender: HttpSender;
  readonly journal: OpenSendGuard | undefined;
  readonly workerPool: () => Database;
}) {
  const servers: Listening[] = [];
  const workers: { readonly worker: Worker; readonly pool: Database }[] = [];
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all(workers.map(({ worker }) => worker.stop()));
    await parts.journal?.stop();
    await Promise.all(workers.map(({ pool }) => pool.close()));
    await parts.sender.close();
    await parts.database.close();
    await parts.store.stop();
  }

  return {
    async add(listening: Promise<Listening>): Promise<Listening> {
      servers.push(await listening);
      return listening;
    },
    startWorker(engine: Engine): Worker {
      const pool = parts.workerPool();
      const worker = startWorker({ ...engine, database: pool });
      workers.push({ worker, pool });
      return worker;
    },
    stop: () => (stopped ??= stop()),
  };
}

function originOf(host: string, port: number): string {
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const shown = isEverywhere ? "127.0.0.1" : host;
  return `http://${shown.includes(":") ? `[${shown}]` : shown}:${port}`;
}

/** Known before we listen, because links to us name it. For tests and demos: another may take it. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
