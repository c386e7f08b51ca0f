/** SQL of findings. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { Connection } from "../connections/connection.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { FindingAction, FindingKind, NewFinding } from "./finding.ts";

export interface FindingOwner {
  readonly accountId: string;
  readonly id: string;
  readonly sweepId: string;
  readonly connectionId: string;
}

const insert = statement(
  "sweep_finding_insert",
  `insert into sweep_findings as f (account_id, id, sweep_id, connection_id, kind, order_id, payment_id,
     transaction_id, charge_id, amount_minor, currency, detail, action)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'told')
   on conflict (account_id, connection_id, kind, coalesce(payment_id, ''), coalesce(order_id, ''),
                coalesce(transaction_id, ''))
   do update set sweep_id = excluded.sweep_id, detail = excluded.detail,
     amount_minor = excluded.amount_minor, currency = excluded.currency,
     settled_at = null, settled_by = null, note = null
   where f.settled_by = 'maedal' and f.kind in ('missing_at_provider', 'state_differs')
     or f.settled_at is not null and f.kind = 'orphan' and f.payment_id is null
   returning f.id`,
);

/**
 * @returns Its id; undefined when it was found before, whatever became of it. What settled itself, because
 *   the two agreed again, and shows again, is open again.
 */
export async function insertFinding(
  tx: Transaction,
  { accountId, connectionId, id, sweepId }: FindingOwner,
  finding: NewFinding,
): Promise<string | undefined> {
  const { amount, chargeId, detail, kind, orderId, paymentId, transactionId } = finding;
  const names = [kind, orderId ?? null, paymentId ?? null, transactionId ?? null, chargeId ?? null];
  const facts = [amount?.amountMinor ?? null, amount?.currency ?? null, detail];
  const values = [accountId, id, sweepId, connectionId, ...names, ...facts];
  const [row] = await tx.query<{ id: string }>(insert, values);
  return row?.id;
}

const openOrphans = statement(
  "sweep_findings_open_orphans",
  `select count(*)::int as open from (
     select 1 from sweep_findings
     where account_id = $1 and connection_id = $2 and kind = 'orphan' and settled_at is null
     limit $3) it`,
);

/** @returns How many orphans of a connection wait for a person; not counted beyond `most`. */
export async function countOpenOrphans(
  db: Queryable,
  { accountId, id }: Pick<Connection, "accountId" | "id">,
  most: number,
): Promise<number> {
  const values = [accountId, id, most];
  const [row] = await db.query<{ open: number }>(openOrphans, values);
  return row?.open ?? 0;
}

const foundBefore = statement(
  "sweep_findings_of_payments",
  `select payment_id from sweep_findings
   where account_id = $1 and connection_id = $2 and kind = $3
     and coalesce(payment_id, '') = any($4::text[])`,
);

/** @returns Which of these payments were found so before, whatever became of it. */
export async function findFoundPayments(
  db: Queryable,
  { accountId, id }: Pick<Connection, "accountId" | "id">,
  kind: FindingKind,
  paymentIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const values = [accountId, id, kind, paymentIds];
  const rows = await db.query<{ payment_id: string }>(foundBefore, values);
  return new Set(rows.map(({ payment_id }) => payment_id));
}

const act = statement(
  "sweep_finding_action",
  "update sweep_findings set action = $3 where account_id = $1 and id = $2",
);

export async function saveAction(
  tx: Transaction,
  { accountId, id }: FindingOwner,
  action: FindingAction,
): Promise<void> {
  await tx.execute(act, [accountId, id, action]);
}

export interface Settlement {
  /** A person, or `maedal`. */
  readonly by: string;
  readonly note: string;
}

const settle = statement(
  "sweep_finding_settle",
  `update sweep_findings set settled_at = protocol_now(), settled_by = $3, note = $4
   where account_id = $1 and id = $2 and settled_at is null`,
);

/** @returns false when it was settled before, or is not there. */
export async function saveSettlement(
  db: Queryable,
  accountId: string,
  id: string,
  { by, note }: Settlement,
): Promise<boolean> {
  return (await db.execute(settle, [accountId, id, by, note])) === 1;
}

const adopted = statement(
  "sweep_findings_adopted",
  `update sweep_findings f set settled_at = protocol_now(), settled_by = 'maedal',
     note = 'charge ' || c.id || ' has the payment now'
   from charges c
   where f.settled_at is null and f.kind = 'late_success' and c.account_id = f.account_id
     and c.paid_connection_id = f.connection_id and c.payment_id = f.payment_id
     and c.status = 'captured'`,
);

/** Settles those whose payment a charge has adopted meanwhile. @returns How many. */
export async function settleAdopted(db: Queryable): Promise<number> {
  return await db.execute(adopted);
}

