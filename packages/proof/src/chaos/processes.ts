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
  /** It is there, ready or about to be, and not frozen. */
  isRunning(): boolean;
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

/** From one start to the end of the process. */
interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  isReady: boolean;
  isFrozen: boolean;
  isKilled: boolean;
  hasEnded: boolean;
}

/** A supervisor waits a little before it starts again what has just ended, and longer if it never ran. */
const restartMs = 200;
const failedMs = 1_000;
const stopLimitMs = 20_000;

export function startProgram(options: ProgramOptions): Program {
  const { logFile, name, onOwnEnd } = options;
  const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
  let isFirstReady: (line: unknown) => void = () => undefined;
  const firstLine = new Promise<unknown>((resolve) => (isFirstReady = resolve));
  let isWanted = true;
  const begin = (): Life =>
    startLife(options, log, isFirstReady, ({ isKilled, isReady }, how) => {
      if (!isWanted) return;
      if (isReady && !isKilled) onOwnEnd(`${name} ended by itself with ${how}`);
      const again = () => {
        if (isWanted) life = begin();
      };
      setTimeout(again, isReady ? restartMs : failedMs);
    });
  let life = begin();
  return {
    name,
    isRunning: () => !life.hasEnded && !life.isFrozen,
    isReady: () => life.isReady && !life.isFrozen,
    firstLine: () => firstLine,
    kill() {
      life.isKilled = true;
      life.child.kill("SIGKILL");
    },
    async freezeFor(ms) {
      const frozen = life;
      frozen.isFrozen = true;
      frozen.child.kill("SIGSTOP");
      await pause(ms);
      frozen.child.kill("SIGCONT");
      frozen.isFrozen = false;
    },
    async fullFor(ms, bytes) {
      const { pid } = life.child;
      if (pid === undefined) return;
      await limitFiles([pid], bytes);
      await pause(ms);
      await limitFiles([pid], undefined);
    },
    async stop() {
      isWanted = false;
      life.child.kill("SIGCONT");
      life.child.kill("SIGTERM");
      await Promise.race([life.ended, pause(stopLimitMs)]);
      life.child.kill("SIGKILL");
      await life.ended;
      log.end();
    },
  };
}

/** In a session of its own: Ctrl-C is ours to pass on. */
function startLife(
  { args, environment, name }: ProgramOptions,
  log: WriteStream,
  onReady: (line: unknown) => void,
  onEnd: (life: Life, how: string) => void,
): Life {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const signs = { isReady: false, isFrozen: false, isKilled: false, hasEnded: false };
  const life: Life = { child, ended, ...signs };
  log.write(`--- ${new Date().toISOString()} ${name}, process ${child.pid}\n`);
  let tail = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log.write(chunk);
    tail = `${tail}${chunk.toString()}`.slice(-1_000);
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    log.write(chunk);
    printed += chunk.toString();
    const end = printed.indexOf("\n");
    if (life.isReady || end === -1) return;
    life.isReady = true;
    onReady(JSON.parse(printed.slice(0, end)));
  });
  child.once("close", (code, signal) => {
    log.write(`--- ${new Date().toISOString()} ended: ${signal ?? code}\n`);
    onEnd({ ...life }, `${signal ?? `code ${code}`}: ${tail.trim()}`);
    life.isReady = false;
    life.hasEnded = true;
  });
  return life;
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
