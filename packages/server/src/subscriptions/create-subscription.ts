/**
 * Creates a subscription. Without a billing key it is `incomplete` and waits for a registration; with
 * one it starts at once, and its first charge is due.
 */
import { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import { attachBillingKey } from "../billing-keys/attach-billing-key.ts";
import { lockBillingKey } from "../billing-keys/billing-key-store.ts";
import { defaultChargeTime } from "../calendar/billing-period.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { effectiveNowOf, findSubscription, insertSubscription } from "./subscription-store.ts";
import { findSubscriber, findPlanPrice } from "./subscriber-store.ts";
import type { Subscription } from "./subscription.ts";

export interface SubscriptionToCreate {
  readonly accountId: string;
  readonly customerId: string;
  readonly planId: string;
  readonly billingKeyId?: string | undefined;
  /** Local time of day, `HH:MM`, at which later periods are charged; 10:00 unless told. */
  readonly chargeTime?: string | undefined;
}

/** @throws {AppError} `not_found`, `plan_retired`, `billing_key_not_usable`. */
export async function createSubscription(
  engine: Engine,
  wanted: SubscriptionToCreate,
): Promise<Subscription> {
  const { accountId, billingKeyId, customerId } = wanted;
  return await engine.database.transaction(async (tx) => {
    const subscription = await insert(tx, engine, wanted);
    const subscriptionId = subscription.id;
    if (billingKeyId !== undefined) {
      await checkKey(tx, accountId, customerId, billingKeyId);
      await attachBillingKey(tx, engine, { accountId, billingKeyId, subscriptionId, customerId });
    }
    return (await findSubscription(tx, accountId, subscriptionId)) ?? subscription;
  });
}

async function insert(
  tx: Transaction,
  engine: Engine,
  { accountId, customerId, planId, chargeTime }: SubscriptionToCreate,
): Promise<Subscription> {
  const customer = await findSubscriber(tx, accountId, customerId);
  if (customer === undefined)
    throw new AppError("not_found", `There is no customer ${customerId}.`);
  const plan = await findPlanPrice(tx, accountId, planId);
  if (plan === undefined) throw new AppError("not_found", `There is no plan ${planId}.`);
  if (plan.status === "retired") {
    throw new AppError("plan_retired", `Plan ${planId} is retired and takes no new subscriptions.`);
  }
  const { random } = engine.effects;
  const subscription = await insertSubscription(tx, {
    accountId,
    id: newId("sub", random),
    customerId,
    priceId: plan.priceId,
    zone: customer.zone,
    chargeTime: chargeTime === undefined ? defaultChargeTime : Temporal.PlainTime.from(chargeTime),
    testClockId: customer.testClockId,
  });
  const occurredAt = await effectiveNowOf(tx, accountId, customer.testClockId);
  const data = { subscriptionId: subscription.id, customerId, planId };
  const type = "subscription.created";
  const event = { accountId, subscriptionId: subscription.id, type, data, occurredAt } as const;
  await appendEvents(tx, random, [event]);
  return subscription;
}

async function checkKey(
  tx: Transaction,
  accountId: string,
  customerId: string,
  billingKeyId: string,
): Promise<void> {
  const key = await lockBillingKey(tx, accountId, billingKeyId);
  if (key === undefined || key.customerId !== customerId) {
    throw new AppError("not_found", `The customer has no billing key ${billingKeyId}.`);
  }
  if (key.status !== "active") {
    throw new AppError(
      "billing_key_not_usable",
      `Billing key ${billingKeyId} is ${key.status}. Register a new method instead.`,
    );
  }
}
