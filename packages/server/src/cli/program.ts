/** The `maedal` command: what it takes, in words with examples, and which file does it. */
import { Command, CommanderError } from "commander";
import { listAccountsCommand, setAccount } from "./accounts.ts";
import { verifyAuditCommand } from "./audit.ts";
import { backup, restore } from "./backup.ts";
import { advanceClock, listClocks } from "./clock.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { emulator } from "./emulator.ts";
import { importCommand } from "./import.ts";
import { createKey, listKeys, revokeKey } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { acceptJournal, finishRecovery } from "./recovery.ts";
import { listReviewsCommand, resolveCommand, showReview } from "./reviews.ts";
import { serve, work } from "./serve.ts";
import { showSunset, start as startSunset, takeBack } from "./sunset.ts";
import { describeError, type Terminal } from "./terminal.ts";
import { verify } from "./verify.ts";
import { why } from "./why.ts";

const usageExitCode = 2;

/**
 * Runs one command to its end.
 *
 * @param args Without the program's own name.
 * @returns The exit code: 0 done, 1 not done or not well, 2 the command was not understood.
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = createProgram(terminal, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    terminal.say(describeError(error));
    return 1;
  }
}

function createProgram(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command("maedal")
    .description("Recurring payments on billing keys, charged once a period, on time.")
    .option("--json", "results as JSON on one line")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.say(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText("after", environmentHelp);
  addServers(program, terminal, finish);
  addDemo(program, terminal, finish);
  addMaintenance(program, terminal, finish);
  addKeys(program, terminal, finish);
  addAccounts(program, terminal, finish);
  addImport(program, terminal, finish);
  addClocks(program, terminal, finish);
  addSunsets(program, terminal, finish);
  addRecovery(program, terminal, finish);
  addReviews(program, terminal, finish);
  addBackups(program, terminal, finish);
  return program;
}

type Finish = (code: number) => void;

function addServers(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("serve")
    .description("answer the API, pages and webhooks, and charge")
    .option("--no-worker", "only answer: `maedal worker` charges")
    .option("--port <number>", "where to listen, 4000 unless told; 0 takes a free one")
    .option("--data <directory>", "of the embedded PostgreSQL, ./maedal-data unless told")
    .addHelpText("after", examples("maedal serve", "maedal serve --no-worker --port 8080"))
    .action(async (_, command: Command) =>
      finish(await serve(terminal, command.optsWithGlobals())),
    );
  program
    .command("worker")
    .description("charge, beside servers on the same database")
    .addHelpText("after", examples("DATABASE_URL=postgres://… maedal worker"))
    .action(async (_, command: Command) => finish(await work(terminal, command.optsWithGlobals())));
  program
    .command("emulator")
    .description("play the payment providers on this machine; prints one JSON line when ready")
    .option("--port <number>", "of the control API; providers follow. 0 takes free ones", "4010")
    .option("--data <directory>", "keep everything over a restart")
    .addHelpText("after", examples("maedal emulator", "maedal emulator --port 0 --data ./kept"))
    .action(async (_, command: Command) =>
      finish(await emulator(terminal, command.optsWithGlobals())),
    );
}

function addDemo(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("demo")
    .description("try it: server, emulated Toss Payments and a shop, on this machine only")
    .option("--port <number>", "of the server, 4000 unless told; 0 takes free ones for everything")
    .option("--data <directory>", "where it keeps everything, ./maedal-data unless told")
    .addHelpText("after", examples("maedal demo", "maedal demo --port 0 --data ./try"))
    .action(async (_, command: Command) => finish(await demo(terminal, command.optsWithGlobals())));
}

function addMaintenance(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("migrate")
    .description("bring the database up to this version; serve and worker do it by themselves")
    .option("--status", "change nothing; exit code 1 when something is pending")
    .addHelpText("after", examples("maedal migrate", "maedal migrate --status"))
    .action(async (_, command: Command) =>
      finish(await migrateCommand(terminal, command.optsWithGlobals())),
    );
  program
    .command("why")
    .description("what happened to a charge, an invoice or a subscription, and what is next")
    .argument("<id>", "chg_…, inv_… or sub_…")
    .addHelpText("after", examples("maedal why chg_5x4h9k2m7q1r8t3v6w0y5z2a4b"))
    .action(async (id: string, _, command: Command) =>
      finish(await why(terminal, id, command.optsWithGlobals())),
    );
  program
    .command("verify")
    .description("compare what was sent with what the providers have; exit code 1 when it differs")
    .option("--connection <id>", "gwy_…; every connection unless told")
    .option("--from <day>", "the first day, in Korea; the day before yesterday unless told")
    .option("--to <day>", "the last day; today unless told")
    .addHelpText(
      "after",
      examples("maedal verify", "maedal verify --from 2026-03-01 --to 2026-03-31 --json"),
    )
    .action(async (_, command: Command) =>
      finish(await verify(terminal, command.optsWithGlobals())),
    );
  program
    .command("doctor")
    .description("what is wrong here, and what to do; exit code 1 when something is")
    .addHelpText("after", examples("maedal doctor", "maedal doctor --json"))
    .action(async (_, command: Command) =>
      finish(await doctor(terminal, command.optsWithGlobals())),
    );
}

function addKeys(program: Command, terminal: Terminal, finish: Finish): void {
  const keys = program.command("keys").description("API keys");
  keys
    .command("create")
    .description("make an API key, and its account on first use; shown once")
    .option("--account <name>", "whose", "Default")
    .option("--mode <mode>", "test or live", "test")
    .option("--name <text>", "what the key is for", "created on the command line")
    .addHelpText("after", examples('maedal keys create --account "Haneul Milk" --mode test'))
    .action(async (_, command: Command) =>
      finish(await createKey(terminal, command.optsWithGlobals())),
    );
  keys
    .command("list")
    .description("list API keys, without the keys themselves")
    .addHelpText("after", examples("maedal keys list"))
    .action(async (_, command: Command) =>
      finish(await listKeys(terminal, command.optsWithGlobals())),
    );
  keys
    .command("revoke")
    .description("refuse an API key from now on")
    .argument("<id>", "key_…, as `maedal keys list` shows it")
    .addHelpText("after", examples("maedal keys revoke key_5x4h9k2m7q1r8t3v6w0y5z2a4b"))
    .action(async (id: string, _, command: Command) =>
      finish(await revokeKey(terminal, id, command.optsWithGlobals())),
    );
}

function addAccounts(program: Command, terminal: Terminal, finish: Finish): void {
  const accounts = program.command("accounts").description("accounts and their policies");
  accounts
    .command("list")
    .description("list accounts")
    .addHelpText("after", examples("maedal accounts list"))
    .action(async (_, command: Command) =>
      finish(await listAccountsCommand(terminal, command.optsWithGlobals())),
    );
  accounts
    .command("set")
    .description("choose what an account does by itself")
    .argument("<id>", "acct_…")
    .option("--late-payments <what>", "paid or refund: money that comes after its charge had ended")
    .option("--overdue-periods <what>", "collect_each or collect_latest, after a long standstill")
    .addHelpText("after", examples("maedal accounts set acct_5x4h… --late-payments refund"))
    .action(async (id: string, _, command: Command) =>
      finish(await setAccount(terminal, id, command.optsWithGlobals())),
    );
}

function addImport(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("import")
    .description("take over billing keys of an earlier system; without --apply nothing is written")
    .argument("<file>", "CSV: customer_uid, external_id and more, see docs/import.md")
    .requiredOption("--connection <id>", "gwy_…, which is to charge the keys")
    .option("--apply", "do it; without, only check")
    .option("--unschedule", "revoke what the provider would charge an imported key by itself")
    .option(
      "--report <file>",
      "where refused rows go, keys.refused.csv beside keys.csv unless told",
    )
    .addHelpText(
      "after",
      examples(
        "maedal import keys.csv --connection gwy_5x4h…",
        "maedal import keys.csv --connection gwy_5x4h… --apply --unschedule",
      ),
    )
    .action(async (file: string, _, command: Command) =>
      finish(await importCommand(terminal, file, command.optsWithGlobals())),
    );
}

function addClocks(program: Command, terminal: Terminal, finish: Finish): void {
  const clock = program.command("clock").description("test clocks");
  clock
    .command("list")
    .description("list test clocks")
    .addHelpText("after", examples("maedal clock list"))
    .action(async (_, command: Command) =>
      finish(await listClocks(terminal, command.optsWithGlobals())),
    );
  clock
    .command("advance")
    .description("send a test clock forward; workers do what falls due on the way")
    .argument("<id>", "clk_…")
    .option("--to <instant>", "such as 2026-03-01T00:00:00Z")
    .option("--by <duration>", "such as P1M")
    .option("--wait", "until everything on the way is done")
    .addHelpText("after", examples("maedal clock advance clk_5x4h… --by P1M --wait"))
    .action(async (id: string, _, command: Command) =>
      finish(await advanceClock(terminal, id, command.optsWithGlobals())),
    );
}

function addSunsets(program: Command, terminal: Terminal, finish: Finish): void {
  const sunset = program.command("sunset").description("leave a provider");
  sunset
    .command("start")
    .description("ask a connection's customers for a method elsewhere; again, to change how")
    .argument("<id>", "gwy_…, the connection that is left")
    .requiredOption("--to <id>", "gwy_…, where they are to register")
    .requiredOption("--reason <text>", "for people; kept with the events")
    .option("--charges-until <instant>", "when charging there stops; now unless told")
    .option("--when-silent <what>", "keep or cancel those who bring no other method", "keep")
    .option("--cancel-at <instant>", "with --when-silent cancel")
    .option("--dry-run", "only tell what it would mean")
    .addHelpText(
      "after",
      examples(
        'maedal sunset start gwy_5x4h… --to gwy_7k2m… --reason "CHAI closes" --dry-run',
        'maedal sunset start gwy_5x4h… --to gwy_7k2m… --reason "CHAI closes" --charges-until 2026-12-31T15:00:00Z',
      ),
    )
    .action(async (id: string, _, command: Command) =>
      finish(await startSunset(terminal, id, command.optsWithGlobals())),
    );
  sunset
    .command("status")
    .description("how far it is")
    .argument("<id>", "gwy_…")
    .addHelpText("after", examples("maedal sunset status gwy_5x4h9k2m7q1r8t3v6w0y5z2a4b"))
    .action(async (id: string, _, command: Command) =>
      finish(await showSunset(terminal, id, command.optsWithGlobals())),
    );
  sunset
    .command("take-back")
    .description("stay after all, as long as it has not ended")
    .argument("<id>", "gwy_…")
    .addHelpText("after", examples("maedal sunset take-back gwy_5x4h9k2m7q1r8t3v6w0y5z2a4b"))
    .action(async (id: string, _, command: Command) =>
      finish(await takeBack(terminal, id, command.optsWithGlobals())),
    );
}

function addRecovery(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("journal")
    .description("send journals: what was sent, kept outside the database")
    .command("accept")
    .description("vouch for places that are new, copied or older: live accounts are charged there")
    .option("--id <id>", "jrn_…, as `maedal doctor` shows it; all that wait unless told")
    .addHelpText("after", examples("maedal journal accept"))
    .action(async (_, command: Command) =>
      finish(await acceptJournal(terminal, command.optsWithGlobals())),
    );
  program
    .command("recovery")
    .description("after a restore or a failover: what was sent and forgotten is looked up first")
    .command("finish")
    .description("send again, though not everything could be looked up")
    .requiredOption("--reason <text>", "how you made sure that nothing is charged twice")
    .addHelpText("after", examples('maedal recovery finish --reason "compared in the console"'))
    .action(async (_, command: Command) =>
      finish(await finishRecovery(terminal, command.optsWithGlobals())),
    );
}

function addReviews(program: Command, terminal: Terminal, finish: Finish): void {
  const reviews = program
    .command("reviews")
    .description("charges and refunds for a person to decide");
  reviews
    .command("list")
    .description("list what waits for a person")
    .addHelpText("after", examples("maedal reviews list"))
    .action(async (_, command: Command) =>
      finish(await listReviewsCommand(terminal, command.optsWithGlobals())),
    );
  reviews
    .command("show")
    .description("everything to decide by, and what the provider says now")
    .argument("<id>", "chg_… or rfd_…")
    .addHelpText("after", examples("maedal reviews show chg_5x4h9k2m7q1r8t3v6w0y5z2a4b"))
    .action(async (id: string, _, command: Command) =>
      finish(await showReview(terminal, id, command.optsWithGlobals())),
    );
  reviews
    .command("resolve")
    .description("decide; refused when the provider's present answer contradicts it")
    .argument("<id>", "chg_… or rfd_…")
    .requiredOption("--decision <decision>", "look_up_again, not_paid (not_refunded) or give_up")
    .requiredOption("--reason <text>", "what the decision rests on; kept on record")
    .option("--by <name>", "who decides; you, by your name on this machine, unless told")
    .option("--despite <what>", "provider_silent: you made sure in the provider's console")
    .addHelpText(
      "after",
      examples('maedal reviews resolve chg_5x4h… --decision look_up_again --reason "mended there"'),
    )
    .action(async (id: string, _, command: Command) =>
      finish(await resolveCommand(terminal, id, command.optsWithGlobals())),
    );
  program
    .command("audit")
    .description("what people decided")
    .command("verify")
    .description("follow the chain of decisions; exit code 1 when one was changed or is missing")
    .option(
      "--kept <file>",
      "what this printed before, with --json: the chain must go on from there",
    )
    .addHelpText(
      "after",
      examples("maedal audit verify --json > kept.json", "maedal audit verify --kept kept.json"),
    )
    .action(async (_, command: Command) =>
      finish(await verifyAuditCommand(terminal, command.optsWithGlobals())),
    );
}

function addBackups(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("backup")
    .description("back the embedded PostgreSQL up, while it charges; without the master key")
    .argument("<directory>", "new or empty")
    .option("--data <directory>", "of the embedded PostgreSQL, ./maedal-data unless told")
    .addHelpText("after", examples("maedal backup /mnt/backups/2026-03-01"))
    .action(async (target: string, _, command: Command) =>
      finish(await backup(terminal, target, command.optsWithGlobals())),
    );
  program
    .command("restore")
    .description("restore a backup into a new data directory, and say what follows")
    .argument("<directory>", "of the backup")
    .requiredOption("--data <directory>", "new or empty")
    .addHelpText("after", examples("maedal restore /mnt/backups/2026-03-01 --data ./maedal-data-2"))
    .action(async (source: string, _, command: Command) =>
      finish(await restore(terminal, source, command.optsWithGlobals())),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

const environmentHelp = `
Environment:
  DATABASE_URL            a PostgreSQL 15 or later; without, an embedded one in MAEDAL_DATA
  MAEDAL_DATA             its directory, ./maedal-data unless told
  MAEDAL_MASTER_KEY       32 bytes in base64 or hex: openssl rand -base64 32
  MAEDAL_MASTER_KEY_FILE  a file that holds it; made in MAEDAL_DATA when there is neither
  MAEDAL_JOURNAL          directory of this machine's send journals; in or beside MAEDAL_DATA
  MAEDAL_JOURNAL_DAYS     how long they are kept, 40 unless told
  MAEDAL_MINIMUM_FREE_MB  free disk space below which nothing is sent, 200; live accounts 1024
  MAEDAL_HOST             127.0.0.1 unless told
  MAEDAL_PORT             4000 unless told
  MAEDAL_BASE_URL         how browsers and providers reach the server: https://pay.example.com
  MAEDAL_LOG_LEVEL        trace, debug, info, warn, error or silent
  MAEDAL_RETRY_DAYS       days between tries after declines, 1,3,5,7 unless told
  MAEDAL_REQUESTS_PER_SECOND  for each API key, 100 unless told

Exit codes: 0 done, 1 not done or not well, 2 the command was not understood.`;
