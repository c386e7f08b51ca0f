/** What the page of a method request shows beside the request itself. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingInterval, BillingUnit } from "../calendar/billing-period.ts";
import type { Mode } from "../connections/connection.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import type { SubscriptionStatus } from "../subscriptions/subscription.ts";
import type { MethodRequestKey } from "./method-request-store.ts";

export interface MethodRequestSurroundings {
  readonly merchant: string;
  readonly mode: Mode;
  readonly locale: string;
  readonly subscriptionStatus: SubscriptionStatus;
  readonly zone: string;
  /** Plan, amount and interval of the periods to come: a change that is scheduled counts already. */
  readonly planName: string;
  readonly amount: Money;
  readonly interval: BillingInterval;
  readonly hasStarted: boolean;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly cancelsAtPeriodEnd: boolean;
  /** Of open invoices of periods; 0 when nothing is. */
  readonly owed: Money;
}

const surroundings = statement(
  "method_request_surroundings",
  `select a.name as merchant, a.mode, c.locale, s.status, s.zone, l.name as plan_name,
     p.amount_minor, p.currency, p.interval_unit, p.interval_count,
     s.anchor_on is not null as has_started, s.next_due_at, s.cancels_at_period_end,
     (select coalesce(sum(i.amount_minor), 0)::bigint from invoices i
      where i.account_id = s.account_id and i.subscription_id = s.id and i.kind = 'period'
        and i.status = 'open') as owed_minor
   from method_requests m
   join accounts a on a.id = m.account_id
   join customers c on c.account_id = m.account_id and c.id = m.customer_id
   join subscriptions s on s.account_id = m.account_id and s.id = m.subscription_id
   join prices p on p.account_id = s.account_id and p.id = coalesce(s.next_price_id, s.price_id)
   join plans l on l.account_id = p.account_id and l.id = p.plan_id
   where m.account_id = $1 and m.id = $2`,
);

/** @throws {Error} when there is no such request. */
export async function getMethodRequestSurroundings(
  db: Queryable,
  { accountId, id }: MethodRequestKey,
): Promise<MethodRequestSurroundings> {
  const [row] = await db.query<{
    merchant: string;
    mode: Mode;
    locale: string;
    status: SubscriptionStatus;
    zone: string;
    plan_name: string;
    amount_minor: string;
    currency: Currency;
    interval_unit: BillingUnit;
    interval_count: number;
    has_started: boolean;
    next_due_at: Temporal.Instant | null;
    cancels_at_period_end: boolean;
    owed_minor: string;
  }>(surroundings, [accountId, id]);
  if (row === undefined) throw new Error(`there is no method request ${id}`);
  return {
    merchant: row.merchant,
    mode: row.mode,
    locale: row.locale,
    subscriptionStatus: row.status,
    zone: row.zone,
    planName: row.plan_name,
    amount: money(safeInteger(row.amount_minor), row.currency),
    interval: { unit: row.interval_unit, count: row.interval_count },
    hasStarted: row.has_started,
    nextDueAt: row.next_due_at ?? undefined,
    cancelsAtPeriodEnd: row.cancels_at_period_end,
    owed: money(safeInteger(row.owed_minor), row.currency),
  };
}
