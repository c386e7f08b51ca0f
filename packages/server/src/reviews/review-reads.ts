/** The queue of reviews as routes and pages show it: charges and refunds that wait for a person. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";

export interface ReviewLine {
  readonly kind: "charge" | "refund";
  /** Of the charge or the refund. */
  readonly id: string;
  readonly chargeId: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly customerName: string | undefined;
  readonly connectionId: string;
  readonly orderName: string;
  readonly amount: Money;
  readonly reason: string;
  /** The subscription's, for dates. */
  readonly zone: string;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

interface ReviewRow {
  kind: "charge" | "refund";
  id: string;
  charge_id: string;
  subscription_id: string;
  customer_id: string;
  customer_name: string | null;
  connection_id: string;
  order_name: string;
  amount_minor: string;
  currency: Currency;
  review_reason: string;
  zone: string;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
}

const list = statement(
  "review_lines",
  `select o.kind, o.id, o.charge_id, c.subscription_id, c.customer_id,
     coalesce(u.name, u.external_id) as customer_name, o.connection_id, c.order_name,
     o.amount_minor, o.currency, o.review_reason, s.zone, o.created_at, o.updated_at
   from (
     select 'charge' as kind, account_id, id, id as charge_id, connection_id, amount_minor, currency,
       review_reason, created_at, updated_at
     from charges where account_id = $1 and status = 'in_review'
     union all
     select 'refund', account_id, id, charge_id, connection_id, amount_minor, currency,
       review_reason, created_at, updated_at
     from refunds where account_id = $1 and status = 'in_review') o
   join charges c on c.account_id = o.account_id and c.id = o.charge_id
   join customers u on u.account_id = c.account_id and u.id = c.customer_id
   join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
   where true ${pageClause("o", 2)}`,
);

/** Newest first. */
export async function listReviews(
  db: Queryable,
  accountId: string,
  page: PageRequest,
): Promise<Page<ReviewLine>> {
  const rows = await db.query<ReviewRow>(list, [accountId, ...pageValues(page)]);
  const lines = rows.map((row) => ({
    kind: row.kind,
    id: row.id,
    chargeId: row.charge_id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    customerName: row.customer_name ?? undefined,
    connectionId: row.connection_id,
    orderName: row.order_name,
    amount: money(safeInteger(row.amount_minor), row.currency),
    reason: row.review_reason,
    zone: row.zone,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
  return pageOfRows(lines, page.limit);
}

const owner = statement(
  "review_account",
  `select account_id from charges where id = $1
   union all select account_id from refunds where id = $1`,
);

/** For who sees all accounts. @returns undefined when there is no such charge or refund. */
export async function findReviewAccount(db: Queryable, id: string): Promise<string | undefined> {
  const [row] = await db.query<{ account_id: string }>(owner, [id]);
  return row?.account_id;
}
