/** SQL of what a subscription takes over from its customer and its plan. */
import { statement, type Queryable } from "../db/database.ts";

export interface Subscriber {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly phone: string | undefined;
  readonly zone: string;
  readonly testClockId: string | undefined;
}

const subscriber = statement(
  "subscriber_by_id",
  "select name, email, phone, zone, test_clock_id from customers where account_id = $1 and id = $2",
);

export async function findSubscriber(
  db: Queryable,
  accountId: string,
  customerId: string,
): Promise<Subscriber | undefined> {
  const [row] = await db.query<{
    name: string | null;
    email: string | null;
    phone: string | null;
    zone: string;
    test_clock_id: string | null;
  }>(subscriber, [accountId, customerId]);
  return (
    row && {
      name: row.name ?? undefined,
      email: row.email ?? undefined,
      phone: row.phone ?? undefined,
      zone: row.zone,
      testClockId: row.test_clock_id ?? undefined,
    }
  );
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
