/** SQL of subscriptions and of the prices they are billed at. */
import { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import { planPriceColumns, toPlanPrice, type PlanPriceRow } from "../plans/plan-store.ts";
import type { Price, Subscription, SubscriptionState, SubscriptionStatus } from "./subscription.ts";

interface SubscriptionRow {
  account_id: string;
  id: string;
  customer_id: string;
  status: SubscriptionStatus;
  price_id: string;
  next_price_id: string | null;
  billing_key_id: string | null;
  anchor_on: Temporal.PlainDate | null;
  anchor_period: number;
  zone: string;
  charge_time: string;
  next_period: number;
  next_due_at: Temporal.Instant | null;
  method_required: boolean;
  cancels_at_period_end: boolean;
  canceled_at: Temporal.Instant | null;
  test_clock_id: string | null;
  created_at: Temporal.Instant;
}

const columns = `account_id, id, customer_id, status, price_id, next_price_id, billing_key_id,
  anchor_on, anchor_period, zone, charge_time, next_period, next_due_at, method_required,
  cancels_at_period_end, canceled_at, test_clock_id, created_at`;

function toSubscription(row: SubscriptionRow): Subscription {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    status: row.status,
    priceId: row.price_id,
    nextPriceId: row.next_price_id ?? undefined,
    billingKeyId: row.billing_key_id ?? undefined,
    anchorOn: row.anchor_on ?? undefined,
    anchorPeriod: row.anchor_period,
    zone: row.zone,
    chargeTime: Temporal.PlainTime.from(row.charge_time),
    nextPeriod: row.next_period,
    nextDueAt: row.next_due_at ?? undefined,
    methodRequired: row.method_required,
    cancelsAtPeriodEnd: row.cancels_at_period_end,
    canceledAt: row.canceled_at ?? undefined,
    testClockId: row.test_clock_id ?? undefined,
    createdAt: row.created_at,
  };
}

const byId = statement(
  "subscription_by_id",
  `select ${columns} from subscriptions where account_id = $1 and id = $2`,
);

export async function findSubscription(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<Subscription | undefined> {
  const [row] = await db.query<SubscriptionRow>(byId, [accountId, id]);
  return row === undefined ? undefined : toSubscription(row);
}

const locked = statement(
  "subscription_locked",
  `select ${columns} from subscriptions where account_id = $1 and id = $2 for no key update`,
);

/** Locks the row as the claim does, so that a cancel and a claim exclude each other (rule 9). */
export async function lockSubscription(
  tx: Transaction,
  accountId: string,
  id: string,
): Promise<Subscription | undefined> {
  const [row] = await tx.query<SubscriptionRow>(locked, [accountId, id]);
  return row === undefined ? undefined : toSubscription(row);
}

const lockedMany = statement(
  "subscriptions_locked",
  `select ${columns} from subscriptions
   where (account_id, id) in (
     select account_id, id from jsonb_to_recordset($1::jsonb) as r(account_id text, id text))
   order by account_id, id
   for no key update`,
);

/** Locks several at once, in one order, so that two batches cannot wait for each other. */
export async function lockSubscriptions(
  tx: Transaction,
  keys: readonly { readonly accountId: string; readonly id: string }[],
): Promise<Subscription[]> {
  const rows = keys.map(({ accountId, id }) => ({ account_id: accountId, id }));
  return (await tx.query<SubscriptionRow>(lockedMany, [jsonRows(rows)])).map(toSubscription);
}

const ofBillingKey = statement(
  "subscriptions_of_billing_key",
  `select ${columns} from subscriptions where account_id = $1 and billing_key_id = $2
   order by account_id, id for no key update`,
);

export async function lockSubscriptionsOfBillingKey(
  tx: Transaction,
  accountId: string,
  billingKeyId: string,
): Promise<Subscription[]> {
  return (await tx.query<SubscriptionRow>(ofBillingKey, [accountId, billingKeyId])).map(
    toSubscription,
  );
}

const stayingWithPlan = statement(
  "subscriptions_staying_with_plan",
  `select ${columns} from subscriptions
   where account_id = $1 and id > $3 and status <> 'canceled' and not cancels_at_period_end
     and coalesce(next_price_id, price_id) in (
       select id from prices where account_id = $1 and plan_id = $2)
   order by account_id, id limit $4 for no key update`,
);

/**
 * Those that would be billed for this plan again: not those that are on their way to another plan,
 * nor to their end. Locked.
 *
 * @param afterId Where the batch before ended; `""` begins.
 */
export async function lockSubscriptionsStayingWithPlan(
  tx: Transaction,
  { accountId, planId }: { readonly accountId: string; readonly planId: string },
  afterId: string,
  limit: number,
): Promise<Subscription[]> {
  const values = [accountId, planId, afterId, limit];
  return (await tx.query<SubscriptionRow>(stayingWithPlan, values)).map(toSubscription);
}

const due = statement(
  "subscriptions_due",
  `select ${columns} from subscriptions
   where next_due_at <= protocol_now() and next_due_at is not null and test_clock_id is null
   order by next_due_at, id limit $1
   for no key update skip locked`,
);

/** Subscriptions without a test clock whose next period has fallen due; locked. */
export async function claimDueSubscriptions(
  tx: Transaction,
  limit: number,
): Promise<Subscription[]> {
  return (await tx.query<SubscriptionRow>(due, [limit])).map(toSubscription);
}

const dueByTestClock = statement(
  "subscriptions_due_by_test_clock",
  `select ${columns} from subscriptions
   where (account_id, id) in (
     select s.account_id, s.id
     from test_clocks k
     join subscriptions s on s.account_id = k.account_id and s.test_clock_id = k.id
     where s.next_due_at is not null and s.next_due_at <= k.now_at
     order by s.next_due_at, s.id limit $1)
   order by next_due_at, id
   for no key update skip locked`,
);

/** The same for those on a test clock, by that clock; locked. */
export async function claimDueSubscriptionsOnTestClocks(
  tx: Transaction,
  limit: number,
): Promise<Subscription[]> {
  return (await tx.query<SubscriptionRow>(dueByTestClock, [limit])).map(toSubscription);
}

const insert = statement(
  "subscription_insert",
  `insert into subscriptions (account_id, id, customer_id, status, price_id, zone, charge_time,
     test_clock_id)
   values ($1, $2, $3, 'incomplete', $4, $5, $6, $7)
   returning ${columns}`,
);

export async function insertSubscription(
  tx: Transaction,
  it: Pick<
    Subscription,
    "accountId" | "id" | "customerId" | "priceId" | "zone" | "chargeTime" | "testClockId"
  >,
): Promise<Subscription> {
  const [row] = await tx.query<SubscriptionRow>(insert, [
    it.accountId,
    it.id,
    it.customerId,
    it.priceId,
    it.zone,
    it.chargeTime.toString(),
    it.testClockId ?? null,
  ]);
  if (row === undefined) throw new Error("the inserted subscription was not returned");
  return toSubscription(row);
}

const save = statement(
  "subscriptions_save",
  `update subscriptions s set
     status = r.status, price_id = r.price_id, next_price_id = r.next_price_id,
     billing_key_id = r.billing_key_id, anchor_on = r.anchor_on, anchor_period = r.anchor_period,
     next_period = r.next_period, next_due_at = r.next_due_at, method_required = r.method_required,
     cancels_at_period_end = r.cancels_at_period_end, canceled_at = r.canceled_at
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, status text, price_id text,
     next_price_id text, billing_key_id text, anchor_on date, anchor_period int, next_period int,
     next_due_at timestamptz, method_required boolean, cancels_at_period_end boolean,
     canceled_at timestamptz)
   where s.account_id = r.account_id and s.id = r.id`,
);

export interface SubscriptionChange {
  readonly accountId: string;
  readonly id: string;
  readonly state: SubscriptionState;
}

/** Writes decided states. The rows must be locked in this transaction, and be all there. */
export async function saveSubscriptions(
  tx: Transaction,
  changes: readonly SubscriptionChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ accountId, id, state }) => ({
    account_id: accountId,
    id,
    status: state.status,
    price_id: state.priceId,
    next_price_id: state.nextPriceId,
    billing_key_id: state.billingKeyId,
    anchor_on: state.anchorOn?.toString(),
    anchor_period: state.anchorPeriod,
    next_period: state.nextPeriod,
    next_due_at: state.nextDueAt?.toString(),
    method_required: state.methodRequired,
    cancels_at_period_end: state.cancelsAtPeriodEnd,
    canceled_at: state.canceledAt?.toString(),
  }));
  const saved = await tx.execute(save, [jsonRows(rows)]);
  if (saved !== changes.length)
    throw new Error(`saved ${saved} of ${changes.length} subscriptions`);
}

