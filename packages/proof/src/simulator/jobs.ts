/** Jobs: the processes that simulations run in, each with seeds and a database of its own. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { stopAbandonedPostgres } from "../../../server/src/db/embedded/start-embedded-postgres.ts";
import type { SabotageName } from "../sabotage/sabotage-names.ts";
import type { JobOrder } from "./job.ts";
import type { SeedLine } from "./summary.ts";

export interface JobsOptions {
  readonly seeds: readonly string[];
  readonly jobs: number;
  readonly sabotage: SabotageName | undefined;
  readonly onLine: (line: SeedLine) => void;
  /** Aborted when enough is known: the jobs end at once, whatever they are at. */
  readonly signal: AbortSignal;
}

/** @throws {Error} when a job ends badly by itself; the others are ended then. */
export async function runJobs(options: JobsOptions): Promise<void> {
  const { jobs, seeds } = options;
  const shares = Array.from({ length: Math.min(jobs, seeds.length) }, (_, job) =>
    seeds.filter((_seed, n) => n % jobs === job),
  );
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const ends = shares.map((share) =>
    runOne(share, { ...options, signal }).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const [failure] = (await Promise.allSettled(ends)).filter(({ status }) => status === "rejected");
  if (failure?.status === "rejected") throw failure.reason;
}

async function runOne(seeds: readonly string[], options: JobsOptions): Promise<void> {
  const { onLine, sabotage, signal } = options;
  const directory = await mkdtemp(join(tmpdir(), "maedal-simulate-"));
  const child = startJob({ seeds, sabotage, directory, tellsTrace: false });
  const stop = () => void child.kill("SIGKILL");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const end = endOf(child);
  try {
    let told = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      told += 1;
      onLine(JSON.parse(line) as SeedLine);
    }
    const how = await end;
    if (how !== undefined && !signal.aborted) {
      throw new Error(
        `a job ${how} after ${told} of its ${seeds.length} simulations, the first of which was seed ${seeds[0]}; what it said is above`,
      );
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await stopAbandonedPostgres(directory); // Whoever was killed has left its server running.
    await rm(directory, { recursive: true, force: true });
  }
}

type Job = ChildProcessByStdio<Writable, Readable, null>;

function startJob(order: JobOrder): Job {
  const flags = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
  const program = join(import.meta.dirname, "run-job.ts");
  return spawn(process.execPath, [...flags, program, JSON.stringify(order)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** @returns How it ended when it did not end well. */
function endOf(child: Job): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else if (signal === null) resolve(`ended with code ${code}`);
      else resolve(`was ended by ${signal}, maybe because memory ran out,`);
    });
  });
}
