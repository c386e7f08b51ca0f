import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { refusedByUs, tossFailure, unreadableAnswer } from "./failures.ts";
import { checkIdempotencyKey, checkLength } from "./limits.ts";
import { readTossPayment, type TossCancel, type TossPayment } from "./payment.ts";
import { toProviderPayment } from "./provider-payment.ts";
import type { TossAnswer, TossTransport } from "./transport.ts";

export interface PaymentCancel {
  readonly paymentKey: string;
  /** 1 to 200 characters. */
  readonly cancelReason: string;
  /** In won. Undefined gives back all that is left. */
  readonly cancelAmountMinor?: number | undefined;
  /** In won: what we believe is left. Toss does nothing when its own balance differs. */
  readonly refundableMinor: number;
  readonly idempotencyKey: string;
}

export interface CanceledPayment {
  readonly payment: TossPayment;
  /** This refund among the payment's; its `transactionKey` is its identity. */
  readonly cancel: TossCancel;
  readonly exchange: Exchange;
}

/**
 * Gives money back, all or in part ("cancel" is Toss's word for it). Account transfers can be
 * refunded for 180 days.
 *
 * @throws {GatewayError} `outcome_unknown` when the refund may exist, which includes "already
 *   cancelled" and "balance differs": an earlier try may have done it. Look the payment up and
 *   compare its refunds. `mismatch`, with the payment, when the answer is not about this refund.
 * @see Toss Payments core API 2022-11-16, "결제 취소" (read 2026-11).
 */
export async function cancelPayment(
  transport: TossTransport,
  refund: PaymentCancel,
): Promise<CanceledPayment> {
  checkRefund(refund);
  const { paymentKey, cancelReason, cancelAmountMinor, refundableMinor, idempotencyKey } = refund;
  const answer = await transport.send({
    operation: "refund",
    method: "POST",
    path: ["payments", paymentKey, "cancel"],
    body: {
      cancelReason,
      ...(cancelAmountMinor === undefined ? {} : { cancelAmount: cancelAmountMinor }),
      refundableAmount: refundableMinor,
    },
    idempotencyKey,
  });
  if (answer.status !== 200) throw tossFailure(answer);

  const payment = readTossPayment(answer.body);
  if (payment === undefined) throw unreadableAnswer(answer, "Payment object");
  const cancel = findCancel(refund, payment);
  if (cancel === undefined) throw notThisRefund(answer, payment);
  if (cancel.cancelStatus != null && cancel.cancelStatus !== "DONE") {
    throw unreadableAnswer(answer, "end of the refund, which is still in progress");
  }
  return { payment, cancel, exchange: answer.exchange };
}

function checkRefund(refund: PaymentCancel): void {
  const { cancelReason, cancelAmountMinor: amount, refundableMinor, idempotencyKey } = refund;
  checkLength("A refund's reason", cancelReason, 200);
  checkIdempotencyKey(idempotencyKey);
  if (!Number.isSafeInteger(refundableMinor) || refundableMinor <= 0) {
    throw refusedByUs("Nothing is left to refund.");
  }
  if (amount === undefined) return;
  if (!Number.isSafeInteger(amount) || amount <= 0 || amount > refundableMinor) {
    throw refusedByUs(`A refund is a whole amount from 1 to the ${refundableMinor} KRW left.`);
  }
}

/**
 * Ours is the refund of our amount that left what we expect to be left. Each refund lowers the
 * remainder, so no two share it; where Toss does not tell the remainder, ours is the latest one.
 */
function findCancel(refund: PaymentCancel, payment: TossPayment): TossCancel | undefined {
  if (payment.paymentKey !== refund.paymentKey) return undefined;
  const amount = refund.cancelAmountMinor ?? refund.refundableMinor;
  const remainder = refund.refundableMinor - amount;
  return payment.cancels?.find(
    (cancel) =>
      cancel.cancelAmount === amount &&
      (cancel.refundableAmount == null
        ? cancel.transactionKey === payment.lastTransactionKey
        : cancel.refundableAmount === remainder),
  );
}

function notThisRefund(answer: TossAnswer, payment: TossPayment): GatewayError {
  const message = "Toss Payments answered the refund with a payment that does not contain it.";
  return new GatewayError(message, {
    provider: "toss",
    failure: "mismatch",
    httpStatus: answer.status,
    exchange: answer.exchange,
    payment: toProviderPayment(payment, answer.exchange, undefined),
  });
}
