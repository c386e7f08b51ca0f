import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import type { ProviderPayment } from "../gateway.ts";
import type { LinePayClient } from "./client.ts";
import { foundPayment } from "./found-payment.ts";
import type { PaymentDetails } from "./payment-details.ts";

/**
 * Asks for the one payment of one order id of ours. Whether it is ours is for the caller to compare.
 *
 * @returns "not_found" when LINE Pay knows no such payment *now*.
 * @throws {GatewayError} `outcome_unknown`, whatever went wrong: nothing is known of the payment;
 *   `mismatch`, with the first of them, when several payments of the id took money.
 */
export async function lookUpByOrderId(
  client: LinePayClient,
  orderId: string,
): Promise<ProviderPayment | "not_found"> {
  return onePayment(await client.paymentDetails({ orderIds: [orderId] }));
}

/**
 * Asks for a payment by LINE Pay's transaction id.
 *
 * @returns "not_found" when LINE Pay knows no such payment *now*.
 * @throws {GatewayError} as `lookUpByOrderId` does; `mismatch` also when it is another payment.
 */
export async function lookUpByTransactionId(
  client: LinePayClient,
  transactionId: string,
): Promise<ProviderPayment | "not_found"> {
  const found = onePayment(await client.paymentDetails({ transactionIds: [transactionId] }));
  if (found === "not_found" || found.paymentId === transactionId) return found;
  const { exchange } = found;
  throw new GatewayError("LINE Pay answered the details call with another payment.", {
    provider: "line_pay",
    failure: "mismatch",
    exchange,
    payment: found,
  });
}

function onePayment({ payments, exchanges }: PaymentDetails): ProviderPayment | "not_found" {
  const [exchange] = exchanges;
  if (payments.length === 0 || exchange === undefined) return "not_found";
  const found = foundPayment(payments, exchange);
  switch (found.kind) {
    case "one":
      return found.payment;
    case "several":
      throw severalPayments(found.payments, exchange);
    case "unreadable":
      throw new GatewayError("LINE Pay, details: rows that do not make one readable payment.", {
        provider: "line_pay",
        failure: "outcome_unknown",
        exchange,
      });
  }
}

function severalPayments(payments: readonly ProviderPayment[], exchange: Exchange): GatewayError {
  const ids = payments.map(({ paymentId }) => paymentId).join(", ");
  return new GatewayError(
    `LINE Pay knows ${payments.length} payments of one id that took money: ${ids}. Compare them in its merchant centre and refund what was paid twice.`,
    { provider: "line_pay", failure: "mismatch", exchange, payment: payments[0], payments },
  );
}
