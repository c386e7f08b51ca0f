/** What a command reads and writes: the environment, two streams, and the end of its patience. */
import { AppError } from "../app-error.ts";
import { ConfigError } from "../config.ts";
import { EmbeddedPostgresError } from "../db/embedded/embedded-error.ts";
import { MigrationError } from "../db/migrate.ts";
import { EncryptionError } from "../security/encryption.ts";

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Results, to standard output. */
  readonly print: (text: string) => void;
  /** Everything else, to standard error. */
  readonly say: (text: string) => void;
}

export const realTerminal: Terminal = {
  environment: process.env,
  print: (text) => void process.stdout.write(`${text}\n`),
  say: (text) => void process.stderr.write(`${text}\n`),
};

/** A command that cannot do what it was asked for; the message says why and what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** One result, as JSON on one line or as text. */
export function report(
  terminal: Terminal,
  isJson: boolean | undefined,
  value: unknown,
  text: string,
): void {
  terminal.print(isJson ? JSON.stringify(value) : text);
}

/** Errors that say themselves what to do are shown without their stack. */
export function describeError(error: unknown): string {
  const speaks =
    error instanceof AppError ||
    error instanceof CommandError ||
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof EncryptionError ||
    error instanceof MigrationError;
  if (speaks) return error.message;
  if (!(error instanceof Error)) return String(error);
  // An unreachable database, a taken port: the system's own words are the best there are.
  const isOfTheSystem = "code" in error || (error.cause instanceof Error && "code" in error.cause);
  return isOfTheSystem ? error.message || String(error) : (error.stack ?? error.message);
}

/** Columns under each other; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
