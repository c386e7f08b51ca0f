/**
 * The bench as a program: `bench [--charges N] [--rounds R] [--concurrency C] [--latency MS]
 * [--json]`. It asserts nothing; its figures and how to read them are in docs/performance.md.
 */
import { Command } from "commander";
import { bench, type BenchReport, type BenchRow } from "./bench.ts";
import { wholeNumber } from "../whole-number.ts";

interface BenchFlags {
  readonly charges: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly latency: number;
  readonly json?: true;
}

const program = new Command("bench")
  .description("Charges per second, beside a cron job and the machine's own limit, in one run.")
  .option("--charges <number>", "charges of one turn", wholeNumber, 1_000)
  .option("--rounds <number>", "turns of each contender", wholeNumber, 5)
  .option("--concurrency <number>", "charges under way at once", wholeNumber, 50)
  .option("--latency <ms>", "what the provider behind HTTP takes for an answer", wholeNumber, 50)
  .option("--json", "one object on standard output")
  .action(async ({ json, latency: latencyMs, ...options }: BenchFlags) => {
    const report = await bench({ ...options, latencyMs, progress: (line) => console.error(line) });
    console.log(json === true ? JSON.stringify(report) : textOf(report));
  });

function textOf(report: BenchReport): string {
  const { charges, concurrency, cores, fsync, latencyMs, node, postgres, rounds, rows } = report;
  const where = `Node ${node}, PostgreSQL ${postgres} with fsync ${fsync}, ${cores} cores`;
  const how = `${rounds} rounds of ${charges} charges, ${concurrency} at once, ${latencyMs} ms by HTTP`;
  return [where, how, "", ...rows.map(lineOf)].join("\n");
}

function lineOf({ name, p50Ms, p99Ms, perSecond, workerIsTimes }: BenchRow): string {
  const rate = `${perSecond.median}/s (${perSecond.min} to ${perSecond.max})`;
  const ratio =
    workerIsTimes === undefined
      ? ""
      : `, worker × ${workerIsTimes.median} (${workerIsTimes.min} to ${workerIsTimes.max})`;
  return `${name.padEnd(44)} ${rate}, p50 ${p50Ms} ms, p99 ${p99Ms} ms${ratio}`;
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
