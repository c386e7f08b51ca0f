/** SQL of plans and their prices. */
import { money, type Currency } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingUnit } from "../calendar/billing-period.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { Plan, PlanPrice } from "./plan.ts";

export interface PlanPriceRow {
  amount_minor: string;
  currency: Currency;
  interval_unit: BillingUnit;
  interval_count: number;
  trial_days: number;
  capture: PlanPrice["capture"];
  registration_minor: string | null;
  outlives_unused_keys: boolean;
}

/** Of a `PlanPriceRow`; the table is called `p`. */
export const planPriceColumns = `p.amount_minor, p.currency, p.interval_unit, p.interval_count,
     p.trial_days, p.capture, p.registration_minor, p.outlives_unused_keys`;

export function toPlanPrice(row: PlanPriceRow): PlanPrice {
  const { currency, registration_minor: registrationMinor } = row;
  return {
    amount: money(safeInteger(row.amount_minor), currency),
    interval: { unit: row.interval_unit, count: row.interval_count },
    trialDays: row.trial_days,
    capture: row.capture,
    registrationAmount:
      registrationMinor === null ? undefined : money(safeInteger(registrationMinor), currency),
    outlivesUnusedKeys: row.outlives_unused_keys,
  };
}

interface PlanRow extends PlanPriceRow {
  account_id: string;
  id: string;
  name: string;
  status: Plan["status"];
  price_id: string;
  created_at: Temporal.Instant;
}

const select = `select l.account_id, l.id, l.name, l.status, l.price_id, l.created_at,
     ${planPriceColumns}
   from plans l join prices p on p.account_id = l.account_id and p.id = l.price_id`;

function toPlan(row: PlanRow): Plan {
  return {
    accountId: row.account_id,
    id: row.id,
    name: row.name,
    status: row.status,
    priceId: row.price_id,
    ...toPlanPrice(row),
    createdAt: row.created_at,
  };
}

const byId = statement("plan_by_id", `${select} where l.account_id = $1 and l.id = $2`);

export async function findPlan(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<Plan | undefined> {
  const [row] = await db.query<PlanRow>(byId, [accountId, id]);
  return row && toPlan(row);
}

const list = statement("plans_list", `${select} where l.account_id = $1 ${pageClause("l", 2)}`);

/** Newest first, retired ones too. */
export async function listPlans(
  db: Queryable,
  accountId: string,
  page: PageRequest,
): Promise<Page<Plan>> {
  const rows = await db.query<PlanRow>(list, [accountId, ...pageValues(page)]);
  return pageOfRows(rows.map(toPlan), page.limit);
}

const insert = statement(
  "plan_insert",
  "insert into plans (account_id, id, name, price_id) values ($1, $2, $3, $4)",
);

/** Its price must be inserted in the same transaction. */
export async function insertPlan(
  tx: Transaction,
  it: Pick<Plan, "accountId" | "id" | "name" | "priceId">,
): Promise<void> {
  await tx.execute(insert, [it.accountId, it.id, it.name, it.priceId]);
}

const insertPriceRow = statement(
  "price_insert",
  `insert into prices (account_id, id, plan_id, amount_minor, currency, interval_unit,
     interval_count, trial_days, capture, registration_minor, outlives_unused_keys)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);

export async function insertPrice(
  tx: Transaction,
  it: PlanPrice & { readonly accountId: string; readonly id: string; readonly planId: string },
): Promise<void> {
  await tx.execute(insertPriceRow, [
    it.accountId,
    it.id,
    it.planId,
    it.amount.amountMinor,
    it.amount.currency,
    it.interval.unit,
    it.interval.count,
    it.trialDays,
    it.capture,
    it.registrationAmount?.amountMinor ?? null,
    it.outlivesUnusedKeys,
  ]);
}

const move = statement(
  "plan_move_to_price",
  "update plans set price_id = $3 where account_id = $1 and id = $2 and status = 'active'",
);

/** @returns false when there is no such plan, or it is retired. */
export async function movePlanToPrice(
  tx: Transaction,
  accountId: string,
  id: string,
  priceId: string,
): Promise<boolean> {
  return (await tx.execute(move, [accountId, id, priceId])) === 1;
}

const retire = statement(
  "plan_retire",
  "update plans set status = 'retired' where account_id = $1 and id = $2",
);

/** Safe to repeat. @returns false when there is no such plan. */
export async function savePlanRetired(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<boolean> {
  return (await db.execute(retire, [accountId, id])) === 1;
}
