/** Amounts and instants as people read and type them. */
import { z } from "zod";
import { decimals, toMajor, toMinor, type Currency } from "../money.ts";
import type { Language, TextKey } from "./texts.ts";

/** `TWD 1,000`, `THB 9.50`: the code before the number, which reads the same everywhere. */
export function amountText(amountMinor: number, currency: Currency, language: Language): string {
  const digits = decimals[currency];
  const number = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${currency} ${number.format(toMajor(amountMinor, currency))}`;
}

/** An amount above zero, in major units with optional thousands separators, to minor units. */
export function amountForm(currency: Currency) {
  const wrong: TextKey = "amountInvalid";
  return z.object({
    amount: z
      .string(wrong)
      .transform((typed) => typed.replaceAll(/[\s,]/g, ""))
      .pipe(z.string().regex(/^\d{1,9}(\.\d+)?$/, wrong))
      .transform((typed, context) => {
        const amountMinor = toMinor(Number(typed), currency);
        if (amountMinor !== undefined && amountMinor > 0) return amountMinor;
        context.addIssue({ code: "custom", message: wrong });
        return z.NEVER;
      }),
  });
}

/** `2026-11-22 07:16 UTC`. @param at ISO-8601 UTC. */
export function instantText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
