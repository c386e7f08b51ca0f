/** What a hosted registration page shows: the registration and everything around it. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingInterval, BillingUnit } from "../calendar/billing-period.ts";
import type { Mode } from "../connections/connection.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import { purposeOf, type WindowPurpose } from "../payment-windows/payment-window.ts";
import { findSubscription, getPrice } from "../subscriptions/subscription-store.ts";
import type { SubscriptionStatus } from "../subscriptions/subscription.ts";
import type { RegistrationKey } from "./registration-store.ts";
import type { Registration } from "./registration.ts";

export interface RegistrationSurroundings {
  readonly merchant: string;
  readonly mode: Mode;
  readonly customerName: string | undefined;
  readonly locale: string;
  readonly isConnectionActive: boolean;
  /** Of the key that was registered; Toss quick transfer tells it with the first payment. */
  readonly methodLabel: string | undefined;
  readonly subscription: SubscriptionSurroundings | undefined;
  /** The registration's own payment window; undefined while it has opened none. */
  readonly window: WindowSurroundings | undefined;
}

export interface SubscriptionSurroundings {
  readonly status: SubscriptionStatus;
  readonly zone: string;
  /** Plan, amount and interval of the periods to come: a change that is scheduled counts already. */
  readonly planName: string;
  readonly amount: Money;
  readonly interval: BillingInterval;
  readonly trialDays: number;
  readonly hasStarted: boolean;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly methodRequired: boolean;
  readonly hasMethod: boolean;
  readonly cancelsAtPeriodEnd: boolean;
  /** On the test clock where there is one. */
  readonly now: Temporal.Instant;
  /** Of periods, as all that follows: what merely registers a method is owed by nobody. */
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
  readonly refundedMinor: number;
  /** The registration's own key was charged. */
  readonly isWithThisKey: boolean;
  readonly failureMessage: string | undefined;
}

/** The window that got furthest: one that was paid, else one that was confirmed, else the newest. */
export interface WindowSurroundings {
  /** Of a period; otherwise it only registers the method, and what it took is given back. */
  readonly isOfPeriod: boolean;
  readonly amount: Money;
  readonly chargeStatus: string;
  /** How the window's latest confirmation ended: null while open, undefined when none was sent. */
  readonly attempt: string | null | undefined;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** Asked to be given back, and on its way. */
  readonly refundingMinor: number;
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
  has_method: boolean;
  cancels_at_period_end: boolean;
  now: Temporal.Instant;
  open_invoices: number;
  paid_invoices: number;
  owed_minor: string;
  charge_status: string | null;
  charge_amount_minor: string;
  charge_refunded_minor: string;
  due_at: Temporal.Instant | null;
  captured_at: Temporal.Instant | null;
  is_with_this_key: boolean;
  failure_message: string | null;
  window_charge_status: string | null;
  window_is_of_period: boolean;
  window_amount_minor: string;
  window_currency: Currency;
  window_is_attempted: boolean;
  window_outcome: string | null;
  window_captured_minor: string;
  window_refunded_minor: string;
  window_refunding_minor: string;
}

// The method that was registered where the subscription has moved away from is only stored.
const hasMovedOn = `r.status = 'completed' and g.state = 'sunset' and exists (
      select 1 from billing_keys n
      join gateway_connections m on m.account_id = n.account_id and m.id = n.connection_id
      where n.account_id = s.account_id and n.id = s.billing_key_id and m.state <> 'sunset')`;

