/**
 * Event: something that happened, told to the merchant. Written to the outbox in the transaction of
 * the change it tells of; the events of one subscription are numbered without gaps.
 */
import type { Temporal } from "temporal-polyfill";

export const eventTypes = [
  "registration.completed",
  "registration.failed",
  "registration.canceled",
  "billing_key.created",
  "billing_key.expiring",
  "billing_key.blocked",
  "billing_key.charged_elsewhere",
  "billing_key.suspended",
  "billing_key.dead",
  "billing_key.revoked",
  "subscription.created",
  "subscription.trial_started",
  "subscription.activated",
  "subscription.past_due",
  "subscription.recovered",
  "subscription.unpaid",
  "subscription.method_required",
  "subscription.method_requested",
  "subscription.method_request_completed",
  "subscription.method_request_withdrawn",
  "subscription.method_replaced",
  "subscription.price_change_scheduled",
  "subscription.cancel_scheduled",
  "subscription.kept",
  "subscription.canceled",
  "invoice.opened",
  "invoice.paid",
  "invoice.void",
  "invoice.uncollectible",
  "charge.authorized",
  "charge.authorization_expiring",
  "charge.authorization_expired",
  "charge.authorization_released",
  "charge.capture_failed",
  "charge.void_failed",
  "charge.captured",
  "charge.voided",
  "charge.declined",
  "charge.failed",
  "charge.in_review",
  "charge.review_resolved",
  "charge.canceled",
  "charge.refunded",
  "refund.failed",
  "refund.in_review",
  "refund.review_resolved",
  "charge.captured_after_cancel",
  "charge.paid_after_the_end",
  "charge.paid_twice",
  "sweep.found",
  "sweep.failed",
  "gateway_connection.paused",
  "gateway_connection.resumed",
  "gateway_connection.sunset_started",
  "gateway_connection.sunset_changed",
  "gateway_connection.sunset_taken_back",
  "gateway_connection.sunset_ended",
  "gateway_connection.run_held",
  "gateway_connection.run_confirmed",
] as const;

export type EventType = (typeof eventTypes)[number];

export interface NewEvent {
  readonly accountId: string;
  /** Undefined: of no subscription, and then without a sequence number. */
  readonly subscriptionId: string | undefined;
  readonly type: EventType;
  /** Public values only: never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
  /** On the test clock where there is one. */
  readonly occurredAt: Temporal.Instant;
}
