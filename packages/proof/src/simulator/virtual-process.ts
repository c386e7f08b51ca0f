/**
 * A virtual process: a worker or an API server with an engine of its own, composed as compose.ts
 * does it, on a database, a network and clocks that belong to the simulation. It may die or freeze
 * at every await; dead, none of its promises ever ends.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { Temporal } from "temporal-polyfill";
import { GatewayError } from "../../../gateways/src/gateway-error.ts";
import { createAccountKeys } from "../../../server/src/accounts/account-keys.ts";
import { defaultWindows } from "../../../server/src/charges/windows.ts";
import { createGateways, type Gateways } from "../../../server/src/connections/gateways.ts";
import { CommitUnknownError, sqlState } from "../../../server/src/db/database-errors.ts";
import type { Effects, Timers } from "../../../server/src/effects.ts";
import type { Engine, Log } from "../../../server/src/engine.ts";
import type { ApiEnv } from "../../../server/src/http/api.ts";
import { createApp } from "../../../server/src/http/app.ts";
import { unjournaled } from "../../../server/src/journal/send-guard.ts";
import { readMasterKey } from "../../../server/src/security/encryption.ts";
import { Secret } from "../../../server/src/security/secret.ts";
import { startWorker } from "../../../server/src/worker/worker.ts";
import type { Sabotage } from "../sabotage/sabotages.ts";
import type { Backends } from "./backends.ts";
import type { LockQueue } from "./lock-queue.ts";
import type { Memory, Step } from "./memory.ts";
import type { Network } from "./network.ts";
import type { Profiles } from "./profiles.ts";
import { randomOf, type Chance } from "../chance.ts";
import { nextRound } from "./rounds.ts";
import type { Owner, Scheduler } from "./scheduler.ts";
import { createVirtualDatabase } from "./virtual-database.ts";
import {
  asDurable,
  createVirtualJournal,
  type Journals,
  type VirtualJournal,
} from "./virtual-journal.ts";
import { BrokenConnection } from "./virtual-session.ts";
import type { Weather } from "./weather.ts";

export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly backends: Backends;
  readonly locks: LockQueue;
  readonly memory: Memory;
  readonly profiles: Profiles;
  readonly isProfiled: (table: string) => boolean;
  readonly network: Network;
  readonly weather: Weather;
  readonly chance: Chance;
  readonly sabotage: Sabotage;
  readonly pollMs: number;
  /** Told of an error that nothing in the weather explains. */
  readonly onBug: (text: string) => void;
  /** Told of each refund that is claimed, once that is committed: its row only knows its latest claim. */
  readonly onRefundClaim: (refundId: string) => void;
  /** A committed NOTIFY reaches everybody else, if it does. */
  readonly onNotify: () => void;
  /** Undefined where no commit is ever lost: nothing is written to journals there. */
  readonly journals: Journals | undefined;
  /** After each step of a process; it may be killed or frozen there. */
  readonly afterStep: (process: VirtualProcess, isDelicate: boolean) => void;
}

export interface VirtualProcess extends Owner {
  readonly kind: "worker" | "api";
  readonly engine: Engine;
  /** Of an API server. */
  readonly app: OpenAPIHono<ApiEnv> | undefined;
  /** Ends it without a word. */
  kill(): void;
  /** The database ends all of its sessions. */
  breakSessions(): Promise<void>;
}

export const baseUrl = "http://127.0.0.1:4000";
const masterKey = readMasterKey(new Secret("53".repeat(32)));
const retryDays = [1, 3, 5, 7];
/** Wrong by a constant: nothing that decides may ask this clock (docs/guarantees.md). */
const largestSkewMs = 3 * 60_000;

