import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import { answeredAmount } from "./amounts.ts";
import {
  classifyLinePayAnswer,
  linePayFailure,
  refusedByUs,
  unreadableAnswer,
} from "./failures.ts";
import { checkOrderId, checkTransactionId } from "./limits.ts";
import type { LinePayTransport } from "./transport.ts";
import { optionalText, payInfo, transactionId } from "./wire.ts";

const refundEntry = z.looseObject({
  refundTransactionId: transactionId,
  /** `PAYMENT_REFUND` (all), `PARTIAL_REFUND`. */
  transactionType: optionalText,
  /** Negative in every sample. */
  refundAmount: answeredAmount,
  /** ISO 8601. */
  refundTransactionDate: optionalText,
});

const paymentRow = z.looseObject({
  transactionId,
  /** ISO 8601. */
  transactionDate: optionalText,
  /** `PAYMENT`; `PAYMENT_REFUND` and `PARTIAL_REFUND` where a refund was asked for by its own id. */
  transactionType: z.string(),
  /**
   * `CAPTURE`, `AUTHORIZATION`, `VOIDED_AUTHORIZATION`, `EXPIRED_AUTHORIZATION`. Missing in one
   * official sample of a captured payment.
   */
  payStatus: z.string().nullish(),
  orderId: z.string().nullish(),
  productName: optionalText,
  merchantName: optionalText,
  currency: z.string().nullish(),
  /** ISO 8601. Seen on a captured payment too. */
  authorizationExpireDate: optionalText,
  payInfo,
  refundList: z.array(refundEntry).nullish(),
  /** The payment of a refund that was asked for by its own id. */
  originalTransactionId: transactionId.nullish(),
});

export type LinePayPayment = z.infer<typeof paymentRow>;

export interface PaymentDetailsQuery {
  readonly orderIds?: readonly string[] | undefined;
  readonly transactionIds?: readonly string[] | undefined;
}

export interface PaymentDetails {
  /** What LINE Pay knows now; empty when it knows none of them. In no order that means anything. */
  readonly payments: readonly LinePayPayment[];
  /** One per call. */
  readonly exchanges: readonly Exchange[];
}

/** LINE Pay Online API v3, result code 1177 (read 2026-11). */
const maximumIdsPerCall = 100;

/**
 * Looks payments up, by our order ids or by transaction ids, 100 in one call. Confirmed and charged
 * payments only: a window that was not confirmed is not in it.
 *
 * Unverified: how soon a payment shows up here; that a call which asks for known and unknown ids
 * answers with the known ones.
 *
 * @throws {GatewayError} `outcome_unknown`, whatever went wrong: nothing is known of the payments.
 * @see LINE Pay Online API v3, "Payment details" (read 2026-11): the tables write `orderId[]`, the
 *   examples and the sandbox take the bare name, repeated.
 */
export async function paymentDetails(
  transport: LinePayTransport,
  query: PaymentDetailsQuery,
): Promise<PaymentDetails> {
  const ids = idsOf(query);
  const payments: LinePayPayment[] = [];
  const exchanges: Exchange[] = [];
  for (let start = 0; start < ids.length; start += maximumIdsPerCall) {
    const page = await detailsOf(transport, ids.slice(start, start + maximumIdsPerCall));
    payments.push(...page.payments);
    exchanges.push(page.exchange);
  }
  return { payments, exchanges };
}

type Id = [name: "orderId" | "transactionId", value: string];

/** @throws {GatewayError} Nothing was sent. */
function idsOf({ orderIds = [], transactionIds = [] }: PaymentDetailsQuery): readonly Id[] {
  if (orderIds.length + transactionIds.length === 0) {
    throw refusedByUs("details", "name at least one order id or transaction id.");
  }
  for (const each of orderIds) checkOrderId("details", each);
  for (const each of transactionIds) checkTransactionId("details", each);
  return [
    ...orderIds.map((value): Id => ["orderId", value]),
    ...transactionIds.map((value): Id => ["transactionId", value]),
  ];
}

async function detailsOf(
  transport: LinePayTransport,
  ids: readonly Id[],
): Promise<{ readonly payments: readonly LinePayPayment[]; readonly exchange: Exchange }> {
  const query = new URLSearchParams([...ids]);
  const answer = await transport.send({ operation: "details", method: "GET", path: [], query });
  const { exchange } = answer;
  const verdict = classifyLinePayAnswer(answer);
  if (verdict === "not_found") return { payments: [], exchange };
  if (verdict !== "done") throw linePayFailure(answer);
  // "Nothing" is 1150: an empty list is no answer that was ever seen.
  const payments = z.array(paymentRow).min(1).safeParse(answer.info).data;
  if (payments === undefined) throw unreadableAnswer(answer, "list of payments");
  return { payments, exchange };
}
