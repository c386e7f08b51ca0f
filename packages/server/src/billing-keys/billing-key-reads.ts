/** Billing keys as routes and pages list them; never their secrets. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { BillingKey, BillingKeyStatus } from "./billing-key.ts";

const list = statement(
  "billing_keys_list",
  `select account_id, id, customer_id, connection_id, status, method, method_label, status_reason,
     created_at
   from billing_keys k
   where account_id = $1 and ($2::text is null or customer_id = $2) ${pageClause("k", 3)}`,
);

/** Newest first. */
export async function listBillingKeyPage(
  db: Queryable,
  accountId: string,
  filter: { readonly customerId?: string | undefined },
  page: PageRequest,
): Promise<Page<BillingKey>> {
  const rows = await db.query<{
    account_id: string;
    id: string;
    customer_id: string;
    connection_id: string;
    status: BillingKeyStatus;
    method: string;
    method_label: string | null;
    status_reason: string | null;
    created_at: Temporal.Instant;
  }>(list, [accountId, filter.customerId ?? null, ...pageValues(page)]);
  const keys = rows.map((row) => ({
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    status: row.status,
    method: row.method,
    methodLabel: row.method_label ?? undefined,
    statusReason: row.status_reason ?? undefined,
    createdAt: row.created_at,
  }));
  return pageOfRows(keys, page.limit);
}
