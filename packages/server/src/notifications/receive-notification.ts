/**
 * Takes a provider's webhook in: stores it as received and returns, so that the provider gets its 200
 * at once. What it means is found out later, by process-notifications.ts; it is never proof.
 */
import { createHash } from "node:crypto";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { encryptField, type FieldContext } from "../security/encryption.ts";
import { Secret } from "../security/secret.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { insertNotification } from "./notification-store.ts";

/** Headers worth keeping; the rest of a request is none of our business. */
const keptHeaders = ["content-type", "user-agent"];
const keptPrefix = "tosspayments-webhook-";

/** A provider's repetition carries the same id; without one, the same bytes are one row. */
const transmissionIdHeader = "tosspayments-webhook-transmission-id";

/** @param received `headers` with names in lower case. Safe to repeat. */
export async function receiveNotification(
  engine: Engine,
  connection: Connection,
  received: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
): Promise<"stored" | "duplicate"> {
  const { database, effects, keys } = engine;
  const { accountId, id: connectionId } = connection;
  const id = newId("ntf", effects.random);
  const dataKey = await keys.dataKeyOf(database, accountId);
  const place = notificationContext(accountId, id);
  const body = encryptField(dataKey, new Secret(received.body), place, effects.random);
  const kept = Object.entries(received.headers).filter(([name]) => {
    return keptHeaders.includes(name) || name.startsWith(keptPrefix);
  });
  const name = received.headers[transmissionIdHeader];
  const dedupeHash = createHash("sha256")
    .update(name ?? received.body)
    .digest();
  const headers = Object.fromEntries(kept);
  return await database.transaction(async (tx) => {
    const isNamed = name !== undefined;
    const row = { accountId, id, connectionId, dedupeHash, isNamed, body, headers };
    const isNew = await insertNotification(tx, row);
    if (isNew) await notifyWork(tx);
    return isNew ? "stored" : "duplicate";
  });
}

export function notificationContext(accountId: string, id: string): FieldContext {
  return { table: "inbound_notifications", column: "body", rowId: id, accountId };
}
