/** Refunds as routes and pages show them: Maedal's own, and those found at the provider. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { FailureView } from "../charges/charge-reads.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { RefundStatus } from "./refund.ts";

/** What a request waits for: the connection is paused, everything is stopped, another one is open. */
export type RefundObstacle = "connection" | "emergency_stop" | "other_refund";

export interface RefundView {
  readonly accountId: string;
  readonly id: string;
  readonly chargeId: string;
  readonly subscriptionId: string;
  readonly connectionId: string;
  readonly origin: "maedal" | "provider";
  readonly status: RefundStatus;
  /** What a request waits for; undefined when it is sent as soon as a worker comes by. */
  readonly waitsFor: RefundObstacle | undefined;
  readonly amount: Money;
  readonly reason: string | undefined;
  /** Undefined for the provider's own. */
  readonly requestedBy: string | undefined;
  /** Calls whose outcome is or was unknown. */
  readonly sends: number;
  readonly lookUpAt: Temporal.Instant | undefined;
  readonly transactionId: string | undefined;
  readonly refundedAt: Temporal.Instant | undefined;
  readonly failure: FailureView | undefined;
  readonly reviewReason: string | undefined;
  /** The latest call or look-up, without secrets; undefined when none was recorded. */
  readonly exchange: unknown;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

interface RefundRow {
  account_id: string;
  id: string;
  charge_id: string;
  subscription_id: string;
  connection_id: string;
  origin: "maedal" | "provider";
  status: RefundStatus;
  waits_for: RefundObstacle | null;
  amount_minor: string;
  currency: Currency;
  reason: string | null;
  requested_by: string | null;
  sends: number;
  look_up_at: Temporal.Instant | null;
  transaction_id: string | null;
  refunded_at: Temporal.Instant | null;
  failure_class: string | null;
  failure_code: string | null;
  failure_message: string | null;
  review_reason: string | null;
  exchange: unknown;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
}

const select = `
  select r.account_id, r.id, r.charge_id, c.subscription_id, r.connection_id, r.origin, r.status,
    case when r.status <> 'requested' then null
      when a.charging_stopped_at is not null then 'emergency_stop'
      when g.state = 'paused' then 'connection'
      when exists (select 1 from refunds o
                   where o.account_id = r.account_id and o.charge_id = r.charge_id and o.id <> r.id
                     and o.status in ('in_flight', 'reconciling', 'in_review')) then 'other_refund'
    end as waits_for,
    r.amount_minor, r.currency, r.reason, r.requested_by, r.sends, r.look_up_at, r.transaction_id,
    r.refunded_at, r.failure_class, r.failure_code, r.failure_message, r.review_reason, r.exchange,
    r.created_at, r.updated_at
  from refunds r
  join charges c on c.account_id = r.account_id and c.id = r.charge_id
  join gateway_connections g on g.account_id = r.account_id and g.id = r.connection_id
  join accounts a on a.id = r.account_id`;

function toView(row: RefundRow): RefundView {
  return {
    accountId: row.account_id,
    id: row.id,
    chargeId: row.charge_id,
    subscriptionId: row.subscription_id,
    connectionId: row.connection_id,
    origin: row.origin,
    status: row.status,
    waitsFor: row.waits_for ?? undefined,
    amount: money(safeInteger(row.amount_minor), row.currency),
    reason: row.reason ?? undefined,
    requestedBy: row.requested_by ?? undefined,
    sends: row.sends,
    lookUpAt: row.look_up_at ?? undefined,
    transactionId: row.transaction_id ?? undefined,
    refundedAt: row.refunded_at ?? undefined,
    failure: toFailure(row),
    reviewReason: row.review_reason ?? undefined,
    exchange: row.exchange ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toFailure(row: RefundRow): FailureView | undefined {
  if (row.failure_class === null) return undefined;
  const code = row.failure_code ?? undefined;
  return { class: row.failure_class, code, message: row.failure_message ?? undefined };
}

const byId = statement("refund_view", `${select} where r.account_id = $1 and r.id = $2`);

export async function findRefundView(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<RefundView | undefined> {
  const [row] = await db.query<RefundRow>(byId, [accountId, id]);
  return row && toView(row);
}

const list = statement(
  "refund_views",
  `${select}
   where r.account_id = $1 and ($2::text is null or r.status = $2)
     and ($3::text is null or r.charge_id = $3)
   ${pageClause("r", 4)}`,
);

export interface RefundFilter {
  /** `in_review`: those that wait for a person. */
  readonly status?: RefundStatus | undefined;
  readonly chargeId?: string | undefined;
}

/** Newest first. */
export async function listRefundViews(
  db: Queryable,
  accountId: string,
  { chargeId, status }: RefundFilter,
  page: PageRequest,
): Promise<Page<RefundView>> {
  const filters = [status ?? null, chargeId ?? null];
  const rows = await db.query<RefundRow>(list, [accountId, ...filters, ...pageValues(page)]);
  return pageOfRows(rows.map(toView), page.limit);
}
