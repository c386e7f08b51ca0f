/** Orders, as the conformance suite places them. */
import {
  money,
  type BillingKeySecret,
  type ChargeOrder,
  type MethodLimits,
  type Money,
  type ProviderPayment,
  type RefundOrder,
  type VerifiableField,
} from "@maedal/gateways";
import { randomUUID } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { expect } from "vitest";
import { withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";
import { ifTold } from "./told.ts";

/** 33 capitals and digits, the form of ours that every provider takes. */
export function newOrderId(): string {
  return `0${randomUUID().replaceAll("-", "").toUpperCase()}`;
}

/** What is said of amounts for the provider's method and currency. */
export function limitsOf({ gateway, method, currency }: ProviderUnderTest): MethodLimits {
  const limits = gateway.capabilities.methods[method]?.[currency];
  if (limits === undefined) throw new Error(`${method} takes no ${currency}.`);
  return limits;
}

/** An amount that refunds can be taken from in parts. */
export function usualAmount(provider: ProviderUnderTest): Money {
  return money(limitsOf(provider).minimumMinor * 10, provider.currency);
}

export function orderOf(
  provider: ProviderUnderTest,
  secret: BillingKeySecret,
  change: Partial<ChargeOrder> = {},
): ChargeOrder {
  return {
    secret,
    orderId: newOrderId(),
    orderName: "매달 구독",
    amount: usualAmount(provider),
    idempotencyKey: randomUUID(),
    ...change,
  };
}

/** A refund of a payment of which nothing was given back yet. */
export function refundOf(
  payment: Pick<ProviderPayment, "paymentId" | "amount">,
  change: Partial<RefundOrder> = {},
): RefundOrder {
  const { paymentId, amount } = payment;
  if (amount === undefined) throw new Error("This payment does not say its amount.");
  return {
    paymentId,
    amount: undefined,
    refundableMinor: amount.amountMinor,
    reason: "고객 요청",
    idempotencyKey: randomUUID(),
    ...change,
  };
}

const time = (): unknown => ifTold(expect.any(Temporal.Instant));
const text = (): unknown => expect.stringMatching(/./);

/** A captured payment of an order, carrying what the capabilities promise and nothing odd: see `toTell`. */
export function capturedPayment(
  order: Pick<ChargeOrder, "orderId" | "amount">,
  fields: readonly VerifiableField[],
): Record<string, unknown> {
  const hasAmount = fields.includes("amount") && fields.includes("currency");
  return {
    paymentId: text(),
    state: "captured",
    providerStatus: text(),
    orderId: fields.includes("orderId") ? order.orderId : ifTold(order.orderId),
    amount: hasAmount ? order.amount : ifTold(order.amount),
    payer: fields.includes("payer") ? text() : ifTold(text()),
    refundedMinor: 0,
    refunds: [],
    requestedAt: time(),
    approvedAt: time(),
    methodLabel: ifTold(text()),
    failure: undefined,
    observations: [],
  };
}

/** One refund, as a payment tells it; not every provider repeats the reason. */
export function refunded(amountMinor: number, reason = "고객 요청"): Record<string, unknown> {
  return {
    transactionId: text(),
    amountMinor,
    refundedAt: time(),
    reason: ifTold(reason),
  };
}

/** Looks an order up, leaving out the evidence. */
export async function found(
  provider: ProviderUnderTest,
  orderId: string,
): Promise<Omit<ProviderPayment, "exchange"> | "not_found"> {
  return withoutExchange<ProviderPayment>(await provider.gateway.lookUpByOrderId(orderId));
}

/** The payment of an order that must be there. */
export async function paymentOf(
  provider: ProviderUnderTest,
  orderId: string,
): Promise<Omit<ProviderPayment, "exchange">> {
  const answer = await found(provider, orderId);
  if (answer === "not_found") throw new Error(`${provider.name} does not know ${orderId}.`);
  return answer;
}

/**
 * Waits until the provider has done what nobody heard the answer of: a busy machine may have given up
 * waiting before the provider began.
 */
export async function untilMoved(
  provider: ProviderUnderTest,
  orderId: string,
  count: number,
): Promise<void> {
  await expect.poll(() => provider.movements({ orderId }), { timeout: 30_000 }).toHaveLength(count);
}
