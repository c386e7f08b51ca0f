/** A person leaves a provider, or changes how: who is to follow, until when it charges. */
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
import { lockConnection, saveConnectionSunset } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import { getConnection, type ConnectionKey } from "../connections/hold-connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { effectiveNowOf } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { insertSunset, leadOn, lockSunset, saveSunset } from "./sunset-store.ts";
import { isSame, termsOf, type SunsetTerms, type WantedSunset } from "./sunset.ts";

/**
 * From the commit on no method is registered at the connection; its customers are asked by the
 * worker. Safe to repeat. A connection that was paused goes on charging nothing until it is resumed.
 *
 * @param by Who: an API key's id, an operator, somebody at the command line.
 * @throws {AppError} `not_found`, `invalid_request`, `connection_not_active` (the successor),
 *   `sunset_ended`, `conflict` when somebody else starts one at this moment.
 */
export async function startSunset(
  engine: Engine,
  key: ConnectionKey,
  wanted: WantedSunset,
  by: string,
): Promise<void> {
  const { accountId, id } = key;
  await engine.database.transaction(async (tx) => {
    await getConnection(tx, { accountId, id });
    await getConnection(tx, { accountId, id: wanted.successorId });
    const now = await effectiveNowOf(tx, accountId, undefined);
    const present = await lockSunset(tx, key);
    const terms = termsOf(id, wanted, present, now);
    if (present !== undefined && isSame(terms, present)) return;
    if (present !== undefined) await saveSunset(tx, key, terms);
    else if (!(await insertSunset(tx, key, terms))) throw startedMeanwhile(id);

    await lockBoth(tx, key, terms.successorId);
    await leadOn(tx, key, terms.successorId);
    await saveConnectionSunset(tx, key, terms.chargesUntil);
    const change = present === undefined ? "sunset_started" : "sunset_changed";
    const type = `gateway_connection.${change}` as const;
    const data = eventData(id, terms);
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId: undefined, type, data, occurredAt: now },
    ]);
    await notifyWork(tx);
    const { reason } = terms;
    const word = { accountId, by, action: type, subjectId: id, reason, evidence: data };
    await recordWord(tx, engine.effects.random, word);
  });
}

/** In one order; so that two connections cannot become each other's successor. */
async function lockBoth(
  tx: Transaction,
  { accountId, id }: ConnectionKey,
  successorId: string,
): Promise<void> {
  const locked = new Map<string, Connection | undefined>();
  for (const one of [id, successorId].toSorted()) {
    locked.set(one, await lockConnection(tx, accountId, one));
  }
  const successor = locked.get(successorId);
  if (successor?.state !== "active") throw notActive(successorId, successor?.state);
}

export function notActive(successorId: string, state: string | undefined): AppError {
  const message = `Connection ${successorId} is ${state}, and no method can be registered there: resume it, or name another successor.`;
  return new AppError("connection_not_active", message);
}

function startedMeanwhile(id: string): AppError {
  const message = `Somebody else starts the sunset of ${id} at this moment: look at it, then send this again.`;
  return new AppError("conflict", message);
}

function eventData(connectionId: string, terms: SunsetTerms): Readonly<Record<string, unknown>> {
  return {
    connectionId,
    ...terms,
    chargesUntil: terms.chargesUntil.toString(),
    cancelAt: terms.cancelAt?.toString(),
  };
}