export function startVirtualProcess(
  name: string,
  kind: VirtualProcess["kind"],
  around: Surroundings,
): VirtualProcess {
  const { scheduler, sabotage } = around;
  const chance = around.chance.fork(name);
  const owner: Owner = { name, isDead: false, pausedUntilMs: 0 };
  const afterStep = (isDelicate: boolean) => around.afterStep(process, isDelicate);
  const { asksIdle, sweeps } = around.weather.climate;
  const isIdle = (poll: string) => {
    return (
      (!sweeps && poll === "sweeps_of_connections") || (!asksIdle && around.profiles.isIdle(poll))
    );
  };
  const database = createVirtualDatabase({
    ...around,
    owner,
    fateOf: (isCommit) => around.weather.databaseFate(isCommit, scheduler.nowMs()),
    afterStep,
    rewrite: (sql) => asDurable(sabotage.rewrite?.(sql) ?? sql),
    isIdle,
    defersCommit: sabotage.defersCommit ?? (() => false),
    // Workers find by polling what an API server has changed without waking them.
    onCommit: (tables, steps) => {
      for (const refundId of steps.flatMap(claimedRefunds)) around.onRefundClaim(refundId);
      const isNews = [...tables].some((table) => table !== "idempotent_requests");
      if (kind === "api" && isNews) scheduler.heat();
    },
  });
  const effects = {
    ...effectsOf(scheduler, chance, sabotage),
    timers: timersOf(kind, owner, around, isIdle),
  };
  const { clock, random } = effects;
  const keys = createAccountKeys(masterKey, random);
  const plainSender = around.network.senderOf(owner);
  const sender = sabotage.sender?.(plainSender) ?? plainSender;
  const gateways = createGateways(keys, { sender, random, clock });
  const journal = createVirtualJournal(around.journals, owner);
  const engine: Engine = {
    database,
    effects,
    keys,
    gateways: sabotaged(gateways, sabotage),
    windows: defaultWindows,
    dunning: { retryDelays: retryDays.map((days) => Temporal.Duration.from({ days })) },
    sends: journal?.sends ?? unjournaled,
    log: logOf(owner, around),
  };
  const rateLimit = { perSecond: 1_000, burst: 1_000 };
  const app =
    kind === "api" ? createApp({ engine, sender, baseUrl, rateLimit, pages: [] }) : undefined;
  const process: VirtualProcess = Object.assign(owner, {
    kind,
    engine,
    app,
    kill() {
      if (owner.isDead) return;
      scheduler.note(name, "dies");
      owner.isDead = true;
      database.abandon();
    },
    breakSessions: () => database.breakOff(),
  });
  begin(process, journal, around.pollMs);
  scheduler.note(name, "starts");
  return process;
}

/** A worker begins to work once its journal is open, if it keeps one. */
function begin(
  { engine, kind }: VirtualProcess,
  journal: VirtualJournal | undefined,
  pollMs: number,
): void {
  const work = () => {
    if (kind === "worker") startWorker(engine, { pollMs });
  };
  if (journal === undefined) work();
  else void journal.open(engine).then(work);
}

function effectsOf(
  scheduler: Scheduler,
  chance: Chance,
  sabotage: Sabotage,
): Omit<Effects, "timers"> {
  const bootedAtMs = scheduler.nowMs();
  const skewMs = chance.between(-largestSkewMs, largestSkewMs);
  const plain = randomOf(chance.fork("random"));
  return {
    clock: {
      now: () => Temporal.Instant.fromEpochMilliseconds(scheduler.nowMs() + skewMs),
      monotonicMs: () => scheduler.nowMs() - bootedAtMs,
    },
    random: sabotage.random?.(plain) ?? plain,
  };
}

/** A worker's loops rest until they are rung or may find something; all other waits are exact. */
function timersOf(
  kind: VirtualProcess["kind"],
  owner: Owner,
  { memory, pollMs, scheduler }: Surroundings,
  isIdle: (poll: string) => boolean,
): Timers {
  return {
    sleep(ms, signal) {
      const isLoop = kind === "worker" && signal !== undefined && ms >= pollMs;
      if (!isLoop) return scheduler.sleep(owner, ms, signal);
      const round = nextRound(memory, isIdle);
      return scheduler.rest(owner, ms, signal, () => round?.wouldRepeat() === true);
    },
  };
}

/** The rows of a claim travel as JSON (server/src/refunds/refund-queue-store.ts). */
function claimedRefunds({ sql, values = [] }: Step): readonly string[] {
  if (typeof sql === "string" || sql.name !== "refunds_claim") return [];
  const rows = JSON.parse(String(values[0])) as readonly { readonly id: string }[];
  return rows.map(({ id }) => id);
}

function sabotaged(gateways: Gateways, { gateway: change }: Sabotage): Gateways {
  if (change === undefined) return gateways;
  return { of: async (db, connection) => change(await gateways.of(db, connection)) };
}

/** What is logged as an error and was not brought about by us is a finding. */
function logOf(owner: Owner, { scheduler, onBug }: Surroundings): Log {
  const line = (level: string, details: Readonly<Record<string, unknown>>, message: string) => {
    const { error, ...rest } = details;
    const why = error instanceof Error ? ` (${error.name}: ${error.message})` : "";
    const about = Object.values(rest).filter((value) => typeof value === "string");
    scheduler.note(owner.name, `${level}: ${message} ${about.join(" ")}${why}`);
    if (level === "error" && error !== undefined && !isExplained(error)) {
      const stack = error instanceof Error ? error.stack : JSON.stringify(error);
      onBug(`${owner.name} logged "${message}": ${stack}`);
    }
  };
  return {
    info: () => undefined,
    warn: (details, message) => line("warns", details, message),
    error: (details, message) => line("error", details, message),
  };
}

/** The weather's work, however deeply it is wrapped; deadlocks and limits belong to it. */
export function isExplained(error: unknown): boolean {
  if (error instanceof BrokenConnection || error instanceof CommitUnknownError) return true;
  if (error instanceof GatewayError) return true;
  if (["40P01", "40001", "57014", "55P03"].includes(sqlState(error) ?? "")) return true;
  return error instanceof Error && error.cause !== undefined && isExplained(error.cause);
}
