/**
 * Fuzzing as a program.
 *
 *   fuzz --cases 20000 --seed 1 [--json]
 *   fuzz --seed 1 --case api:1234
 *
 * Exit code 0: no rule was broken. 1: one was. 2: it could not be run.
 */
import { Command } from "commander";
import { fuzz, type FuzzReport } from "./fuzz.ts";
import { wholeNumber } from "../whole-number.ts";

interface FuzzFlags {
  readonly cases: number;
  readonly seed: string;
  readonly case?: string;
  readonly database?: string;
  readonly json?: true;
}

const program = new Command("fuzz")
  .description("Sends what nobody should send, to everything that takes something.")
  .option("--cases <number>", "how many, over all targets", wholeNumber, 20_000)
  .option("--seed <text>", "decides which", "1")
  .option("--case <target:number>", "one case, as a violation names it")
  .option("--database <url>", "a PostgreSQL to make databases on; starts its own unless told")
  .option("--json", "one object on standard output")
  .action(async (flags: FuzzFlags) => {
    const report = await fuzz({
      cases: flags.cases,
      seed: flags.seed,
      only: flags.case,
      serverUrl: flags.database,
      progress: (done) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${flags.cases} cases `);
      },
    });
    if (process.stderr.isTTY) process.stderr.write("\n");
    console.log(flags.json === true ? JSON.stringify(report) : textOf(report));
    process.exitCode = report.violations === 0 ? 0 : 1;
  });

function textOf({ byTarget, cases, seconds, seed, shown, violations }: FuzzReport): string {
  const targets = Object.entries(byTarget).map(([name, count]) => `${count} ${name}`);
  const found = shown.map(
    ({ case: name, command, rule, shown: sent }) => `${name} ${rule}\n  ${sent}\n  ${command}\n`,
  );
  const summary = `${cases} cases (${targets.join(", ")}), seed ${seed}, ${seconds} s: ${violations} violations`;
  return [...found, summary].join("\n");
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
