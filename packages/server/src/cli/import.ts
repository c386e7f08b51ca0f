/**
 * `maedal import`: takes over billing keys of an earlier system from a CSV file. Without `--apply` it
 * writes nothing and says what would happen.
 */
import { basename, dirname, join } from "node:path";
import type { Gateway } from "@maedal/gateways";
import { listAccounts } from "../accounts/account-store.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { usualRetryDelaysMs } from "../imports/ask-provider.ts";
import { ImportFileError, openImportFile } from "../imports/import-file.ts";
import { importKeys, type Tally } from "../imports/import-keys.ts";
import { writeRefusedRows } from "../imports/refused-report.ts";
import { startProgress } from "./progress.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { untilSignal } from "./until-signal.ts";
import { withMaedal } from "./with-maedal.ts";

export interface ImportOptions {
  readonly json?: boolean;
  readonly connection: string;
  readonly apply?: boolean;
  readonly unschedule?: boolean;
  /** Where refused rows are written to; beside the file unless told. */
  readonly report?: string;
}

/** @returns 0 when nothing was refused, 1 when rows were or not all were gone through, 2 when it cannot begin. */
export async function importCommand(
  terminal: Terminal,
  path: string,
  options: ImportOptions,
): Promise<number> {
  try {
    return await withMaedal(terminal, async ({ engine }) => {
      return await runImport(terminal, engine, path, options);
    });
  } catch (error) {
    const isUsage = error instanceof CommandError || error instanceof ImportFileError;
    if (!isUsage) throw error;
    terminal.say(error.message);
    return 2;
  }
}

async function runImport(
  terminal: Terminal,
  engine: Engine,
  path: string,
  options: ImportOptions,
): Promise<number> {
  const { apply = false, json, unschedule = false } = options;
  const file = await openImportFile(path);
  const connection = await getConnection(engine, options.connection);
  const gateway = await engine.gateways.of(engine.database, connection);
  const existingKeys = existingKeysOf(gateway, connection);
  const interrupt = new AbortController();
  void untilSignal(terminal.say).then(() => interrupt.abort());
  const { clock } = engine.effects;
  const startedMs = clock.monotonicMs();
  const progress = startProgress(terminal, file.rowCount, apply ? "Importing" : "Checking");
  let tally: Tally;
  try {
    tally = await importKeys({
      engine,
      connection,
      gateway,
      existingKeys,
      rows: file.rows(),
      apply,
      unschedule,
      retryDelaysMs: usualRetryDelaysMs,
      signal: interrupt.signal,
      onProgress: (now) => progress.report(now.rows, wordsOf(now, apply)),
    });
  } finally {
    progress.end();
  }
  const seconds = Math.round(clock.monotonicMs() - startedMs) / 1_000;
  const reportPath = await writeReport(options.report ?? besideOf(path), tally);
  for (const line of notices(tally, file.rowCount, reportPath)) terminal.say(line);
  const summary = summaryOf(path, tally, !apply, seconds);
  report(terminal, json, summary, textOf(tally, apply, seconds));
  return tally.refused.length === 0 && tally.stopped === undefined ? 0 : 1;
}

async function getConnection(engine: Engine, id: string): Promise<Connection> {
  for (const account of await listAccounts(engine.database)) {
    const connection = await findConnection(engine.database, account.id, id);
    if (connection === undefined) continue;
    if (connection.state !== "sunset") return connection;
    throw new CommandError(
      `Connection ${id} is sunset and takes no more keys: import with one that goes on.`,
    );
  }
  throw new CommandError(
    `There is no gateway connection ${id}: GET /v1/gateway-connections lists them.`,
  );
}

function existingKeysOf({ existingKeys, label }: Gateway, { id }: Connection) {
  if (existingKeys !== undefined) return existingKeys;
  throw new CommandError(
    `Connection ${id} is with ${label}, which tells nothing of keys that others have registered. Keys of PortOne V1 can be imported; here customers register anew.`,
  );
}

/** `keys.csv` has its refused rows in `keys.refused.csv`. */
function besideOf(path: string): string {
  return join(dirname(path), `${basename(path).replace(/\.csv$/i, "")}.refused.csv`);
}

/** @returns Where it was written to; undefined when nothing was refused. */
async function writeReport(path: string, { refused }: Tally): Promise<string | undefined> {
  if (refused.length === 0) return undefined;
  await writeRefusedRows(path, refused);
  return path;
}

function wordsOf({ alreadyImported, imported, refused }: Tally, apply: boolean): string {
  const done = apply ? "imported" : "to import";
  return `${imported} ${done}, ${alreadyImported} there already, ${refused.length} refused`;
}

const noticesShown = 10;

function notices(tally: Tally, rowCount: number, reportPath: string | undefined): string[] {
  const { kept, refused, rows, stopped } = tally;
  const lines = kept
    .slice(0, noticesShown)
    .map(
      ({ details, externalId, line }) =>
        `Line ${line}: customer ${externalId} is kept as it is, though the file has another ${details.join(", ")}.`,
    );
  if (kept.length > noticesShown) lines.push(`… and ${kept.length - noticesShown} more like it.`);
  lines.push(
    ...refused
      .slice(0, noticesShown)
      .map(({ code, line, message }) => `Line ${line}: ${code}. ${message}`),
  );
  if (refused.length > noticesShown) lines.push(`… and ${refused.length - noticesShown} more.`);
  if (reportPath !== undefined) lines.push(`All refused rows are in ${reportPath}.`);
  if (stopped !== undefined) {
    lines.push(
      `Stopped after ${rows} of ${rowCount} rows. ${stopped} Run the same command again: it goes on, and imports nothing twice.`,
    );
  }
  return lines;
}

function summaryOf(file: string, tally: Tally, dryRun: boolean, seconds: number) {
  const { alreadyImported, imported, rows, stopped, subscriptions, unscheduled } = tally;
  const refused: Record<string, number> = {};
  for (const { code } of tally.refused) refused[code] = (refused[code] ?? 0) + 1;
  return {
    file,
    rows,
    imported,
    alreadyImported,
    refused,
    subscriptions,
    unscheduled,
    kept: tally.kept.length,
    dryRun,
    seconds,
    stopped: stopped ?? null,
  };
}

function textOf(tally: Tally, apply: boolean, seconds: number): string {
  const { alreadyImported, imported, refused, rows, subscriptions, unscheduled } = tally;
  const done = apply ? "Imported" : "Would import";
  const revoked =
    unscheduled === 0 ? "" : ` The provider's own charges of ${unscheduled} keys are revoked.`;
  const next = apply || imported === 0 ? "" : " Nothing was changed: --apply does it.";
  return `${done} ${imported} of ${rows} rows (${subscriptions} with a subscription); ${alreadyImported} are there already, ${refused.length} are refused. ${seconds} s.${revoked}${next}`;
}