const agreeing = statement(
  "sweep_findings_agreeing",
  `update sweep_findings set settled_at = protocol_now(), settled_by = 'maedal',
     note = 'the provider and Maedal agree on the charge now'
   where account_id = $1 and connection_id = $2 and charge_id = $3 and settled_at is null
     and kind in ('missing_at_provider', 'state_differs')`,
);

/** Settles what an earlier look-up made of a charge that agrees now; mismatches of money stay. */
export async function settleAgreeing(
  db: Queryable,
  { accountId, id }: { readonly accountId: string; readonly id: string },
  chargeId: string,
): Promise<void> {
  await db.execute(agreeing, [accountId, id, chargeId]);
}

/** A finding as routes, pages and reports show it. */
export interface FindingView {
  readonly accountId: string;
  readonly id: string;
  readonly sweepId: string;
  readonly connectionId: string;
  readonly connectionName: string;
  readonly kind: FindingKind;
  readonly orderId: string | undefined;
  readonly paymentId: string | undefined;
  readonly transactionId: string | undefined;
  readonly chargeId: string | undefined;
  readonly amount: Money | undefined;
  readonly detail: string;
  readonly action: FindingAction;
  readonly settledAt: Temporal.Instant | undefined;
  readonly settledBy: string | undefined;
  readonly note: string | undefined;
  /** The captured charge that has the payment: Maedal can refund it. */
  readonly refundableChargeId: string | undefined;
  readonly createdAt: Temporal.Instant;
}

interface FindingRow {
  account_id: string;
  id: string;
  sweep_id: string;
  connection_id: string;
  connection_name: string;
  kind: FindingKind;
  order_id: string | null;
  payment_id: string | null;
  transaction_id: string | null;
  charge_id: string | null;
  amount_minor: string | null;
  currency: Currency | null;
  detail: string;
  action: FindingAction;
  settled_at: Temporal.Instant | null;
  settled_by: string | null;
  note: string | null;
  refundable_charge_id: string | null;
  created_at: Temporal.Instant;
}

const select = `select f.account_id, f.id, f.sweep_id, f.connection_id, g.name as connection_name,
    f.kind, f.order_id, f.payment_id, f.transaction_id, f.charge_id, f.amount_minor, f.currency,
    f.detail, f.action, f.settled_at, f.settled_by, f.note,
    (select c.id from charges c where c.account_id = f.account_id and c.payment_id = f.payment_id
       and c.paid_connection_id = f.connection_id and c.status = 'captured'
       and c.refunded_minor + c.refunding_minor < c.captured_minor) as refundable_charge_id,
    f.created_at
  from sweep_findings f
  join gateway_connections g on g.account_id = f.account_id and g.id = f.connection_id`;

function toView(row: FindingRow): FindingView {
  const { amount_minor, currency } = row;
  return {
    accountId: row.account_id,
    id: row.id,
    sweepId: row.sweep_id,
    connectionId: row.connection_id,
    connectionName: row.connection_name,
    kind: row.kind,
    orderId: row.order_id ?? undefined,
    paymentId: row.payment_id ?? undefined,
    transactionId: row.transaction_id ?? undefined,
    chargeId: row.charge_id ?? undefined,
    amount:
      amount_minor === null || currency === null
        ? undefined
        : money(safeInteger(amount_minor), currency),
    detail: row.detail,
    action: row.action,
    settledAt: row.settled_at ?? undefined,
    settledBy: row.settled_by ?? undefined,
    note: row.note ?? undefined,
    refundableChargeId: row.refundable_charge_id ?? undefined,
    createdAt: row.created_at,
  };
}

const byId = statement("sweep_finding_view", `${select} where f.account_id = $1 and f.id = $2`);

export async function findFinding(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<FindingView | undefined> {
  const [row] = await db.query<FindingRow>(byId, [accountId, id]);
  return row && toView(row);
}

const list = statement(
  "sweep_finding_views",
  `${select}
   where f.account_id = $1 and ($2::boolean is null or (f.settled_at is null) = $2)
     and ($3::text is null or f.connection_id = $3) and ($4::text is null or f.sweep_id = $4)
   ${pageClause("f", 5)}`,
);

export interface FindingFilter {
  readonly isOpen?: boolean | undefined;
  readonly connectionId?: string | undefined;
  /** Found first by this sweep. */
  readonly sweepId?: string | undefined;
}

/** Newest first. */
export async function listFindings(
  db: Queryable,
  accountId: string,
  { connectionId, isOpen, sweepId }: FindingFilter,
  page: PageRequest,
): Promise<Page<FindingView>> {
  const filters = [isOpen ?? null, connectionId ?? null, sweepId ?? null];
  const rows = await db.query<FindingRow>(list, [accountId, ...filters, ...pageValues(page)]);
  return pageOfRows(rows.map(toView), page.limit);
}
