/**
 * File limit: a disk that is full for some processes only, without one. No file of theirs can grow
 * beyond a size (RLIMIT_FSIZE); PostgreSQL and Node both ignore the signal of it, so that a write
 * fails as it does on a full disk. It needs neither root nor a mount, and ends with the processes.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The tool is part of util-linux; other systems have none. */
export async function canLimitFiles(): Promise<boolean> {
  return await run("prlimit", ["--version"]).then(
    () => true,
    () => false,
  );
}

/** @param bytes Undefined takes the limit away. Processes that have ended meanwhile are passed over. */
export async function limitFiles(
  pids: readonly number[],
  bytes: number | undefined,
): Promise<void> {
  // The soft limit only: it can be raised again without any rights.
  const limit = bytes === undefined ? "unlimited:" : `${bytes}:`;
  await Promise.all(
    pids.map((pid) =>
      run("prlimit", ["--pid", String(pid), `--fsize=${limit}`]).catch(() => undefined),
    ),
  );
}

/** A process and its children, as far as they are there. */
export async function familyOf(pid: number): Promise<number[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(names.map(parentOf));
  return [pid, ...names.filter((_, index) => parents[index] === pid)];
}

/** The parent is field 4 of /proc/PID/stat; the name, field 2, may hold spaces and brackets. */
async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
