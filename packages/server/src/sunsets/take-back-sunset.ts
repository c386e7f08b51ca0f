/** A person stays with a provider after all: the connection is as it was, and nobody is asked. */
import { recordWord } from "../audit/record-word.ts";
import { saveConnectionTakenBack } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import { getConnection, type ConnectionKey } from "../connections/hold-connection.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { withdrawRequestsOfSunset } from "../method-requests/withdraw-method-request.ts";
import { effectiveNowOf } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { lockAskedSubscriptions, lockSunset, removeSunset } from "./sunset-store.ts";
import { ended } from "./sunset.ts";

const atOnce = 500;

/**
 * Safe to repeat. Who has brought another method meanwhile keeps it. A connection that had been
 * paused is paused again.
 *
 * @throws {AppError} `not_found`; `sunset_ended` once its keys are given up.
 */
export async function takeBackSunset(
  engine: Engine,
  key: ConnectionKey,
  by: string,
): Promise<Connection> {
  return await engine.database.transaction(async (tx) => {
    const sunset = await lockSunset(tx, key);
    if (sunset === undefined) return await getConnection(tx, key);
    if (sunset.endedAt !== undefined) throw ended(sunset);
    const { accountId, id: connectionId } = key;
    await lockAskedSubscriptions(tx, key);
    const asked = { accountId, sunsetConnectionId: connectionId };
    while ((await withdrawRequestsOfSunset(tx, engine, asked, atOnce)) === atOnce);
    await removeSunset(tx, key);
    await saveConnectionTakenBack(tx, key);
    const occurredAt = await effectiveNowOf(tx, accountId, undefined);
    const type = "gateway_connection.sunset_taken_back";
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId: undefined, type, data: { connectionId }, occurredAt },
    ]);
    await notifyWork(tx);
    const connection = await getConnection(tx, key);
    const word = { accountId, by, action: type, subjectId: connectionId };
    await recordWord(tx, engine.effects.random, word);
    return connection;
  });
}
