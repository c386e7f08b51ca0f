/**
 * Collects evidence: dumps a database's tables and asks an emulator for its ledger and call log. Plain
 * SQL over the catalogue, no code of the engine: what the tables are called is asked, not known.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Runs one statement; its rows as objects. `pg`'s `client.query` with `.rows` fits. */
export type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const nameSchema = z.object({ table_name: z.string() });
const rowSchema = z.object({ row: z.string() });
const accountPattern = /^acct_[0-9a-z]+$/;

/**
 * All rows of all tables, as `row_to_json` writes them: instants as text, bytes as hex.
 *
 * @param account Only the rows of this account, and of tables that know no accounts.
 */
export async function dumpTables(
  query: Query,
  account?: string,
): Promise<Record<string, unknown[]>> {
  if (account !== undefined && !accountPattern.test(account)) {
    throw new RangeError(`${JSON.stringify(account)} is no account id`);
  }
  const owned = await tableNames(query, "and column_name = 'account_id'");
  const dump: Record<string, unknown[]> = {};
  for (const name of await tableNames(query, "")) {
    const isOwned = account !== undefined && owned.includes(name);
    const where = isOwned ? ` where account_id = '${account}'` : "";
    const rows = await query(`select row_to_json(t)::text as row from "${name}" t${where}`);
    dump[name] = rows.map((row): unknown => JSON.parse(rowSchema.parse(row).row));
  }
  return dump;
}

async function tableNames(query: Query, which: string): Promise<string[]> {
  const rows = await query(
    `select distinct table_name from information_schema.columns
     join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' ${which} order by table_name`,
  );
  return rows.map((row) => nameSchema.parse(row).table_name);
}

/** What the emulator's control API says, each line unparsed. */
export async function askEmulator(
  control: string,
): Promise<{ readonly ledger: unknown[]; readonly calls: unknown[] }> {
  const ask = async (path: string): Promise<unknown[]> => {
    const answer = await fetch(new URL(path, control));
    if (!answer.ok) throw new Error(`${path} of the emulator answered ${answer.status}`);
    return z.array(z.unknown()).parse(await answer.json());
  };
  return { ledger: await ask("/ledger"), calls: await ask("/requests") };
}

/** Writes what `readDirectory` reads. */
export function writeEvidence(
  directory: string,
  evidence: {
    readonly ledger: readonly unknown[];
    readonly calls: readonly unknown[];
    readonly tables: Readonly<Record<string, readonly unknown[]>>;
  },
): void {
  const write = (name: string, lines: readonly unknown[]) => {
    writeFileSync(join(directory, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  };
  mkdirSync(join(directory, "tables"), { recursive: true });
  write("ledger.jsonl", evidence.ledger);
  write("calls.jsonl", evidence.calls);
  for (const [name, rows] of Object.entries(evidence.tables)) write(`tables/${name}.jsonl`, rows);
}
