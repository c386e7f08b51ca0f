/**
 * Rows as one JSON parameter, for `jsonb_to_recordset`. PostgreSQL refuses a NUL and a lone surrogate
 * in jsonb, and a provider's text may hold either; both become U+FFFD, because a payment must never
 * stay unrecorded for the sake of a character.
 */
export function jsonRows(rows: unknown): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "string" ? value.replaceAll("\0", "\uFFFD").toWellFormed() : value,
  );
}
