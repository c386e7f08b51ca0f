/** What the operator pages read beside the lists of the API: who is logged in, and overviews. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { getAccount } from "../../accounts/account-store.ts";
import type { Account } from "../../accounts/account.ts";
import { safeInteger } from "../../db/column-types.ts";
import { statement, type Queryable } from "../../db/database.ts";
import type { SubscriptionStatus } from "../../subscriptions/subscription.ts";

const operator = statement(
  "operator_by_key",
  "select name from api_keys where account_id = $1 and id = $2 and revoked_at is null",
);

/** @returns undefined when the API key was revoked. */
export async function findOperator(
  db: Queryable,
  accountId: string,
  keyId: string,
): Promise<{ readonly account: Account; readonly keyName: string } | undefined> {
  const [row] = await db.query<{ name: string }>(operator, [accountId, keyId]);
  return row && { account: await getAccount(db, accountId), keyName: row.name };
}

export interface Totals {
  readonly currency: Currency;
  readonly captured: Money;
  readonly capturedCount: number;
}

const totals = statement(
  "operator_totals",
  `select currency, sum(amount_minor)::bigint as captured_minor, count(*)::int as captured_count
   from charges
   where account_id = $1 and status = 'captured'
     and case when test_clock_id is null then captured_at else updated_at end >= $2
   group by currency order by currency`,
);

/** What was captured since an instant of real time, on test clocks too; one row per currency. */
export async function listTotals(
  db: Queryable,
  accountId: string,
  since: Temporal.Instant,
): Promise<Totals[]> {
  const rows = await db.query<{
    currency: Currency;
    captured_minor: string;
    captured_count: number;
  }>(totals, [accountId, since]);
  return rows.map(({ currency, captured_minor, captured_count }) => ({
    currency,
    captured: money(safeInteger(captured_minor), currency),
    capturedCount: captured_count,
  }));
}

export interface Counts {
  readonly inReview: number;
  readonly unresolved: number;
  readonly pastDue: number;
  readonly methodRequired: number;
  readonly active: number;
}

const counts = statement(
  "operator_counts",
  `select
     (select count(*)::int from charges where account_id = $1 and status = 'in_review')
       + (select count(*)::int from refunds where account_id = $1 and status = 'in_review')
       as in_review,
     (select count(*)::int from charges where account_id = $1 and status = 'reconciling')
       as unresolved,
     count(*) filter (where status in ('past_due', 'unpaid'))::int as past_due,
     count(*) filter (where method_required and status <> 'canceled')::int as method_required,
     count(*) filter (where status in ('active', 'trialing'))::int as active
   from subscriptions where account_id = $1`,
);

export async function getCounts(db: Queryable, accountId: string): Promise<Counts> {
  const [row] = await db.query<{
    in_review: number;
    unresolved: number;
    past_due: number;
    method_required: number;
    active: number;
  }>(counts, [accountId]);
  if (row === undefined) throw new Error("the database did not count");
  return {
    inReview: row.in_review,
    unresolved: row.unresolved,
    pastDue: row.past_due,
    methodRequired: row.method_required,
    active: row.active,
  };
}

/** A subscription with the names that people know it by. */
export interface SubscriptionLine {
  readonly id: string;
  readonly status: SubscriptionStatus;
  readonly customerId: string;
  readonly customerName: string | undefined;
  readonly planName: string;
  readonly amount: Money;
  readonly zone: string;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly methodRequired: boolean;
  readonly cancelsAtPeriodEnd: boolean;
  readonly methodLabel: string | undefined;
  readonly isOnTestClock: boolean;
}

interface SubscriptionLineRow {
  id: string;
  status: SubscriptionStatus;
  customer_id: string;
  customer_name: string | null;
  plan_name: string;
  amount_minor: string;
  currency: Currency;
  zone: string;
  next_due_at: Temporal.Instant | null;
  method_required: boolean;
  cancels_at_period_end: boolean;
  method_label: string | null;
  is_on_test_clock: boolean;
}

const lines = `
  select s.id, s.status, s.customer_id, coalesce(c.name, c.external_id) as customer_name,
    l.name as plan_name, p.amount_minor, p.currency, s.zone, s.next_due_at, s.method_required,
    s.cancels_at_period_end, k.method_label, s.test_clock_id is not null as is_on_test_clock
  from subscriptions s
  join customers c on c.account_id = s.account_id and c.id = s.customer_id
  join prices p on p.account_id = s.account_id and p.id = coalesce(s.next_price_id, s.price_id)
  join plans l on l.account_id = p.account_id and l.id = p.plan_id
  left join billing_keys k on k.account_id = s.account_id and k.id = s.billing_key_id`;

