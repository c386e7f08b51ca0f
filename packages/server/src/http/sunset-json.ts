/** A sunset as the API takes and shows it; the command line shows the same. */
import { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import type { Connection } from "../connections/connection.ts";
import { getConnection, type ConnectionKey } from "../connections/hold-connection.ts";
import type {
  SunsetJson,
  SunsetPreviewJson,
  SunsetSubscriptionJson,
  SunsetTermsJson,
} from "../contract/sunsets.ts";
import type { Queryable } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { effectiveNowOf } from "../subscriptions/subscription-store.ts";
import type { SunsetPreview } from "../sunsets/preview-sunset.ts";
import { readSunsetProgress, type SunsetSubscription } from "../sunsets/sunset-reads.ts";
import { findSunset } from "../sunsets/sunset-store.ts";
import type { Sunset, SunsetTerms, WantedSunset } from "../sunsets/sunset.ts";

export function readTerms(body: SunsetTermsJson): WantedSunset {
  const instant = (text: string | undefined) =>
    text === undefined ? undefined : Temporal.Instant.from(text);
  return {
    ...body,
    chargesUntil: instant(body.chargesUntil),
    cancelAt: instant(body.cancelAt),
  };
}

/** @throws {AppError} `not_found` also for a connection that is not sunset. */
export async function readSunset(
  { database }: Pick<Engine, "database">,
  key: ConnectionKey,
): Promise<SunsetJson> {
  const { connection, sunset } = await getSunset(database, key);
  const now = await effectiveNowOf(database, key.accountId, undefined);
  const { keys, nextDueAt, openCharges, subscriptions } = await readSunsetProgress(database, key);
  return {
    connectionId: sunset.connectionId,
    state: stateOf(sunset, connection, now),
    ...termsJson(sunset),
    startedAt: sunset.startedAt.toString(),
    endedAt: sunset.endedAt?.toString() ?? null,
    subscriptions,
    keys,
    openCharges,
    nextDueAt: nextDueAt?.toString() ?? null,
  };
}

/** @throws {AppError} `not_found` also for a connection that is not sunset. */
export async function getSunset(
  db: Queryable,
  key: ConnectionKey,
): Promise<{ readonly connection: Connection; readonly sunset: Sunset }> {
  const connection = await getConnection(db, key);
  const sunset = await findSunset(db, key);
  if (sunset !== undefined) return { connection, sunset };
  const message = `Connection ${key.id} is ${connection.state}: there is no sunset of it.`;
  throw new AppError("not_found", message);
}

/** Somebody, or we, may have stopped the connection before its time. */
function stateOf(
  { endedAt }: Sunset,
  { chargesUntil }: Connection,
  now: Temporal.Instant,
): SunsetJson["state"] {
  if (endedAt !== undefined) return "ended";
  const charges = chargesUntil !== undefined && Temporal.Instant.compare(now, chargesUntil) < 0;
  return charges ? "charging" : "stopped";
}

export function previewJson({
  keys,
  problems,
  subscriptions,
  terms,
}: SunsetPreview): SunsetPreviewJson {
  return {
    ...termsJson(terms),
    keys,
    subscriptions,
    problems: problems.map((it) => ({ ...it, planId: it.planId ?? null })),
  };
}

function termsJson({ cancelAt, chargesUntil, reason, successorId, whenSilent }: SunsetTerms) {
  return {
    successorId,
    reason,
    chargesUntil: chargesUntil.toString(),
    whenSilent,
    cancelAt: cancelAt?.toString() ?? null,
  };
}

export function sunsetSubscriptionJson(
  it: SunsetSubscription,
  requestUrlOf: (methodRequestId: string) => string,
): SunsetSubscriptionJson {
  return {
    subscriptionId: it.id,
    customerId: it.customerId,
    customerName: it.customerName ?? null,
    status: it.status,
    standing: it.standing,
    nextDueAt: it.nextDueAt?.toString() ?? null,
    requestUrl: it.methodRequestId === undefined ? null : requestUrlOf(it.methodRequestId),
    visitedAt: it.visitedAt?.toString() ?? null,
    createdAt: it.createdAt.toString(),
  };
}
