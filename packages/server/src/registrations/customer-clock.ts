/** What time it is for a customer: on their test clock where they have one. */
import type { Temporal } from "temporal-polyfill";
import type { Queryable } from "../db/database.ts";
import { findSubscriber } from "../subscriptions/subscriber-store.ts";
import { effectiveNowOf } from "../subscriptions/subscription-store.ts";

export async function nowOfCustomer(
  db: Queryable,
  accountId: string,
  customerId: string,
): Promise<Temporal.Instant> {
  const customer = await findSubscriber(db, accountId, customerId);
  return await effectiveNowOf(db, accountId, customer?.testClockId);
}
