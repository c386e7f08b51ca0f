import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { Money } from "../money.ts";
import { sumOfAmounts, wireAmount } from "./amounts.ts";
import { classifyLinePayAnswer, linePayFailure, mismatch, unreadableAnswer } from "./failures.ts";
import { methodLabel } from "./labels.ts";
import { checkAmount, checkTransactionId } from "./limits.ts";
import { providerPayment } from "./provider-payment.ts";
import type { LinePayTransport } from "./transport.ts";
import { payInfo, transactionId } from "./wire.ts";

export interface PaymentConfirm {
  readonly transactionId: string;
  /** Of the request, to compare with the answer. */
  readonly orderId: string;
  /** Exactly that of the request. */
  readonly amount: Money;
}

const confirmInfo = z.looseObject({
  transactionId,
  orderId: z.string().nullish(),
  /** With PREAPPROVED only; 15 characters in all samples, opaque, a secret. */
  regKey: z.string().min(1).nullish().catch(undefined),
  /** With separate capture only. */
  authorizationExpireDate: z.string().nullish(),
  payInfo,
});

export type ConfirmedPayment = z.infer<typeof confirmInfo> & { readonly exchange: Exchange };

/**
 * Takes the money of an approved window; a preapproved one answers with the key, which no other call
 * tells. Call it after `approved` only: before, it is refused and the window is lost.
 *
 * @throws {GatewayError} `outcome_unknown` when the money may have moved, which includes "a
 *   transaction with this order id exists" (a second confirm); `mismatch`, with the payment, when the
 *   answer is not about this window. Every other class means that no money moved.
 * @see LINE Pay Online API v3, "Confirm payment" (read 2026-11).
 */
export async function confirmPayment(
  transport: LinePayTransport,
  confirm: PaymentConfirm,
): Promise<ConfirmedPayment> {
  const { amount } = confirm;
  checkTransactionId("confirm", confirm.transactionId);
  checkAmount("confirm", amount);
  const answer = await transport.send({
    operation: "confirm",
    method: "POST",
    path: [confirm.transactionId, "confirm"],
    body: { amount: wireAmount(amount.amountMinor, amount.currency), currency: amount.currency },
  });
  if (classifyLinePayAnswer(answer) !== "done") throw linePayFailure(answer);
  const { exchange } = answer;
  const info = confirmInfo.safeParse(answer.info).data;
  if (info === undefined) throw unreadableAnswer(answer, "transaction id");
  const differences = differencesBetween(confirm, info);
  if (differences.length > 0) {
    const payment = providerPayment({
      paymentId: info.transactionId,
      state: "other",
      providerStatus: answer.code ?? "",
      orderId: info.orderId ?? undefined,
      amount: paidAmount(info, amount),
      methodLabel: methodLabel(info.payInfo),
      exchange,
    });
    throw mismatch(answer, differences, payment);
  }
  return { ...info, exchange };
}

/** Absent parts are not compared: a look-up verifies them. */
function differencesBetween(
  confirm: PaymentConfirm,
  info: z.infer<typeof confirmInfo>,
): readonly string[] {
  const differences: string[] = [];
  if (info.transactionId !== confirm.transactionId) {
    differences.push("its transaction id is another");
  }
  if (info.orderId != null && info.orderId !== confirm.orderId) {
    differences.push("its order id is another");
  }
  if (
    info.payInfo?.length &&
    paidAmount(info, confirm.amount)?.amountMinor !== confirm.amount.amountMinor
  ) {
    differences.push("what was paid is another amount");
  }
  return differences;
}

/**
 * Σ of what was paid, in the currency of the request, because the answer names none. Undefined when
 * the answer does not say, or not readably.
 */
export function paidAmount(
  info: { readonly payInfo?: z.infer<typeof payInfo> },
  { currency }: Money,
): Money | undefined {
  if (!info.payInfo?.length) return undefined;
  return sumOfAmounts(
    info.payInfo.map((each) => each.amount),
    currency,
  );
}
