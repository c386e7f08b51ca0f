/** The report of refused rows: CSV in UTF-8 with a byte order mark, which spreadsheets look for. */
import { writeFile } from "node:fs/promises";
import type { RefusedRow } from "./refusal.ts";

const columns = ["line", "customer_uid", "external_id", "code", "message"] as const;

/** Replaces a file that is there. */
export async function writeRefusedRows(
  path: string,
  refused: readonly RefusedRow[],
): Promise<void> {
  await writeFile(path, refusedRowsAsCsv(refused));
}

export function refusedRowsAsCsv(refused: readonly RefusedRow[]): string {
  const lines = refused.map(({ code, externalId = "", line, maskedKey, message }) =>
    [String(line), maskedKey, externalId, code, message].map(asText).map(quoted).join(","),
  );
  return `\ufeff${[columns.join(","), ...lines].join("\r\n")}\r\n`;
}

/** A spreadsheet takes a field that begins so for a formula, and an external_id may be anybody's text. */
function asText(field: string): string {
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
