/** Charges as routes and pages show them, with the evidence: every attempt and every look-up. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { AttemptEnd } from "./charge.ts";

export type ChargeStatus =
  | "awaiting_customer"
  | "scheduled"
  | "in_flight"
  | "reconciling"
  | "in_review"
  | "authorized"
  | "capturing"
  | "voiding"
  | "expired"
  | "captured"
  | "failed"
  | "canceled"
  | "voided";

/** A refusal: our class, and the provider's own words. */
export interface FailureView {
  readonly class: string;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

export interface ChargeView {
  readonly accountId: string;
  readonly id: string;
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly connectionId: string;
  /** Undefined for what a window pays. */
  readonly billingKeyId: string | undefined;
  readonly status: ChargeStatus;
  readonly amount: Money;
  readonly orderName: string;
  readonly orderId: string;
  readonly paymentId: string | undefined;
  readonly dueAt: Temporal.Instant | undefined;
  readonly heldUntil: Temporal.Instant | undefined;
  readonly leaseUntil: Temporal.Instant | undefined;
  readonly declines: number;
  readonly lookUpAt: Temporal.Instant | undefined;
  readonly capture: "automatic" | "manual";
  readonly authorizedAt: Temporal.Instant | undefined;
  /** By the provider's own word; undefined when it told none, or nothing was ever held. */
  readonly authorizationExpiresAt: Temporal.Instant | undefined;
  readonly capturedAt: Temporal.Instant | undefined;
  /** Less than the amount after a partial capture. */
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly failure: FailureView | undefined;
  readonly reviewReason: string | undefined;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** As the tables of charges and of their calls keep a refusal. */
export interface FailureColumns {
  failure_class: string | null;
  failure_code: string | null;
  failure_message: string | null;
}

interface ChargeViewRow extends FailureColumns {
  account_id: string;
  id: string;
  invoice_id: string;
  subscription_id: string;
  customer_id: string;
  connection_id: string;
  billing_key_id: string | null;
  status: ChargeStatus;
  amount_minor: string;
  currency: Currency;
  order_name: string;
  order_id: string;
  payment_id: string | null;
  due_at: Temporal.Instant | null;
  held_until: Temporal.Instant | null;
  lease_until: Temporal.Instant | null;
  declines: number;
  look_up_at: Temporal.Instant | null;
  capture: "automatic" | "manual";
  authorized_at: Temporal.Instant | null;
  authorization_expires_at: Temporal.Instant | null;
  captured_at: Temporal.Instant | null;
  captured_minor: string;
  refunded_minor: string;
  review_reason: string | null;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
}

const columns = `account_id, id, invoice_id, subscription_id, customer_id, connection_id,
  billing_key_id, status, amount_minor, currency, order_name, order_id, payment_id, due_at,
  held_until, lease_until, declines, look_up_at, capture, authorized_at, authorization_expires_at,
  captured_at, captured_minor, refunded_minor, failure_class, failure_code, failure_message, review_reason, created_at, updated_at`;

function toView(row: ChargeViewRow): ChargeView {
  return {
    accountId: row.account_id,
    id: row.id,
    invoiceId: row.invoice_id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    billingKeyId: row.billing_key_id ?? undefined,
    status: row.status,
    amount: money(safeInteger(row.amount_minor), row.currency),
    orderName: row.order_name,
    orderId: row.order_id,
    paymentId: row.payment_id ?? undefined,
    dueAt: row.due_at ?? undefined,
    heldUntil: row.held_until ?? undefined,
    leaseUntil: row.lease_until ?? undefined,
    declines: row.declines,
    lookUpAt: row.look_up_at ?? undefined,
    capture: row.capture,
    authorizedAt: row.authorized_at ?? undefined,
    authorizationExpiresAt: row.authorization_expires_at ?? undefined,
    capturedAt: row.captured_at ?? undefined,
    capturedMinor: safeInteger(row.captured_minor),
    refundedMinor: safeInteger(row.refunded_minor),
    failure: toFailureView(row),
    reviewReason: row.review_reason ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toFailureView(row: FailureColumns): FailureView | undefined {
  if (row.failure_class === null) return undefined;
  const code = row.failure_code ?? undefined;
  return { class: row.failure_class, code, message: row.failure_message ?? undefined };
}

const byId = statement(
  "charge_view",
  `select ${columns} from charges where account_id = $1 and id = $2`,
);

export async function findChargeView(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<ChargeView | undefined> {
  const [row] = await db.query<ChargeViewRow>(byId, [accountId, id]);
  return row && toView(row);
}

const ofInvoice = statement(
  "charge_views_of_invoice",
  `select ${columns} from charges where account_id = $1 and invoice_id = $2
   order by created_at, id limit 1000`,
);

/** Oldest first: at most one of them is live. */
export async function listChargeViewsOfInvoice(
  db: Queryable,
  accountId: string,
  invoiceId: string,
): Promise<ChargeView[]> {
  return (await db.query<ChargeViewRow>(ofInvoice, [accountId, invoiceId])).map(toView);
}

const list = statement(
  "charge_views",
  `select ${columns} from charges c
   where account_id = $1 and ($2::text is null or status = $2)
     and ($3::text is null or subscription_id = $3) and ($4::text is null or customer_id = $4)
   ${pageClause("c", 5)}`,
);

export interface ChargeFilter {
  readonly status?: ChargeStatus | undefined;
  readonly subscriptionId?: string | undefined;
  readonly customerId?: string | undefined;
}

/** Newest first. */
export async function listChargeViews(
  db: Queryable,
  accountId: string,
  { customerId, status, subscriptionId }: ChargeFilter,
  page: PageRequest,
): Promise<Page<ChargeView>> {
  const filters = [status ?? null, subscriptionId ?? null, customerId ?? null];
  const rows = await db.query<ChargeViewRow>(list, [accountId, ...filters, ...pageValues(page)]);
  return pageOfRows(rows.map(toView), page.limit);
}

export interface AttemptView {
  readonly n: number;
  readonly orderId: string;
  /** Undefined for what a window pays. */
  readonly billingKeyId: string | undefined;
  readonly claimedAt: Temporal.Instant;
  readonly endedAt: Temporal.Instant | undefined;
  /** Undefined while its call is open. */
  readonly outcome: AttemptEnd | undefined;
  readonly failure: FailureView | undefined;
  readonly httpStatus: number | undefined;
  /** What was sent and answered, without secrets; undefined when nothing was recorded. */
  readonly exchange: unknown;
}

const attempts = statement(
  "charge_attempts",
  `select n, order_id, billing_key_id, claimed_at, ended_at, outcome, failure_class, failure_code,
     failure_message, http_status, exchange
   from attempts where account_id = $1 and charge_id = $2 order by n limit 1000`,
);

/** Oldest first. */
export async function listAttempts(
  db: Queryable,
  accountId: string,
  chargeId: string,
): Promise<AttemptView[]> {
  const rows = await db.query<
    FailureColumns & {
      n: number;
      order_id: string;
      billing_key_id: string | null;
      claimed_at: Temporal.Instant;
      ended_at: Temporal.Instant | null;
      outcome: AttemptEnd | null;
      http_status: number | null;
      exchange: unknown;
    }
  >(attempts, [accountId, chargeId]);
  return rows.map((row) => ({
    n: row.n,
    orderId: row.order_id,
    billingKeyId: row.billing_key_id ?? undefined,
    claimedAt: row.claimed_at,
    endedAt: row.ended_at ?? undefined,
    outcome: row.outcome ?? undefined,
    failure: toFailureView(row),
    httpStatus: row.http_status ?? undefined,
    exchange: row.exchange ?? undefined,
  }));
}

export type Finding =
  | "captured"
  | "authorized"
  | "released"
  | "failed"
  | "pending"
  | "not_found"
  | "no_answer"
  | "mismatch";

export interface LookUpView {
  readonly orderId: string;
  readonly finding: Finding;
  readonly detail: string | undefined;
  readonly exchange: unknown;
  readonly lookedUpAt: Temporal.Instant;
}

const lookUps = statement(
  "charge_look_ups",
  `select order_id, finding, detail, exchange, looked_up_at
   from look_ups where account_id = $1 and charge_id = $2 order by looked_up_at, id limit 1000`,
);

/** Oldest first. */
export async function listLookUps(
  db: Queryable,
  accountId: string,
  chargeId: string,
): Promise<LookUpView[]> {
  const rows = await db.query<{
    order_id: string;
    finding: Finding;
    detail: string | null;
    exchange: unknown;
    looked_up_at: Temporal.Instant;
  }>(lookUps, [accountId, chargeId]);
  return rows.map((row) => ({
    orderId: row.order_id,
    finding: row.finding,
    detail: row.detail ?? undefined,
    exchange: row.exchange ?? undefined,
    lookedUpAt: row.looked_up_at,
  }));
}
