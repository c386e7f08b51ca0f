/** Where the `maedal` command begins; bin/maedal.mjs starts it with a Node that is new enough. */
import { runCommand } from "./cli/program.ts";
import { realTerminal } from "./cli/terminal.ts";

process.exitCode = await runCommand(process.argv.slice(2), realTerminal);
