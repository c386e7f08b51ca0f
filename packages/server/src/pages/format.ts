/** How pages write money, dates and intervals, in Korean and in English. */
import { currencies, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingInterval } from "../calendar/billing-period.ts";

export const languages = ["ko", "en"] as const;
export type Language = (typeof languages)[number];

const localeOf = { ko: "ko-KR", en: "en-GB" } as const;

/** Korean for customers in Korea; English for everybody else. */
export function languageOfLocale(locale: string): Language {
  return locale.toLowerCase().startsWith("ko") ? "ko" : "en";
}

/** `9,900원` and `₩9,900`; other currencies as the language writes them. */
export function formatMoney({ amountMinor, currency }: Money, language: Language): string {
  const digits = currencies[currency];
  const amount = amountMinor / 10 ** digits;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  if (language === "ko" && currency === "KRW") {
    return `${amount.toLocaleString(localeOf.ko, options)}원`;
  }
  return amount.toLocaleString(localeOf[language], { style: "currency", currency, ...options });
}

/** `2026년 12월 22일` and `22 December 2026`. */
function formatDate(date: Temporal.PlainDate, language: Language): string {
  return date.toLocaleString(localeOf[language], { dateStyle: "long" });
}

/** The calendar date of an instant, where the customer lives. */
export function formatDay(instant: Temporal.Instant, zone: string, language: Language): string {
  return formatDate(instant.toZonedDateTimeISO(zone).toPlainDate(), language);
}

/** `2026-11-22 15:04:05`, in a zone; for operators. */
export function formatMoment(instant: Temporal.Instant, zone: string): string {
  const { year, month, day, hour, minute, second } = instant.toZonedDateTimeISO(zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

const koreanUnits = { day: "일", week: "주", month: "개월", year: "년" } as const;
const koreanEach = { day: "매일", week: "매주", month: "매월", year: "매년" } as const;

/** `매월`, `3개월마다`; `every month`, `every 3 months`. */
export function formatInterval({ unit, count }: BillingInterval, language: Language): string {
  if (language === "ko") return count === 1 ? koreanEach[unit] : `${count}${koreanUnits[unit]}마다`;
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}
