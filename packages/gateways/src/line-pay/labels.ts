/** A method of LINE Pay in words for people: never a card number, never the customer's own name for it. */
import type { LinePayPayInfo } from "./wire.ts";

const brands: Readonly<Record<string, string>> = {
  VISA: "VISA",
  MASTER: "Mastercard",
  AMEX: "American Express",
  DINERS: "Diners Club",
  JCB: "JCB",
};

/**
 * Such as `LINE Pay (VISA ****1234)`, `LINE Pay (card)` or `LINE Pay balance`. Points and discounts
 * are no method of their own. Undefined when the answer does not say how it was paid.
 */
export function methodLabel(payInfo: LinePayPayInfo): string | undefined {
  if (payInfo == null || payInfo.length === 0) return undefined;
  const card = payInfo.find(({ method }) => method === "CREDIT_CARD");
  if (card !== undefined) {
    const ending = /(?:\*|-|\s)(\d{4})$/.exec(card.maskedCreditCardNumber ?? "")?.[1];
    const name = brandName(card.creditCardBrand ?? "");
    return `LINE Pay (${ending === undefined ? name : `${name} ****${ending}`})`;
  }
  return payInfo.some(({ method }) => method === "BALANCE") ? "LINE Pay balance" : "LINE Pay";
}

/** Only a text that can be a brand is repeated: anything else could be a number or a name. */
function brandName(brand: string): string {
  const name = Object.hasOwn(brands, brand) ? brands[brand] : undefined;
  return name ?? (/^[A-Z]{2,12}$/.test(brand) ? brand : "card");
}
