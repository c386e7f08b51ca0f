/**
 * Whether a window has issued the key that it was opened for. Everything of a window is in the hands of
 * its browser: the ids that come back, and what the script was called with. So a difference is refused
 * without blaming the connection, unless money was taken, which a person must see.
 */
import { GatewayError, type FailureClass } from "../gateway-error.ts";
import type {
  ProviderPayment,
  RegisteredBillingKey,
  ScriptOrder,
  WindowHandle,
} from "../gateway.ts";
import { isOfMode, type PortOneConnection } from "./connection.ts";
import { getCustomer, type PortOneCustomer } from "./customers.ts";
import { mismatch, refusedByUs } from "./failures.ts";
import { isImpUid } from "./limits.ts";
import { methodLabel } from "./labels.ts";
import type { PortOnePayment } from "./payment.ts";
import { askForOrder, askForPayment, type FoundPayment } from "./payments.ts";
import { toProviderPayment } from "./provider-payment.ts";
import { windowAmount } from "./window-amount.ts";

/** Asks for the window's record and for the key, and compares both with what the window was opened for. */
export async function verifyIssuance(
  connection: PortOneConnection,
  handle: WindowHandle,
): Promise<RegisteredBillingKey> {
  const { order, customerKey } = handle;
  if (order === undefined) {
    throw refusedByUs("issuance", "name the order that the window was opened for.");
  }
  const expected = { ...order, amount: windowAmount(connection.channel, order) };
  const { payment, exchange } = await recordOf(connection, handle.authKey, expected);
  checkOwner(payment, expected, customerKey);
  const provider = toProviderPayment(payment, exchange);
  checkFinished(payment, provider, order);
  const differences = recordDifferences(connection, expected, customerKey, payment, provider);
  const isOpen = payment.status === "ready";
  if (!isOpen) checkSame(provider, differences);

  const found = await getCustomer(connection.transport, customerKey);
  if (found === "not_found") {
    const stands = isOpen ? "is ready" : "has ended";
    throw unclear(`the window ${stands}, and its billing key is not there yet`, provider);
  }
  checkSame(provider, [...differences, ...keyDifferences(connection, found.customer)]);
  return {
    secret: { billingKey: customerKey, customerKey },
    method: connection.channel.method,
    methodLabel: methodLabel(found.customer),
    payment: order.isPayment ? provider : undefined,
    observations: [],
    exchange,
  };
}

async function recordOf(
  { transport, includeSandbox }: PortOneConnection,
  authKey: string,
  { orderId: merchantUid }: ScriptOrder,
): Promise<FoundPayment> {
  if (!isImpUid(authKey) && authKey !== merchantUid) throw notOurs();
  const found = isImpUid(authKey)
    ? await askForPayment(transport, "issuance", { impUid: authKey, includeSandbox })
    : await askForOrder(transport, "issuance", { merchantUid });
  if (found !== "not_found") return found;
  throw new GatewayError("PortOne, issuance: there is no record of this window now.", {
    provider: "portone",
    failure: "outcome_unknown",
    code: "not_found",
    httpStatus: 404,
  });
}

/** Whose record it is. Of another's nothing is kept as evidence. */
function checkOwner(payment: PortOnePayment, { orderId }: ScriptOrder, customerKey: string): void {
  const isOurKey = (payment.customer_uid ?? customerKey) === customerKey;
  if (payment.merchant_uid !== orderId || !isOurKey) throw notOurs();
}

function notOurs(): GatewayError {
  return refusedByUs("issuance", "what the browser brought back is not of this registration.");
}

/**
 * `cancelled`: what the window took as a trial, or as a payment, was given back since. `ready`: still
 * open or, where nothing is paid, perhaps not: Unverified is whether each company's record of such a
 * window becomes `paid` (naverpay's does), so the key itself decides.
 */
function checkFinished(
  { status }: PortOnePayment,
  payment: ProviderPayment,
  { isPayment }: ScriptOrder,
): void {
  if (status === "paid" || status === "cancelled") return;
  if (status === "ready" && !isPayment) return;
  if (payment.failure === undefined) throw unclear(`the window is ${status}`, payment);
  const { failure, code, message } = payment.failure;
  throw failed(`the window failed`, payment, failure, { code, providerMessage: message });
}

function recordDifferences(
  { channel, merchantId, mode }: PortOneConnection,
  { amount }: ScriptOrder,
  customerKey: string,
  payment: PortOnePayment,
  provider: ProviderPayment,
): readonly string[] {
  const differences: string[] = [];
  if (payment.customer_uid !== customerKey) differences.push("it names no billing key");
  if ((payment.customer_uid_usage ?? "issue") !== "issue") differences.push("it issued no key");
  if (payment.pg_provider !== channel.code) differences.push("its channel is another");
  if (merchantId !== undefined && (payment.pg_id ?? merchantId) !== merchantId) {
    differences.push("its merchant id is another");
  }
  if (!isOfMode(mode, payment.sandbox)) differences.push(`its channel is not a ${mode} one`);
  if (provider.amount?.currency !== amount.currency) differences.push("its currency is another");
  if (provider.amount?.amountMinor !== amount.amountMinor) {
    differences.push("its amount is another");
  }
  return differences;
}

function keyDifferences(
  { channel, mode }: PortOneConnection,
  customer: PortOneCustomer,
): readonly string[] {
  const differences: string[] = [];
  if (customer.pg_provider !== channel.code) differences.push("its key is of another channel");
  if (!isOfMode(mode, customer.sandbox)) differences.push(`its key is not a ${mode} one`);
  return differences;
}

function checkSame(payment: ProviderPayment, differences: readonly string[]): void {
  if (differences.length === 0) return;
  if (payment.state === "captured") throw mismatch("issuance", differences, payment);
  throw failed(`the window was not ours: ${differences.join(", ")}`, payment, "invalid_request");
}

function unclear(what: string, payment: ProviderPayment): GatewayError {
  return failed(what, payment, "outcome_unknown");
}

function failed(
  what: string,
  payment: ProviderPayment,
  failure: FailureClass,
  words: { readonly code?: string; readonly providerMessage?: string } = {},
): GatewayError {
  const { exchange } = payment;
  return new GatewayError(`PortOne, issuance: ${what}.`, {
    provider: "portone",
    failure,
    ...words,
    httpStatus: exchange.status,
    exchange,
    payment,
  });
}
