/**
 * A movement in the provider's list, and what we know of it. A list is a hint: only what agrees in all
 * that it says is left in peace, and everything else is looked up before it is believed. Pure module.
 */
import type { ProviderTransaction } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { readOrderId } from "../ids/order-id.ts";
import type { PaidOrder } from "./our-orders.ts";

/** What our books say of a listed movement. */
export interface Recognized {
  /** The charge that has this payment. */
  readonly paid: PaidOrder | undefined;
  /** A charge was sent under this order id. */
  readonly isSent: boolean;
  /** The movement is a refund in our books. */
  readonly isBookedRefund: boolean;
  /** An earlier sweep found something about the charge, and it is open. */
  readonly isDoubted: boolean;
}

/**
 * `agrees`: nothing to ask. `ours`: the payment of a charge, and something differs. `late`: paid under
 * an order id that we sent, and no charge has it. `stranger`: of our form, and never sent from here.
 * `foreign`: the merchant's other business.
 */
export type Standing = "agrees" | "ours" | "late" | "stranger" | "foreign";

export function standingOf(
  listed: ProviderTransaction,
  { isBookedRefund, isDoubted, isSent, paid }: Recognized,
): Standing {
  if (paid !== undefined && isDoubted) return "ours";
  if (isBookedRefund) return "agrees";
  if (paid !== undefined) return agrees(listed, paid) ? "agrees" : "ours";
  if (isSent) return "late";
  return readOrderId(listed.orderId) === undefined ? "foreign" : "stranger";
}

/** So long after its send a movement of the whole amount is the payment. */
const paymentTime = Temporal.Duration.from({ hours: 24 });

/** A provider may list a refund of everything with the same amount: only its time tells the two apart. */
function agrees({ amountMinor, happenedAt, orderId }: ProviderTransaction, paid: PaidOrder) {
  if (paid.status !== "captured" || happenedAt === undefined) return false;
  const isInTime = Temporal.Instant.compare(happenedAt, paid.lastSendOverAt.add(paymentTime)) <= 0;
  return isInTime && orderId === paid.orderId && amountMinor === paid.captured.amountMinor;
}
