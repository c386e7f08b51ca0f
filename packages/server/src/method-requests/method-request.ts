/**
 * Method request: a link that asks a subscription's customer for a method, good until there is one.
 * A registration's link is good for an hour and one browser; this one may be mailed, and opens a
 * registration whenever somebody who has it wants to register.
 *
 *   open ──► completed    the subscription has got a billing key that answers it
 *     └────► withdrawn    taken back, or its subscription has ended
 *
 * A subscription has at most one open request. Asking again, from elsewhere or because a provider is
 * left, keeps the request and says where it leads now, so that a link that was mailed goes on working.
 *
 * Pure module: SQL is in method-request-store.ts, effects in the files named after what they do.
 */
import type { Temporal } from "temporal-polyfill";
import { visitorOf, type Registration } from "../registrations/registration.ts";

export const methodRequestStatuses = ["open", "completed", "withdrawn"] as const;
export type MethodRequestStatus = (typeof methodRequestStatuses)[number];

export interface MethodRequest {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  /** Where the customer is to register. */
  readonly connectionId: string;
  /** The connection that is left behind; undefined when somebody just asked. */
  readonly sunsetConnectionId: string | undefined;
  /** `withdrawn` as soon as its subscription has ended, whether or not that was written down. */
  readonly status: MethodRequestStatus;
  /**
   * Real time. The first time that somebody chose a method on its page; looking at the page is not
   * noted, because mail scanners look, too.
   */
  readonly visitedAt: Temporal.Instant | undefined;
  /** The latest registration that came of it. */
  readonly registrationId: string | undefined;
  /** Real time. */
  readonly createdAt: Temporal.Instant;
  /** Real time; on the subscription's clock where its end is what ended the request. */
  readonly finishedAt: Temporal.Instant | undefined;
}

/** Whether a key is what was asked for: another one at the connection that is left is not. */
export function isAnsweredBy(
  { sunsetConnectionId }: Pick<MethodRequest, "sunsetConnectionId">,
  key: { readonly connectionId: string },
): boolean {
  return key.connectionId !== sunsetConnectionId;
}

/** Why the customer is asked, as the event says it. */
export function reasonOf({
  sunsetConnectionId,
}: Pick<MethodRequest, "sunsetConnectionId">): "asked" | "sunset" {
  return sunsetConnectionId === undefined ? "asked" : "sunset";
}

/**
 * Whether the request's latest registration leads where another one would, and still can. One that
 * belongs to another browser cannot.
 *
 * @param isSame The visitor's browser was sent to that registration before.
 */
export function canBeGoneOnWith(
  registration: Registration,
  wanted: { readonly connectionId: string; readonly method: string },
  isSame: boolean,
): boolean {
  const { connectionId, method, status } = registration;
  if (status !== "open") return false;
  if (connectionId !== wanted.connectionId || method !== wanted.method) return false;
  return visitorOf(registration, isSame) !== "other_browser";
}
