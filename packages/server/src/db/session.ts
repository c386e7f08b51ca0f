/**
 * Session settings: what every connection of ours promises, whatever the server, the role or the
 * database is configured to do. They travel in the start-up packet, so they cost no round trip.
 */
import type { ClientConfig } from "pg";
import { columnTypes } from "./column-types.ts";

export interface SessionOptions {
  /** `postgres://user:password@host/database`; for a socket `postgres://user@/database?host=/path`. */
  readonly url: string;
  readonly applicationName: string;
  /** Longest statement; 0 for no limit. */
  readonly statementTimeoutMs: number;
  /** Longest wait for a row, table or advisory lock; 0 for no limit. */
  readonly lockTimeoutMs: number;
  /**
   * For the pool that claims charges: keeps the planner on the partial index of due charges when
   * statistics are missing, where it would otherwise sort every due row for each claim.
   */
  readonly planGuards?: boolean;
}

/** A transaction that stands open longer than this holds locks for nobody: its session is ended. */
const idleInTransactionTimeoutMs = 30_000;

/** How much later than the server's own limit we stop waiting, for a server that fell silent. */
const silenceMarginMs = 15_000;

export const connectTimeoutMs = 10_000;

/** What pg needs to open a connection with our settings and our column types. */
export function clientConfig(options: SessionOptions): ClientConfig {
  const { statementTimeoutMs } = options;
  return {
    connectionString: withServerOptions(options.url, serverOptions(options)),
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: columnTypes,
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + silenceMarginMs }),
  };
}

function serverOptions(options: SessionOptions): string {
  const settings: Record<string, string> = {
    synchronous_commit: "on",
    timezone: "UTC",
    statement_timeout: String(options.statementTimeoutMs),
    lock_timeout: String(options.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(idleInTransactionTimeoutMs),
    ...(options.planGuards && {
      enable_sort: "off",
      enable_bitmapscan: "off",
      enable_seqscan: "off",
    }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}

/** Adds to the URL's own `options`, last, because the last setting wins and ours must. */
function withServerOptions(url: string, options: string): string {
  const [address = "", query = ""] = url.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const own = parameters.get("options");
  parameters.set("options", own === null ? options : `${own} ${options}`);
  return `${address}?${parameters.toString()}`;
}

/** The same server and credentials, another database. */
export function withDatabase(url: string, database: string): string {
  const [address = "", query = ""] = url.split(/\?(.*)/s);
  const host = /^([a-z]+:\/\/[^/]*)/.exec(address)?.[1] ?? address;
  return `${host}/${encodeURIComponent(database)}${query === "" ? "" : `?${query}`}`;
}
