/**
 * maedal, inside your app: a `fetch` handler to mount and a worker to start.
 *
 *   const maedal = await createMaedal({ databaseUrl, masterKey, baseUrl: "https://pay.example.com" });
 *   app.all("/*", (c) => maedal.fetch(c.req.raw));
 *   maedal.startWorker();
 */
import { compose } from "./compose.ts";
import { readConfig } from "./config.ts";
import type { Worker } from "./worker/worker.ts";

export { ConfigError } from "./config.ts";
export type { Worker } from "./worker/worker.ts";

export interface MaedalOptions {
  /** Origin under which browsers and providers reach the handler: `https://pay.example.com`. */
  readonly baseUrl: string;
  /** `postgres://…`; undefined starts the embedded PostgreSQL in `dataDirectory`. */
  readonly databaseUrl?: string;
  /** 32 bytes in base64 or hex. Needed with `databaseUrl`. */
  readonly masterKey?: string;
  /** `./maedal-data` unless told. */
  readonly dataDirectory?: string;
  /** Of the send journals, on a disk that outlives the process: in or beside `dataDirectory` unless told. */
  readonly journalDirectory?: string;
  readonly logLevel?: "trace" | "debug" | "info" | "warn" | "error" | "silent";
}

export interface EmbeddedMaedal {
  /** Answers the API, pages and webhooks. The path must arrive as it was sent. */
  fetch(request: Request): Promise<Response>;
  /** Starts charging. At least one worker must run somewhere. */
  startWorker(): Worker;
  /** Stops workers gracefully and closes the database. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens and migrates the database.
 *
 * @throws {ConfigError} when the options do not say how to run, and other errors that name the fix.
 */
export async function createMaedal(options: MaedalOptions): Promise<EmbeddedMaedal> {
  const config = readConfig({
    DATABASE_URL: options.databaseUrl,
    MAEDAL_BASE_URL: options.baseUrl,
    MAEDAL_MASTER_KEY: options.masterKey,
    MAEDAL_DATA: options.dataDirectory,
    MAEDAL_JOURNAL: options.journalDirectory,
    MAEDAL_LOG_LEVEL: options.logLevel,
  });
  const maedal = await compose(config);
  return {
    fetch: async (request) => await maedal.app.fetch(request),
    startWorker: () => maedal.startWorker(),
    close: () => maedal.stop(),
  };
}
