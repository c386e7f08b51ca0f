import type { Exchange } from "../exchange.ts";
import { currencies } from "../money.ts";
import { tossFailure, unreadableAnswer, verdictOf } from "./failures.ts";
import { readTossPayment, type TossPayment } from "./payment.ts";
import type { TossTransport } from "./transport.ts";

export interface FoundPayment {
  readonly payment: TossPayment;
  readonly exchange: Exchange;
}

/**
 * Looks a payment up by our own order id. The answer is what Toss says; whether the payment is ours
 * is for the caller to compare.
 *
 * @returns "not_found" when Toss knows no such payment *now*. Unverified: whether a declined billing
 *   charge is found (as `ABORTED`) or not.
 * @throws {GatewayError} `outcome_unknown`, whatever went wrong: nothing is known of the payment.
 * @see Toss Payments core API 2022-11-16, "orderId로 결제 조회" (read 2026-11).
 */
export async function getPaymentByOrderId(
  transport: TossTransport,
  orderId: string,
): Promise<FoundPayment | "not_found"> {
  return lookUp(transport, ["payments", "orders", orderId]);
}

/**
 * Looks a payment up by Toss's payment key.
 *
 * @returns "not_found" when Toss knows no such payment.
 * @throws {GatewayError} `outcome_unknown`, whatever went wrong: nothing is known of the payment.
 * @see Toss Payments core API 2022-11-16, "paymentKey로 결제 조회" (read 2026-11).
 */
export async function getPayment(
  transport: TossTransport,
  paymentKey: string,
): Promise<FoundPayment | "not_found"> {
  return lookUp(transport, ["payments", paymentKey]);
}

async function lookUp(
  transport: TossTransport,
  path: readonly string[],
): Promise<FoundPayment | "not_found"> {
  const answer = await transport.send({ operation: "look_up", method: "GET", path });
  if (answer.status !== 200) {
    if (verdictOf(answer) === "not_found") return "not_found";
    throw tossFailure(answer);
  }
  const payment = readTossPayment(answer.body);
  if (payment === undefined) throw unreadableAnswer(answer, "Payment object");
  if (!isComparable(payment)) throw unreadableAnswer(answer, "amount and currency");
  return { payment, exchange: answer.exchange };
}

/** An amount in a currency that we cannot name must not pass for one that is absent. */
function isComparable({ currency, totalAmount }: TossPayment): boolean {
  return currency == null || (Object.hasOwn(currencies, currency) && totalAmount >= 0);
}
