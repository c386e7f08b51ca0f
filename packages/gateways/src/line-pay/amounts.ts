/**
 * Amounts as LINE Pay writes them: JSON numbers in whole dollars, baht and their fractions, where we
 * count the smallest unit. Both ways go through decimal text, never through a calculation with
 * fractions, so 12.34 stays 12.34.
 *
 * LINE Pay Online API v3, "Request payment" (read 2026-11): USD, TWD and THB. TWD takes whole numbers
 * only, a fraction is refused with 1124. Unverified: that USD and THB take two decimals.
 */
import * as z from "zod";
import { currencies, money, type Currency, type Money } from "../money.ts";

export const linePayCurrencies = ["TWD", "THB", "USD"] as const satisfies readonly Currency[];

export type LinePayCurrency = (typeof linePayCurrencies)[number];

export function isLinePayCurrency(text: unknown): text is LinePayCurrency {
  return linePayCurrencies.some((currency) => currency === text);
}

/** A number that JSON.stringify writes exactly as spelt. */
export interface RawJson {
  readonly rawJSON: string;
}

/** ECMAScript 2026, in Node since 21; the compiler's library for ES2023 does not know it yet. */
const rawJson = JSON as unknown as { rawJSON(text: string): RawJson };

/**
 * The shortest spelling, as every JSON serialiser writes it: `1000`, `12.5`, `12.34`, never `1000.0`,
 * after which an implementer reported refusals with 1124.
 */
export function wireAmount(amountMinor: number, currency: Currency): RawJson {
  const exponent = currencies[currency];
  const digits = String(amountMinor).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent).replace(/0+$/, "");
  return rawJson.rawJSON(fraction === "" ? whole : `${whole}.${fraction}`);
}

/** An amount in an answer: a number, or its digits where a number would have rounded them. */
export const answeredAmount = z.union([z.number(), z.string()]);

export type AnsweredAmount = z.infer<typeof answeredAmount>;

/**
 * Whole number of the currency's smallest unit, negative where LINE Pay writes it so (refunds).
 *
 * @returns undefined when it is no such amount: a fraction of a TWD, an exponent, too many digits.
 */
export function readAmountMinor(answered: AnsweredAmount, currency: Currency): number | undefined {
  const exponent = currencies[currency];
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(answered)) ?? [];
  if (whole === undefined || /[1-9]/.test(fraction.slice(exponent))) return undefined;
  const amountMinor = Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0"));
  if (!Number.isSafeInteger(amountMinor)) return undefined;
  return sign === "-" && amountMinor !== 0 ? -amountMinor : amountMinor;
}

/** @returns undefined when one of them cannot be read, or the sum is no amount of money. */
export function sumOfAmounts(
  amounts: readonly AnsweredAmount[],
  currency: Currency,
): Money | undefined {
  let sum = 0;
  for (const answered of amounts) {
    const amountMinor = readAmountMinor(answered, currency);
    if (amountMinor === undefined) return undefined;
    sum += amountMinor;
  }
  return Number.isSafeInteger(sum) && sum >= 0 ? money(sum, currency) : undefined;
}
