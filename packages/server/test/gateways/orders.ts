/** Orders, as the conformance suite places them. */
import {
  money,
  type BillingKeySecret,
  type ChargeOrder,
  type MethodLimits,
  type Money,
  type ProviderPayment,
  type RefundOrder,
  type RegisteredBillingKey,
  type VerifiableField,
} from "@maedal/gateways";
import { randomUUID } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { expect } from "vitest";
import { withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

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

export async function register(provider: ProviderUnderTest): Promise<RegisteredBillingKey> {
  return await provider.gateway.completeRegistration(await provider.passWindow());
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

/** An order of a customer who has just registered. */
export async function newOrder(
  provider: ProviderUnderTest,
  change: Partial<ChargeOrder> = {},
): Promise<ChargeOrder> {
  const { secret } = await register(provider);
  return orderOf(provider, secret, change);
}

/** A refund of a payment of which nothing was given back yet. */
export function refundOf(payment: ProviderPayment, change: Partial<RefundOrder> = {}): RefundOrder {
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

const timeOrUnknown: unknown = expect.toSatisfy(
  (value: unknown) => value === undefined || value instanceof Temporal.Instant,
  "an instant, or undefined",
);
const textOrUnknown: unknown = expect.toSatisfy(
  (value: unknown) => value === undefined || (typeof value === "string" && value !== ""),
  "a text, or undefined",
);

/** A captured payment of an order, carrying what the capabilities promise and nothing odd. */
export function capturedPayment(
  order: ChargeOrder,
  fields: readonly VerifiableField[],
): Record<string, unknown> {
  const hasAmount = fields.includes("amount") && fields.includes("currency");
  return {
    paymentId: expect.stringMatching(/./),
    state: "captured",
    providerStatus: expect.stringMatching(/./),
    orderId: fields.includes("orderId") ? order.orderId : undefined,
    amount: hasAmount ? order.amount : undefined,
    payer: fields.includes("payer") ? expect.stringMatching(/./) : undefined,
    refundedMinor: 0,
    refunds: [],
    requestedAt: timeOrUnknown,
    approvedAt: timeOrUnknown,
    methodLabel: textOrUnknown,
    failure: undefined,
    observations: [],
  };
}

/** One refund, as a payment tells it. */
export function refunded(amountMinor: number, reason = "고객 요청"): Record<string, unknown> {
  return {
    transactionId: expect.stringMatching(/./),
    amountMinor,
    refundedAt: timeOrUnknown,
    reason,
  };
}

/** Looks an order up, leaving out the evidence. */
export async function found(
  provider: ProviderUnderTest,
  orderId: string,
): Promise<Omit<ProviderPayment, "exchange"> | "not_found"> {
  return withoutExchange<ProviderPayment>(await provider.gateway.lookUpByOrderId(orderId));
}
