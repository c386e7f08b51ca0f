/**
 * Import file: CSV in UTF-8, with or without a byte order mark, separated by commas, semicolons or
 * tabs, with its columns named in the first line. It is read twice: once to see that all of it can
 * be read, before anything is done, and once to be imported; never as a whole into memory.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable, pipeline } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { importColumns, requiredColumns, type FileRow, type ImportColumn } from "./import-row.ts";

/** A file that cannot be imported as it is; the message says what to do with it. */
export class ImportFileError extends Error {
  override readonly name = "ImportFileError";
}

export interface ImportFile {
  /** Lines that hold something, without the header. */
  readonly rowCount: number;
  /** From the first one on, each time that it is asked for. @throws {ImportFileError} */
  rows(): AsyncIterable<FileRow>;
}

/** @throws {ImportFileError} when it is not there, or not such a file. */
export async function openImportFile(path: string): Promise<ImportFile> {
  try {
    const format = await readFormat(path);
    let rowCount = 0;
    for await (const _ of readRows(path, format)) rowCount += 1;
    return { rowCount, rows: () => readRows(path, format) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

interface Format {
  readonly delimiter: string;
  /** Bytes to leave out: a byte order mark. */
  readonly start: number;
}

const delimiters = [",", ";", "\t"];
const headBytes = 4_096;

async function readFormat(path: string): Promise<Format> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    const is = (...mark: number[]) => mark.every((byte, index) => head[index] === byte);
    if (is(0xff, 0xfe) || is(0xfe, 0xff)) throw new ImportFileError(`${path} is UTF-16: ${saveAs}`);
    const [header = ""] = head.toString("latin1").split(/[\r\n]/);
    const countOf = (delimiter: string) => header.split(delimiter).length;
    const [delimiter = ","] = delimiters.toSorted((a, b) => countOf(b) - countOf(a));
    return { delimiter, start: is(0xef, 0xbb, 0xbf) ? 3 : 0 };
  } finally {
    await file.close();
  }
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Longer is a quote that was never closed. */
const maximumRowBytes = 65_536;

async function* readRows(path: string, { delimiter, start }: Format): AsyncGenerator<FileRow> {
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: maximumRowBytes,
  });
  // The parser is destroyed with an error of its source, and throws it where it is read.
  pipeline(Readable.from(decoded(path, start)), parser, () => undefined);
  let columns: readonly ImportColumn[] | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      if (columns === undefined) columns = readHeader(path, record);
      else yield rowOf(columns, record, info.lines - breaksIn(record));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (columns === undefined) throw new ImportFileError(`${path} is empty: ${columnsHint}`);
}

/** A quoted field may hold some; the parser counts the lines to the end of a row. */
function breaksIn(record: readonly string[]): number {
  return record.reduce((sum, field) => sum + (field.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}

const columnsHint = `its first line must name the columns. There are ${importColumns.join(", ")}; needed are ${requiredColumns.join(" and ")}.`;

function readHeader(path: string, record: readonly string[]): readonly ImportColumn[] {
  const names = record.map((name) => name.toLowerCase());
  const isKnown = (name: string): name is ImportColumn =>
    (importColumns as readonly string[]).includes(name);
  const columns = names.filter(isKnown);
  if (columns.length === 0) {
    // Perhaps a row: it is not repeated here, because it would hold a key.
    throw new ImportFileError(`${path} has no column that is known: ${columnsHint}`);
  }
  const unknown = names.find((name) => !isKnown(name));
  if (unknown !== undefined) {
    const shown = JSON.stringify(unknown.slice(0, 40));
    throw new ImportFileError(`${path} has a column ${shown} that is not known: ${columnsHint}`);
  }
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ImportFileError(`${path} has the column ${twice} twice: remove one of them.`);
  }
  const missing = requiredColumns.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    throw new ImportFileError(`${path} has no column ${missing}: ${columnsHint}`);
  }
  return columns;
}

function rowOf(columns: readonly ImportColumn[], record: readonly string[], line: number): FileRow {
  const fields: Partial<Record<ImportColumn, string>> = {};
  for (const [index, column] of columns.entries()) {
    const text = record[index];
    if (text !== undefined && text !== "") fields[column] = text;
  }
  if (record.length === columns.length) return { line, fields };
  const problem = `The line has ${record.length} fields and the header ${columns.length}: put quotes around a field that holds a separator, and leave no field out.`;
  return { line, fields, problem };
}

/** UTF-8, checked. @throws {ImportFileError} for anything else. */
async function* decoded(path: string, start: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let offset = start;
  for await (const chunk of createReadStream(path, { start }) as AsyncIterable<Buffer>) {
    yield orRefuse(path, offset, chunk, () => decoder.decode(chunk, { stream: true }));
    offset += chunk.length;
  }
  yield orRefuse(path, offset, Buffer.of(), () => decoder.decode());
}

function orRefuse(path: string, offset: number, chunk: Buffer, decode: () => string): string {
  try {
    return decode();
  } catch {
    const kind = isKorean(chunk) ? " but EUC-KR (CP949)" : "";
    const place = `not UTF-8${kind}, somewhere after byte ${offset}`;
    throw new ImportFileError(`${path} is ${place}: ${saveAs}`);
  }
}

const saveAs =
  "save it as “CSV UTF-8” in the spreadsheet, or convert it with iconv -f CP949 -t UTF-8.";

/** Whether the bytes are Korean text of old. A character may be cut at either end. */
function isKorean(chunk: Buffer): boolean {
  const text = new TextDecoder("euc-kr").decode(chunk.subarray(1, -1));
  const hangul = text.match(/[가-힣]/g)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return hangul > 0 && broken <= 2;
}

function unreadable(path: string, error: unknown): unknown {
  if (error instanceof ImportFileError) return error;
  if (error instanceof CsvError) {
    const { lines } = error as { readonly lines?: unknown };
    const place = typeof lines === "number" ? ` at line ${lines}` : "";
    const hint = "A field that holds a quote or a separator is put in quotes, its quotes doubled.";
    return new ImportFileError(`${path} is no readable CSV${place} (${error.code}). ${hint}`);
  }
  if (error instanceof Error && "code" in error) {
    return new ImportFileError(`${path} cannot be read: ${error.message}`, { cause: error });
  }
  return error;
}
