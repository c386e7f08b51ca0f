/**
 * Order ids, read and written from their published format (docs/charge-protocol.md, rule 1) and from
 * nothing of the engine's:
 *
 *   period        subscription (26) + period index (5) + generation (2)   33 characters
 *   invoice       "I" + invoice (26) + generation (2)                      29 characters
 *   registration  "R" + registration (26)                                  27 characters
 *
 * All are base32 in Crockford's alphabet, upper case; an id of 128 bits fills 26 characters, so its
 * first is at most "7". Ids themselves carry the same characters in lower case: `sub_0q5v…`.
 */
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const body = "([0-7][0-9A-HJKMNP-TV-Z]{25})";
const count = (width: number) => `([0-9A-HJKMNP-TV-Z]{${width}})`;
const periodPattern = new RegExp(`^${body}${count(5)}${count(2)}$`);
const invoicePattern = new RegExp(`^I${body}${count(2)}$`);
const registrationPattern = new RegExp(`^R${body}$`);

export type OrderName =
  | {
      readonly of: "period";
      readonly subscriptionId: string;
      readonly periodIndex: number;
      readonly generation: number;
    }
  | { readonly of: "invoice"; readonly invoiceId: string; readonly generation: number }
  | { readonly of: "registration"; readonly registrationId: string };

/** @returns undefined for an order id that is not of our form: somebody else's. */
export function readOrderId(orderId: string): OrderName | undefined {
  const [, subscription, index, ofPeriod] = periodPattern.exec(orderId) ?? [];
  if (subscription !== undefined && index !== undefined && ofPeriod !== undefined) {
    const subscriptionId = `sub_${subscription.toLowerCase()}`;
    const periodIndex = valueOf(index);
    return { of: "period", subscriptionId, periodIndex, generation: valueOf(ofPeriod) };
  }
  const [, invoice, ofInvoice] = invoicePattern.exec(orderId) ?? [];
  if (invoice !== undefined && ofInvoice !== undefined) {
    const invoiceId = `inv_${invoice.toLowerCase()}`;
    return { of: "invoice", invoiceId, generation: valueOf(ofInvoice) };
  }
  const [, registration] = registrationPattern.exec(orderId) ?? [];
  if (registration === undefined) return undefined;
  return { of: "registration", registrationId: `reg_${registration.toLowerCase()}` };
}

/** The order id that a period or an invoice must have; `readOrderId` the other way round. */
export function writeOrderId(name: OrderName): string {
  const bodyOf = (id: string) => id.slice(id.indexOf("_") + 1).toUpperCase();
  switch (name.of) {
    case "period": {
      const { generation, periodIndex, subscriptionId } = name;
      return bodyOf(subscriptionId) + textOf(periodIndex, 5) + textOf(generation, 2);
    }
    case "invoice":
      return `I${bodyOf(name.invoiceId)}${textOf(name.generation, 2)}`;
    case "registration":
      return `R${bodyOf(name.registrationId)}`;
  }
}

function valueOf(text: string): number {
  let value = 0;
  for (const digit of text) value = value * 32 + digits.indexOf(digit);
  return value;
}

function textOf(value: number, width: number): string {
  const places = Array.from({ length: width }, (_, place) => Math.floor(value / 32 ** place) % 32);
  return places
    .toReversed()
    .map((digit) => digits.charAt(digit))
    .join("");
}
