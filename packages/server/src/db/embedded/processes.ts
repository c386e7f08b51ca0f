/**
 * Processes, told apart by pid and start time, because a pid alone is soon somebody else's.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * What tells this process from every other with the same pid, before and after a reboot; undefined
 * when there is no such process, or only its unreaped remains.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? linuxIdentity(pid) : posixIdentity(pid);
}

/** The start time is field 22 of /proc/PID/stat; the name, field 2, may hold spaces and brackets. */
async function linuxIdentity(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return undefined;
  const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return `${bootId.trim()} ${rest[18]}`;
}

async function posixIdentity(pid: number): Promise<string | undefined> {
  const { stdout } = await run("ps", ["-o", "state=,lstart=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  const answer = stdout.trim();
  if (answer === "" || answer.startsWith("Z")) return undefined;
  return answer.replace(/^\S+\s+/, "");
}

export interface RunningProcess {
  readonly pid: number;
  readonly identity: string;
}

export async function isRunning({ pid, identity }: RunningProcess): Promise<boolean> {
  return (await processIdentity(pid)) === identity;
}

/** Sends a signal to that very process and waits for its end. False when it outlives the wait. */
export async function signalAndWait(
  target: RunningProcess,
  signal: NodeJS.Signals,
  waitMs: number,
): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  if (await isRunning(target)) signalIfThere(target.pid, signal);
  while (await isRunning(target)) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** The process may end between the look and the signal, which is what the signal was for. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
