/**
 * Money: a safe integer of minor units in one currency. The exponent is data, not the number 100:
 * KRW, JPY and TWD are charged without decimals here (LINE Pay refuses fractional TWD), THB and USD
 * have two. Nothing outside this file makes a Money by hand.
 */
export const currencies = { KRW: 0, JPY: 0, TWD: 0, THB: 2, USD: 2 } as const;

export type Currency = keyof typeof currencies;

export interface Money {
  /** Whole number of the smallest unit that is really charged: won, yen, satang, cents. */
  readonly amountMinor: number;
  readonly currency: Currency;
}

/**
 * The only constructor of Money.
 *
 * @throws {RangeError} when the amount is not a safe whole number of minor units, or negative.
 */
export function money(amountMinor: number, currency: Currency): Money {
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 0) {
    throw new RangeError(`${amountMinor} is not a whole, non-negative number of minor units`);
  }
  return { amountMinor, currency };
}

export function isSameMoney(a: Money, b: Money): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency;
}
