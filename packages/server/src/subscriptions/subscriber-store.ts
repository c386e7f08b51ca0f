/** SQL of what a subscription takes over from its customer and its plan. */
import { statement, type Queryable } from "../db/database.ts";

const subscriber = statement(
  "subscriber_by_id",
  "select zone, test_clock_id from customers where account_id = $1 and id = $2",
);

export async function findSubscriber(
  db: Queryable,
  accountId: string,
  customerId: string,
): Promise<{ zone: string; testClockId: string | undefined } | undefined> {
  const [row] = await db.query<{ zone: string; test_clock_id: string | null }>(subscriber, [
    accountId,
    customerId,
  ]);
  return row && { zone: row.zone, testClockId: row.test_clock_id ?? undefined };
}

const planPrice = statement(
  "plan_price",
  "select price_id, status from plans where account_id = $1 and id = $2",
);

export async function findPlanPrice(
  db: Queryable,
  accountId: string,
  planId: string,
): Promise<{ priceId: string; status: "active" | "retired" } | undefined> {
  const [row] = await db.query<{ price_id: string; status: "active" | "retired" }>(planPrice, [
    accountId,
    planId,
  ]);
  return row && { priceId: row.price_id, status: row.status };
}
