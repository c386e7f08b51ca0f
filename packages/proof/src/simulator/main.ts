/**
 * `npm run simulate`: lives through years of a shop with the real engine, each drawn from a seed, and
 * judges them.
 *
 *   --seeds N        so many simulations, 200 unless told
 *   --seed S         the first of them, 1 unless told
 *   --jobs N         so many at once, 2 unless told
 *   --sabotage NAME  takes a rule of the charge protocol out; `all` tries one after the other
 *   --limit S        how many seconds each sabotage may take to be caught, 60 unless told
 *   --replay S       one simulation again, with the course of the subscriptions that went wrong
 *   --json           one summary object on stdout instead of the report
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { sabotageNames, whatCaught, type SabotageName } from "../sabotage/sabotage-names.ts";
import { runJobs } from "./jobs.ts";
import { showProgress } from "./progress.ts";
import { reportText, summaryOf, type SeedLine, type Summary } from "./summary.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    sabotage: { type: "string" },
    limit: { type: "string", default: "60" },
    replay: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
process.exitCode = await main();

async function main(): Promise<number> {
  const first = wholeNumber("seed", values.seed);
  const seeds = values.replay === undefined ? wholeNumber("seeds", values.seeds) : 1;
  const start = values.replay === undefined ? first : wholeNumber("replay", values.replay);
  const numbers = Array.from({ length: seeds }, (_, n) => String(start + n));
  if (values.sabotage === "all") return await trySabotages(numbers, sabotageNames);
  if (values.sabotage !== undefined) {
    const name = sabotageNames.find((known) => known === values.sabotage);
    if (name === undefined) {
      throw new Error(`--sabotage is all, or one of ${sabotageNames.join(", ")}`);
    }
    if (values.replay === undefined) return await trySabotages(numbers, [name]);
    return await simulateAll(numbers, name);
  }
  return await simulateAll(numbers, undefined);
}

async function simulateAll(
  seeds: readonly string[],
  sabotage: SabotageName | undefined,
): Promise<number> {
  const { lines, summary } = await run(seeds, sabotage, new AbortController(), () => false);
  if (values.json) console.log(JSON.stringify(summary));
  else {
    if (values.replay !== undefined) console.log(lines.flatMap((it) => it.timeline).join("\n"));
    console.log(reportText(summary));
  }
  return summary.violations === 0 ? 0 : 1;
}

interface Caught {
  readonly name: SabotageName;
  /** Simulations until the first violation; undefined when there was none. */
  readonly seeds: number | undefined;
  readonly violation: string | undefined;
  readonly replay: string | undefined;
  readonly seconds: number;
  readonly charges: number;
}

/** Each must be caught; one that is not is a defect of the proof. */
async function trySabotages(
  seeds: readonly string[],
  names: readonly SabotageName[],
): Promise<number> {
  const results: Caught[] = [];
  for (const name of names) {
    const enough = new AbortController();
    const limit = setTimeout(() => enough.abort(), 1_000 * wholeNumber("limit", values.limit));
    const isCaught = ({ violations }: Pick<SeedLine, "violations">) =>
      whatCaught(name, violations) !== undefined;
    const { summary } = await run(seeds, name, enough, isCaught);
    clearTimeout(limit);
    const failure = summary.failures.find(isCaught);
    const caught: Caught = {
      name,
      seeds: failure === undefined ? undefined : summary.seeds,
      violation: failure && whatCaught(name, failure.violations),
      replay: failure?.replay,
      seconds: summary.seconds,
      charges: summary.charges,
    };
    results.push(caught);
    if (!values.json) console.log(caughtText(caught));
  }
  const missed = results.filter(({ seeds: count }) => count === undefined);
  if (values.json) {
    const charges = results.reduce((sum, it) => sum + it.charges, 0);
    const count = results.reduce((sum, it) => sum + (it.seeds ?? 0), 0);
    const summary = { command: "simulate", seeds: count, charges, violations: missed.length };
    console.log(JSON.stringify({ ...summary, sabotages: results }));
  } else console.log(`${names.length - missed.length} caught, ${missed.length} not caught`);
  return missed.length === 0 ? 0 : 1;
}

function caughtText({ name, replay, seconds, seeds, violation }: Caught): string {
  if (seeds === undefined) return `${name}: NOT CAUGHT in ${seconds} s`;
  return `${name}: caught after ${seeds} ${seeds === 1 ? "seed" : "seeds"}, ${seconds} s\n  ${violation ?? ""}\n  replay: ${replay ?? ""}`;
}

async function run(
  seeds: readonly string[],
  sabotage: SabotageName | undefined,
  enough: AbortController,
  isEnough: (line: SeedLine) => boolean,
): Promise<{ readonly lines: readonly SeedLine[]; readonly summary: Summary }> {
  const startedAtMs = performance.now();
  const lines: SeedLine[] = [];
  const progress = showProgress(seeds.length, sabotage);
  const jobs = wholeNumber("jobs", values.jobs);
  const onLine = (line: SeedLine) => {
    lines.push(line);
    progress.show(lines);
    if (isEnough(line)) enough.abort();
  };
  await runJobs({ seeds, jobs, sabotage, onLine, signal: enough.signal });
  progress.end();
  const seconds = (performance.now() - startedAtMs) / 1_000;
  return { lines, summary: summaryOf(lines, sabotage, seconds, hashOf) };
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!/^\d{1,12}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return number;
}
