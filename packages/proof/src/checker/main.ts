/**
 * The checker as a program.
 *
 *   check DIR [--account acct_…] [--search FILE …] [--json]
 *   collect DIR --database URL --emulator URL
 *
 * Exit code 0: nothing is violated. 1: something is. 2: it could not be judged, or there was nothing to
 * judge.
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { Client } from "pg";
import { checkAccounts } from "./check-accounts.ts";
import { askEmulator, dumpTables, writeEvidence } from "./collect.ts";
import { readDirectory } from "./read-directory.ts";
import { reportText } from "./report-text.ts";

const program = new Command("checker").description(
  "Judges a run of Maedal by the provider's ledger, the database and the journal.",
);

program
  .command("check")
  .description("judges the evidence in a directory")
  .argument("<directory>")
  .option("--account <id>", "this account only")
  .option("--search <file...>", "files in which no planted secret may stand")
  .option("--json", "one object on standard output")
  .action((directory: string, options: CheckOptions) => {
    const texts = (options.search ?? []).map((name) => ({
      name,
      text: readFileSync(name, "utf8"),
    }));
    const input = { ...readDirectory(directory), texts, account: options.account };
    const report = checkAccounts(input);
    console.log(options.json === true ? JSON.stringify(report) : reportText(report));
    const isJudged = report.passed + report.failed > 0;
    process.exitCode = report.violations > 0 ? 1 : isJudged ? 0 : 2;
  });

interface CheckOptions {
  readonly account?: string;
  readonly search?: readonly string[];
  readonly json?: true;
}

program
  .command("collect")
  .description("dumps a database's tables and an emulator's ledger and call log")
  .argument("<directory>")
  .requiredOption("--database <url>", "the database that was used")
  .requiredOption("--emulator <url>", "the emulator's control address")
  .action(async (directory: string, options: { database: string; emulator: string }) => {
    const client = new Client({ connectionString: options.database });
    await client.connect();
    try {
      const query = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
      const tables = await dumpTables(query);
      writeEvidence(directory, { ...(await askEmulator(options.emulator)), tables });
    } finally {
      await client.end();
    }
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
