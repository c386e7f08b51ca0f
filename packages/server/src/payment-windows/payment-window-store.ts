/** SQL of payment windows, and of charges on their way into one and out of it. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { earlierOrders } from "../charges/charge-store.ts";
import type { SendableCharge } from "../charges/send-charge.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Database, type Queryable, type Transaction } from "../db/database.ts";

export interface NewPaymentWindow {
  readonly accountId: string;
  readonly id: string;
  readonly registrationId: string;
  readonly chargeId: string;
  readonly connectionId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly windowId: string;
  readonly url: string;
}

const insert = statement(
  "payment_window_insert",
  `insert into payment_windows (account_id, id, registration_id, charge_id, connection_id, order_id,
     amount_minor, currency, window_id, url, check_after)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
     protocol_now() + $11::float8 * interval '1 ms')`,
);

/** @param checkInMs When the provider is asked for the first time whether it is still open. */
export async function insertPaymentWindow(
  db: Queryable,
  it: NewPaymentWindow,
  checkInMs: number,
): Promise<void> {
  const { accountId, id, registrationId, chargeId, connectionId, orderId, amount } = it;
  const { amountMinor, currency } = amount;
  const place = [accountId, id, registrationId, chargeId, connectionId, orderId];
  await db.execute(insert, [...place, amountMinor, currency, it.windowId, it.url, checkInMs]);
}

