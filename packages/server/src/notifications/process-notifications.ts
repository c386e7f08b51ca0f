/**
 * Acts on stored webhooks. A deleted billing key cannot be looked up at Toss; knowing the key is
 * itself a secret, so the key is taken out of use, which costs a registration at worst. A changed
 * payment is looked up, and only the look-up's answer counts; so is the window of a registration.
 *
 * Source: Toss Payments guide "퀵계좌이체 자동결제 연동", BILLING_DELETED (read 2026-11).
 */
import type { Notification } from "@maedal/gateways";
import {
  findBillingKeyByBlindIndex,
  markDeletedAtProvider,
} from "../billing-keys/billing-key-store.ts";
import { loseBillingKey } from "../billing-keys/lose-billing-key.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { readOrderId } from "../ids/order-id.ts";
import { foreignPayment } from "../charges/late-payment.ts";
import { noteForeignCharge } from "../billing-keys/note-foreign-charge.ts";
import { recordRefundsOf, unknownPayment } from "../refunds/record-found-refunds.ts";
import { askAboutRegistration } from "../registrations/ask-about-window.ts";
import { blindIndex } from "../security/blind-index.ts";
import { decryptField } from "../security/encryption.ts";
import { Secret } from "../security/secret.ts";
import { effectiveNowOfBillingKey } from "../subscriptions/subscription-store.ts";
import { findAddressee } from "./addressee.ts";
import {
  claimNotifications,
  finishNotification,
  type StoredNotification,
} from "./notification-store.ts";
import { notificationContext } from "./receive-notification.ts";

const batchSize = 20;
/** A payment that no look-up has shown by then, a quarter of an hour later, is none. */
const visibleAfterTries = 6;

/** @returns How many were finished; one that failed comes back later. */
export async function processNotifications(engine: Engine): Promise<number> {
  const claimed = await claimNotifications(engine.database, batchSize);
  let finished = 0;
  for (const notification of claimed) {
    try {
      await processOne(engine, notification);
      finished += 1;
    } catch (error) {
      const details = { notificationId: notification.id, tries: notification.tries };
      if (error instanceof NotVisibleYet) engine.log.info(details, `${error.message}; later again`);
      else
        engine.log.warn(
          { ...details, error },
          "a notification could not be processed; later again",
        );
    }
  }
  return finished;
}

/** Foreseen: a notification may be quicker than what it tells of. */
class NotVisibleYet extends Error {
  override readonly name = "NotVisibleYet";
}

async function processOne(engine: Engine, stored: StoredNotification): Promise<void> {
  const { database, gateways, keys } = engine;
  const { accountId, id, connectionId } = stored;
  const connection = await findConnection(database, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
  const gateway = await gateways.of(database, connection);
  const dataKey = await keys.dataKeyOf(database, accountId);
  const body = decryptField(dataKey, stored.body, notificationContext(accountId, id));
  const notification = gateway.readNotification(body.reveal(), stored.headers);
  if (notification === "unreadable") {
    await finish(engine, stored, "unreadable", "the bytes are no notification of this provider");
    return;
  }
  await act(engine, connection, stored, notification);
}

async function act(
  engine: Engine,
  connection: Connection,
  stored: StoredNotification,
  notification: Notification,
): Promise<void> {
  switch (notification.kind) {
    case "billing_key_deleted":
      await takeKeyOut(engine, connection, stored, notification);
      return;
    case "payment_changed": {
      const { orderId = "" } = notification;
      const named = readOrderId(orderId);
      const addressee = await findAddressee(engine.database, connection, orderId);
      const note =
        named?.kind === "registration"
          ? await askAboutRegistration(engine, addressee, named.registrationId)
          : await recordRefundsOf(engine, addressee, notification.paymentId);
      // It may not be visible yet; a forged one never is.
      if (note === unknownPayment && stored.tries < visibleAfterTries) {
        throw new NotVisibleYet(note);
      }
      const wasTold = stored.note?.startsWith(foreignPayment) === true;
      const more =
        note === foreignPayment && !wasTold
          ? await noteForeignCharge(engine, connection, notification.paymentId)
          : undefined;
      const all = wasTold && note === foreignPayment ? stored.note : note;
      await finish(engine, stored, "processed", more === undefined ? all : `${note}: ${more}`);
      return;
    }
    case "ignored":
      await finish(engine, stored, "ignored", `${notification.eventType} is nothing we act on`);
  }
}

async function takeKeyOut(
  engine: Engine,
  connection: Connection,
  stored: StoredNotification,
  deleted: Extract<Notification, { kind: "billing_key_deleted" }>,
): Promise<void> {
  const { accountId, id: connectionId } = connection;
  await engine.database.transaction(async (tx) => {
    const dataKey = await engine.keys.dataKeyOf(tx, accountId);
    const index = blindIndex(dataKey, "billing_key", new Secret(deleted.billingKey));
    const key = await findBillingKeyByBlindIndex(tx, accountId, connectionId, index);
    if (key === undefined) {
      await finishNotification(tx, stored, "ignored", "it names no billing key of ours");
      return;
    }
    if (key.status === "revoked") {
      await markDeletedAtProvider(tx, accountId, key.id);
      await finishNotification(tx, stored, "processed", "the echo of our own deletion");
      return;
    }
    const now = await effectiveNowOfBillingKey(tx, accountId, key.id);
    const reason = deleted.reason ?? "deleted at the provider";
    const billingKeyId = key.id;
    const lost = { accountId, billingKeyId, status: "dead" as const, reason, now };
    await appendEvents(tx, engine.effects.random, await loseBillingKey(tx, lost));
    await finishNotification(tx, stored, "processed", `billing key ${key.id} is dead`);
  });
}

async function finish(
  engine: Engine,
  stored: StoredNotification,
  status: "processed" | "ignored" | "unreadable",
  note: string,
): Promise<void> {
  await engine.database.transaction((tx) => finishNotification(tx, stored, status, note));
}
