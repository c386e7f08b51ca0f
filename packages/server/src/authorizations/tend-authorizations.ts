/**
 * Tends authorizations: asks the provider what became of calls that were not answered and of dates
 * that have passed, and reminds the merchant before one passes. It never captures and never voids.
 */
import { GatewayError, type Exchange } from "@maedal/gateways";
import { findingOfFailure, type LookUpFinding } from "../charges/outcome.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";
import { recordSettlement } from "./record-settlement.ts";
import { findingOfHeld } from "./settle-outcome.ts";
import {
  claimDueSettleLookUps,
  expireAuthorizations,
  expireSettleLeases,
  listDueReminders,
  saveReminder,
  type DueReminder,
  type DueSettleLookUp,
} from "./tend-store.ts";

/** How long before an authorization expires its merchant is told; a quarter of a short validity. */
export const authorizationReminderDays = 3;

const batchSize = 20;

/** @returns How many charges were moved, told of or asked about: 0 when there is nothing to do now. */
export async function tendAuthorizations(engine: Engine): Promise<number> {
  const { database, effects, windows } = engine;
  const silent = await expireSettleLeases(database, 100);
  if (silent > 0) engine.log.warn({ silent }, "captures or voids went silent: being looked up");
  const expired = await expireAuthorizations(database, 100);
  const reminders = await listDueReminders(database, authorizationReminderDays, batchSize);
  for (const reminder of reminders) await remind(engine, reminder);

  const tokens = Array.from({ length: batchSize }, () => effects.random.uuid());
  const due = await claimDueSettleLookUps(database, tokens, windows.lookUpLeaseMs);
  // Each answer is recorded when it comes: a slow provider holds up nobody else's look-up.
  await Promise.all(due.map((lookUp) => lookUpOne(engine, lookUp)));
  return silent + expired + reminders.length + due.length;
}

async function remind(engine: Engine, reminder: DueReminder): Promise<void> {
  const { accountId, chargeId, subscriptionId } = reminder;
  await engine.database.transaction(async (tx) => {
    await lockSubscription(tx, accountId, subscriptionId);
    const told = await saveReminder(tx, reminder);
    if (told === undefined) return;
    const { amountMinor: amount, currency } = told.amount;
    const expiresAt = told.expiresAt.toString();
    const data = { chargeId, invoiceId: told.invoiceId, amount, currency, expiresAt };
    const type = "charge.authorization_expiring";
    const event = { accountId, subscriptionId, type, data, occurredAt: told.now } as const;
    await appendEvents(tx, engine.effects.random, [event]);
  });
}

/** What cannot be recorded is left to its lease, and asked again. */
async function lookUpOne(engine: Engine, lookUp: DueSettleLookUp): Promise<void> {
  const { accountId, askedAt, chargeId, leaseToken, orderId } = lookUp;
  const lease = { accountId, chargeId, leaseToken };
  const answer = await ask(engine, lookUp);
  try {
    await recordSettlement(engine, { of: "look_up", lease, orderId, askedAt, ...answer });
  } catch (error) {
    engine.log.error({ chargeId, error }, "a look-up could not be recorded: it is asked again");
  }
}

interface Answer {
  readonly finding: LookUpFinding;
  readonly exchange: Exchange | undefined;
}

async function ask(engine: Engine, lookUp: DueSettleLookUp): Promise<Answer> {
  const { accountId, chargeId, connectionId, paymentId } = lookUp;
  try {
    const connection = await findConnection(engine.database, accountId, connectionId);
    if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
    const gateway = await engine.gateways.of(engine.database, connection);
    const found = await gateway.lookUpByPaymentId(paymentId);
    const exchange = found === "not_found" ? undefined : found.exchange;
    return { finding: findingOfHeld(lookUp, found, gateway.capabilities), exchange };
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      engine.log.error({ chargeId, error }, "a look-up failed in our own code");
    }
    const exchange = error instanceof GatewayError ? error.exchange : undefined;
    return { finding: findingOfFailure(error), exchange };
  }
}