/** A window, with what became of the charge that it offers. */
export interface PaymentWindow {
  readonly accountId: string;
  readonly id: string;
  readonly registrationId: string;
  readonly chargeId: string;
  readonly connectionId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly windowId: string;
  readonly url: string;
  readonly status: "open" | "paid" | "over";
  readonly chargeStatus: string;
  /** How its latest confirmation ended: null while open, undefined when none was sent. */
  readonly attempt: string | null | undefined;
  /** The provider's words about that confirmation. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

interface WindowRow {
  account_id: string;
  id: string;
  registration_id: string;
  charge_id: string;
  connection_id: string;
  order_id: string;
  amount_minor: string;
  currency: Currency;
  window_id: string;
  url: string;
  status: "open" | "paid" | "over";
  charge_status: string;
  attempted: boolean;
  outcome: string | null;
  failure_code: string | null;
  failure_message: string | null;
}

const columns = `w.account_id, w.id, w.registration_id, w.charge_id, w.connection_id, w.order_id,
  w.amount_minor, w.currency, w.window_id, w.url, w.status, c.status as charge_status,
  a.n is not null as attempted, a.outcome, a.failure_code, a.failure_message`;

const source = `payment_windows w
  join charges c on c.account_id = w.account_id and c.id = w.charge_id
  left join lateral (
    select * from attempts a where a.account_id = w.account_id and a.charge_id = w.charge_id
      and a.payment_window_id = w.id
    order by a.n desc limit 1) a on true`;

function toWindow(row: WindowRow): PaymentWindow {
  const { failure_code: code, failure_message: message } = row;
  return {
    accountId: row.account_id,
    id: row.id,
    registrationId: row.registration_id,
    chargeId: row.charge_id,
    connectionId: row.connection_id,
    orderId: row.order_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    windowId: row.window_id,
    url: row.url,
    status: row.status,
    chargeStatus: row.charge_status,
    attempt: row.attempted ? row.outcome : undefined,
    refusal: code === null ? undefined : { code, message: message ?? "" },
  };
}

const byWindowId = statement(
  "payment_window_by_window_id",
  `select ${columns} from ${source}
   where w.account_id = $1 and w.registration_id = $2 and w.window_id = $3`,
);

/** @param windowId As the provider calls it; one of another registration is not found. */
export async function findPaymentWindow(
  db: Queryable,
  registration: { readonly accountId: string; readonly id: string },
  windowId: string,
): Promise<PaymentWindow | undefined> {
  const values = [registration.accountId, registration.id, windowId];
  const [row] = await db.query<WindowRow>(byWindowId, values);
  return row && toWindow(row);
}

const openOnes = statement(
  "payment_windows_open_of_registration",
  `select ${columns} from ${source}
   where w.account_id = $1 and w.registration_id = $2 and w.status = 'open'
   order by w.created_at desc, w.id`,
);

/** Newest first. */
export async function listOpenWindows(
  db: Queryable,
  { accountId, id }: { readonly accountId: string; readonly id: string },
): Promise<PaymentWindow[]> {
  const rows = await db.query<WindowRow>(openOnes, [accountId, id]);
  return rows.map(toWindow);
}

const setStatus = statement(
  "payment_window_set_status",
  `update payment_windows set status = $3 where account_id = $1 and id = $2 and status = 'open'`,
);

export async function saveWindowStatus(
  db: Queryable,
  { accountId, id }: { readonly accountId: string; readonly id: string },
  status: "paid" | "over",
): Promise<void> {
  await db.execute(setStatus, [accountId, id, status]);
}

const due = statement(
  "payment_windows_claim_checks",
  `with due as (
     select w.account_id, w.id from payment_windows w
     where w.status = 'open' and w.check_after <= protocol_now()
     order by w.check_after limit $1
     for no key update skip locked
   ), claimed as (
     update payment_windows w set check_after = protocol_now() + $2::float8 * interval '1 ms'
     from due where w.account_id = due.account_id and w.id = due.id
     returning w.*
   )
   select ${columns} from ${source.replace("payment_windows w", "claimed w")}`,
);

/** Windows that the provider is to be asked about now; each is left alone for `againInMs`. */
export async function claimWindowChecks(
  db: Database,
  limit: number,
  againInMs: number,
): Promise<PaymentWindow[]> {
  const rows = await db.query<WindowRow>(due, [limit, againInMs]);
  return rows.map(toWindow);
}

// ── The charge ───────────────────────────────────────────────────────────────────────────────────

const hand = statement(
  "charge_hand_to_window",
  `update charges set status = 'awaiting_customer', resumes_at = due_at, due_at = null,
     held_until = null, updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'scheduled'`,
);

/** Takes a charge out of its retries while a window may pay it. @returns false when it has moved. */
export async function handToWindow(
  tx: Transaction,
  accountId: string,
  chargeId: string,
): Promise<boolean> {
  return (await tx.execute(hand, [accountId, chargeId])) === 1;
}

const takeBack = statement(
  "charge_take_back_from_window",
  `update charges set status = 'scheduled', due_at = resumes_at, resumes_at = null,
     updated_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'awaiting_customer' and billing_key_id is not null
     and resumes_at is not null`,
);

/** Gives a charge back to its retries. @returns false when no key has ever been charged for it. */
export async function takeBackFromWindow(
  tx: Transaction,
  accountId: string,
  chargeId: string,
): Promise<boolean> {
  return (await tx.execute(takeBack, [accountId, chargeId])) === 1;
}

export interface AbandonedCharge {
  readonly accountId: string;
  readonly id: string;
  readonly subscriptionId: string;
}

const abandoned = statement(
  "charges_abandoned_in_windows",
  `select c.account_id, c.id, c.subscription_id from charges c
   where c.status = 'awaiting_customer' and c.resumes_at is not null
     and c.updated_at < protocol_now() - $1::float8 * interval '1 ms'
     and not exists (select 1 from payment_windows w
                     where w.account_id = c.account_id and w.charge_id = c.id and w.status = 'open')
   limit $2`,
);

/** Charges taken out of their retries whose windows are all over. */
export async function listAbandonedCharges(
  db: Database,
  olderThanMs: number,
  limit: number,
): Promise<AbandonedCharge[]> {
  const rows = await db.query<{ account_id: string; id: string; subscription_id: string }>(
    abandoned,
    [olderThanMs, limit],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    subscriptionId: row.subscription_id,
  }));
}

const confirmable = statement(
  "charge_lock_for_confirmation",
  `select c.account_id, c.id, c.order_id, c.amount_minor, c.currency, c.capture, c.invoice_id,
     i.status as invoice_status, i.kind = 'period' as is_of_period,
     exists (select 1 from charges f where f.account_id = c.account_id
             and f.billing_key_id = c.billing_key_id and f.status = 'in_flight') as is_key_busy,
     (select count(*)::int from attempts a where a.account_id = c.account_id and a.charge_id = c.id)
       as attempt_count,
     ${earlierOrders} as earlier_orders
   from charges c
   join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
   join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
   where c.account_id = $1 and c.id = $2 and c.status = 'awaiting_customer' and c.order_id = $3
     and s.status not in ('canceled', 'paused') and i.status in ('draft', 'open')
   for no key update of c, s, i`,
);

