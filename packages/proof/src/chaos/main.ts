/**
 * Chaos as a program: `chaos [--seconds N] [--seed S] [--workers N] [--json]`.
 *
 * Exit code 0: nothing was violated, and enough has happened. 1: otherwise. 2: it could not be run.
 */
import { randomInt } from "node:crypto";
import { Command } from "commander";
import { reportText } from "../checker/report-text.ts";
import { chaos, type ChaosReport } from "./chaos.ts";
import { commit } from "../commit.ts";
import { wholeNumber } from "../whole-number.ts";

interface ChaosFlags {
  readonly seconds: number;
  readonly seed?: string;
  readonly workers: number;
  readonly json?: true;
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!interrupted.signal.aborted) say("Ending everything");
    interrupted.abort(new Error("interrupted"));
  });
}

const program = new Command("chaos")
  .description(
    "Kills, freezes, cuts off and fills up real processes while they charge, and judges.",
  )
  .option("--seconds <number>", "how long", wholeNumber, 180)
  .option("--seed <text>", "decides what happens when; a new one unless told")
  .option("--workers <number>", "so many at once", wholeNumber, 4)
  .option("--json", "one object on standard output")
  .action(async ({ json, seed = String(randomInt(1_000_000)), ...flags }: ChaosFlags) => {
    const progress = createProgress();
    const report = await chaos({ ...flags, seed, progress, signal: interrupted.signal });
    if (process.stderr.isTTY) process.stderr.write("\n");
    console.log(json === true ? JSON.stringify(summaryOf(report)) : textOf(report));
    const isWell = report.violations.length === 0 && report.missed.length === 0;
    process.exitCode = isWell ? 0 : 1;
  });

function say(line: string): void {
  process.stderr.write(`\n${line}\n`);
}

const quietMs = 15_000;

/** One line that changes; where nobody looks on, one now and then. */
function createProgress(): (line: string) => void {
  let shownAt = -quietMs;
  return (line) => {
    if (process.stderr.isTTY) return void process.stderr.write(`\r\u001b[K${line}`);
    if (performance.now() - shownAt < quietMs) return;
    shownAt = performance.now();
    process.stderr.write(`${line}\n`);
  };
}

/** How many violations there are, and the first of them. */
function summaryOf({ violations, ...report }: ChaosReport) {
  const shown = violations.slice(0, 20);
  const all = { ...report, violations: violations.length, shown, commit };
  return { ...all, checked: undefined };
}

function textOf(report: ChaosReport): string {
  const { acts, artefacts, checked, missed, skipped, troubles, violations } = report;
  const done = Object.entries(acts).map(([act, times]) => `${times} ${act}`);
  return [
    ...(checked === undefined ? [] : [reportText(checked)]),
    "",
    `seed ${report.seed}, ${report.seconds} s, healed in ${report.healedInSeconds} s, commit ${commit ?? "unknown"}`,
    `${report.charges} charges, ${report.payments} payments; by the customers: ${done.join(", ")}`,
    `workers: ${report.workerKills} killed, ${report.workerFreezes} frozen, ${report.journalFullSpells} with a full disk; servers: ${report.apiKills} killed`,
    `PostgreSQL: ${report.databaseKills} killed, ${report.promotions} failovers (${report.recoveries} recoveries of ${report.sendsRecovered} forgotten sends), ${report.readOnlySpells} read-only, ${report.diskFullSpells} full; ${report.commitsCut} commits cut`,
    ...troubles.map((text) => `note: ${text}`),
    ...skipped.map((text) => `skipped: ${text}`),
    ...missed.map((text) => `too little: ${text}`),
    ...violations.map((text) => `VIOLATED ${text}`),
    ...(artefacts === undefined ? [] : [`Logs, dumps and journals: ${artefacts}`]),
    `${violations.length} violations`,
  ].join("\n");
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
