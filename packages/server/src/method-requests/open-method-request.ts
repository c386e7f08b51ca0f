/**
 * Asks the customers of subscriptions for a method: each subscription gets a lasting link, or its
 * open one leads elsewhere from now on. As many at once as a provider that is left has.
 */
import type { Temporal } from "temporal-polyfill";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import type { NewEvent } from "../events/event.ts";
import { newId } from "../ids/id.ts";
import { lockSubscriptions } from "../subscriptions/subscription-store.ts";
import { listOpenRequests, openRequests } from "./method-request-store.ts";
import { reasonOf, type MethodRequest } from "./method-request.ts";

export interface MethodsToRequest {
  readonly accountId: string;
  /** Where the customers are to register. Whether it can take what they pay is the caller's to know. */
  readonly connectionId: string;
  /** The connection that is left behind, whose sunset must be stored. */
  readonly sunsetConnectionId?: string | undefined;
  /** Canceled ones are passed over. */
  readonly subscriptionIds: readonly string[];
}

/**
 * Safe to repeat: what is asked already, in the same way, is not told again. Locks the subscriptions.
 * The events are appended.
 *
 * @returns The open request of each subscription that has not ended, new or kept.
 */
export async function requestMethods(
  tx: Transaction,
  engine: Pick<Engine, "effects">,
  { accountId, connectionId, subscriptionIds, sunsetConnectionId }: MethodsToRequest,
): Promise<{ readonly opened: MethodRequest[] }> {
  const { random } = engine.effects;
  const ids = [...new Set(subscriptionIds)];
  await lockSubscriptions(
    tx,
    ids.map((id) => ({ accountId, id })),
  );
  const requests = ids.map((subscriptionId) => ({ id: newId("mrq", random), subscriptionId }));
  const wanted = { accountId, connectionId, sunsetConnectionId, requests };
  const changed = await openRequests(tx, wanted);
  const opened = await listOpenRequests(tx, accountId, ids);
  const requestOf = new Map(opened.map((it) => [it.id, it]));
  const events = changed.flatMap(({ id, now }) => {
    const request = requestOf.get(id);
    return request === undefined ? [] : [requestedEvent(request, now)];
  });
  await appendEvents(tx, random, events);
  return { opened };
}

function requestedEvent(request: MethodRequest, occurredAt: Temporal.Instant): NewEvent {
  const { accountId, connectionId, id, subscriptionId, sunsetConnectionId } = request;
  return {
    accountId,
    subscriptionId,
    type: "subscription.method_requested",
    data: {
      subscriptionId,
      methodRequestId: id,
      connectionId,
      reason: reasonOf(request),
      ...(sunsetConnectionId === undefined ? {} : { sunsetConnectionId }),
    },
    occurredAt,
  };
}
