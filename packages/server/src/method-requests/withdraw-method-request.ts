/** Takes back what was asked: the link says so, and opens no registration any more. */
import { AppError } from "../app-error.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import type { NewEvent } from "../events/event.ts";
import { lockSubscriptions } from "../subscriptions/subscription-store.ts";
import {
  findMethodRequest,
  finishRequests,
  listOpenRequestsOfSunset,
  type MethodRequestKey,
} from "./method-request-store.ts";
import type { MethodRequest } from "./method-request.ts";

/**
 * Safe to repeat. A registration that came of it, and is under way, may still bring a method.
 *
 * @throws {AppError} `not_found`; `method_request_over` when the customer was faster.
 */
export async function withdrawMethodRequest(
  engine: Engine,
  { accountId, id }: MethodRequestKey,
): Promise<MethodRequest> {
  return await engine.database.transaction(async (tx) => {
    const before = await getRequest(tx, accountId, id);
    if (before.status === "open") await withdraw(tx, engine, accountId, [before]);
    const request = await getRequest(tx, accountId, id);
    if (request.status === "withdrawn") return request;
    const message = "The customer has registered a method already: there is nothing to withdraw.";
    throw new AppError("method_request_over", message);
  });
}

/**
 * Withdraws what was asked because of a sunset, some at a time, all of one account.
 *
 * @returns How many; fewer than `limit` when no open one is left.
 */
export async function withdrawRequestsOfSunset(
  tx: Transaction,
  engine: Pick<Engine, "effects">,
  sunset: { readonly accountId: string; readonly sunsetConnectionId: string },
  limit: number,
): Promise<number> {
  const { accountId, sunsetConnectionId } = sunset;
  const open = await listOpenRequestsOfSunset(tx, accountId, sunsetConnectionId, limit);
  await withdraw(tx, engine, accountId, open);
  return open.length;
}

async function withdraw(
  tx: Transaction,
  engine: Pick<Engine, "effects">,
  accountId: string,
  requests: readonly MethodRequest[],
): Promise<void> {
  // In the order of everything that changes a request: its subscription first.
  await lockSubscriptions(
    tx,
    requests.map(({ subscriptionId }) => ({ accountId, id: subscriptionId })),
  );
  const ids = requests.map(({ id }) => id);
  const withdrawn = await finishRequests(tx, accountId, ids, "withdrawn");
  const events = withdrawn.map(({ id, now, subscriptionId }): NewEvent => {
    const data = { subscriptionId, methodRequestId: id };
    const type = "subscription.method_request_withdrawn";
    return { accountId, subscriptionId, type, data, occurredAt: now };
  });
  await appendEvents(tx, engine.effects.random, events);
}

async function getRequest(tx: Transaction, accountId: string, id: string): Promise<MethodRequest> {
  const request = await findMethodRequest(tx, accountId, id);
  if (request !== undefined) return request;
  throw new AppError("not_found", `There is no method request ${id}.`);
}
