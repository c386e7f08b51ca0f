/** Runs own-postgres.ts as a process of its own, and reads what it says. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

type Line =
  { started: { url: string; adopted: boolean } } | { refused: string } | { acknowledged: number };

export interface OwnerProcess {
  readonly pid: number;
  /** What it said first. */
  readonly outcome: Exclude<Line, { acknowledged: number }>;
  /** Resolves once this many rows are committed, with the last one that is known to be. */
  acknowledgedAtLeast(count: number): Promise<void>;
  readonly lastAcknowledged: () => number;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Lets it stop its PostgreSQL and end. */
  finish(): Promise<void>;
}

const script = fileURLToPath(new URL("own-postgres.ts", import.meta.url));

export async function startOwner(
  dataDirectory: string,
  options: { readonly task?: "write"; readonly uid?: number; readonly gid?: number } = {},
): Promise<OwnerProcess> {
  const { task, ...user } = options;
  const args = [
    "--conditions=source",
    script,
    dataDirectory,
    ...(task === undefined ? [] : [task]),
  ];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], ...user });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const waiting = new Set<() => void>();
  let acknowledged = 0;

  const outcome = await new Promise<OwnerProcess["outcome"]>((resolve, reject) => {
    void ended.then(() => reject(new Error("The process ended without a word")));
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as Line;
      if (!("acknowledged" in line)) return resolve(line);
      acknowledged = line.acknowledged;
      for (const check of waiting) check();
    });
  });
  return {
    pid: pidOf(child),
    outcome,
    lastAcknowledged: () => acknowledged,
    acknowledgedAtLeast: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (acknowledged < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async finish() {
      child.stdin.end();
      await ended;
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("The process did not start");
  return pid;
}
