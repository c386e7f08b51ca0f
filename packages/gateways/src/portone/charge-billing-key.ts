/** Charging for the engine: the client's charge, and what its answer leaves open asked at once. */
import { GatewayError } from "../gateway-error.ts";
import type { ChargeOrder, ProviderPayment } from "../gateway.ts";
import { checkOurs, paidPayment, sendCharge, type CustomerCharge } from "./charge-customer.ts";
import { buyerOf, isClosed, readOfMode, type PortOneConnection } from "./connection.ts";
import { getCustomer } from "./customers.ts";
import { classifyPortOneAnswer, portOneFailure, refusedByUs } from "./failures.ts";
import { findPayment } from "./payments.ts";
import type { PortOneAnswer } from "./transport.ts";

/** @throws {GatewayError} as `Gateway.chargeBillingKey` says. */
export async function chargeBillingKey(
  connection: PortOneConnection,
  order: ChargeOrder,
): Promise<ProviderPayment> {
  const charge = chargeOf(connection, order);
  if (isClosed(connection)) throw keyOfClosedChannel(connection);
  const answer = await sendCharge(connection.transport, charge);
  if (classifyPortOneAnswer(answer) === "duplicate") {
    return await earlierPayment(connection, charge, answer);
  }
  try {
    if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
    const { payment, exchange } = paidPayment(charge, answer);
    return readOfMode(connection, "charge", payment, exchange);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.failure !== "billing_key_invalid") throw error;
    throw await aboutTheKey(connection, charge, error);
  }
}

/** @throws {GatewayError} `invalid_request`. Nothing was sent. */
function chargeOf({ channel }: PortOneConnection, order: ChargeOrder): CustomerCharge {
  const { amount, isStillInTime, orderId, orderName, secret } = order;
  if (order.capture === "manual") {
    throw refusedByUs("charge", "it captures what it charges: charge without manual capture.");
  }
  if (amount.currency !== "KRW") {
    throw refusedByUs("charge", `its channels take KRW here, not ${amount.currency}.`);
  }
  return {
    customerUid: secret.billingKey,
    merchantUid: orderId,
    amount,
    name: orderName,
    buyer: buyerOf("charge", channel, order),
    isStillInTime,
  };
}

/** Every key of a company that has closed is dead, so nobody's dunning is spent on asking. */
function keyOfClosedChannel({ channel }: PortOneConnection): GatewayError {
  const message = `PortOne channel ${channel.code} has been closed since ${channel.closedOn}: the customer must register another method.`;
  return new GatewayError(message, { provider: "portone", failure: "billing_key_invalid" });
}

/**
 * The order id was paid before: by an earlier send of this very charge, whose answer was lost, or by
 * something else, which a look-up then tells.
 */
async function earlierPayment(
  connection: PortOneConnection,
  charge: CustomerCharge,
  answer: PortOneAnswer,
): Promise<ProviderPayment> {
  const { merchantUid } = charge;
  const found = await findPayment(connection.transport, { merchantUid, status: "paid" });
  if (found === "not_found") throw portOneFailure(answer);
  const payment = readOfMode(connection, "charge", found.payment, found.exchange);
  checkOurs("charge", charge, found.payment, payment);
  if (payment.state !== "captured") throw portOneFailure(answer);
  const detail = `PortOne refused ${merchantUid} because it was paid before; that payment is this charge's.`;
  return { ...payment, observations: [{ code: "paid_by_earlier_send", detail }] };
}

/** A key that PortOne still has was refused by the company behind it: another method, not a lost key. */
async function aboutTheKey(
  { transport }: PortOneConnection,
  { customerUid }: CustomerCharge,
  error: GatewayError,
): Promise<GatewayError> {
  const key = await customerOrUnknown(transport, customerUid);
  if (key === "unknown" || key === "not_found") return error;
  const { provider, code, providerMessage, httpStatus, exchange, payment } = error;
  return new GatewayError(`${error.message} PortOne still has the billing key.`, {
    provider,
    failure: "hard_decline",
    code,
    providerMessage,
    httpStatus,
    exchange,
    payment,
  });
}

/** Unknown when PortOne does not say clearly: the refusal stands as it is. */
async function customerOrUnknown(
  transport: PortOneConnection["transport"],
  customerUid: string,
): Promise<"there" | "not_found" | "unknown"> {
  try {
    return (await getCustomer(transport, customerUid)) === "not_found" ? "not_found" : "there";
  } catch (error) {
    if (error instanceof GatewayError) return "unknown";
    throw error;
  }
}
