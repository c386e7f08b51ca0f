/**
 * What LINE Pay accepts, checked before anything is sent: a request that it would refuse is our own
 * mistake, and the error names the fix. Limits are from the Online API v3 (read 2026-11).
 */
import { isEncryptedOrLocal } from "../address.ts";
import type { Money } from "../money.ts";
import { isLinePayCurrency } from "./amounts.ts";
import { refusedByUs } from "./failures.ts";
import type { LinePayOperation } from "./transport.ts";

/**
 * Unverified: the smallest amounts; the documents leave minimum and maximum to the merchant's
 * contract (1183, 1184), so these are the smallest that can be written.
 */
export const linePayLimits = {
  LINE_PAY: { TWD: { minimumMinor: 1 }, THB: { minimumMinor: 1 }, USD: { minimumMinor: 1 } },
} as const;

export const maximumOrderNameLength = 4_000;

/** @throws {GatewayError} Nothing was sent. */
export function checkAmount(operation: LinePayOperation, { amountMinor, currency }: Money): void {
  if (!isLinePayCurrency(currency)) {
    throw refusedByUs(operation, `it takes TWD, THB and USD, not ${currency}.`);
  }
  if (amountMinor === 0) throw refusedByUs(operation, "a zero amount is not documented.");
}

/** @throws {GatewayError} Nothing was sent. */
export function checkOrderId(operation: LinePayOperation, orderId: string): void {
  checkLength(operation, "an order id", orderId, 100);
}

export function isTransactionId(text: string): boolean {
  return /^\d{1,20}$/.test(text);
}

/** @throws {GatewayError} Nothing was sent. */
export function checkTransactionId(operation: LinePayOperation, id: string): void {
  if (!isTransactionId(id)) {
    throw refusedByUs(operation, "a transaction id is a number of up to 20 digits, kept as text.");
  }
}

/**
 * @param name What the text is, for the message.
 * @throws {GatewayError} Nothing was sent.
 */
export function checkLength(
  operation: LinePayOperation,
  name: string,
  text: string,
  maximum: number,
): void {
  if (text === "" || text.length > maximum) {
    throw refusedByUs(operation, `${name} has 1 to ${maximum} characters, not ${text.length}.`);
  }
}

/** @throws {GatewayError} Nothing was sent. */
export function checkRedirectUrl(operation: LinePayOperation, name: string, text: string): void {
  checkLength(operation, name, text, 500);
  const url = URL.parse(text);
  if (url === null || !isEncryptedOrLocal(url)) {
    throw refusedByUs(operation, `${name} begins with https://, or http:// on this machine.`);
  }
}
