/**
 * A person pauses a connection, or resumes one that was paused by us or by a person. One that is
 * sunset is not paused but stops charging before its time; look-ups, refunds, captures and deletes
 * go on there.
 */
import { AppError } from "../app-error.ts";
import type { Queryable, Transaction } from "../db/database.ts";
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
    return await getConnection(tx, key);
  });
}

/**
 * Safe to repeat. One that is sunset and was stopped early charges again until its time.
 *
 * @throws {AppError} `not_found`; `conflict` when the connection is sunset and nothing stopped it.
 */
export async function reopenConnection(engine: Engine, key: ConnectionKey): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    const isResumed = await resumeConnection(tx, key.accountId, key.id);
    if (isResumed) {
      await tell(tx, engine, key, "gateway_connection.resumed", {});
      await notifyWork(tx);
    }
    const connection = await getConnection(tx, key);
    if (isResumed || connection.state === "active") return connection;
    const message = `Connection ${key.id} is not paused but sunset: as long as that has not ended, POST /v1/gateway-connections/${key.id}/sunset/take-back.`;
    throw new AppError("conflict", message);
  });
}

/** @throws {AppError} `not_found`. */
export async function getConnection(
  db: Queryable,
  { accountId, id }: ConnectionKey,
): Promise<Connection> {
  const connection = await findConnection(db, accountId, id);
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
