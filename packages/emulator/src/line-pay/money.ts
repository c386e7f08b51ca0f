/**
 * Money as LINE Pay writes it (major units: 999 is 999 TWD, 9.5 is 9.50 THB) and as the emulator
 * keeps it (the smallest unit that is really charged).
 *
 * LINE Pay Online API v3 (read 2026-11): TWD takes whole numbers only. Unverified: two decimals for
 * THB and USD, inferred from a public client.
 */

export const currencies = ["TWD", "THB", "USD"] as const;
export type Currency = (typeof currencies)[number];

/** How many digits of an amount are behind the point. */
export const decimals: Readonly<Record<Currency, number>> = { TWD: 0, THB: 2, USD: 2 };

/** The amount in the smallest unit; undefined when it is negative or finer than the currency. */
export function toMinor(amount: number, currency: Currency): number | undefined {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(String(amount)) ?? [];
  if (whole === undefined || fraction.length > decimals[currency]) return undefined;
  const minor = Number(whole + fraction.padEnd(decimals[currency], "0"));
  return Number.isSafeInteger(minor) ? minor : undefined;
}

/** The number that goes into an answer. */
export function toMajor(amountMinor: number, currency: Currency): number {
  return amountMinor / 10 ** decimals[currency];
}
