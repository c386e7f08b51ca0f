/**
 * Configuration: read from the environment once, through a schema, before anything starts. What is
 * wrong is told all at once, each with the name of its variable and the fix.
 */
import { join } from "node:path";
import { tossTimeouts } from "@maedal/gateways/toss";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { DunningPolicy } from "./charges/charge.ts";
import { scaledWindows, type ProtocolWindows } from "./charges/windows.ts";
import type { GatewayTimeouts } from "./connections/gateways.ts";
import { floorsOf, type DiskFloors } from "./durability/durability.ts";
import type { RateLimit } from "./http/rate-limit.ts";
import { Secret } from "./security/secret.ts";

export interface Config {
  /** Undefined: the embedded PostgreSQL in `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  /** Undefined: `masterKeyFile`. */
  readonly masterKey: Secret | undefined;
  /** Undefined: `master.key` in the data directory of the embedded PostgreSQL. */
  readonly masterKeyFile: string | undefined;
  /** Where this machine's send journals are kept. */
  readonly journalDirectory: string;
  /** How long a journal's files are kept. */
  readonly journalDays: number;
  /** Free disk space below which nothing is sent. */
  readonly diskFloors: DiskFloors;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Origin under which browsers and providers reach us; undefined: host and port. */
  readonly baseUrl: string | undefined;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly windows: ProtocolWindows;
  /** Of calls to a provider; its own documented ones when undefined. */
  readonly gatewayTimeouts: GatewayTimeouts | undefined;
  readonly dunning: DunningPolicy;
  readonly rateLimit: RateLimit;
}

/** The environment does not say how to run. The message names every variable and its fix. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const wholeNumber = (name: string, minimum: number, maximum: number) =>
  z.coerce
    .number(`${name} must be a whole number`)
    .int(`${name} must be a whole number`)
    .min(minimum, `${name} must be at least ${minimum}`)
    .max(maximum, `${name} must be at most ${maximum}`);

/** Wait after the first, second, … decline, in days; the charge is given up after the last. */
const defaultRetryDays = "1,3,5,7";

const environmentSchema = z.object({
  // A socket's address, `postgres://user@/database?host=/path`, is no URL to other readers.
  DATABASE_URL: z
    .string()
    .regex(
      /^postgres(ql)?:\/\/\S+$/,
      "DATABASE_URL must look like postgres://user:password@host/database",
    )
    .optional(),
  MAEDAL_DATA: z.string().default("./maedal-data"),
  MAEDAL_MASTER_KEY: z.string().optional(),
  MAEDAL_MASTER_KEY_FILE: z.string().optional(),
  MAEDAL_JOURNAL: z.string().optional(),
  // Shorter than the sweep looks back would leave days that nothing could be compared with.
  MAEDAL_JOURNAL_DAYS: wholeNumber("MAEDAL_JOURNAL_DAYS", 7, 3_650).default(40),
  MAEDAL_MINIMUM_FREE_MB: wholeNumber("MAEDAL_MINIMUM_FREE_MB", 1, 10_000_000).optional(),
  MAEDAL_HOST: z.string().default("127.0.0.1"),
  MAEDAL_PORT: wholeNumber("MAEDAL_PORT", 0, 65_535).default(4000),
  MAEDAL_BASE_URL: z
    .string()
    .refine(isOrigin, "MAEDAL_BASE_URL must look like https://pay.example.com, without a path")
    .optional(),
  MAEDAL_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"], {
      error: "MAEDAL_LOG_LEVEL must be trace, debug, info, warn, error or silent",
    })
    .default("info"),
  MAEDAL_RETRY_DAYS: z
    .string()
    .regex(/^\d{1,2}(,\d{1,2}){0,9}$/, "MAEDAL_RETRY_DAYS must be days such as 1,3,5,7")
    .default(defaultRetryDays),
  MAEDAL_REQUESTS_PER_SECOND: wholeNumber("MAEDAL_REQUESTS_PER_SECOND", 1, 100_000).default(100),
  MAEDAL_WINDOWS_SCALE: z.coerce
    .number("MAEDAL_WINDOWS_SCALE must be a number")
    .gt(0, "MAEDAL_WINDOWS_SCALE must be more than 0")
    .max(1, "MAEDAL_WINDOWS_SCALE must be at most 1; it is for tests only")
    .optional(),
  MAEDAL_CALLS_SCALE: z.coerce
    .number("MAEDAL_CALLS_SCALE must be a number")
    .gt(0, "MAEDAL_CALLS_SCALE must be more than 0")
    .max(1, "MAEDAL_CALLS_SCALE must be at most 1; it is for tests only")
    .optional(),
});

/**
 * @param environment Such as `process.env`; an empty variable counts as absent.
 * @throws {ConfigError}
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const read = environmentSchema.safeParse(Object.fromEntries(given));
  if (!read.success) {
    throw new ConfigError(read.error.issues.map(({ message }) => `${message}.`).join("\n"));
  }
  const it = read.data;
  const perSecond = it.MAEDAL_REQUESTS_PER_SECOND;
  const callsScale = it.MAEDAL_CALLS_SCALE ?? it.MAEDAL_WINDOWS_SCALE;
  return {
    databaseUrl: it.DATABASE_URL,
    dataDirectory: it.MAEDAL_DATA,
    masterKey: it.MAEDAL_MASTER_KEY === undefined ? undefined : new Secret(it.MAEDAL_MASTER_KEY),
    masterKeyFile: it.MAEDAL_MASTER_KEY_FILE,
    journalDirectory: it.MAEDAL_JOURNAL ?? journalBeside(it.DATABASE_URL, it.MAEDAL_DATA),
    journalDays: it.MAEDAL_JOURNAL_DAYS,
    diskFloors: floorsOf(it.MAEDAL_MINIMUM_FREE_MB),
    host: it.MAEDAL_HOST,
    port: it.MAEDAL_PORT,
    baseUrl: it.MAEDAL_BASE_URL === undefined ? undefined : new URL(it.MAEDAL_BASE_URL).origin,
    logLevel: it.MAEDAL_LOG_LEVEL,
    windows: scaledWindows(it.MAEDAL_WINDOWS_SCALE ?? 1, callsScale),
    gatewayTimeouts: scaledTimeouts(callsScale),
    dunning: { retryDelays: it.MAEDAL_RETRY_DAYS.split(",").map(daysOf) },
    rateLimit: { perSecond, burst: 2 * perSecond },
  };
}

/** In the data directory, if there is one: that of an embedded PostgreSQL holds nothing of others. */
function journalBeside(databaseUrl: string | undefined, dataDirectory: string): string {
  return databaseUrl === undefined ? join(dataDirectory, "journal") : `${dataDirectory}-journal`;
}

/** A lease is mostly the wait for an answer: scaled windows need scaled timeouts. */
function scaledTimeouts(factor: number | undefined): GatewayTimeouts | undefined {
  if (factor === undefined) return undefined;
  const { connectMs, readMs } = tossTimeouts;
  return { connectMs: Math.ceil(connectMs * factor), readMs: Math.ceil(readMs * factor) };
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

function daysOf(text: string): Temporal.Duration {
  return Temporal.Duration.from({ days: Number(text) });
}
