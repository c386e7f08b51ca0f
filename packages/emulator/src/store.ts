/**
 * Store: the emulator's memory. Tables of plain records, each replaced whole; with a data directory
 * every change is also appended to a journal, so that a killed emulator comes back knowing what it
 * paid.
 *
 * All changes of one synchronous step become one line of the journal, written in a microtask that
 * runs before the step's answer can leave. A line is therefore all or nothing: a torn last line is
 * a step whose answer nobody got, and is dropped. Writes go to the operating system without fsync:
 * they survive the process, not a power cut.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export interface Table<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  /** In the order in which the keys were first put. */
  values(): T[];
  /** The oldest key and value, if there is one. */
  first(): [string, T] | undefined;
  readonly size: number;
  /** A second way to find records, kept up to date. Finds them in the order they were put. */
  index(keyOf: (value: T) => string | undefined): (indexKey: string) => T[];
}

export interface Store {
  /** Opens a table. What the journal held of it is checked against the schema first. */
  table<T>(name: string, schema: z.ZodType<T>): Table<T>;
  /** Empties every table, in memory and on disk. */
  clear(): void;
  /** Later changes stay in memory. */
  close(): void;
}

const changeSchema = z.tuple([z.string(), z.string(), z.unknown()]);
const lineSchema = z.array(changeSchema);
/** Table, key, value; null as the value deletes. */
type Change = z.infer<typeof changeSchema>;

interface Index<T> {
  readonly keyOf: (value: T) => string | undefined;
  readonly keys: Map<string, Set<string>>;
}

/** Keeps everything in memory only when no directory is given. */
export function openStore(dataDirectory: string | undefined): Store {
  const journal = dataDirectory === undefined ? undefined : openJournal(dataDirectory);
  const kept = journal?.kept ?? new Map<string, Map<string, unknown>>();
  const clearers: (() => void)[] = [];
  return {
    table(name, schema) {
      const { table, clear } = createTable(name, schema, kept.get(name), journal?.append);
      kept.delete(name);
      clearers.push(clear);
      return table;
    },
    clear() {
      for (const clear of clearers) clear();
      journal?.clear();
    },
    close: () => journal?.close(),
  };
}

function createTable<T>(
  name: string,
  schema: z.ZodType<T>,
  kept: Map<string, unknown> | undefined,
  append: ((change: Change) => void) | undefined,
): { table: Table<T>; clear: () => void } {
  const rows = new Map<string, T>();
  for (const [key, value] of kept ?? []) rows.set(key, readRecord(name, schema, value));
  const indexes: Index<T>[] = [];

  function reindex(index: Index<T>, key: string, before: T | undefined, after: T | undefined) {
    const from = before === undefined ? undefined : index.keyOf(before);
    const to = after === undefined ? undefined : index.keyOf(after);
    if (from === to) return;
    if (from !== undefined) {
      const keys = index.keys.get(from);
      keys?.delete(key);
      if (keys?.size === 0) index.keys.delete(from);
    }
    if (to === undefined) return;
    const keys = index.keys.get(to);
    if (keys === undefined) index.keys.set(to, new Set([key]));
    else keys.add(key);
  }

  const table: Table<T> = {
    get: (key) => rows.get(key),
    put(key, value) {
      for (const index of indexes) reindex(index, key, rows.get(key), value);
      rows.set(key, value);
      append?.([name, key, value]);
    },
    delete(key) {
      for (const index of indexes) reindex(index, key, rows.get(key), undefined);
      if (rows.delete(key)) append?.([name, key, null]);
    },
    values: () => [...rows.values()],
    first: () => rows.entries().next().value,
    get size() {
      return rows.size;
    },
    index(keyOf) {
      const index: Index<T> = { keyOf, keys: new Map() };
      for (const [key, value] of rows) reindex(index, key, undefined, value);
      indexes.push(index);
      return (indexKey) =>
        [...(index.keys.get(indexKey) ?? [])]
          .map((key) => rows.get(key))
          .filter((value) => value !== undefined);
    },
  };
  const clear = () => {
    rows.clear();
    for (const index of indexes) index.keys.clear();
  };
  return { table, clear };
}

function readRecord<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const message = `emulator.jsonl holds a record of ${name} that this version cannot read.`;
  throw new Error(`${message} Move the file away to start empty.`, { cause: read.error });
}

interface Journal {
  /** What the journal held at the start: table, key, value. */
  readonly kept: Map<string, Map<string, unknown>>;
  readonly append: (change: Change) => void;
  clear(): void;
  close(): void;
}

function openJournal(dataDirectory: string): Journal {
  mkdirSync(dataDirectory, { recursive: true });
  const path = join(dataDirectory, "emulator.jsonl");
  const kept = existsSync(path) ? readJournal(readFileSync(path, "utf8")) : new Map();
  writeFileSync(`${path}.new`, compacted(kept));
  renameSync(`${path}.new`, path);

  let file = openSync(path, "a");
  let isOpen = true;
  let step: Change[] = [];
  function write(): void {
    if (step.length === 0) return;
    writeSync(file, `${JSON.stringify(step)}\n`);
    step = [];
  }
  return {
    kept,
    append(change) {
      if (!isOpen) return;
      if (step.length === 0) queueMicrotask(write);
      step.push(change);
    },
    clear() {
      step = [];
      closeSync(file);
      file = openSync(path, "w");
    },
    close() {
      write();
      isOpen = false;
      closeSync(file);
    },
  };
}

/** @throws {Error} when a line other than the last cannot be read: the file was damaged. */
function readJournal(text: string): Map<string, Map<string, unknown>> {
  const kept = new Map<string, Map<string, unknown>>();
  const lines = text.split("\n");
  const whole = lines.slice(0, -1); // What follows the last line end is torn, or empty.
  for (const [number, line] of whole.entries()) {
    for (const [table, key, value] of readLine(line, number + 1)) {
      const rows = kept.get(table) ?? new Map<string, unknown>();
      kept.set(table, rows);
      if (value === null) rows.delete(key);
      else rows.set(key, value);
    }
  }
  return kept;
}

function readLine(line: string, number: number): Change[] {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (cause) {
    const message = `Line ${number} of emulator.jsonl is damaged. Move the file away to start empty.`;
    throw new Error(message, { cause });
  }
}

function compacted(kept: Map<string, Map<string, unknown>>): string {
  const lines = [...kept].flatMap(([table, rows]) =>
    [...rows].map(([key, value]) => `${JSON.stringify([[table, key, value]])}\n`),
  );
  return lines.join("");
}
