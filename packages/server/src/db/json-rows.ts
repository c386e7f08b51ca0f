/**
 * Rows as one JSON parameter, for `jsonb_to_recordset`. PostgreSQL refuses a NUL and a lone surrogate
 * in jsonb, and a provider's text may hold either; both become U+FFFD, because a payment must never
 * stay unrecorded for the sake of a character.
 */
export function jsonRows(rows: unknown): string {
  // JSON.stringify writes both as escapes, in values and in names; an escaped backslash is none.
  return JSON.stringify(rows).replaceAll(
    /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g,
    "$1\uFFFD",
  );
}
