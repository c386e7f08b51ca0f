/**
 * What Toss Payments accepts, checked before anything is sent: a request that it would refuse is our
 * own mistake, and the error names the fix. Limits are from the core API 2022-11-16 and the SDK
 * 2.8.1 (read 2026-11); where they differ the narrower one holds.
 */
import type { Money } from "../money.ts";
import { refusedByUs } from "./failures.ts";

/** Toss bills in won only: the charge has no currency parameter. */
export const tossLimits = {
  TRANSFER: { KRW: { minimumMinor: 200, maximumMinor: 10_000_000 } },
  CARD: { KRW: { minimumMinor: 100 } },
} as const;

export const maximumOrderNameLength = 100;

/**
 * SDK: 2 to 50 of these characters, API: to 300. A customer key is half of the power to charge, so
 * it must be unguessable, such as a random UUID: never an e-mail address, never a counter.
 */
export function isCustomerKey(text: string): boolean {
  return /^[A-Za-z0-9_=.@-]{2,50}$/.test(text) && text !== "@@ANONYMOUS";
}

/** @throws {GatewayError} `invalid_request`. Nothing was sent. */
export function checkCustomerKey(customerKey: string): void {
  if (!isCustomerKey(customerKey)) {
    throw refusedByUs(
      "A Toss customer key has 2 to 50 letters, digits and - _ = . @ and is not @@ANONYMOUS: use a random UUID.",
    );
  }
}

/** @throws {GatewayError} `invalid_request`. Nothing was sent. */
export function checkOrderId(orderId: string): void {
  if (!/^[A-Za-z0-9_-]{6,64}$/.test(orderId)) {
    throw refusedByUs("A Toss order id has 6 to 64 letters, digits, - and _.");
  }
}

/** @throws {GatewayError} `invalid_request`. Nothing was sent. */
export function checkIdempotencyKey(idempotencyKey: string): void {
  if (!/^[\x21-\x7e]{1,300}$/.test(idempotencyKey)) {
    throw refusedByUs(
      "A Toss idempotency key has 1 to 300 visible ASCII characters: use a random UUID.",
    );
  }
}

/**
 * @param name What the text is, for the message.
 * @throws {GatewayError} `invalid_request`. Nothing was sent.
 */
export function checkLength(name: string, text: string, maximum: number): void {
  if (text === "" || text.length > maximum) {
    throw refusedByUs(
      `${name} has 1 to ${maximum} characters at Toss, this one has ${text.length}.`,
    );
  }
}

/** @throws {GatewayError} `invalid_request`. Nothing was sent. */
export function checkAmount(amount: Money): void {
  if (amount.currency !== "KRW") {
    throw refusedByUs(`Toss bills in KRW only, not in ${amount.currency}.`);
  }
  if (amount.amountMinor === 0) throw refusedByUs("Toss charges and refunds no zero amounts.");
}
