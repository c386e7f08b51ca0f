/** Subscriptions as routes and pages show them. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { SubscriptionStatus } from "./subscription.ts";

export interface SubscriptionView {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly planId: string;
  readonly planName: string;
  readonly priceId: string;
  readonly nextPriceId: string | undefined;
  readonly billingKeyId: string | undefined;
  readonly status: SubscriptionStatus;
  readonly anchorOn: Temporal.PlainDate | undefined;
  readonly zone: string;
  /** Local time of day, `HH:MM`. */
  readonly chargeTime: string;
  readonly nextPeriod: number;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly methodRequired: boolean;
  readonly cancelsAtPeriodEnd: boolean;
  readonly canceledAt: Temporal.Instant | undefined;
  readonly cancelReason: string | undefined;
  readonly testClockId: string | undefined;
  readonly createdAt: Temporal.Instant;
}

interface SubscriptionViewRow {
  account_id: string;
  id: string;
  customer_id: string;
  plan_id: string;
  plan_name: string;
  price_id: string;
  next_price_id: string | null;
  billing_key_id: string | null;
  status: SubscriptionStatus;
  anchor_on: Temporal.PlainDate | null;
  zone: string;
  charge_time: string;
  next_period: number;
  next_due_at: Temporal.Instant | null;
  method_required: boolean;
  cancels_at_period_end: boolean;
  canceled_at: Temporal.Instant | null;
  cancel_reason: string | null;
  test_clock_id: string | null;
  created_at: Temporal.Instant;
}

const select = `select s.account_id, s.id, s.customer_id, p.plan_id, l.name as plan_name, s.price_id,
     s.next_price_id, s.billing_key_id, s.status, s.anchor_on, s.zone, s.charge_time, s.next_period,
     s.next_due_at, s.method_required, s.cancels_at_period_end, s.canceled_at, s.cancel_reason,
     s.test_clock_id, s.created_at
   from subscriptions s
   join prices p on p.account_id = s.account_id and p.id = s.price_id
   join plans l on l.account_id = p.account_id and l.id = p.plan_id`;

function toView(row: SubscriptionViewRow): SubscriptionView {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    planId: row.plan_id,
    planName: row.plan_name,
    priceId: row.price_id,
    nextPriceId: row.next_price_id ?? undefined,
    billingKeyId: row.billing_key_id ?? undefined,
    status: row.status,
    anchorOn: row.anchor_on ?? undefined,
    zone: row.zone,
    chargeTime: row.charge_time.slice(0, "HH:MM".length),
    nextPeriod: row.next_period,
    nextDueAt: row.next_due_at ?? undefined,
    methodRequired: row.method_required,
    cancelsAtPeriodEnd: row.cancels_at_period_end,
    canceledAt: row.canceled_at ?? undefined,
    cancelReason: row.cancel_reason ?? undefined,
    testClockId: row.test_clock_id ?? undefined,
    createdAt: row.created_at,
  };
}

const byId = statement("subscription_view", `${select} where s.account_id = $1 and s.id = $2`);

export async function findSubscriptionView(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<SubscriptionView | undefined> {
  const [row] = await db.query<SubscriptionViewRow>(byId, [accountId, id]);
  return row && toView(row);
}

const list = statement(
  "subscription_views",
  `${select}
   where s.account_id = $1 and ($2::text is null or s.status = $2)
     and ($3::text is null or s.customer_id = $3) ${pageClause("s", 4)}`,
);

export interface SubscriptionFilter {
  readonly status?: SubscriptionStatus | undefined;
  readonly customerId?: string | undefined;
}

/** Newest first. */
export async function listSubscriptionViews(
  db: Queryable,
  accountId: string,
  filter: SubscriptionFilter,
  page: PageRequest,
): Promise<Page<SubscriptionView>> {
  const values = [accountId, filter.status ?? null, filter.customerId ?? null, ...pageValues(page)];
  const rows = await db.query<SubscriptionViewRow>(list, values);
  return pageOfRows(rows.map(toView), page.limit);
}
