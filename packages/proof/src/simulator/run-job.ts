/**
 * The program of one job. Its order comes as JSON in the first argument; the hooks are installed
 * before the engine and the emulator are loaded. It ends early when its standard input does.
 */
import { replacedModules } from "../sabotage/sabotage-names.ts";
import { installHooks } from "./hooks.ts";
import type { JobOrder } from "./job.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as JobOrder;
installHooks(order.sabotage === undefined ? {} : (replacedModules[order.sabotage] ?? {}));
const { runJob } = await import("./job.ts");

const stopping = new AbortController();
process.stdin.once("end", () => stopping.abort()).resume();
process.on("SIGTERM", () => stopping.abort());
// Ctrl-C reaches both; whoever gave the order decides. When nobody listens any more, it is over.
process.on("SIGINT", () => undefined);
process.stdout.on("error", () => stopping.abort());
await runJob(order, (line) => process.stdout.write(`${JSON.stringify(line)}\n`), stopping.signal);
process.stdin.destroy();
