/** Changes what may change of a connection: its name, its budget, its settings. */
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
import type { Engine } from "../engine.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { readSettings, settingsOf, type ConnectionSettings } from "./connection-settings.ts";
import { lockConnection, saveConnection } from "./connection-store.ts";
import type { Connection, Provider } from "./connection.ts";
import type { ConnectionKey } from "./hold-connection.ts";

export interface ConnectionChange {
  readonly name?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly settings: ConnectionSettings;
}

/**
 * What is undefined stays. Later charges and checks follow it, those on their way do not.
 *
 * @param by Who: an API key's id, an operator.
 * @throws {AppError} `not_found`; `invalid_request` for a setting that its provider does not have.
 */
export async function changeConnection(
  engine: Engine,
  { accountId, id }: ConnectionKey,
  { concurrency, name, settings }: ConnectionChange,
  by: string,
): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    const before = await lockConnection(tx, accountId, id);
    if (before === undefined) {
      throw new AppError("not_found", `There is no gateway connection ${id}.`);
    }
    checkSettings(before.provider, settings);
    const after = {
      ...before,
      name: name ?? before.name,
      concurrency: concurrency ?? before.concurrency,
      settings: readSettings(before.provider, { ...before.settings, ...settings }),
    };
    await saveConnection(tx, after);
    await notifyWork(tx);
    const evidence = { before: changeable(before), after: changeable(after) };
    const word = { accountId, by, action: "gateway_connection.changed", subjectId: id, evidence };
    await recordWord(tx, engine.effects.random, word);
    return after;
  });
}

function changeable({ concurrency, name, settings }: Connection) {
  return { name, concurrency, settings };
}

function checkSettings(provider: Provider, settings: ConnectionSettings): void {
  const known = settingsOf(provider);
  const unknown = Object.keys(settings).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const message = `is not a setting of a ${provider} connection`;
  const list = unknown.map((name) => `${name} ${message}`).join("; ");
  const errors = unknown.map((path) => ({ path, message }));
  throw new AppError("invalid_request", `Leave these out: ${list}.`, { errors });
}
