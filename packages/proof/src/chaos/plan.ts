/**
 * The plan of a run: what goes wrong and when, drawn from a seed. Each kind comes at least as often as
 * its floor says, spread over the whole time; one thing at a time happens to the database.
 */
import type { Chance } from "../chance.ts";
import type { CutMoment } from "./fault-proxy.ts";

export type WorkerFault =
  | { readonly kind: "kill"; readonly worker: number }
  | { readonly kind: "freeze"; readonly worker: number; readonly ms: number }
  | {
      readonly kind: "fill_journal";
      readonly worker: number;
      readonly ms: number;
      readonly bytes: number;
    }
  | { readonly kind: "kill_api"; readonly api: number }
  | { readonly kind: "cut_commit"; readonly moment: CutMoment };

export type DatabaseFault =
  | { readonly kind: "kill"; readonly withChildren: boolean }
  | { readonly kind: "read_only"; readonly ms: number }
  | { readonly kind: "fill_disk"; readonly ms: number; readonly bytes: number }
  | { readonly kind: "promote"; readonly lagMs: number };

/** Something at a moment of the run, in milliseconds from its beginning. */
export type At<T> = T & { readonly atMs: number };

export interface Plan {
  /** In order; those of the processes happen whatever the database does. */
  readonly processes: readonly At<WorkerFault>[];
  /** In order, one after the other. */
  readonly database: readonly At<DatabaseFault>[];
}

/** The least of each kind that a run must have seen to count. */
export interface Floors {
  readonly workerKills: number;
  readonly databaseKills: number;
  readonly charges: number;
}

/** @param seconds A run of 180 has 100 worker kills, 10 database kills and 5,000 charges at least. */
export function floorsOf(seconds: number): Floors {
  const share = seconds / 180;
  return {
    workerKills: Math.floor(100 * share),
    databaseKills: Math.floor(10 * share),
    charges: Math.floor(5_000 * share),
  };
}

export interface PlanOptions {
  readonly seconds: number;
  readonly workers: number;
  readonly apis: number;
  /** Longer than a lease, by what the windows say. */
  readonly leaseMs: number;
  /** Whether files can be limited on this system. */
  readonly canFill: boolean;
}

export function drawPlan(chance: Chance, options: PlanOptions): Plan {
  return {
    processes: drawProcessFaults(chance.fork("processes"), options),
    database: drawDatabaseFaults(chance.fork("database"), options),
  };
}

const kibibyte = 1024;

/**
 * Of all kills: as many hit a worker that is in a crash loop, each of them for a while in its turn. The
 * others live long enough to have much on its way when they die.
 */
const loopShare = 0.65;
/** So many kills until another worker is in the loop: half a minute. */
const loopKills = 20;

function drawProcessFaults(chance: Chance, options: PlanOptions): At<WorkerFault>[] {
  const { apis, canFill, leaseMs, seconds, workers } = options;
  const worker = () => chance.below(workers);
  const spread = (everyMs: number, draw: (index: number) => WorkerFault) =>
    spreadOver(chance, seconds * 1_000, everyMs, draw);
  const faults = [
    ...spread(1_500, (index) => {
      const looping = Math.floor(index / loopKills) % workers;
      return { kind: "kill", worker: chance.happens(loopShare) ? looping : worker() };
    }),
    ...spread(22_000, () => {
      const ms = leaseMs + chance.between(200, leaseMs);
      return { kind: "freeze", worker: worker(), ms };
    }),
    ...spread(20_000, () => ({ kind: "kill_api", api: chance.below(apis) })),
    ...spread(1_500, () => {
      return { kind: "cut_commit", moment: chance.pick(["before", "after"] as const) };
    }),
  ];
  const filled = spread(30_000, () => {
    const ms = chance.between(1_000, 4_000);
    return { kind: "fill_journal", worker: worker(), ms, bytes: chance.below(4 * kibibyte) };
  });
  return [...faults, ...(canFill ? filled : [])].sort((one, other) => one.atMs - other.atMs);
}

/** One in each stretch of time, somewhere in it. */
function spreadOver<T>(
  chance: Chance,
  allMs: number,
  everyMs: number,
  draw: (index: number) => T,
): At<T>[] {
  const count = Math.floor(allMs / everyMs);
  return Array.from({ length: count }, (_, index) => {
    return { ...draw(index), atMs: Math.floor(index * everyMs) + chance.below(everyMs) };
  });
}

/** So often one thing happens to the database, as long as it is well again in between. */
const databaseEveryMs = 8_000;

function drawDatabaseFaults(chance: Chance, options: PlanOptions): At<DatabaseFault>[] {
  const { canFill, seconds } = options;
  const count = Math.floor((seconds * 1_000) / databaseEveryMs);
  const kills = Math.ceil(count * 0.65);
  const others = Array.from({ length: count - kills }, (_, index) =>
    drawOther(chance, index, canFill),
  );
  const kinds = [
    ...Array.from({ length: kills }, (): DatabaseFault => {
      return { kind: "kill", withChildren: chance.happens(0.5) };
    }),
    ...others,
  ];
  return shuffled(chance, kinds).map((fault, index) => {
    return { ...fault, atMs: index * databaseEveryMs + chance.below(databaseEveryMs / 2) };
  });
}

/** All kinds in turn: a short run sees the worst first. */
function drawOther(chance: Chance, index: number, canFill: boolean): DatabaseFault {
  const turn = index % 3;
  if (turn === 0) return { kind: "promote", lagMs: chance.between(100, 1_000) };
  if (turn === 1 || !canFill) return { kind: "read_only", ms: chance.between(1_000, 4_000) };
  const bytes = chance.between(64, 1_024) * kibibyte;
  return { kind: "fill_disk", ms: chance.between(1_000, 3_000), bytes };
}

function shuffled<T>(chance: Chance, things: readonly T[]): T[] {
  return things
    .map((thing) => ({ thing, key: chance.below(2 ** 30) }))
    .sort((one, other) => one.key - other.key)
    .map(({ thing }) => thing);
}
