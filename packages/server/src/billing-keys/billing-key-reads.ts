/** Billing keys as routes and pages list them; never their secrets. */
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import { billingKeyColumns, toBillingKey, type BillingKeyRow } from "./billing-key-store.ts";
import type { BillingKey } from "./billing-key.ts";

const list = statement(
  "billing_keys_list",
  `select ${billingKeyColumns}
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
  const values = [accountId, filter.customerId ?? null, ...pageValues(page)];
  const keys = (await db.query<BillingKeyRow>(list, values)).map(toBillingKey);
  return pageOfRows(keys, page.limit);
}
