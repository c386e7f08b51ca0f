import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import type { ProviderPayment } from "../gateway.ts";
import type { Money } from "../money.ts";
import { wireAmount } from "./amounts.ts";
import { classifyPortOneAnswer, mismatch, portOneFailure } from "./failures.ts";
import {
  checkAmount,
  checkCustomerUid,
  checkLength,
  checkMerchantUid,
  maximumOrderNameLength,
} from "./limits.ts";
import type { PortOneOperation } from "./operation.ts";
import { readPayment, type PortOnePayment } from "./payment.ts";
import { toProviderPayment } from "./provider-payment.ts";
import type { PortOneAnswer, PortOneTransport } from "./transport.ts";

export interface BuyerDetails {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly address?: string | undefined;
  readonly postcode?: string | undefined;
}

export interface CustomerCharge {
  readonly customerUid: string;
  /** 1 to 40 characters; new for every charge, for there is no idempotency key. */
  readonly merchantUid: string;
  readonly amount: Money;
  /** 1 to 40 characters. Some payment companies refuse a charge without it. */
  readonly name: string;
  readonly buyer?: BuyerDetails | undefined;
  /** The part that is free of tax. Default 0: VAT is an eleventh of the amount. */
  readonly taxFree?: Money | undefined;
  readonly vatAmount?: Money | undefined;
  /** Months, from 2; 0 is a lump sum. Cards only. */
  readonly cardQuota?: number | undefined;
  /** Handed back in the payment. */
  readonly customData?: string | undefined;
  /** Where the notice of success goes instead of the console's address. */
  readonly noticeUrl?: string | undefined;
  /** Chooses a channel where a key has several. */
  readonly channelKey?: string | undefined;
  /** For one payment company, passed on as it is. */
  readonly bypass?: object | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  /** Asked once there is a token: false, and nothing is sent. Default: always in time. */
  readonly isStillInTime?: (() => boolean) | undefined;
}

export interface PaidPayment {
  readonly payment: PortOnePayment;
  readonly exchange: Exchange;
}

/**
 * Charges a billing key with the customer absent. Returning means that the money moved.
 *
 * Three things come under one HTTP 200: `paid`; a payment that is on record as `failed`; and a refusal
 * without a record. The last two are errors here, classified by their text.
 *
 * @throws {GatewayError} `outcome_unknown` when the payment may exist, which includes "this
 *   merchant_uid was paid before": look it up before anything else; `mismatch`, with the payment, when
 *   the answer is not about this charge. Every other class means that no money moved.
 * @see PortOne V1 API schema, POST /subscribe/payments/again (read 2026-08).
 */
export async function chargeCustomer(
  transport: PortOneTransport,
  charge: CustomerCharge,
): Promise<PaidPayment> {
  const answer = await sendCharge(transport, charge);
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
  return paidPayment(charge, answer);
}

/** The part of a charge that ends with an answer, whatever it says. */
export async function sendCharge(
  transport: PortOneTransport,
  charge: CustomerCharge,
): Promise<PortOneAnswer> {
  checkCustomerUid("charge", charge.customerUid);
  checkMerchantUid("charge", charge.merchantUid);
  checkAmount("charge", charge.amount);
  checkLength("charge", "a payment's name", charge.name, maximumOrderNameLength);
  return await transport.send({
    operation: "charge",
    method: "POST",
    path: ["subscribe", "payments", "again"],
    isStillInTime: charge.isStillInTime,
    body: {
      customer_uid: charge.customerUid,
      channel_key: charge.channelKey,
      ...paymentBody(charge),
    },
  });
}

type ChargedNow = Omit<CustomerCharge, "customerUid" | "channelKey" | "isStillInTime">;

/** What a charge of now and a scheduled one have in common; undefined members are left out. */
export function paymentBody(charge: ChargedNow): object {
  const { amount, buyer, taxFree, vatAmount, bypass } = charge;
  return {
    merchant_uid: charge.merchantUid,
    amount: wireAmount(amount),
    currency: amount.currency,
    name: charge.name,
    tax_free: taxFree === undefined ? undefined : wireAmount(taxFree),
    vat_amount: vatAmount === undefined ? undefined : wireAmount(vatAmount),
    buyer_name: buyer?.name,
    buyer_email: buyer?.email,
    buyer_tel: buyer?.phone,
    buyer_addr: buyer?.address,
    buyer_postcode: buyer?.postcode,
    card_quota: charge.cardQuota,
    custom_data: charge.customData,
    notice_url: charge.noticeUrl,
    bypass: bypass === undefined ? undefined : JSON.stringify(bypass),
    extra: charge.extra,
  };
}

/** What an answer is compared with. Undefined: not known here. */
export interface ExpectedCharge {
  readonly merchantUid: string;
  readonly customerUid: string | undefined;
  readonly amount: Money | undefined;
}

/**
 * The payment of a processed charge, if it is paid and ours.
 *
 * @throws {GatewayError} as `chargeCustomer` does.
 */
export function paidPayment(expected: ExpectedCharge, answer: PortOneAnswer): PaidPayment {
  const { operation, exchange } = answer;
  const payment = readPayment(answer);
  const provider = toProviderPayment(payment, exchange);
  checkOurs(operation, expected, payment, provider);
  if (provider.state === "captured" && payment.status === "paid") return { payment, exchange };
  throw notPaid(answer, provider);
}

/** @throws {GatewayError} `mismatch`, with the payment. */
export function checkOurs(
  operation: PortOneOperation,
  { merchantUid, customerUid, amount }: ExpectedCharge,
  payment: PortOnePayment,
  provider: ProviderPayment,
): void {
  const differences: string[] = [];
  if (payment.merchant_uid !== merchantUid) differences.push("its order id is another");
  if (customerUid !== undefined && (payment.customer_uid ?? customerUid) !== customerUid) {
    differences.push("its billing key is another");
  }
  if (amount !== undefined && provider.amount?.amountMinor !== amount.amountMinor) {
    differences.push("its amount is another");
  }
  if (amount !== undefined && provider.amount?.currency !== amount.currency) {
    differences.push("its currency is another");
  }
  if (differences.length > 0) throw mismatch(operation, differences, provider);
}

function notPaid(answer: PortOneAnswer, payment: ProviderPayment): GatewayError {
  const { operation, status, redactor, exchange } = answer;
  const { failure, providerStatus } = payment;
  return new GatewayError(`PortOne, ${operation}: the payment is ${providerStatus}, not paid.`, {
    provider: "portone",
    failure: failure?.failure ?? "outcome_unknown",
    code: failure?.code,
    providerMessage: failure === undefined ? undefined : redactor.text(failure.message),
    httpStatus: status,
    exchange,
    payment,
  });
}
