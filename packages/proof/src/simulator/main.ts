/**
 * Simulation as a program: lives through years of shops with the real engine, each drawn from a seed,
 * and judges them.
 *
 *   simulate --seeds 1000 [--seconds 600] [--seed 1] [--jobs 2] [--json]
 *   simulate --sabotage NAME|all [--limit 60]
 *   simulate --replay 17 [--sabotage NAME]
 *
 * Exit code 0: nothing was violated in at least one simulation, or every sabotage was caught. 1: otherwise.
 * 2: it could not be run.
 */
import { Command, Option } from "commander";
import { sabotageNames, whatCaught, type SabotageName } from "../sabotage/sabotage-names.ts";
import { seedsFor } from "../sabotage/sabotage-seeds.ts";
import { runJobs } from "./jobs.ts";
import { showProgress } from "./progress.ts";
import { caughtText, summaryOfSabotages, type Caught } from "./sabotage-report.ts";
import { reportText, summaryOf, type SeedLine, type Summary } from "./summary.ts";
import { wholeNumber } from "../whole-number.ts";

interface SimulateFlags {
  readonly seeds: number;
  readonly seconds?: number;
  readonly seed: number;
  readonly jobs: number;
  readonly sabotage?: SabotageName | "all";
  readonly limit: number;
  readonly replay?: number;
  readonly json?: true;
}

/** Ctrl-C, or whoever runs it has waited for long enough: what is known by then is told. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => interrupted.abort());

const program = new Command("simulate")
  .description("Lives through years of a shop with the real engine, and judges its books.")
  .option("--seeds <number>", "how many simulations", wholeNumber, 200)
  .option("--seconds <number>", "ends after so long, with those that are over by then", wholeNumber)
  .option("--seed <number>", "the first of them", wholeNumber, 1)
  .option("--jobs <number>", "how many at once", wholeNumber, 2)
  .addOption(
    new Option("--sabotage <name>", "takes a rule out; all tries one after the other").choices([
      ...sabotageNames,
      "all",
    ]),
  )
  .option("--limit <seconds>", "how long a sabotage may take to be caught", wholeNumber, 60)
  .option(
    "--replay <seed>",
    "one simulation again, with the course of what went wrong",
    wholeNumber,
  )
  .option("--json", "one summary object on standard output")
  .action(async (flags: SimulateFlags) => {
    const isWell = await simulate(flags);
    process.exitCode = isWell && !interrupted.signal.aborted ? 0 : 1;
  });

/** @returns Whether all is well. */
async function simulate(flags: SimulateFlags): Promise<boolean> {
  const { replay, sabotage } = flags;
  if (sabotage === "all") {
    if (replay !== undefined) throw new Error("--replay needs the name of one sabotage, not all");
    return await trySabotages(flags, sabotageNames);
  }
  if (sabotage !== undefined && replay === undefined) return await trySabotages(flags, [sabotage]);
  const enough = new AbortController();
  const limit = abortAfter(enough, flags.seconds);
  const { lines, summary } = await run(flags, sabotage, enough, () => false);
  clearTimeout(limit);
  if (flags.json === true) console.log(JSON.stringify(summary));
  else {
    if (replay !== undefined) console.log(lines.flatMap(({ timeline }) => timeline).join("\n"));
    console.log(reportText(summary));
  }
  return summary.violations === 0 && summary.seeds > 0; // None at all shows nothing.
}

function abortAfter(controller: AbortController, seconds: number | undefined) {
  if (seconds === undefined) return undefined;
  return setTimeout(() => controller.abort(), 1_000 * seconds);
}

/** Each must be caught; one that is not is a defect of the proof. */
async function trySabotages(
  flags: SimulateFlags,
  names: readonly SabotageName[],
): Promise<boolean> {
  const results: Caught[] = [];
  for (const name of names) {
    if (interrupted.signal.aborted) break;
    const enough = new AbortController();
    const limit = abortAfter(enough, flags.limit);
    const isCaught = ({ violations }: Pick<SeedLine, "violations">) =>
      whatCaught(name, violations) !== undefined;
    const { summary } = await run(flags, name, enough, isCaught);
    clearTimeout(limit);
    const { charges, failures, seconds, seeds } = summary;
    const failure = failures.find(isCaught);
    const caught: Caught = {
      name,
      seeds: failure === undefined ? undefined : seeds,
      violation: failure && whatCaught(name, failure.violations),
      replay: failure?.replay,
      seconds,
      charges,
    };
    results.push(caught);
    if (flags.json !== true) console.log(caughtText(caught));
  }
  const { missed, ...summary } = summaryOfSabotages(results);
  if (flags.json === true) console.log(JSON.stringify(summary));
  else console.log(`${names.length - missed} caught, ${missed} not caught`);
  return missed === 0;
}

async function run(
  { jobs, replay, seed, seeds: count }: SimulateFlags,
  sabotage: SabotageName | undefined,
  enough: AbortController,
  isEnough: (line: SeedLine) => boolean,
): Promise<{ readonly lines: readonly SeedLine[]; readonly summary: Summary }> {
  const startedAtMs = performance.now();
  const seeds = replay === undefined ? seedsFor(sabotage, seed, count) : [String(replay)];
  const lines: SeedLine[] = [];
  const progress = showProgress(seeds.length, sabotage);
  const onLine = (line: SeedLine) => {
    lines.push(line);
    progress.show(lines);
    if (isEnough(line)) enough.abort();
  };
  const signal = AbortSignal.any([enough.signal, interrupted.signal]);
  await runJobs({ seeds, jobs, sabotage, onLine, signal });
  progress.end(lines);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  return { lines, summary: summaryOf(lines, sabotage, seconds) };
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