function toLine(row: SubscriptionLineRow): SubscriptionLine {
  return {
    id: row.id,
    status: row.status,
    customerId: row.customer_id,
    customerName: row.customer_name ?? undefined,
    planName: row.plan_name,
    amount: money(safeInteger(row.amount_minor), row.currency),
    zone: row.zone,
    nextDueAt: row.next_due_at ?? undefined,
    methodRequired: row.method_required,
    cancelsAtPeriodEnd: row.cancels_at_period_end,
    methodLabel: row.method_label ?? undefined,
    isOnTestClock: row.is_on_test_clock,
  };
}

const nextDue = statement(
  "operator_subscriptions_next_due",
  `${lines} where s.account_id = $1 and s.next_due_at is not null
   order by s.next_due_at, s.id limit $2`,
);

/** What is due next, soonest first. */
export async function listNextDue(
  db: Queryable,
  accountId: string,
  limit: number,
): Promise<SubscriptionLine[]> {
  return (await db.query<SubscriptionLineRow>(nextDue, [accountId, limit])).map(toLine);
}

const newest = statement(
  "operator_subscriptions",
  `${lines} where s.account_id = $1 and ($2::text is null or s.status = $2)
   order by s.created_at desc, s.id limit $3`,
);

/** Newest first. */
export async function listSubscriptionLines(
  db: Queryable,
  accountId: string,
  status: SubscriptionStatus | undefined,
  limit: number,
): Promise<SubscriptionLine[]> {
  const values = [accountId, status ?? null, limit];
  return (await db.query<SubscriptionLineRow>(newest, values)).map(toLine);
}

const one = statement("operator_subscription", `${lines} where s.account_id = $1 and s.id = $2`);

export async function findSubscriptionLine(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<SubscriptionLine | undefined> {
  const [row] = await db.query<SubscriptionLineRow>(one, [accountId, id]);
  return row && toLine(row);
}

/** A charge with its customer, and its latest refusal. */
export interface ChargeLine {
  readonly id: string;
  readonly status: string;
  readonly subscriptionId: string;
  readonly customerName: string | undefined;
  readonly orderName: string;
  readonly amount: Money;
  readonly zone: string;
  readonly dueAt: Temporal.Instant | undefined;
  readonly capturedAt: Temporal.Instant | undefined;
  readonly declines: number;
  readonly failureClass: string | undefined;
  readonly failureCode: string | undefined;
  readonly failureMessage: string | undefined;
  readonly reviewReason: string | undefined;
  readonly createdAt: Temporal.Instant;
}

interface ChargeLineRow {
  id: string;
  status: string;
  subscription_id: string;
  customer_name: string | null;
  order_name: string;
  amount_minor: string;
  currency: Currency;
  zone: string;
  due_at: Temporal.Instant | null;
  captured_at: Temporal.Instant | null;
  declines: number;
  failure_class: string | null;
  failure_code: string | null;
  failure_message: string | null;
  review_reason: string | null;
  created_at: Temporal.Instant;
}

const chargeLines = statement(
  "operator_charges",
  `select h.id, h.status, h.subscription_id, coalesce(c.name, c.external_id) as customer_name,
     h.order_name, h.amount_minor, h.currency, s.zone, h.due_at, h.captured_at, h.declines,
     h.failure_class, h.failure_code, h.failure_message, h.review_reason, h.created_at
   from charges h
   join customers c on c.account_id = h.account_id and c.id = h.customer_id
   join subscriptions s on s.account_id = h.account_id and s.id = h.subscription_id
   where h.account_id = $1 and ($2::text is null or h.status = $2)
     and ($3::text is null or h.subscription_id = $3)
     and (not $4 or h.failure_class is not null and h.status in ('failed', 'scheduled'))
   order by h.updated_at desc, h.id limit $5`,
);

export interface ChargeLineFilter {
  readonly status?: string | undefined;
  readonly subscriptionId?: string | undefined;
  /** Only those that were refused and are not paid. */
  readonly refused?: boolean;
}

/** What changed last, first. */
export async function listChargeLines(
  db: Queryable,
  accountId: string,
  { status, subscriptionId, refused = false }: ChargeLineFilter,
  limit: number,
): Promise<ChargeLine[]> {
  const values = [accountId, status ?? null, subscriptionId ?? null, refused, limit];
  const rows = await db.query<ChargeLineRow>(chargeLines, values);
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    subscriptionId: row.subscription_id,
    customerName: row.customer_name ?? undefined,
    orderName: row.order_name,
    amount: money(safeInteger(row.amount_minor), row.currency),
    zone: row.zone,
    dueAt: row.due_at ?? undefined,
    capturedAt: row.captured_at ?? undefined,
    declines: row.declines,
    failureClass: row.failure_class ?? undefined,
    failureCode: row.failure_code ?? undefined,
    failureMessage: row.failure_message ?? undefined,
    reviewReason: row.review_reason ?? undefined,
    createdAt: row.created_at,
  }));
}
