/**
 * Who is calling: Basic auth with the secret key as user and an empty password.
 *
 * Toss Payments, "인증 및 기타 헤더 설정" and the error list (read 2026-11): a forgotten colon is
 * INCORRECT_BASIC_AUTH_FORMAT (403), an unknown key UNAUTHORIZED_KEY (401).
 * Unverified: that a missing header and a client key count as unknown keys.
 */
import type { Merchants } from "./merchants.ts";
import type { Merchant } from "./records.ts";
import { refused } from "./refusals.ts";

export interface Caller {
  readonly merchant: Merchant;
  /** The key as it was sent; part of what an idempotency key is unique under. */
  readonly secretKey: string;
}

/** @throws {Refused} when the header does not name a known merchant. */
export function authenticate(merchants: Merchants, authorization: string | undefined): Caller {
  if (authorization === undefined) throw refused("UNAUTHORIZED_KEY");
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1];
  if (encoded === undefined) throw refused("INCORRECT_BASIC_AUTH_FORMAT");
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1) throw refused("INCORRECT_BASIC_AUTH_FORMAT");
  const secretKey = decoded.slice(0, colon);
  const merchant = merchants.findMerchantBySecretKey(secretKey);
  if (merchant === undefined || colon !== decoded.length - 1) throw refused("UNAUTHORIZED_KEY");
  return { merchant, secretKey };
}

/**
 * Billing needs the contract and the API-individual key.
 *
 * @throws {Refused} NOT_SUPPORTED_METHOD. Unverified: that a widget key is refused with this code.
 */
export function requireBilling({ merchant, secretKey }: Caller): void {
  if (!merchant.billingContract || secretKey === merchant.widgetSecretKey) {
    throw refused("NOT_SUPPORTED_METHOD");
  }
}