interface PriceRow extends PlanPriceRow {
  id: string;
  plan_id: string;
  plan_name: string;
}

const prices = statement(
  "prices_by_id",
  `select p.id, p.plan_id, l.name as plan_name, ${planPriceColumns}
   from prices p join plans l on l.account_id = p.account_id and l.id = p.plan_id
   where p.account_id = $1 and p.id = any($2::text[])`,
);

/** @throws {Error} when one of them does not exist. */
export async function getPrices(
  db: Queryable,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, Price>> {
  const rows = await db.query<PriceRow>(prices, [accountId, [...new Set(ids)]]);
  const found = new Map(rows.map((row) => [row.id, toPrice(row)]));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) throw new Error(`there is no price ${missing}`);
  return found;
}

export async function getPrice(db: Queryable, accountId: string, id: string): Promise<Price> {
  const price = (await getPrices(db, accountId, [id])).get(id);
  if (price === undefined) throw new Error(`there is no price ${id}`);
  return price;
}

function toPrice(row: PriceRow): Price {
  return { id: row.id, planId: row.plan_id, planName: row.plan_name, ...toPlanPrice(row) };
}

const effectiveNow = statement(
  "subscription_now",
  `select coalesce((select now_at from test_clocks where account_id = $1 and id = $2),
     protocol_now()) as now`,
);

/** Now for due dates and dunning: on the test clock where there is one (rule 16). */
export async function effectiveNowOf(
  db: Queryable,
  accountId: string,
  testClockId: string | undefined,
): Promise<Temporal.Instant> {
  const [row] = await db.query<{ now: Temporal.Instant }>(effectiveNow, [
    accountId,
    testClockId ?? null,
  ]);
  if (row === undefined) throw new Error("the database did not tell the time");
  return row.now;
}

const nowOfBillingKey = statement(
  "billing_key_now",
  `select coalesce(
     (select t.now_at from billing_keys k
      join customers u on u.account_id = k.account_id and u.id = k.customer_id
      join test_clocks t on t.account_id = u.account_id and t.id = u.test_clock_id
      where k.account_id = $1 and k.id = $2), protocol_now()) as now`,
);

/** Now for a billing key's customer: on the test clock where there is one. */
export async function effectiveNowOfBillingKey(
  db: Queryable,
  accountId: string,
  billingKeyId: string,
): Promise<Temporal.Instant> {
  const [row] = await db.query<{ now: Temporal.Instant }>(nowOfBillingKey, [
    accountId,
    billingKeyId,
  ]);
  if (row === undefined) throw new Error("the database did not tell the time");
  return row.now;
}
