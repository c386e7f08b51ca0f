/**
 * Reads evidence from a directory:
 *
 *   ledger.jsonl        the emulator's ledger, one entry a line
 *   calls.jsonl         its call log (optional)
 *   tables/*.jsonl      the database's tables, one row a line
 *   journal/**          the send journal's files, `*.log` (optional)
 *   expectations.jsonl  what whoever drove the run knows (optional)
 *   secrets.txt         planted secrets, one a line (optional)
 *   facts.json          facts about the run (optional)
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { EvidenceError, runFactsSchema, type CheckInput } from "./evidence.ts";

/** @throws {EvidenceError} when a file is missing or a line of it is no JSON. */
export function readDirectory(directory: string): CheckInput {
  const tables = join(directory, "tables");
  if (!existsSync(tables)) {
    throw new EvidenceError(`${tables} is missing: write it with \`collect --database URL\``);
  }
  const names = readdirSync(tables).filter((name) => name.endsWith(".jsonl"));
  const factsFile = join(directory, "facts.json");
  const facts: unknown = existsSync(factsFile) ? JSON.parse(readFileSync(factsFile, "utf8")) : {};
  const said = runFactsSchema.safeParse(facts);
  if (!said.success) throw new EvidenceError(`facts.json: ${said.error.message}`);
  return {
    ledger: readLines(join(directory, "ledger.jsonl")),
    calls: readLinesIfAny(join(directory, "calls.jsonl")),
    tables: Object.fromEntries(
      names.map((name) => [basename(name, ".jsonl"), readLines(join(tables, name))]),
    ),
    journal: readJournal(join(directory, "journal")),
    expectations: readLinesIfAny(join(directory, "expectations.jsonl")),
    secrets: readSecrets(join(directory, "secrets.txt")),
    facts: facts as CheckInput["facts"],
  };
}

function readLinesIfAny(file: string): unknown[] | undefined {
  return existsSync(file) ? readLines(file) : undefined;
}

function readLines(file: string): unknown[] {
  return readText(file)
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(file, index, line)]));
}

function readText(file: string): string {
  if (!existsSync(file)) throw new EvidenceError(`${file} is missing`);
  return readFileSync(file, "utf8");
}

function parseLine(file: string, index: number, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new EvidenceError(`${file}, line ${index + 1} is no JSON`, { cause: error });
  }
}

/**
 * A line is a checksum (CRC-32, eight hex digits), a space, and JSON. The last line of a file may be
 * torn by a power cut: it was not written before its send, so nothing was sent. Any other is an error.
 */
function readJournal(directory: string): unknown[] | undefined {
  if (!existsSync(directory)) return undefined;
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".log"))
    .toSorted()
    .flatMap((name) => readJournalFile(join(directory, name)))
    .filter(isAboutSend);
}

function readJournalFile(file: string): unknown[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line, index) => {
    if (line === "") return [];
    const [checksum, json] = [line.slice(0, 8), line.slice(9)];
    if (checksum === crc32(json).toString(16).padStart(8, "0"))
      return [parseLine(file, index, json)];
    if (index === lines.length - 1) return [];
    throw new EvidenceError(`${file}, line ${index + 1} is damaged`);
  });
}

/** The others begin a file and say whose it is. */
function isAboutSend(line: unknown): boolean {
  return typeof line === "object" && line !== null && "order" in line;
}

function readSecrets(file: string): string[] | undefined {
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}
