/** What a hosted registration page shows: the registration and everything around it, in one read. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingInterval, BillingUnit } from "../calendar/billing-period.ts";
import type { Mode } from "../connections/connection.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import type { SubscriptionStatus } from "../subscriptions/subscription.ts";
import type { RegistrationKey } from "./registration-store.ts";

export interface RegistrationSurroundings {
  readonly merchant: string;
  readonly mode: Mode;
  readonly customerName: string | undefined;
  readonly locale: string;
  readonly isConnectionActive: boolean;
  /** Of the key that was registered; Toss quick transfer tells it with the first payment. */
  readonly methodLabel: string | undefined;
  readonly subscription: SubscriptionSurroundings | undefined;
}

export interface SubscriptionSurroundings {
  readonly status: SubscriptionStatus;
  readonly zone: string;
  readonly planName: string;
  readonly amount: Money;
  readonly interval: BillingInterval;
  readonly trialDays: number;
  readonly hasStarted: boolean;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly methodRequired: boolean;
  /** On the test clock where there is one. */
  readonly now: Temporal.Instant;
  readonly openInvoices: number;
  readonly paidInvoices: number;
  readonly owed: Money;
  readonly latestCharge: LatestCharge | undefined;
}

export interface LatestCharge {
  readonly status: string;
  readonly amount: Money;
  readonly dueAt: Temporal.Instant | undefined;
  readonly capturedAt: Temporal.Instant | undefined;
  /** The registration's own key was charged. */
  readonly isWithThisKey: boolean;
  readonly failureMessage: string | undefined;
}

interface Row {
  merchant: string;
  mode: Mode;
  customer_name: string | null;
  locale: string;
  connection_state: string;
  method_label: string | null;
  status: SubscriptionStatus | null;
  zone: string;
  plan_name: string;
  amount_minor: string;
  currency: Currency;
  interval_unit: BillingUnit;
  interval_count: number;
  trial_days: number;
  has_started: boolean;
  next_due_at: Temporal.Instant | null;
  method_required: boolean;
  now: Temporal.Instant;
  open_invoices: number;
  paid_invoices: number;
  owed_minor: string;
  charge_status: string | null;
  charge_amount_minor: string;
  due_at: Temporal.Instant | null;
  captured_at: Temporal.Instant | null;
  is_with_this_key: boolean;
  failure_message: string | null;
}

const surroundings = statement(
  "registration_surroundings",
  `select a.name as merchant, a.mode, c.name as customer_name, c.locale,
     g.state as connection_state, k.method_label,
     s.status, s.zone, l.name as plan_name, p.amount_minor, p.currency, p.interval_unit,
     p.interval_count, p.trial_days, s.anchor_on is not null as has_started, s.next_due_at,
     s.method_required, coalesce(t.now_at, protocol_now()) as now,
     o.open_invoices, o.paid_invoices, o.owed_minor,
     h.status as charge_status, h.amount_minor as charge_amount_minor, h.due_at, h.captured_at,
     coalesce(h.billing_key_id = r.billing_key_id, false) as is_with_this_key, h.failure_message
   from registrations r
   join accounts a on a.id = r.account_id
   join customers c on c.account_id = r.account_id and c.id = r.customer_id
   join gateway_connections g on g.account_id = r.account_id and g.id = r.connection_id
   left join billing_keys k on k.account_id = r.account_id and k.id = r.billing_key_id
   left join subscriptions s on s.account_id = r.account_id and s.id = r.subscription_id
   left join prices p on p.account_id = s.account_id and p.id = s.price_id
   left join plans l on l.account_id = p.account_id and l.id = p.plan_id
   left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
   left join lateral (
     select count(*) filter (where i.status = 'open')::int as open_invoices,
       count(*) filter (where i.status = 'paid')::int as paid_invoices,
       coalesce(sum(i.amount_minor) filter (where i.status = 'open'), 0)::bigint as owed_minor
     from invoices i where i.account_id = s.account_id and i.subscription_id = s.id) o on true
   left join lateral (
     select h.* from charges h where h.account_id = s.account_id and h.subscription_id = s.id
     order by h.created_at desc, h.id limit 1) h on true
   where r.account_id = $1 and r.id = $2`,
);

/** @throws {Error} when there is no such registration. */
export async function getRegistrationSurroundings(
  db: Queryable,
  { accountId, id }: RegistrationKey,
): Promise<RegistrationSurroundings> {
  const [row] = await db.query<Row>(surroundings, [accountId, id]);
  if (row === undefined) throw new Error(`there is no registration ${id}`);
  return {
    merchant: row.merchant,
    mode: row.mode,
    customerName: row.customer_name ?? undefined,
    locale: row.locale,
    isConnectionActive: row.connection_state === "active",
    methodLabel: row.method_label ?? undefined,
    subscription: row.status === null ? undefined : toSubscription(row, row.status),
  };
}

function toSubscription(row: Row, status: SubscriptionStatus): SubscriptionSurroundings {
  const amountOf = (minor: string) => money(safeInteger(minor), row.currency);
  return {
    status,
    zone: row.zone,
    planName: row.plan_name,
    amount: amountOf(row.amount_minor),
    interval: { unit: row.interval_unit, count: row.interval_count },
    trialDays: row.trial_days,
    hasStarted: row.has_started,
    nextDueAt: row.next_due_at ?? undefined,
    methodRequired: row.method_required,
    now: row.now,
    openInvoices: row.open_invoices,
    paidInvoices: row.paid_invoices,
    owed: amountOf(row.owed_minor),
    latestCharge:
      row.charge_status === null
        ? undefined
        : {
            status: row.charge_status,
            amount: amountOf(row.charge_amount_minor),
            dueAt: row.due_at ?? undefined,
            capturedAt: row.captured_at ?? undefined,
            isWithThisKey: row.is_with_this_key,
            failureMessage: row.failure_message ?? undefined,
          },
  };
}
