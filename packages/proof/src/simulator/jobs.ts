/** Jobs: the processes that simulations run in, each with seeds of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SabotageName } from "../sabotage/sabotage-names.ts";
import type { JobOrder } from "./job.ts";
import type { SeedLine } from "./summary.ts";

export interface JobsOptions {
  readonly seeds: readonly string[];
  readonly jobs: number;
  readonly sabotage: SabotageName | undefined;
  readonly onLine: (line: SeedLine) => void;
  /** Aborted when enough is known: the jobs end, whatever they are at. */
  readonly signal: AbortSignal;
}

/** @throws {Error} when a job ends badly by itself. */
export async function runJobs(options: JobsOptions): Promise<void> {
  const { jobs, seeds } = options;
  const shares = Array.from({ length: Math.min(jobs, seeds.length) }, (_, job) =>
    seeds.filter((_seed, n) => n % jobs === job),
  );
  await Promise.all(shares.map((share) => runOne(share, options)));
}

async function runOne(seeds: readonly string[], options: JobsOptions): Promise<void> {
  const { onLine, sabotage, signal } = options;
  const order: JobOrder = { seeds, sabotage, tellsTrace: false };
  const program = join(import.meta.dirname, "run-job.ts");
  const child = spawn(
    process.execPath,
    [
      "--conditions=source",
      "--disable-warning=ExperimentalWarning",
      program,
      JSON.stringify(order),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const stop = () => child.stdin.end();
  signal.addEventListener("abort", stop, { once: true });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    onLine(JSON.parse(line) as SeedLine);
  }
  const code = await ended;
  signal.removeEventListener("abort", stop);
  if (code !== 0) throw new Error(`a job ended with ${code}; its own words are above`);
}
