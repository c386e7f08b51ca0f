/**
 * The roller: subscriptions whose next period has fallen due get its invoice and its charge, and move
 * on to the period after. Safe to run anywhere and twice: rows are locked, the period is counted in
 * the row, and the database refuses a second invoice of a period.
 */
import { listBillingKeys } from "../billing-keys/billing-key-store.ts";
import type { BillingKey } from "../billing-keys/billing-key.ts";
import { revokeUnusedKeys } from "../billing-keys/revoke-unused-keys.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { billPeriods, type PeriodBilling } from "../invoices/bill-period.ts";
import { dropWhatIsOwed } from "./cancel-subscription.ts";
import { readRollFacts, type RollFacts } from "./roll-store.ts";
import {
  claimDueSubscriptions,
  claimDueSubscriptionsOnTestClocks,
  getPrices,
  saveSubscriptions,
} from "./subscription-store.ts";
import { roll, type Price, type RollDecision, type Subscription } from "./subscription.ts";

const batchSize = 200;

/** @returns How many subscriptions were moved on: 0 when none is due. */
export async function rollSubscriptions(engine: Engine): Promise<number> {
  const { database } = engine;
  const inRealTime = await database.transaction(async (tx) => {
    return await rollBatch(tx, engine, await claimDueSubscriptions(tx, batchSize));
  });
  const onTestClocks = await database.transaction(async (tx) => {
    return await rollBatch(tx, engine, await claimDueSubscriptionsOnTestClocks(tx, batchSize));
  });
  return inRealTime + onTestClocks;
}

interface Rolled {
  readonly subscription: Subscription;
  readonly facts: RollFacts;
  readonly billingKey: BillingKey | undefined;
  readonly decision: RollDecision;
}

async function rollBatch(
  tx: Transaction,
  engine: Engine,
  due: readonly Subscription[],
): Promise<number> {
  let count = 0;
  for (const [accountId, theirs] of Map.groupBy(due, (it) => it.accountId)) {
    const rolled = await decideAll(tx, engine, accountId, theirs);
    count += rolled.length;
    const billings = rolled.flatMap(billingOf);
    const { random } = engine.effects;
    const events = await billPeriods(tx, random, billings);
    for (const { decision, subscription, facts } of rolled) {
      if (decision.kind !== "end") continue;
      events.push(...(await dropWhatIsOwed(tx, subscription, facts.now)));
    }
    await saveSubscriptions(
      tx,
      rolled.map(({ subscription: { id }, decision: { state } }) => ({ accountId, id, state })),
    );
    const ended = rolled
      .filter(({ decision }) => decision.kind === "end")
      .map(({ facts, subscription }) => ({ subscription, now: facts.now }));
    const revoked = await revokeUnusedKeys(tx, engine, ended);
    await appendEvents(tx, random, [...events, ...rolled.flatMap(eventsOf), ...revoked]);
  }
  return count;
}

/** One that cannot be decided is left where it is, and told of; the others go on. */
async function decideAll(
  tx: Transaction,
  engine: Engine,
  accountId: string,
  due: readonly Subscription[],
): Promise<Rolled[]> {
  const facts = await readRollFacts(
    tx,
    accountId,
    due.map(({ id }) => id),
  );
  const keyIds = due.flatMap(({ billingKeyId }) =>
    billingKeyId === undefined ? [] : [billingKeyId],
  );
  const keys = await listBillingKeys(tx, accountId, keyIds);
  const priceIds = due.flatMap(({ priceId, nextPriceId }) => [
    priceId,
    ...(nextPriceId === undefined ? [] : [nextPriceId]),
  ]);
  const prices = await getPrices(tx, accountId, priceIds);
  return due.flatMap((subscription) => {
    const own = facts.get(subscription.id);
    const key = keys.get(subscription.billingKeyId ?? "");
    try {
      return own === undefined ? [] : [decide(subscription, own, key, prices)];
    } catch (error) {
      const details = { subscriptionId: subscription.id, error };
      engine.log.error(details, "a subscription's period could not be computed");
      return [];
    }
  });
}

function decide(
  subscription: Subscription,
  facts: RollFacts,
  key: BillingKey | undefined,
  prices: ReadonlyMap<string, Price>,
): Rolled {
  const price = prices.get(subscription.priceId);
  if (price === undefined) throw new Error(`there is no price ${subscription.priceId}`);
  const billingKey = key?.status === "active" ? key : undefined;
  const decision = roll(subscription, {
    price,
    nextPrice:
      subscription.nextPriceId === undefined ? undefined : prices.get(subscription.nextPriceId),
    hasUsableKey: billingKey !== undefined,
    owesEarlier: facts.openInvoices > 0,
    overduePeriods: facts.overduePeriods,
    now: facts.now,
  });
  return { subscription, facts, billingKey, decision };
}

function billingOf({ subscription, billingKey, decision }: Rolled): PeriodBilling[] {
  if (decision.kind !== "bill") return [];
  const { bill, invoice, collects } = decision;
  return [{ subscription, bill, invoice, billingKey: collects ? billingKey : undefined }];
}

function eventsOf({ subscription, facts, decision }: Rolled): NewEvent[] {
  const { accountId, id: subscriptionId, status, methodRequired } = subscription;
  const data = { subscriptionId };
  const tell = (type: NewEvent["type"]): NewEvent => {
    return { accountId, subscriptionId, type, data, occurredAt: facts.now };
  };
  if (decision.kind === "end") return [tell("subscription.canceled")];
  if (decision.kind === "give_up") return [tell("subscription.unpaid")];
  const { state } = decision;
  return [
    ...(state.status === "past_due" && status !== "past_due"
      ? [tell("subscription.past_due")]
      : []),
    ...(state.methodRequired && !methodRequired ? [tell("subscription.method_required")] : []),
  ];
}
