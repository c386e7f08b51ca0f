/** Invoices as routes and pages show them. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";

export type InvoiceStatus = "draft" | "open" | "paid" | "void" | "uncollectible";

export interface InvoiceView {
  readonly accountId: string;
  readonly id: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  /** Undefined for what a window takes to register a method. */
  readonly period: InvoicePeriod | undefined;
  readonly status: InvoiceStatus;
  readonly amount: Money;
  readonly lines: readonly InvoiceLine[];
  readonly dueAt: Temporal.Instant;
  readonly paidAt: Temporal.Instant | undefined;
  readonly createdAt: Temporal.Instant;
}

export interface InvoicePeriod {
  readonly index: number;
  readonly startsOn: Temporal.PlainDate;
  /** Exclusive. */
  readonly endsOn: Temporal.PlainDate;
}

/** As stored; `amount` in minor units. */
export interface InvoiceLine {
  readonly description: string;
  readonly amount: number;
  readonly currency: Currency;
}

interface InvoiceViewRow {
  account_id: string;
  id: string;
  subscription_id: string;
  customer_id: string;
  period_index: number | null;
  period_starts_on: Temporal.PlainDate | null;
  period_ends_on: Temporal.PlainDate | null;
  status: InvoiceStatus;
  amount_minor: string;
  currency: Currency;
  lines: InvoiceLine[];
  due_at: Temporal.Instant;
  paid_at: Temporal.Instant | null;
  created_at: Temporal.Instant;
}

const columns = `account_id, id, subscription_id, customer_id, period_index, period_starts_on,
  period_ends_on, status, amount_minor, currency, lines, due_at, paid_at, created_at`;

function toView(row: InvoiceViewRow): InvoiceView {
  return {
    accountId: row.account_id,
    id: row.id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    period: toPeriod(row),
    status: row.status,
    amount: money(safeInteger(row.amount_minor), row.currency),
    lines: row.lines,
    dueAt: row.due_at,
    paidAt: row.paid_at ?? undefined,
    createdAt: row.created_at,
  };
}

function toPeriod(row: InvoiceViewRow): InvoicePeriod | undefined {
  const { period_index: index, period_starts_on: startsOn, period_ends_on: endsOn } = row;
  const isOfPeriod = index !== null && startsOn !== null && endsOn !== null;
  return isOfPeriod ? { index, startsOn, endsOn } : undefined;
}

const byId = statement(
  "invoice_view",
  `select ${columns} from invoices where account_id = $1 and id = $2`,
);

export async function findInvoiceView(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<InvoiceView | undefined> {
  const [row] = await db.query<InvoiceViewRow>(byId, [accountId, id]);
  return row && toView(row);
}

const list = statement(
  "invoice_views",
  `select ${columns} from invoices i
   where account_id = $1 and ($2::text is null or status = $2)
     and ($3::text is null or subscription_id = $3) and ($4::text is null or customer_id = $4)
   ${pageClause("i", 5)}`,
);

export interface InvoiceFilter {
  readonly status?: InvoiceStatus | undefined;
  readonly subscriptionId?: string | undefined;
  readonly customerId?: string | undefined;
}

/** Newest first. */
export async function listInvoiceViews(
  db: Queryable,
  accountId: string,
  { customerId, status, subscriptionId }: InvoiceFilter,
  page: PageRequest,
): Promise<Page<InvoiceView>> {
  const filters = [status ?? null, subscriptionId ?? null, customerId ?? null];
  const rows = await db.query<InvoiceViewRow>(list, [accountId, ...filters, ...pageValues(page)]);
  return pageOfRows(rows.map(toView), page.limit);
}
