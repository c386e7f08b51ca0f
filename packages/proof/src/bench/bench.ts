/**
 * The bench: charges per second, and how long one takes from claim to record, beside a cron job and
 * the machine's own limit. All contenders take turns in one run, on one PostgreSQL with fsync on, so
 * what counts is their ratio in the same round; absolute rates are this machine's at this moment.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { compose } from "../../../server/src/compose.ts";
import { readConfig } from "../../../server/src/config.ts";
import { connectDatabase, type Database } from "../../../server/src/db/database.ts";
import { startEmbeddedPostgres } from "../../../server/src/db/embedded/start-embedded-postgres.ts";
import type { Engine } from "../../../server/src/engine.ts";
import {
  contenderTables,
  timeCommitPairs,
  timeCronJob,
  timeWorker,
  type Timing,
} from "./contenders.ts";
import { openMarket, type Market } from "./market.ts";
import { startByHttp, startInProcess, type TossProvider } from "./toss-provider.ts";

export interface BenchOptions {
  /** Charges of one turn, which are also the customers of one market. */
  readonly charges: number;
  readonly rounds: number;
  /** Charges under way at once, for all who can do more than one. */
  readonly concurrency: number;
  /** What the provider behind HTTP adds to each answer; the one in this process adds nothing. */
  readonly latencyMs: number;
  readonly progress?: (line: string) => void;
}

/** Over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface BenchRow {
  /** `worker, by HTTP` */
  readonly name: string;
  readonly perSecond: Spread;
  /** Over all rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The worker's rate in the same round divided by this one's; undefined for the worker itself. */
  readonly workerIsTimes?: Spread;
}

export interface BenchReport {
  readonly charges: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly cores: number;
  readonly node: string;
  readonly postgres: string;
  readonly fsync: string;
  readonly rows: readonly BenchRow[];
}

export async function bench(options: BenchOptions): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), "maedal-bench-"));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, "database") });
  const config = readConfig({
    DATABASE_URL: postgres.url,
    MAEDAL_MASTER_KEY: "5e".repeat(32),
    MAEDAL_JOURNAL: join(directory, "journal"),
    MAEDAL_LOG_LEVEL: "error",
  });
  const maedal = await compose(config);
  const poolSize = options.concurrency;
  const pool = connectDatabase({ url: postgres.url, poolSize, planGuards: true });
  try {
    const { database } = maedal.engine;
    for (const sql of contenderTables) await database.execute(sql);
    const inProcess = await compareAt(startInProcess(), maedal.engine, pool, options);
    const byHttp = await compareAt(
      await startByHttp(options.latencyMs),
      maedal.engine,
      pool,
      options,
    );
    return { ...shapeOf(options), ...(await machine(database)), rows: [...inProcess, ...byHttp] };
  } finally {
    await pool.close();
    await maedal.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function shapeOf({ charges, concurrency, latencyMs, rounds }: BenchOptions) {
  return { charges, concurrency, latencyMs, rounds };
}

async function compareAt(
  provider: TossProvider,
  engine: Engine,
  pool: Database,
  { charges, concurrency, progress = () => undefined, rounds }: BenchOptions,
): Promise<readonly BenchRow[]> {
  const { name } = provider;
  try {
    progress(`${name}: ${charges} customers register`);
    const market = await openMarket(engine, provider, charges, concurrency);
    const contenders = contendersOf(market, pool, concurrency);
    const timings = contenders.map((): Timing[] => []);
    // The first round warms everything up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      progress(`${name}: round ${round} of ${rounds}`);
      if (round > 0) await market.fallDue();
      for (const [index, { time }] of contenders.entries()) {
        const timing = await time();
        if (round > 0) timings[index]?.push(timing);
      }
    }
    const [ours = []] = timings;
    return contenders.map((contender, index) => {
      return rowOf(`${contender.name}, ${name}`, timings[index] ?? [], ours);
    });
  } finally {
    await provider.stop();
  }
}

function contendersOf(market: Market, pool: Database, concurrency: number) {
  return [
    { name: "worker", time: () => timeWorker(market, pool) },
    { name: "cron job, one at a time", time: () => timeCronJob(market, 1) },
    { name: `cron job, ${concurrency} at once`, time: () => timeCronJob(market, concurrency) },
    {
      name: "two commits and nothing else",
      time: () => timeCommitPairs(market, pool, concurrency),
    },
  ];
}

function rowOf(name: string, timings: readonly Timing[], ours: readonly Timing[]): BenchRow {
  const latencies = timings.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
  const times = timings.map(({ perSecond }, round) => (ours[round]?.perSecond ?? 0) / perSecond);
  return {
    name,
    perSecond: spreadOf(timings.map(({ perSecond }) => perSecond)),
    p50Ms: rounded(quantile(latencies, 0.5)),
    p99Ms: rounded(quantile(latencies, 0.99)),
    ...(timings === ours ? {} : { workerIsTimes: spreadOf(times) }),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  return {
    median: rounded(quantile(sorted, 0.5)),
    min: rounded(sorted[0] ?? 0),
    max: rounded(sorted.at(-1) ?? 0),
  };
}

/** @param sorted Ascending. @returns 0 when there is none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

async function machine(database: Database) {
  const [row] = await database.query<{ postgres: string; fsync: string }>(
    "select current_setting('server_version') as postgres, current_setting('fsync') as fsync",
  );
  return {
    cores: availableParallelism(),
    node: process.version,
    postgres: row?.postgres ?? "",
    fsync: row?.fsync ?? "",
  };
}
