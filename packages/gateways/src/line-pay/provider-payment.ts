/**
 * Payments of LINE Pay in the words that all gateways share. Pure: what an answer does not carry stays
 * undefined.
 */
import type { ProviderPayment } from "../gateway.ts";

/** What is known of a payment from one answer; the rest is unknown. */
type KnownPayment = Partial<ProviderPayment> &
  Pick<ProviderPayment, "paymentId" | "state" | "providerStatus" | "exchange">;

export function providerPayment(known: KnownPayment): ProviderPayment {
  return {
    orderId: undefined,
    amount: undefined,
    payer: undefined, // No answer of LINE Pay names the customer.
    refundedMinor: 0,
    refunds: [],
    requestedAt: undefined,
    approvedAt: undefined,
    methodLabel: undefined,
    failure: undefined,
    observations: [],
    ...known,
  };
}
