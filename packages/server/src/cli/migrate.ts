/** `maedal migrate`: brings the database up to this version, or says what is missing. */
import { readConfig } from "../config.ts";
import { connectDatabase } from "../db/database.ts";
import { migrate, migrationStatus } from "../db/migrate.ts";
import { openDatabase } from "../open-database.ts";
import { report, type Terminal } from "./terminal.ts";

/** With `status`, 1 when migrations are pending. */
export async function migrateCommand(
  terminal: Terminal,
  { json, status }: { readonly json?: boolean; readonly status?: boolean },
): Promise<number> {
  const store = await openDatabase(readConfig(terminal.environment), "guest", terminal.say);
  try {
    if (status) return await showStatus(terminal, json, store.url);
    const { applied } = await migrate(store.url);
    const list = applied.map((name) => `\n  ${name}`).join("");
    const text = list === "" ? "The database is up to date." : `Applied:${list}`;
    report(terminal, json, { applied }, text);
    return 0;
  } finally {
    await store.stop();
  }
}

async function showStatus(
  terminal: Terminal,
  json: boolean | undefined,
  url: string,
): Promise<number> {
  const database = connectDatabase({ url });
  try {
    const status = await migrationStatus(database);
    const { applied, pending } = status;
    const text =
      pending.length === 0
        ? `Up to date: ${applied.length} applied.`
        : `${applied.length} applied, pending:${pending.map((name) => `\n  ${name}`).join("")}`;
    report(terminal, json, status, text);
    return pending.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}
