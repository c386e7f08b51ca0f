/**
 * What PortOne accepts, checked before anything is sent: a request that it would refuse, or take for
 * something wider, is our own mistake, and the error names the fix. PortOne V1 API schema (read
 * 2026-08). Only lengths are documented; the characters are those that need no encoding anywhere.
 */
import type { Money } from "../money.ts";
import { refusedByUs } from "./failures.ts";
import type { PortOneOperation } from "./operation.ts";

export const maximumOrderNameLength = 40;

export function isMerchantUid(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,40}$/.test(text);
}

/** @throws {GatewayError} Nothing was sent. */
export function checkMerchantUid(operation: PortOneOperation, merchantUid: string): void {
  if (!isMerchantUid(merchantUid)) {
    throw refusedByUs(operation, "a merchant_uid has 1 to 40 letters, digits, - and _.");
  }
}

const maximumCustomerUidLength = 80;

/** Whether PortOne can have a key of this name at all. */
export function isCustomerUid(text: string): boolean {
  return text !== "" && text.length <= maximumCustomerUidLength;
}

/** @throws {GatewayError} Nothing was sent. */
export function checkCustomerUid(operation: PortOneOperation, customerUid: string): void {
  checkLength(operation, "a customer_uid", customerUid, maximumCustomerUidLength);
}

export function isImpUid(text: string): boolean {
  return /^imp_[0-9A-Za-z_-]{1,60}$/.test(text);
}

/** @throws {GatewayError} Nothing was sent. */
export function checkImpUid(operation: PortOneOperation, impUid: string): void {
  if (!isImpUid(impUid)) throw refusedByUs(operation, "an imp_uid begins with imp_.");
}

/** @throws {GatewayError} Nothing was sent. */
export function checkAmount(operation: PortOneOperation, { amountMinor }: Money): void {
  if (amountMinor === 0) throw refusedByUs(operation, "the amount is 0.");
}

/**
 * @param name What the text is, for the message.
 * @throws {GatewayError} Nothing was sent.
 */
export function checkLength(
  operation: PortOneOperation,
  name: string,
  text: string,
  maximum: number,
): void {
  if (text === "" || text.length > maximum) {
    throw refusedByUs(operation, `${name} has 1 to ${maximum} characters, not ${text.length}.`);
  }
}
