/**
 * What of a call to PortOne may be kept as evidence. A `customer_uid` is the billing key: with the
 * API's credentials it charges, so it is treated as a secret everywhere.
 */
import { redactionBy } from "../redaction.ts";

/** Secrets: hidden by name, and their texts wherever else they turn up. */
const secretLabels: Readonly<Record<string, string>> = {
  access_token: "[access token]",
  customer_uid: "[billing key]",
  imp_key: "[api key]",
  imp_secret: "[api secret]",
};

/**
 * Personal data: hidden by name only, because a name of one letter occurs in every other text. Our own
 * addresses may carry what opens a page of ours.
 */
const personalLabels: Readonly<Record<string, string>> = {
  browser_ip: "[ip address]",
  buyer_addr: "[buyer]",
  buyer_email: "[buyer]",
  buyer_name: "[buyer]",
  buyer_postcode: "[buyer]",
  buyer_tel: "[buyer]",
  card_number: "[card number]",
  cancel_receipt_urls: "[receipt urls]",
  custom_data: "[custom data]",
  customer_addr: "[customer]",
  customer_email: "[customer]",
  customer_id: "[customer id]",
  customer_name: "[customer]",
  customer_postcode: "[customer]",
  customer_tel: "[customer]",
  notice_url: "[notice url]",
  receipt_url: "[receipt url]",
  refund_account: "[account]",
  refund_holder: "[account holder]",
  refund_tel: "[account holder]",
  user_agent: "[user agent]",
  vbank_holder: "[account holder]",
  vbank_num: "[account]",
};

const labels: Readonly<Record<string, string>> = { ...secretLabels, ...personalLabels };

export const { secretsIn } = redactionBy((name) => labelIn(secretLabels, name));

export const { createRedactor } = redactionBy((name) => labelIn(labels, name));

function labelIn(table: Readonly<Record<string, string>>, name: string): string | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(table, lower) ? table[lower] : undefined;
}
