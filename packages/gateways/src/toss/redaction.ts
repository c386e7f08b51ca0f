/** What of a call to Toss Payments may be kept as evidence: members by name, and their texts anywhere. */
import { redactionBy } from "../redaction.ts";

const labels: Readonly<Record<string, string>> = {
  authkey: "[auth key]",
  authorization: "[authorization]",
  billingkey: "[billing key]",
  cardexpirationmonth: "[card expiry]",
  cardexpirationyear: "[card expiry]",
  cardpassword: "[card password]",
  customeremail: "[email]",
  customeridentitynumber: "[identity number]",
  customerkey: "[customer key]",
  customermobilephone: "[phone number]",
  customername: "[name]",
  depositorname: "[name]",
  holdername: "[name]",
  number: "[card number]",
  secret: "[secret]",
  secretkey: "[secret key]",
};

/** `bankAccountNumber`, `accountNumber` and `cardNumber` end the same way, masked or not. */
function labelOf(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith("accountnumber")) return "[account number]";
  if (lower.endsWith("cardnumber")) return "[card number]";
  return Object.hasOwn(labels, lower) ? labels[lower] : undefined;
}

export type { Redactor } from "../redaction.ts";
export const { createRedactor, secretsIn } = redactionBy(labelOf);
