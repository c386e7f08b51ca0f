/**
 * Looking payments up for the engine. PortOne may have several of one order id, and its own "find" shows
 * the newest, which a failed one may be: so all of them are read, and the one that took money counts.
 */
import { GatewayError } from "../gateway-error.ts";
import type { ProviderPayment } from "../gateway.ts";
import { readOfMode, type PortOneConnection } from "./connection.ts";
import { mismatch } from "./failures.ts";
import { findAllPayments, getPayment, type FoundPayment } from "./payments.ts";

/** Of 20 payments each; an order id that was tried more often is nothing that we understand. */
const maximumPages = 20;

/**
 * Asks for the one payment of one order id of ours. Whether it is ours is for the caller to compare.
 *
 * @returns The one that took money; otherwise one that is not decided; otherwise the newest that failed;
 *   "not_found" when PortOne knows none *now*.
 * @throws {GatewayError} `outcome_unknown`, whatever went wrong: nothing is known of the payment;
 *   `mismatch`, with the payment, when several took money, when one is of another order id, or of the
 *   other mode.
 */
export async function lookUpByOrderId(
  connection: PortOneConnection,
  orderId: string,
): Promise<ProviderPayment | "not_found"> {
  const payments: ProviderPayment[] = [];
  for (const { payment, exchange } of await paymentsOf(connection, orderId)) {
    const read = readOfMode(connection, "payment", payment, exchange);
    if (payment.merchant_uid !== orderId) {
      throw mismatch("payment", ["its order id is another"], read);
    }
    payments.push(read);
  }
  const captured = payments.filter(({ state }) => state === "captured");
  if (captured.length > 1) throw severalPayments(captured);
  const undecided = payments.find(({ state }) => state !== "captured" && state !== "failed");
  return captured[0] ?? undecided ?? newestOf(payments) ?? "not_found";
}

async function paymentsOf(
  { transport }: PortOneConnection,
  merchantUid: string,
): Promise<readonly FoundPayment[]> {
  const found: FoundPayment[] = [];
  for (let page = 1; page <= maximumPages; page += 1) {
    const answer = await findAllPayments(transport, { merchantUid, sorting: "-started", page });
    if (answer === "not_found") return found;
    const { payments, exchange, nextPage } = answer;
    found.push(...payments.map((payment) => ({ payment, exchange })));
    if (nextPage === undefined) return found;
  }
  throw new GatewayError("PortOne, payment: too many payments of one order id to read.", {
    provider: "portone",
    failure: "outcome_unknown",
  });
}

/** Its place in the list does not count: the times do, and they are whole seconds. */
function newestOf(payments: readonly ProviderPayment[]): ProviderPayment | undefined {
  const at = ({ requestedAt }: ProviderPayment) => requestedAt?.epochMilliseconds ?? 0;
  let newest: ProviderPayment | undefined;
  for (const payment of payments) {
    if (newest === undefined || at(payment) > at(newest)) newest = payment;
  }
  return newest;
}

function severalPayments(payments: readonly ProviderPayment[]): GatewayError {
  const [first] = payments;
  const ids = payments.map(({ paymentId }) => paymentId).join(", ");
  return new GatewayError(
    `PortOne knows ${payments.length} payments of one order id that took money: ${ids}. Compare them in its console and refund what was paid twice.`,
    {
      provider: "portone",
      failure: "mismatch",
      exchange: first?.exchange,
      payment: first,
      payments,
    },
  );
}

/**
 * Asks for a payment by PortOne's own id.
 *
 * @returns "not_found" when PortOne knows no such payment *now*, or hides it as one of a test channel.
 * @throws {GatewayError} as `lookUpByOrderId` does; `mismatch` also when it is another payment.
 */
export async function lookUpByPaymentId(
  connection: PortOneConnection,
  impUid: string,
): Promise<ProviderPayment | "not_found"> {
  const { transport, includeSandbox } = connection;
  const found = await getPayment(transport, { impUid, includeSandbox });
  if (found === "not_found") return found;
  const payment = readOfMode(connection, "payment", found.payment, found.exchange);
  if (payment.paymentId !== impUid) throw mismatch("payment", ["its id is another"], payment);
  return payment;
}

/** PortOne V1 API schema, `customer_uid` of a payment (read 2026-08): the key that was charged. */
export async function findKeyOfPayment(
  { transport, includeSandbox }: PortOneConnection,
  impUid: string,
): Promise<string | undefined> {
  const found = await getPayment(transport, { impUid, includeSandbox });
  return found === "not_found" ? undefined : (found.payment.customer_uid ?? undefined);
}
