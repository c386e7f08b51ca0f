/**
 * Our side of a comparison: an order that was sent through a connection, and what a provider's answer
 * means for it. Pure module; SQL is in our-orders-store.ts.
 */
import type { Money, ProviderPayment, VerifiableField } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { ChargeStatus } from "../charges/charge-reads.ts";
import { differsFrom } from "../charges/outcome.ts";
import type { FindingKind } from "./finding.ts";

export interface SentOrder {
  readonly orderId: string;
  readonly chargeId: string;
  readonly subscriptionId: string;
  readonly status: ChargeStatus;
  readonly reviewReason: string | undefined;
  /** The payment that the charge has by this order id and connection; undefined without one. */
  readonly paymentId: string | undefined;
  /** Zero unless it is captured. */
  readonly captured: Money;
  readonly refundedMinor: number;
  /** After this no request of ours for it could still be on its way. */
  readonly lastSendOverAt: Temporal.Instant;
}

/** An order whose charge has a payment. */
export type PaidOrder = SentOrder & { readonly paymentId: string };

const inOtherHands: readonly ChargeStatus[] = [
  "in_flight",
  "reconciling",
  "capturing",
  "voiding",
  "expired",
];

/** True while a call or a look-up of its own decides the charge, or a person who has the evidence. */
export function isBeingDecided({ reviewReason, status }: SentOrder): boolean {
  return inOtherHands.includes(status) || (status === "in_review" && reviewReason === "mismatch");
}

/** What a provider's payment means for the charge that has it. */
export type Verdict =
  | { readonly kind: "agrees" }
  /** Too early, or nothing that this charge is judged by. */
  | { readonly kind: "nothing" }
  /** Taken after all, while our charge ended without it. */
  | { readonly kind: "late" }
  /** More was given back than our books say. */
  | { readonly kind: "refunded_elsewhere" }
  | {
      readonly kind: "differs";
      readonly as: Extract<FindingKind, "amount_differs" | "missing_at_provider" | "state_differs">;
      readonly detail: string;
    };

/**
 * Judges the payment of a charge, as the provider describes it now.
 *
 * @param fields What the provider's look-up carries.
 * @param settledBy The latest end of a send that must be visible by now (the settle window).
 */
export function judgePaid(
  order: PaidOrder,
  found: ProviderPayment | "not_found",
  fields: readonly VerifiableField[],
  settledBy: Temporal.Instant,
): Verdict {
  const { paymentId, status } = order;
  if (status !== "captured" && status !== "authorized" && status !== "voided") {
    return { kind: "nothing" };
  }
  if (found === "not_found") {
    const isSettled = order.lastSendOverAt.epochMilliseconds < settledBy.epochMilliseconds;
    if (!isSettled || status === "voided") return { kind: "nothing" };
    const detail = `payment ${paymentId} is ${status} here, and the provider knows no such payment`;
    return { kind: "differs", as: "missing_at_provider", detail };
  }
  if (status === "captured") return judgeCaptured(order, found, fields);
  return judgeHeld(order, found);
}

function judgeCaptured(
  { captured: amount, orderId, paymentId, refundedMinor }: PaidOrder,
  found: ProviderPayment,
  fields: readonly VerifiableField[],
): Verdict {
  const difference = differsFrom({ orderId, amount }, found, fields);
  if (difference !== undefined) {
    const detail = `payment ${paymentId} is captured here, and ${difference}`;
    return { kind: "differs", as: "amount_differs", detail };
  }
  if (found.state !== "captured") {
    const detail = `payment ${paymentId} is captured here, and ${found.providerStatus} at the provider`;
    return { kind: "differs", as: "state_differs", detail };
  }
  if (found.refundedMinor > refundedMinor) return { kind: "refunded_elsewhere" };
  if (found.refundedMinor === refundedMinor) return { kind: "agrees" };
  const detail = `of payment ${paymentId} ${refundedMinor} are refunded here, and ${found.refundedMinor} at the provider`;
  return { kind: "differs", as: "state_differs", detail };
}

/** Held here, or given back: the provider must not have taken it, nor the reverse. */
function judgeHeld({ paymentId, status }: PaidOrder, found: ProviderPayment): Verdict {
  const isHeld = found.state === "authorized";
  const isOver = ["voided", "expired", "failed"].includes(found.state);
  if (status === "authorized" ? isHeld : isOver) return { kind: "agrees" };
  if (found.state === "pending" || found.state === "other") return { kind: "nothing" };
  if (status === "voided" && found.state === "captured") return { kind: "late" };
  const detail = `payment ${paymentId} is ${status} here, and ${found.providerStatus} at the provider`;
  return { kind: "differs", as: "state_differs", detail };
}
