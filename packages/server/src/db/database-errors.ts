/**
 * Database errors, told apart by SQLSTATE and constraint name and never by message text, which
 * changes with the server's language and version.
 *
 * @see PostgreSQL 18 manual, appendix A "PostgreSQL Error Codes" (read 2026-11).
 */
import { DatabaseError } from "pg";

/**
 * COMMIT was sent and no answer came back: the transaction may be committed or rolled back. Whoever
 * gets this must look before doing it again; a claim that ends so is not sent to a provider.
 */
export class CommitUnknownError extends Error {
  override readonly name = "CommitUnknownError";

  constructor(cause: unknown) {
    super("COMMIT got no answer: the transaction may or may not have been committed", { cause });
  }
}

/** A row with this key exists already, by the named constraint or unique index. */
export function isUniqueViolation(error: unknown, constraintName: string): boolean {
  return sqlState(error) === "23505" && (error as DatabaseError).constraint === constraintName;
}

/** The transaction was rolled back because of others running beside it; running it again may succeed. */
export function isSerializationOrDeadlock(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

/**
 * True when an error that answers COMMIT proves that nothing was committed: a deferred constraint
 * or trigger refused, or the server chose this transaction as a victim. Every other failure (the
 * backend was terminated, the socket broke, we stopped waiting) leaves the outcome open.
 */
export function provesRollback(commitError: unknown): boolean {
  const state = sqlState(commitError);
  if (state === undefined || state === "40003") return false; // statement_completion_unknown
  return refusingClasses.has(state.slice(0, 2));
}

/** Data exception, integrity constraint, transaction rollback, access rule, error raised by PL/pgSQL. */
const refusingClasses = new Set(["22", "23", "40", "42", "P0"]);

/**
 * True when the connection can still be used after this error: the server refused one statement and
 * is waiting for the next. Class 57P means that it is ending the session.
 */
export function leavesConnectionUsable(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !state.startsWith("57P") && !state.startsWith("08");
}

/** The five-character SQLSTATE of an error that the server sent; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
