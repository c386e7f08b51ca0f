import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import type { BillingKeySecret } from "../gateway.ts";
import type { Money } from "../money.ts";
import { refusedByUs, tossFailure, unreadableAnswer } from "./failures.ts";
import {
  checkAmount,
  checkCustomerKey,
  checkIdempotencyKey,
  checkLength,
  checkOrderId,
  maximumOrderNameLength,
} from "./limits.ts";
import { readTossPayment, type TossPayment } from "./payment.ts";
import { toProviderPayment } from "./provider-payment.ts";
import type { TossTransport } from "./transport.ts";

export interface BillingKeyCharge {
  /** Refused without its customer key. */
  readonly secret: BillingKeySecret;
  /** KRW, at least 100 for a card and 200 for an account, at most 10,000,000 for an account. */
  readonly amount: Money;
  /** 6 to 64 letters, digits, `-` and `_`; unique per order. */
  readonly orderId: string;
  /** 1 to 100 characters, shown to the customer. */
  readonly orderName: string;
  /**
   * One per attempt, at most 300 characters, remembered by Toss for 15 days. The body is not part of
   * it: the same key replays the first answer, errors included.
   */
  readonly idempotencyKey: string;
  readonly customerName?: string | undefined;
  readonly customerEmail?: string | undefined;
}

/**
 * Charges a billing key. Returning means the money moved.
 *
 * @throws {GatewayError} `outcome_unknown` when the payment may exist: look it up by order id before
 *   anything else; `mismatch`, with the payment, when the answer is not about this charge. Every
 *   other class means that no money moved.
 * @see Toss Payments core API 2022-11-16, "자동결제 승인", "멱등키" (read 2026-11).
 */
export async function chargeBillingKey(
  transport: TossTransport,
  charge: BillingKeyCharge,
): Promise<{ readonly payment: TossPayment; readonly exchange: Exchange }> {
  checkCharge(charge);
  const customerKey = customerKeyOf(charge.secret);
  const { secret, amount, orderId, orderName, idempotencyKey } = charge;
  const { customerName, customerEmail } = charge;

  const answer = await transport.send({
    operation: "charge",
    method: "POST",
    path: ["billing", { secret: secret.billingKey, label: "[billing key]" }],
    body: {
      customerKey,
      amount: amount.amountMinor,
      orderId,
      orderName,
      ...(customerName === undefined ? {} : { customerName }),
      ...(customerEmail === undefined ? {} : { customerEmail }),
    },
    idempotencyKey,
  });
  if (answer.status !== 200) throw tossFailure(answer);

  const { exchange } = answer;
  const payment = readTossPayment(answer.body);
  if (payment === undefined) throw unreadableAnswer(answer, "Payment object");
  const differences = differencesBetween(charge, payment);
  if (differences.length > 0) {
    const message = `Toss Payments answered the charge of order ${orderId} with another payment: ${differences.join(", ")}.`;
    throw new GatewayError(message, {
      provider: "toss",
      failure: "mismatch",
      httpStatus: answer.status,
      exchange,
      payment: toProviderPayment(payment, exchange, undefined),
    });
  }
  return { payment, exchange };
}

/** Toss charges a key only together with the customer key that it was issued for. */
function customerKeyOf({ customerKey }: BillingKeySecret): string {
  if (customerKey === undefined) {
    throw refusedByUs(
      "Toss charges a billing key with its customer key, and this one has none: it is not a key of Toss's, or was stored without it.",
    );
  }
  checkCustomerKey(customerKey);
  return customerKey;
}

function checkCharge(charge: BillingKeyCharge): void {
  checkAmount(charge.amount);
  checkOrderId(charge.orderId);
  checkLength("An order name", charge.orderName, maximumOrderNameLength);
  checkIdempotencyKey(charge.idempotencyKey);
  if (charge.customerName !== undefined) {
    checkLength("A customer's name", charge.customerName, 100);
  }
  if (charge.customerEmail !== undefined) {
    checkLength("A customer's e-mail address", charge.customerEmail, 100);
  }
}

/** Type and currency count only when they are there: what is absent is verified by a look-up. */
function differencesBetween(charge: BillingKeyCharge, payment: TossPayment): readonly string[] {
  const { status, type, orderId, totalAmount, currency } = payment;
  const differences: string[] = [];
  if (status !== "DONE") differences.push(`its status is ${status}`);
  if (type != null && type !== "BILLING") differences.push(`its type is ${type}`);
  if (orderId !== charge.orderId) differences.push("its order id is another");
  if (totalAmount !== charge.amount.amountMinor) differences.push(`its amount is ${totalAmount}`);
  if (currency != null && currency !== charge.amount.currency) {
    differences.push(`its currency is ${currency}`);
  }
  return differences;
}
