/** A person pauses a connection, or resumes one that was paused by us or by a person. */
import { AppError } from "../app-error.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { findConnection, pauseConnection, resumeConnection } from "./connection-store.ts";
import type { Connection } from "./connection.ts";

export interface ConnectionKey {
  readonly accountId: string;
  readonly id: string;
}

/** Safe to repeat: a connection that is paused already keeps its reason. @throws {AppError} `not_found`. */
export async function holdConnection(
  engine: Engine,
  key: ConnectionKey,
  reason: string,
): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    if (await pauseConnection(tx, key.accountId, key.id, reason)) {
      await tell(tx, engine, key, "gateway_connection.paused", { reason });
    }
    return await get(tx, key);
  });
}

/** Safe to repeat. @throws {AppError} `not_found`; `conflict` when the connection is sunset. */
export async function reopenConnection(engine: Engine, key: ConnectionKey): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    if (await resumeConnection(tx, key.accountId, key.id)) {
      await tell(tx, engine, key, "gateway_connection.resumed", {});
      await notifyWork(tx);
    }
    const connection = await get(tx, key);
    if (connection.state === "active") return connection;
    throw new AppError("conflict", `Connection ${key.id} is ${connection.state} for good.`);
  });
}

async function get(tx: Transaction, { accountId, id }: ConnectionKey): Promise<Connection> {
  const connection = await findConnection(tx, accountId, id);
  if (connection !== undefined) return connection;
  throw new AppError("not_found", `There is no gateway connection ${id}.`);
}

async function tell(
  tx: Transaction,
  { effects }: Engine,
  { accountId, id }: ConnectionKey,
  type: "gateway_connection.paused" | "gateway_connection.resumed",
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const data = { connectionId: id, ...more };
  const occurredAt = effects.clock.now();
  await appendEvents(tx, effects.random, [
    { accountId, subscriptionId: undefined, type, data, occurredAt },
  ]);
}
