/**
 * Looks after windows that no browser comes back from: asks the provider whether they are over, and
 * gives charges that were taken out of their retries back to them. Never confirms anything: only the
 * browser that opened a window may say that its customer has approved it.
 */
import { GatewayError } from "@maedal/gateways";
import { findBillingKey } from "../billing-keys/billing-key-store.ts";
import { collectOwed } from "../billing-keys/collect-owed.ts";
import { windowsFor } from "../charges/windows.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { cancelWaitingCharges } from "../invoices/invoice-store.ts";
import { effectiveNowOf, lockSubscription } from "../subscriptions/subscription-store.ts";
import {
  claimWindowChecks,
  listAbandonedCharges,
  saveWindowStatus,
  takeBackFromWindow,
  type AbandonedCharge,
  type PaymentWindow,
} from "./payment-window-store.ts";

/** @param limit Most of each kind at once. @returns How many were looked after; 0 when all is calm. */
export async function tendPaymentWindows(engine: Engine, limit = 20): Promise<number> {
  const { database, log } = engine;
  // As slow as in live mode at most: a test's connection has the configured windows for everything.
  const [, againInMs = 0] = windowsFor("test", engine.windows).lookUpLadderMs;
  const due = await claimWindowChecks(database, limit, againInMs);
  for (const window of due) {
    await askAbout(engine, window).catch((error: unknown) => {
      log.error({ paymentWindowId: window.id, error }, "asking about a window failed");
    });
  }
  const abandoned = await listAbandonedCharges(database, againInMs, limit);
  for (const charge of abandoned) {
    await takeBack(engine, charge).catch((error: unknown) => {
      log.error({ chargeId: charge.id, error }, "taking a charge back from its windows failed");
    });
  }
  return abandoned.length;
}

async function askAbout(engine: Engine, it: PaymentWindow): Promise<void> {
  const { database, gateways } = engine;
  const connection = await findConnection(database, it.accountId, it.connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${it.connectionId}`);
  const { window } = await gateways.of(database, connection);
  if (window.kind !== "payment") throw new Error(`connection ${connection.id} has no such windows`);
  try {
    const state = await window.check(it.windowId);
    if (state === "over" || state === "paid") await saveWindowStatus(database, it, state);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error; // No clear answer: asked again later.
  }
}

/** All windows are over: the billing key that the charge was taken from is charged again. */
async function takeBack(engine: Engine, charge: AbandonedCharge): Promise<void> {
  const { accountId, id, subscriptionId } = charge;
  await engine.database.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, accountId, subscriptionId);
    if (subscription === undefined) throw new Error(`charge ${id} has no subscription`);
    if (await takeBackFromWindow(tx, accountId, id)) return;
    const key = await findBillingKey(tx, accountId, subscription.billingKeyId ?? "");
    if (key?.status !== "active") {
      await cancelWaitingCharges(tx, accountId, [id]); // The next method brings another charge.
      return;
    }
    // The key is at another connection: its own charge follows this one.
    const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const { random } = engine.effects;
    const events = await collectOwed(tx, random, subscription, key, now);
    await appendEvents(tx, random, events);
  });
}
