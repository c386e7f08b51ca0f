/**
 * Payments of PortOne in the words that all gateways share. Pure. A part that is there and cannot be
 * read makes the whole unreadable: an amount that nobody can compare must not pass for one that is
 * absent.
 */
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import type { ProviderPayment, ProviderRefund } from "../gateway.ts";
import { readAmount } from "./amounts.ts";
import { findChannel } from "./channels.ts";
import { classifyRecordedFailure } from "./failures.ts";
import { methodLabel } from "./labels.ts";
import type { PortOnePayment } from "./payment.ts";
import { createRedactor } from "./redaction.ts";
import { readSeconds } from "./wire.ts";

/** @throws {GatewayError} `outcome_unknown` when an amount in it makes no sense. */
export function toProviderPayment(payment: PortOnePayment, exchange: Exchange): ProviderPayment {
  const amount = readAmount(payment.amount, payment.currency);
  const refunded = readAmount(payment.cancel_amount, payment.currency);
  const refunds = refundsOf(payment);
  if (amount === undefined || refunded === undefined || refunds === undefined) {
    throw new GatewayError("PortOne, payment: an amount in the answer cannot be read.", {
      provider: "portone",
      failure: "outcome_unknown",
      exchange,
    });
  }
  const failure = failureOf(payment);
  return {
    paymentId: payment.imp_uid,
    state: stateOf(payment, failure),
    providerStatus: payment.status,
    orderId: payment.merchant_uid,
    amount,
    payer: undefined, // `customer_uid` names the payer and is the billing key: compared, never shown.
    refundedMinor: refunded.amountMinor,
    refunds,
    requestedAt: readSeconds(payment.started_at),
    approvedAt: readSeconds(payment.paid_at),
    methodLabel: methodLabel(payment),
    failure,
    observations: [],
    exchange,
  };
}

/**
 * The record of a window that issued a key and took nothing: it says `paid` all the same, with the
 * amount that the window showed. Of a channel that we do not know it is not plainly money either.
 */
function isIssuanceOnly(payment: PortOnePayment): boolean {
  if (payment.customer_uid_usage !== "issue") return false;
  const takes = findChannel(payment.pg_provider)?.takesPayment ?? "never";
  return takes === "never" || (takes === "above_zero" && payment.amount === 0);
}

/**
 * `cancelled` says that something was refunded, how much is in `cancel_amount`: not documented for a
 * partial refund, seen in PortOne's own plugin.
 */
function stateOf(
  payment: PortOnePayment,
  failure: ProviderPayment["failure"],
): ProviderPayment["state"] {
  switch (payment.status) {
    case "paid":
      return isIssuanceOnly(payment) ? "other" : "captured";
    case "cancelled":
      return payment.cancel_amount > 0 && !isIssuanceOnly(payment) ? "captured" : "other";
    case "failed":
      if (failure === undefined) return "other";
      return failure.failure === "outcome_unknown" ? "pending" : "failed";
    case "ready":
      return "pending";
    default:
      return "other";
  }
}

/** Undefined as well when the record says both: failed, and a time at which it was paid. */
function failureOf(payment: PortOnePayment): ProviderPayment["failure"] {
  if (payment.status !== "failed" || readSeconds(payment.paid_at) !== undefined) return undefined;
  const reason = payment.fail_reason ?? "";
  const failure = classifyRecordedFailure(reason, payment.pg_provider ?? undefined);
  // V1 has no codes; a payment company's own is in brackets, where there is one.
  const code = /\[([A-Za-z]{0,3}\d{2,6})\]/.exec(reason)?.[1] ?? "failed";
  const redactor = createRedactor([[payment.customer_uid ?? "", "[billing key]"]]);
  return { failure, code, message: redactor.text(reason) };
}

/** Undefined when one of them cannot be read. */
function refundsOf(payment: PortOnePayment): readonly ProviderRefund[] | undefined {
  const refunds: ProviderRefund[] = [];
  for (const entry of payment.cancel_history ?? []) {
    const transactionId = entry.cancellation_id ?? entry.pg_tid;
    const amount = readAmount(entry.amount, payment.currency);
    if (transactionId == null || amount === undefined) return undefined;
    refunds.push({
      transactionId,
      amountMinor: amount.amountMinor,
      refundedAt: readSeconds(entry.cancelled_at),
      reason: entry.reason ?? undefined,
    });
  }
  return refunds;
}