const surroundings = statement(
  "registration_surroundings",
  `select a.name as merchant, a.mode, c.name as customer_name, c.locale,
     g.state as connection_state, k.method_label,
     s.status, s.zone, l.name as plan_name, p.amount_minor, p.currency, p.interval_unit,
     p.interval_count, p.trial_days, s.anchor_on is not null as has_started, s.next_due_at,
     s.method_required, s.billing_key_id is not null as has_method, s.cancels_at_period_end,
     coalesce(t.now_at, protocol_now()) as now,
     o.open_invoices, o.paid_invoices, o.owed_minor,
     h.status as charge_status, h.amount_minor as charge_amount_minor,
     h.refunded_minor as charge_refunded_minor, h.due_at, h.captured_at,
     coalesce(h.billing_key_id = r.billing_key_id, false) as is_with_this_key, h.failure_message,
     w.charge_status as window_charge_status, w.is_of_period as window_is_of_period,
     w.amount_minor as window_amount_minor, w.currency as window_currency,
     w.is_attempted as window_is_attempted, w.outcome as window_outcome,
     w.captured_minor as window_captured_minor, w.refunded_minor as window_refunded_minor,
     w.refunding_minor as window_refunding_minor
   from registrations r
   join accounts a on a.id = r.account_id
   join customers c on c.account_id = r.account_id and c.id = r.customer_id
   join gateway_connections g on g.account_id = r.account_id and g.id = r.connection_id
   left join billing_keys k on k.account_id = r.account_id and k.id = r.billing_key_id
   left join subscriptions s on s.account_id = r.account_id and s.id = r.subscription_id
     and not (${hasMovedOn})
   left join prices p on p.account_id = s.account_id
     and p.id = coalesce(s.next_price_id, s.price_id)
   left join plans l on l.account_id = p.account_id and l.id = p.plan_id
   left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
   left join lateral (
     select count(*) filter (where i.status = 'open')::int as open_invoices,
       count(*) filter (where i.status = 'paid')::int as paid_invoices,
       coalesce(sum(i.amount_minor) filter (where i.status = 'open'), 0)::bigint as owed_minor
     from invoices i where i.account_id = s.account_id and i.subscription_id = s.id
       and i.kind = 'period') o on true
   left join lateral (
     select h.* from charges h
     join invoices i on i.account_id = h.account_id and i.id = h.invoice_id and i.kind = 'period'
     where h.account_id = s.account_id and h.subscription_id = s.id
     order by h.created_at desc, h.id limit 1) h on true
   left join lateral (
     select c.status as charge_status, i.kind = 'period' as is_of_period, w.amount_minor, w.currency,
       a.n is not null as is_attempted, a.outcome, c.captured_minor, c.refunded_minor,
       c.refunding_minor
     from payment_windows w
     join charges c on c.account_id = w.account_id and c.id = w.charge_id
     join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
     left join lateral (
       select a.n, a.outcome from attempts a
       where a.account_id = w.account_id and a.charge_id = w.charge_id
         and a.payment_window_id = w.id
       order by a.n desc limit 1) a on true
     where w.account_id = r.account_id and w.registration_id = r.id
     order by w.status = 'paid' desc, a.n is not null desc, w.created_at desc, w.id limit 1)
     w on true
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
    window: row.window_charge_status === null ? undefined : toWindow(row, row.window_charge_status),
  };
}

function toWindow(row: Row, chargeStatus: string): WindowSurroundings {
  return {
    isOfPeriod: row.window_is_of_period,
    amount: money(safeInteger(row.window_amount_minor), row.window_currency),
    chargeStatus,
    attempt: row.window_is_attempted ? row.window_outcome : undefined,
    capturedMinor: safeInteger(row.window_captured_minor),
    refundedMinor: safeInteger(row.window_refunded_minor),
    refundingMinor: safeInteger(row.window_refunding_minor),
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
    hasMethod: row.has_method,
    cancelsAtPeriodEnd: row.cancels_at_period_end,
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
            refundedMinor: safeInteger(row.charge_refunded_minor),
            isWithThisKey: row.is_with_this_key,
            failureMessage: row.failure_message ?? undefined,
          },
  };
}

/** An invoice that the customer may be asked to pay in a window. */
export interface OwedInvoice {
  readonly status: "draft" | "open";
  readonly amount: Money;
  readonly capture: "automatic" | "manual";
  readonly liveCharge:
    | {
        readonly status: string;
        readonly connectionId: string;
        readonly isUnresolved: boolean;
      }
    | undefined;
}

const unpaid = statement(
  "registration_unpaid_invoices",
  `select i.status, i.amount_minor, i.currency, i.capture, l.status as charge_status,
     l.connection_id,
     exists (select 1 from attempts a where a.account_id = l.account_id and a.charge_id = l.id
             and a.order_id = l.order_id and (a.outcome is null or a.outcome = 'unknown'))
       as is_unresolved
   from invoices i
   left join charges l on l.account_id = i.account_id and l.invoice_id = i.id
     and l.status not in ('failed', 'canceled', 'voided')
   where i.account_id = $1 and i.subscription_id = $2 and i.status in ('draft', 'open')
   order by i.period_index`,
);

/**
 * What a payment window would be opened for, if it were opened now. Opens nothing and locks nothing.
 *
 * @returns undefined for a registration without a subscription, which no payment window serves.
 */
export async function findWindowPurpose(
  db: Queryable,
  { accountId, connectionId, subscriptionId }: Registration,
): Promise<WindowPurpose<OwedInvoice> | undefined> {
  if (subscriptionId === undefined) return undefined;
  const subscription = await findSubscription(db, accountId, subscriptionId);
  if (subscription === undefined) return undefined;
  const price = await getPrice(db, accountId, subscription.priceId);
  const rows = await db.query<{
    status: "draft" | "open";
    amount_minor: string;
    currency: Currency;
    capture: "automatic" | "manual";
    charge_status: string | null;
    connection_id: string;
    is_unresolved: boolean;
  }>(unpaid, [accountId, subscriptionId]);
  const invoices = rows.map((row) => ({
    status: row.status,
    amount: money(safeInteger(row.amount_minor), row.currency),
    capture: row.capture,
    liveCharge:
      row.charge_status === null
        ? undefined
        : {
            status: row.charge_status,
            connectionId: row.connection_id,
            isUnresolved: row.is_unresolved,
          },
  }));
  return purposeOf(subscription, price, invoices, connectionId);
}

const latest = statement(
  "registration_latest_of_subscription",
  `select connection_id, method from registrations
   where account_id = $1 and subscription_id = $2 order by created_at desc, id limit 1`,
);

/** Where the customer was last asked for a method, and for which; undefined when they never were. */
export async function findLatestMethodAsked(
  db: Queryable,
  accountId: string,
  subscriptionId: string,
): Promise<{ readonly connectionId: string; readonly method: string } | undefined> {
  const [row] = await db.query<{ connection_id: string; method: string }>(latest, [
    accountId,
    subscriptionId,
  ]);
  return row && { connectionId: row.connection_id, method: row.method };
}
