/** A method has come: what was asked for is done. */
import type { Transaction } from "../db/database.ts";
import type { NewEvent } from "../events/event.ts";
import { finishRequests, listOpenRequests } from "./method-request-store.ts";
import { isAnsweredBy } from "./method-request.ts";

/**
 * Called in the transaction that gives a subscription its key. The subscription must be locked.
 *
 * @returns The events to append.
 */
export async function completeMethodRequests(
  tx: Transaction,
  { accountId, id: subscriptionId }: { readonly accountId: string; readonly id: string },
  key: { readonly id: string; readonly connectionId: string },
): Promise<NewEvent[]> {
  const open = await listOpenRequests(tx, accountId, [subscriptionId]);
  const ids = open.filter((request) => isAnsweredBy(request, key)).map(({ id }) => id);
  const completed = await finishRequests(tx, accountId, ids, "completed");
  return completed.map(({ id, now }) => ({
    accountId,
    subscriptionId,
    type: "subscription.method_request_completed",
    data: { subscriptionId, methodRequestId: id, billingKeyId: key.id },
    occurredAt: now,
  }));
}