export interface ConfirmableCharge extends SendableCharge {
  readonly invoiceId: string;
  readonly invoiceStatus: "draft" | "open";
  /** False for what a window takes to register a method. */
  readonly isOfPeriod: boolean;
  /** The key that the charge was taken from is being charged for another invoice. */
  readonly isKeyBusy: boolean;
  readonly attemptCount: number;
}

/** The claim gate of a window: undefined when charge, invoice and subscription no longer agree. */
export async function lockForConfirmation(
  tx: Transaction,
  { accountId, chargeId, orderId }: Pick<PaymentWindow, "accountId" | "chargeId" | "orderId">,
): Promise<ConfirmableCharge | undefined> {
  const [row] = await tx.query<{
    account_id: string;
    id: string;
    order_id: string;
    amount_minor: string;
    currency: Currency;
    capture: "automatic" | "manual";
    invoice_id: string;
    invoice_status: "draft" | "open";
    is_of_period: boolean;
    is_key_busy: boolean;
    attempt_count: number;
    earlier_orders: { orderId: string; connectionId: string }[] | null;
  }>(confirmable, [accountId, chargeId, orderId]);
  if (row === undefined) return undefined;
  return {
    accountId: row.account_id,
    id: row.id,
    orderId: row.order_id,
    amount: money(safeInteger(row.amount_minor), row.currency),
    capture: row.capture,
    earlierOrders: row.earlier_orders ?? [],
    invoiceId: row.invoice_id,
    invoiceStatus: row.invoice_status,
    isOfPeriod: row.is_of_period,
    isKeyBusy: row.is_key_busy,
    attemptCount: row.attempt_count,
  };
}

const dates = statement(
  "invoice_date_draft",
  `update invoices set period_starts_on = $3, period_ends_on = $4, due_at = $5
   where account_id = $1 and id = $2 and status = 'draft' and kind = 'period'`,
);

/** A draft begins on the day that it is paid. */
export async function dateDraft(
  tx: Transaction,
  { accountId, invoiceId }: { readonly accountId: string; readonly invoiceId: string },
  period: { readonly startsOn: Temporal.PlainDate; readonly endsOn: Temporal.PlainDate },
  dueAt: Temporal.Instant,
): Promise<void> {
  await tx.execute(dates, [accountId, invoiceId, period.startsOn, period.endsOn, dueAt]);
}

const reprice = statement(
  "invoice_reprice_draft",
  `update invoices set amount_minor = $3::bigint, capture = $4,
     lines = jsonb_build_array(jsonb_build_object(
       'description', $5::text, 'amount', $3::bigint, 'currency', currency))
   where account_id = $1 and id = $2 and status = 'draft' and currency = $6`,
);

/** What a window offered changed its price meanwhile. @returns false when it is no draft any more. */
export async function repriceDraft(
  tx: Transaction,
  { accountId, invoiceId }: { readonly accountId: string; readonly invoiceId: string },
  offer: { readonly amount: Money; readonly capture: string; readonly description: string },
): Promise<boolean> {
  const { amountMinor, currency } = offer.amount;
  const values = [accountId, invoiceId, amountMinor, offer.capture, offer.description, currency];
  return (await tx.execute(reprice, values)) === 1;
}

const paidWith = statement(
  "charge_save_issued_key",
  `update charges set billing_key_id = $3 where account_id = $1 and id = $2
     and (billing_key_id is null or not $4::boolean)`,
);

/**
 * The key that a paid window gave belongs to the charge that it paid.
 *
 * @param isLate Somebody else has taken the charge over: a key that it has been given stays.
 */
export async function saveIssuedKey(
  tx: Transaction,
  it: { readonly accountId: string; readonly chargeId: string; readonly billingKeyId: string },
  { isLate }: { readonly isLate: boolean },
): Promise<void> {
  await tx.execute(paidWith, [it.accountId, it.chargeId, it.billingKeyId, isLate]);
}
