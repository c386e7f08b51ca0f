/**
 * Journal files: one directory, files that are only ever appended to, `00000012-2026-03-01.log`: a
 * number that rises, and the day in UTC. What the writer and the reader need of a file system.
 */
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isStartLine, readLine, type JournalLine, type JournalStart } from "./journal-line.ts";

export interface JournalFile {
  /** Resolves when the text is on the disk. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface JournalFiles {
  readonly directory: string;
  /** Makes the next file, whose name is on the disk when this resolves. */
  create(day: string): Promise<JournalFile>;
}

const namePattern = /^(\d{8})-(\d{4}-\d{2}-\d{2})\.log$/;

/** The directory must be there. */
export function realJournalFiles(directory: string): JournalFiles {
  return {
    directory,
    async create(day) {
      const latest = (await listJournalFiles(directory)).at(-1);
      const number = (latest?.number ?? 0) + 1;
      const name = `${String(number).padStart(8, "0")}-${day}.log`;
      const handle = await open(join(directory, name), "ax", 0o600);
      await syncDirectory(directory);
      return {
        async append(text) {
          await handle.appendFile(text);
          await handle.datasync();
        },
        close: () => handle.close(),
      };
    },
  };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface JournalFileName {
  readonly name: string;
  /** 1 is the first that was ever written in its directory. */
  readonly number: number;
  /** In UTC, `2026-03-01`. */
  readonly day: string;
}

/**
 * Makes sure that a line could be written, before anybody counts on it.
 *
 * @throws whatever the file system says.
 */
export async function probeJournalDirectory(directory: string): Promise<void> {
  const path = join(directory, "probe");
  const handle = await open(path, "w", 0o600);
  try {
    await handle.writeFile("is there room for a line?\n");
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rm(path, { force: true });
}

/** Oldest first; empty when there is no such directory. */
export async function listJournalFiles(directory: string): Promise<JournalFileName[]> {
  const names = await readdir(directory).catch(ifThere<string[]>([]));
  return names.toSorted().flatMap((name) => {
    const [, number, day] = namePattern.exec(name) ?? [];
    return day === undefined ? [] : [{ name, number: Number(number), day }];
  });
}

export interface ReadFile {
  readonly lines: readonly JournalLine[];
  /** The last line was cut off, by a crash or a full disk: its send never left. */
  readonly isTorn: boolean;
  /** Lines before the last that are not as they were written: the disk, or somebody, changed them. */
  readonly damaged: number;
}

/** Reads one file. A file that was dropped meanwhile reads as empty. */
export async function readJournalFile(directory: string, name: string): Promise<ReadFile> {
  const text = await readFile(join(directory, name), "utf8").catch(ifThere(""));
  const texts = text.split("\n");
  const rest = texts.pop() ?? "";
  const read = texts.map(readLine);
  const lines = read.flatMap((line) => (line === undefined ? [] : [line]));
  const isLastBad = rest === "" && texts.length > 0 && read.at(-1) === undefined;
  return {
    lines,
    isTorn: rest !== "" || isLastBad,
    damaged: texts.length - lines.length - (isLastBad ? 1 : 0),
  };
}

/**
 * The latest start of a file: a process that went on under another epoch wrote a second one. Reads no
 * other line.
 */
export async function readLatestStart(
  directory: string,
  name: string,
): Promise<JournalStart | undefined> {
  const text = await readFile(join(directory, name), "utf8").catch(ifThere(""));
  for (const line of text.split("\n").toReversed()) {
    const read = isStartLine(line) ? readLine(line) : undefined;
    if (read?.of === "start") return read.start;
  }
  return undefined;
}

/**
 * Removes files of days before this one, except the last of them: it shows that nothing is missing
 * between it and the next, however long nothing was written.
 */
export async function dropJournalFiles(directory: string, beforeDay: string): Promise<number> {
  const old = (await listJournalFiles(directory)).filter(({ day }) => day < beforeDay).slice(0, -1);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
  return old.length;
}

/** Its name survives a power cut, as the files in it do. */
export async function makeJournalDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
}

function ifThere<T>(otherwise: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT") return otherwise;
    throw error;
  };
}
