/** What the parts of the gateway share of one connection. */
import { GatewayError } from "../gateway-error.ts";
import type { PortOneMode } from "./address.ts";
import type { MerchantChannel, PortOneChannel } from "./channels.ts";
import type { BuyerDetails } from "./charge-customer.ts";
import { mismatch, refusedByUs } from "./failures.ts";
import type { PortOneOperation } from "./operation.ts";
import type { PortOnePayment } from "./payment.ts";
import { toProviderPayment } from "./provider-payment.ts";
import type { PortOneTransport } from "./transport.ts";
import type { Exchange } from "../exchange.ts";
import type { PayerDetail, ProviderPayment } from "../gateway.ts";

export interface PortOneConnection extends MerchantChannel {
  readonly transport: PortOneTransport;
  readonly mode: PortOneMode;
  readonly includeSandbox: boolean;
}

/**
 * A payment in the words that all gateways share, once it is of the connection's mode: a live payment
 * that went through a test channel is no money, and a test that went through a live one is.
 *
 * @throws {GatewayError} `mismatch`, with the payment; `outcome_unknown` when it cannot be read.
 */
export function readOfMode(
  { mode }: Pick<PortOneConnection, "mode">,
  operation: PortOneOperation,
  payment: PortOnePayment,
  exchange: Exchange,
): ProviderPayment {
  const provider = toProviderPayment(payment, exchange);
  if (isOfMode(mode, payment.sandbox)) return provider;
  const kind = payment.sandbox === true ? "test" : "live";
  throw mismatch(operation, [`its channel is a ${kind} one, not ${mode}`], provider);
}

/** Absent, as before January 2026: not known, and so no difference. */
export function isOfMode(mode: PortOneMode, sandbox: boolean | null | undefined): boolean {
  return sandbox == null || sandbox === (mode === "test");
}

export interface Payer {
  readonly customerName?: string | undefined;
  readonly customerEmail?: string | undefined;
  readonly customerPhone?: string | undefined;
}

/**
 * What a channel is told of the payer, cut to PortOne's lengths.
 *
 * @throws {GatewayError} `invalid_request` when something is missing that the channel insists on.
 */
export function buyerOf(
  operation: PortOneOperation,
  { code, buyer }: PortOneChannel,
  { customerName, customerEmail, customerPhone }: Payer,
): BuyerDetails {
  const details: Readonly<Record<PayerDetail, string | undefined>> = {
    name: customerName?.slice(0, longest.name) || undefined,
    email: fitting(customerEmail, longest.email),
    phone:
      fitting(customerPhone, longest.phone) ??
      fitting(customerPhone?.replaceAll(/[^+\d]/g, ""), longest.phone),
  };
  const missing = buyer.filter((field) => details[field] === undefined);
  if (missing.length > 0) {
    const fields = missing.join(" and ");
    const limit = missing.map((field) => `${field} ${longest[field]}`).join(", ");
    throw refusedByUs(
      operation,
      `${code} wants the customer's ${fields} (at most ${limit} characters).`,
    );
  }
  return details;
}

/** PortOne V1 API schema, `buyer_…` of `again` (read 2026-08). */
const longest: Readonly<Record<PayerDetail, number>> = { name: 16, email: 64, phone: 16 };

/** Half an address is none. */
function fitting(text: string | undefined, maximum: number): string | undefined {
  return text !== undefined && text !== "" && text.length <= maximum ? text : undefined;
}

/** Nothing can be registered or charged through a channel whose company has closed. */
export function isClosed({ mode, channel }: Pick<PortOneConnection, "mode" | "channel">): boolean {
  return mode === "live" && channel.closedOn !== undefined;
}

/** @throws {GatewayError} `configuration`. Nothing was sent. */
export function closedChannel({ channel }: PortOneConnection): GatewayError {
  const message = `PortOne channel ${channel.code} has been closed since ${channel.closedOn}: use a connection with another channel.`;
  return new GatewayError(message, { provider: "portone", failure: "configuration" });
}
