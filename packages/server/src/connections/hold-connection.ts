/**
 * A person pauses a connection, or resumes one that was paused by us or by a person. One that is
 * sunset is not paused but stops charging before its time; look-ups, refunds, captures and deletes
 * go on there.
 */
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
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

/**
 * Safe to repeat: a connection that is paused already keeps its reason.
 *
 * @param by Who: an API key's id, an operator.
 * @throws {AppError} `not_found`.
 */
export async function holdConnection(
  engine: Engine,
  key: ConnectionKey,
  reason: string,
  by: string,
): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    const isPaused = await pauseConnection(tx, key.accountId, key.id, reason);
    if (isPaused) await tell(tx, engine, key, "gateway_connection.paused", { reason });
    const connection = await getConnection(tx, key);
    if (isPaused)
      await record(tx, engine, key, { by, action: "gateway_connection.paused", reason });
    return connection;
  });
}

/**
 * Safe to repeat. One that is sunset and was stopped early charges again until its time.
 *
 * @throws {AppError} `not_found`; `conflict` when the connection is sunset and nothing stopped it.
 */
export async function reopenConnection(
  engine: Engine,
  key: ConnectionKey,
  by: string,
): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    const before = await getConnection(tx, key);
    const isResumed = await resumeConnection(tx, key.accountId, key.id);
    if (isResumed) {
      await tell(tx, engine, key, "gateway_connection.resumed", {});
      await notifyWork(tx);
    }
    const connection = await getConnection(tx, key);
    if (isResumed) {
      // What it had been stopped for is what the person has looked at.
      const { pausedReason: reason = "" } = before;
      await record(tx, engine, key, { by, action: "gateway_connection.resumed", reason });
    }
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

async function record(
  tx: Transaction,
  { effects }: Engine,
  { accountId, id: subjectId }: ConnectionKey,
  word: { readonly by: string; readonly action: string; readonly reason: string },
): Promise<void> {
  await recordWord(tx, effects.random, { accountId, subjectId, ...word });
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
