/** Billing keys as routes and pages list them; never their secrets. */
import { statement, type Queryable } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import { billingKeyColumns, toBillingKey, type BillingKeyRow } from "./billing-key-store.ts";
import type { BillingKey, BillingKeyStatus } from "./billing-key.ts";

export interface BillingKeyFilter {
  readonly customerId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly status?: BillingKeyStatus | undefined;
}

const list = statement(
  "billing_keys_list",
  `select ${billingKeyColumns}
   from billing_keys k
   where account_id = $1 and ($2::text is null or customer_id = $2)
     and ($3::text is null or connection_id = $3) and ($4::text is null or status = $4)
     ${pageClause("k", 5)}`,
);

/** Newest first. */
export async function listBillingKeyPage(
  db: Queryable,
  accountId: string,
  filter: BillingKeyFilter,
  page: PageRequest,
): Promise<Page<BillingKey>> {
  const { connectionId, customerId, status } = filter;
  const conditions = [customerId ?? null, connectionId ?? null, status ?? null];
  const values = [accountId, ...conditions, ...pageValues(page)];
  const keys = (await db.query<BillingKeyRow>(list, values)).map(toBillingKey);
  return pageOfRows(keys, page.limit);
}
