/** Taking money: what confirming a reservation and charging a key have in common. */
import type { LinePayCall } from "./call.ts";
import type { Payment } from "./records.ts";
import type { PaymentOrder } from "./payments.ts";
import { Refused, refusal, refused, type Refusal } from "./refusals.ts";

/**
 * Pays the order, or remembers that it was declined.
 *
 * @param capture False only holds the money.
 * @throws {Refused} 1172 when the orderId was used, without looking further; else the decline.
 */
export function takePayment(call: LinePayCall, order: PaymentOrder, capture: boolean): Payment {
  const { state, merchant } = call;
  refuseUsedOrder(call, order);
  const declined = declineOf(call, order);
  if (declined !== undefined) {
    state.keepDeclined(order);
    throw new Refused(declined);
  }
  return state.pay(order, { capture, isMasked: merchant.maskedCardContract });
}

/**
 * An orderId is unique among the completed payments of a merchant. Unverified: that one which was
 * declined cannot be used again, by another attempt; a switch says which.
 */
function refuseUsedOrder(
  { state, merchant }: LinePayCall,
  { orderId, transactionId }: PaymentOrder,
): void {
  const { declinedOrderIdReusable, paysOneOrderIdTwice } = state.switches();
  const isUsed = state
    .paymentsOfOrder(merchant.channelId, orderId)
    .some((payment) =>
      payment.status === "declined"
        ? !declinedOrderIdReusable && payment.transactionId !== transactionId
        : !paysOneOrderIdTwice,
    );
  if (isUsed) throw refused("1172");
}

/** The decline that a fault orders, else that of the payer's method; undefined when it pays. */
function declineOf(
  { state, intervention: { decline } }: LinePayCall,
  order: PaymentOrder,
): Refusal | undefined {
  if (decline !== undefined) return refusal(decline.code, decline.message);
  const problem = state.methodProblem(order, order.amountMinor, order.currency);
  return problem === undefined ? undefined : refusal(problem);
}
