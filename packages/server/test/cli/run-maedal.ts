/** Runs the real command in a real process, as a shell would. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/maedal.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export type Environment = Readonly<Record<string, string>>;

export async function runMaedal(args: readonly string[], environment: Environment): Promise<Ended> {
  const child = start(args, environment);
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: out(), err: err() };
}

export interface Running {
  /** The first line of standard output, parsed. */
  readonly ready: Record<string, unknown>;
  /** Ends it politely. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Starts a command that goes on, and waits for the line that says so. */
export async function startMaedal(
  args: readonly string[],
  environment: Environment,
): Promise<Running> {
  const child = start(args, environment);
  const err = collect(child.stderr);
  const closed = once(child, "close") as Promise<[number | null]>;
  const line = await firstLine(child);
  if (line === undefined) throw new Error(`maedal ${args.join(" ")} ended early:\n${err()}`);
  return {
    ready: JSON.parse(line) as Record<string, unknown>,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const [code] = await closed;
      return { code, out: line, err: err() };
    },
  };
}

function start(args: readonly string[], environment: Environment): ChildProcess {
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, [bin, ...args], {
    env: { PATH, HOME, ...journalOf(environment), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Databases of tests come and go: each gets a journal of its own, which goes with this process. */
function journalOf({ DATABASE_URL }: Environment): Environment {
  if (DATABASE_URL === undefined) return {};
  return { MAEDAL_JOURNAL: join(journals, encodeURIComponent(DATABASE_URL).slice(-60)) };
}

const journals = mkdtempSync(join(tmpdir(), "maedal-cli-journals-"));
process.once("exit", () => rmSync(journals, { recursive: true, force: true }));

function collect(stream: ChildProcess["stdout"]): () => string {
  let text = "";
  stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) return line;
  return undefined;
}
