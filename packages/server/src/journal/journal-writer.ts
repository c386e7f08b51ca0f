/**
 * Journal writer: appends lines and has them on the disk before it says so. Lines that come while a
 * sync is running go together in the next one, so that many sends share one sync.
 *
 * After a write or a sync that failed nobody knows what the file ends with: the next line begins
 * another file, and the torn line is the last of its own.
 */
import { createGroupCommit } from "../worker/group-commit.ts";
import type { JournalFile, JournalFiles } from "./journal-files.ts";

export interface JournalWriter {
  /**
   * Resolves when the line is on the disk.
   *
   * @throws {JournalError} when it is not, or nobody knows.
   */
  append(line: string): Promise<void>;
  /** Waits for what is being written. Safe to call twice. */
  close(): Promise<void>;
}

/** A line could not be written: nothing may be sent. The message names the fix. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

export interface JournalWriterOptions {
  readonly files: JournalFiles;
  /** Begins every file. */
  readonly header: () => string;
  /** The date of the day in UTC, `2026-03-01`: every day has a file of its own. */
  readonly today: () => string;
  readonly largestFileBytes?: number;
}

const largestFileBytes = 16 * 1024 * 1024;
const mostLinesAtOnce = 1_000;

interface Waiting {
  readonly line: string;
  readonly settle: (error: JournalError | undefined) => void;
}

export function createJournalWriter(options: JournalWriterOptions): JournalWriter {
  const { files, header, today } = options;
  const limit = options.largestFileBytes ?? largestFileBytes;
  let open: { readonly file: JournalFile; readonly day: string; bytes: number } | undefined;
  let isClosed = false;

  async function fileFor(day: string): Promise<NonNullable<typeof open>> {
    if (open !== undefined && open.day === day && open.bytes < limit) return open;
    await end();
    const first = header();
    const begun = { file: await files.create(day), day, bytes: first.length };
    open = begun;
    await begun.file.append(first);
    return begun;
  }

  async function end(): Promise<void> {
    const last = open;
    open = undefined;
    await last?.file.close();
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      if (isClosed) throw new JournalError("the send journal is closed");
      const text = batch.map(({ line }) => line).join("");
      const current = await fileFor(today());
      await current.file.append(text);
      current.bytes += text.length;
      for (const { settle } of batch) settle(undefined);
    } catch (error) {
      await end().catch(() => undefined);
      for (const { settle } of batch) settle(journalError(error, files.directory));
    }
  }

  const group = createGroupCommit(write, mostLinesAtOnce);
  let latest: Promise<void> = Promise.resolve();
  return {
    append: (line) =>
      new Promise((resolve, reject) => {
        const settle = (error: JournalError | undefined) => {
          if (error === undefined) resolve();
          else reject(error);
        };
        latest = group.add({ line, settle });
      }),
    async close() {
      if (isClosed) return;
      await latest;
      isClosed = true;
      await end();
    },
  };
}

/** What the file system said of a journal directory, with the fix. */
export function journalError(error: unknown, directory: string): JournalError {
  if (error instanceof JournalError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const fix = fixes[code] ?? "mend what the system names";
  return new JournalError(`the send journal in ${directory} cannot be written (${code}): ${fix}`, {
    cause: error,
  });
}

const fixes: Readonly<Record<string, string>> = {
  ENOSPC: "free space on its disk",
  EDQUOT: "free space on its disk",
  EROFS: "mount its disk for writing, or name another directory in MAEDAL_JOURNAL",
  EACCES: "let this user write there, or name another directory in MAEDAL_JOURNAL",
  EPERM: "let this user write there, or name another directory in MAEDAL_JOURNAL",
  ENOENT: "mount its disk, or name another directory in MAEDAL_JOURNAL",
};
