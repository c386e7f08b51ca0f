/**
 * Processes of the program under test, started, watched and started again as a supervisor would. What
 * they print goes to a file each; what ends without having been killed is remembered.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { limitFiles } from "./file-limit.ts";
import { pause } from "./waiting.ts";

const main = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url));

export interface Program {
  /** `worker-2` */
  readonly name: string;
  /** Up and not frozen. */
  isReady(): boolean;
  /** What it printed when it was ready for the first time, a JSON object. */
  firstLine(): Promise<unknown>;
  /** SIGKILL; it is started again. */
  kill(): void;
  /** SIGSTOP, and SIGCONT after that. */
  freezeFor(ms: number): Promise<void>;
  /** No file of it grows beyond `bytes` for a while: its disk is full. */
  fullFor(ms: number, bytes: number): Promise<void>;
  /** Asks it to stop, and kills it if it does not in time. Never started again. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly name: string;
  /** Of the command `maedal`. */
  readonly args: readonly string[];
  /** Nothing else is in its environment but PATH and HOME. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** It ended, and nobody had killed it. */
  readonly onOwnEnd: (text: string) => void;
}

interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  isReady: boolean;
  isFrozen: boolean;
  isKilled: boolean;
}

interface Watched {
  readonly options: ProgramOptions;
  readonly log: WriteStream;
  readonly isFirstReady: (line: unknown) => void;
  life: Life;
  isWanted: boolean;
}

/** A supervisor waits a little before it starts again what has just ended. */
const restartMs = 200;
const stopLimitMs = 20_000;

export function startProgram(options: ProgramOptions): Program {
  const log = createWriteStream(options.logFile, { flags: "a", mode: 0o600 });
  let isFirstReady: (line: unknown) => void = () => undefined;
  const firstLine = new Promise<unknown>((resolve) => (isFirstReady = resolve));
  const it: Watched = {
    options,
    log,
    isFirstReady,
    isWanted: true,
    life: undefined as unknown as Life,
  };
  begin(it);
  const signal = (name: NodeJS.Signals) => it.life.child.kill(name);
  return {
    name: options.name,
    isReady: () => it.life.isReady && !it.life.isFrozen,
    firstLine: () => firstLine,
    kill() {
      it.life.isKilled = true;
      signal("SIGKILL");
    },
    async freezeFor(ms) {
      const { life } = it;
      life.isFrozen = true;
      life.child.kill("SIGSTOP");
      await pause(ms);
      life.child.kill("SIGCONT");
      life.isFrozen = false;
    },
    async fullFor(ms, bytes) {
      const { pid } = it.life.child;
      if (pid === undefined) return;
      await limitFiles([pid], bytes);
      await pause(ms);
      await limitFiles([pid], undefined);
    },
    async stop() {
      it.isWanted = false;
      signal("SIGCONT");
      signal("SIGTERM");
      await Promise.race([it.life.ended, pause(stopLimitMs)]);
      signal("SIGKILL");
      await it.life.ended;
      log.end();
    },
  };
}

/** In a session of its own: Ctrl-C is ours to pass on. */
function begin(it: Watched): void {
  const { args, environment, name, onOwnEnd } = it.options;
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const life: Life = { child, ended, isReady: false, isFrozen: false, isKilled: false };
  it.life = life;
  it.log.write(`--- ${new Date().toISOString()} ${name}, process ${child.pid}\n`);
  const tail: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => {
    it.log.write(chunk);
    tail.push(chunk.toString());
    if (tail.length > 5) tail.shift();
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    it.log.write(chunk);
    if (life.isReady) return;
    printed += chunk.toString();
    const [line, rest] = printed.split("\n");
    if (rest === undefined) return;
    life.isReady = true;
    it.isFirstReady(JSON.parse(line ?? ""));
  });
  child.once("close", (code, signal) => {
    const wasReady = life.isReady;
    life.isReady = false;
    it.log.write(`--- ${new Date().toISOString()} ended: ${signal ?? code}\n`);
    if (!it.isWanted) return;
    if (wasReady && !life.isKilled) {
      onOwnEnd(`${name} ended by itself with ${signal ?? `code ${code}`}: ${tail.join("").trim()}`);
    }
    setTimeout(() => it.isWanted && begin(it), restartMs);
  });
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return await new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, output, errors }));
  });
}
