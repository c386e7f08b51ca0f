import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { Money } from "../money.ts";
import { wireAmount } from "./amounts.ts";
import { classifyLinePayAnswer, linePayFailure, unreadableAnswer } from "./failures.ts";
import { checkAmount, checkTransactionId } from "./limits.ts";
import type { LinePayTransport } from "./transport.ts";
import { optionalText, transactionId } from "./wire.ts";

export interface PaymentRefund {
  readonly transactionId: string;
  /** Undefined gives back all that is left. */
  readonly amount?: Money | undefined;
}

const refundInfo = z.looseObject({
  /** A new number of 19 digits, the refund's identity. */
  refundTransactionId: transactionId,
  /** ISO 8601. */
  refundTransactionDate: optionalText,
});

export type RefundedPayment = z.infer<typeof refundInfo> & { readonly exchange: Exchange };

/**
 * Gives captured money back, all or in part. There is no idempotency key: after a lost answer the
 * list of refunds in the payment details decides, before anything is sent again.
 *
 * @throws {GatewayError} `outcome_unknown` when the refund may exist, which includes "nothing left" and
 *   "more than what is left": an earlier try may have done it. Every other class: nothing was given
 *   back.
 * @see LINE Pay Online API v3, "Refund payment" (read 2026-11).
 */
export async function refundPayment(
  transport: LinePayTransport,
  refund: PaymentRefund,
): Promise<RefundedPayment> {
  const { amount } = refund;
  checkTransactionId("refund", refund.transactionId);
  if (amount !== undefined) checkAmount("refund", amount);
  const answer = await transport.send({
    operation: "refund",
    method: "POST",
    path: [refund.transactionId, "refund"],
    body:
      amount === undefined ? {} : { refundAmount: wireAmount(amount.amountMinor, amount.currency) },
  });
  if (classifyLinePayAnswer(answer) !== "done") throw linePayFailure(answer);
  const info = refundInfo.safeParse(answer.info).data;
  if (info === undefined) throw unreadableAnswer(answer, "refund transaction id");
  return { ...info, exchange: answer.exchange };
}
