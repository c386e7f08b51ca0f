/** SQL of what the roller needs to know around a subscription. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Transaction } from "../db/database.ts";

export interface RollFacts {
  readonly openInvoices: number;
  readonly overduePeriods: "collect_each" | "collect_latest";
  /** On the test clock where there is one. */
  readonly now: Temporal.Instant;
}

const facts = statement(
  "subscriptions_roll_facts",
  `select s.id, a.overdue_periods, coalesce(t.now_at, protocol_now()) as now,
     (select count(*)::int from invoices i where i.account_id = s.account_id
        and i.subscription_id = s.id and i.status = 'open') as open_invoices
   from subscriptions s
   join accounts a on a.id = s.account_id
   left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
   where s.account_id = $1 and s.id = any($2::text[])`,
);

export async function readRollFacts(
  tx: Transaction,
  accountId: string,
  subscriptionIds: readonly string[],
): Promise<Map<string, RollFacts>> {
  const rows = await tx.query<{
    id: string;
    overdue_periods: RollFacts["overduePeriods"];
    now: Temporal.Instant;
    open_invoices: number;
  }>(facts, [accountId, subscriptionIds]);
  return new Map(
    rows.map((row) => [
      row.id,
      { openInvoices: row.open_invoices, overduePeriods: row.overdue_periods, now: row.now },
    ]),
  );
}
