/**
 * Amounts as PortOne writes them: JSON numbers in units of the currency, where we count its smallest
 * unit. PortOne V1 API schema (read 2026-08).
 */
import { currencies, money, type Currency, type Money } from "../money.ts";

/** JSON writes the quotient with at most as many decimals as the currency has. */
export function wireAmount({ amountMinor, currency }: Money): number {
  return amountMinor / 10 ** currencies[currency];
}

/**
 * @param currency As answered, such as `KRW`.
 * @returns undefined when it is no amount of a currency that we know: a fraction of a won, a negative
 *   number, another currency.
 */
export function readAmount(answered: number, currency: string): Money | undefined {
  if (!isCurrency(currency)) return undefined;
  const amountMinor = Math.round(answered * 10 ** currencies[currency]);
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 0) return undefined;
  const read = money(amountMinor, currency);
  return wireAmount(read) === answered ? read : undefined;
}

function isCurrency(text: string): text is Currency {
  return Object.hasOwn(currencies, text);
}
