/**
 * `node:fs/promises` as the send journal gets it in the simulator (hooks.ts): the few functions that it
 * uses, on the virtual disk of the simulation that runs.
 */
import { fileError, type VirtualDisk } from "./virtual-disk.ts";

let mounted: VirtualDisk | undefined;

/** From now on this is the disk. */
export function useDisk(disk: VirtualDisk): void {
  mounted = disk;
}

/** @throws {Error} when no simulation has mounted one. */
export function theDisk(): VirtualDisk {
  if (mounted === undefined) throw new Error("this simulation has no disk");
  return mounted;
}

export function mkdir(path: string): Promise<string | undefined> {
  return theDisk().makeDirectory(path);
}

export async function open(path: string, flags: "ax" | "w" | "r") {
  const disk = theDisk();
  if (flags !== "r") await disk.create(path, flags === "ax");
  const write = (text: string) => disk.append(path, text);
  const sync = () => disk.sync(path);
  return {
    appendFile: write,
    writeFile: write,
    datasync: sync,
    sync,
    close: () => Promise.resolve(),
  };
}

export function readdir(path: string): Promise<readonly string[]> {
  return orMissing(theDisk().list(path), path);
}

export function readFile(path: string): Promise<string> {
  return orMissing(theDisk().read(path), path);
}

export function rm(path: string): Promise<void> {
  return theDisk().remove(path);
}

export async function stat(path: string): Promise<{ readonly ino: bigint }> {
  return { ino: BigInt(await orMissing(theDisk().numberOf(path), path)) };
}

/** There is always room. */
export function statfs(): Promise<{ readonly bavail: number; readonly bsize: number }> {
  return Promise.resolve({ bavail: 2 ** 30, bsize: 4_096 });
}

function orMissing<T>(found: T | undefined, path: string): Promise<T> {
  return found === undefined ? Promise.reject(fileError("ENOENT", path)) : Promise.resolve(found);
}
