/**
 * Cancelling a payment, in full or in part: what Toss calls cancel is a refund here.
 *
 * Toss Payments core API 2022-11-16, "결제 취소" (read 2026-11); the statuses and codes of repeated
 * cancellations as measured with a test key (gj-kit, 2026-08).
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { parseBody, required, type TossCall } from "./call.ts";
import { moveMoney } from "./charge.ts";
import { paymentObject } from "./payment-object.ts";
import type { Cancellation, Payment } from "./records.ts";
import { refused } from "./refusals.ts";
import { randomTransactionKey } from "./tokens.ts";

const amountSchema = z.int(required).min(0, "BELOW_ZERO_AMOUNT");

const cancelSchema = z.object({
  cancelReason: z.string(required).min(1, "INVALID_REQUIRED_PARAM").max(200, "INVALID_REQUEST"),
  cancelAmount: amountSchema.min(1, "INVALID_REQUEST").nullish(),
  currency: z.string("INVALID_CURRENCY").nullish(),
  taxFreeAmount: amountSchema.nullish(),
  taxExemptionAmount: amountSchema.nullish(),
  refundableAmount: amountSchema.nullish(),
});
type CancelBody = z.infer<typeof cancelSchema>;

/** Account transfers can be refunded for 180 days; cards have no limit of Toss's own. */
const transferRefundDays = 180;

/** POST /v1/payments/{paymentKey}/cancel */
export function cancelPayment(call: TossCall): unknown {
  const { state, merchant, parameter } = call;
  const body = parseBody(cancelSchema, call.body);
  const payment = state.payments.get(parameter);
  if (payment === undefined || payment.merchantId !== merchant.merchantId) {
    throw refused("NOT_FOUND_PAYMENT");
  }
  const cancelAmount = body.cancelAmount ?? payment.balanceAmount;
  const problem = cancelProblem(call, payment, body, cancelAmount);
  if (problem !== undefined) throw refused(problem);
  return paymentObject(state, refund(call, payment, body, cancelAmount), call.isEnglish);
}

function cancelProblem(
  { at }: TossCall,
  payment: Payment,
  body: CancelBody,
  cancelAmount: number,
): string | undefined {
  const { status, balanceAmount, approvedAt } = payment;
  if (status === "CANCELED") return "ALREADY_CANCELED_PAYMENT";
  if (status === "ABORTED" || approvedAt === null) return "NOT_CANCELABLE_PAYMENT";
  const { currency, refundableAmount } = body;
  if ((currency ?? "KRW") !== "KRW") return "INVALID_CURRENCY";
  if (balanceAmount === 0) return "NOT_CANCELABLE_AMOUNT";
  if ((refundableAmount ?? balanceAmount) !== balanceAmount) return "NOT_MATCHES_REFUNDABLE_AMOUNT";
  if (cancelAmount > balanceAmount) return "NOT_CANCELABLE_AMOUNT";
  if (!payment.isPartialCancelable && cancelAmount < payment.totalAmount) {
    return "NOT_ALLOWED_PARTIAL_REFUND";
  }
  const days = Temporal.Instant.from(approvedAt).until(at).total("hours") / 24;
  if (payment.method === "TRANSFER" && days > transferRefundDays) return "EXCEED_MAX_REFUND_DUE";
  return undefined;
}

function refund(call: TossCall, payment: Payment, body: CancelBody, amount: number): Payment {
  const { state, at } = call;
  const transactionKey = randomTransactionKey();
  const balanceAmount = payment.balanceAmount - amount;
  const cancellation: Cancellation = {
    transactionKey,
    cancelReason: body.cancelReason,
    cancelAmount: amount,
    taxFreeAmount: body.taxFreeAmount ?? 0,
    taxExemptionAmount: body.taxExemptionAmount ?? 0,
    refundableAmount: balanceAmount,
    canceledAt: at,
  };
  // Only one cancellation of everything is CANCELED; parts that add up to everything are not.
  const status: "CANCELED" | "PARTIAL_CANCELED" =
    amount === payment.totalAmount ? "CANCELED" : "PARTIAL_CANCELED";
  const refunded: Payment = {
    ...payment,
    status,
    balanceAmount,
    taxFreeAmount: Math.max(payment.taxFreeAmount - cancellation.taxFreeAmount, 0),
    lastTransactionKey: transactionKey,
    cancels: [...payment.cancels, cancellation],
  };
  const { paymentKey, merchantId, orderId, billingKey } = payment;
  state.payments.put(paymentKey, refunded);
  const transaction = { transactionKey, paymentKey, merchantId, status, transactionAt: at };
  state.transactions.put(transactionKey, { ...transaction, amount: -amount });
  moveMoney(call, payment, amount);
  state.ledger.append({
    provider: "toss",
    kind: "refund",
    orderId,
    amount,
    currency: "KRW",
    key: billingKey,
    paymentId: paymentKey,
    at,
  });
  if (state.switches().paymentStatusChangedOnCancel) state.events.paymentStatusChanged(refunded);
  return refunded;
}
