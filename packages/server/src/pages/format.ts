/** How pages write money, dates and intervals, in the five languages that customers are spoken to. */
import { currencies, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingInterval, BillingUnit } from "../calendar/billing-period.ts";

/** What operators and the demo shop are spoken to in. */
export const languages = ["ko", "en"] as const;
export type Language = (typeof languages)[number];

/** What customers are spoken to in. BCP 47 tags, as `lang` takes them. */
export const customerLanguages = ["ko", "en", "zh-TW", "th", "ja"] as const;
export type CustomerLanguage = (typeof customerLanguages)[number];

/** Thai in the Gregorian calendar, its years marked ค.ศ., so that none is taken for a Buddhist one. */
const localeOf: Readonly<Record<CustomerLanguage, string>> = {
  ko: "ko-KR",
  en: "en-GB",
  "zh-TW": "zh-TW",
  th: "th-TH-u-ca-gregory",
  ja: "ja-JP",
};

/** English for customers whose language is none of ours; Traditional Chinese for every Chinese. */
export function languageOfLocale(locale: string): CustomerLanguage {
  return knownLanguage(locale) ?? "en";
}

/**
 * The language that a browser asks for (RFC 9110, "Accept-Language").
 *
 * @param header Undefined when the browser sent none.
 * @returns English when it names none of ours; undefined when it names no language at all.
 */
export function languageOfHeader(header: string | undefined): CustomerLanguage | undefined {
  const wanted = (header ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...options] = part.split(";").map((text) => text.trim());
      const quality = options.find((option) => option.startsWith("q="));
      return { tag, weight: quality === undefined ? 1 : Number(quality.slice(2)) };
    })
    .filter(({ tag, weight }) => /^[a-z]/i.test(tag) && weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  if (wanted.length === 0) return undefined;
  return wanted.map(({ tag }) => knownLanguage(tag)).find((it) => it !== undefined) ?? "en";
}

function knownLanguage(tag: string): CustomerLanguage | undefined {
  const [language] = tag.toLowerCase().split(/[-_]/);
  return customerLanguages.find((known) => known.split("-")[0] === language);
}

const symbols: Readonly<Record<Currency, string>> = {
  KRW: "₩",
  JPY: "JP¥",
  TWD: "NT$",
  THB: "฿",
  USD: "US$",
};

/** Currencies that a language has a word of its own for, written behind the number. */
const words: Readonly<Record<CustomerLanguage, Readonly<Partial<Record<Currency, string>>>>> = {
  ko: { KRW: "원" },
  en: {},
  "zh-TW": { TWD: "元" },
  th: {},
  ja: { JPY: "円" },
};

/** `9,900원`, `299元`; elsewhere with a sign that names the currency: `₩9,900`, `NT$299`, `฿99.00`. */
export function formatMoney({ amountMinor, currency }: Money, language: CustomerLanguage): string {
  const digits = currencies[currency];
  const number = (amountMinor / 10 ** digits).toLocaleString(localeOf[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const word = words[language][currency];
  return word === undefined ? `${symbols[currency]}${number}` : `${number}${word}`;
}

/** `2026년 12월 22일`, `22 December 2026`, `2026年12月22日`, `22 ธันวาคม ค.ศ. 2026`. */
export function formatDate(date: Temporal.PlainDate, language: CustomerLanguage): string {
  return date.toLocaleString(localeOf[language], { dateStyle: "long" });
}

/** The calendar date of an instant, where the customer lives. */
export function formatDay(
  instant: Temporal.Instant,
  zone: string,
  language: CustomerLanguage,
): string {
  return formatDate(instant.toZonedDateTimeISO(zone).toPlainDate(), language);
}

/** `2026-11-22 15:04:05`, in a zone; for operators. */
export function formatMoment(instant: Temporal.Instant, zone: string): string {
  const { year, month, day, hour, minute, second } = instant.toZonedDateTimeISO(zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** Each of a unit, and every so many of it. */
type IntervalWords = Readonly<Record<BillingUnit, readonly [each: string, every: string]>>;

const intervals: Readonly<Record<CustomerLanguage, IntervalWords>> = {
  ko: {
    day: ["매일", "{n}일마다"],
    week: ["매주", "{n}주마다"],
    month: ["매월", "{n}개월마다"],
    year: ["매년", "{n}년마다"],
  },
  en: {
    day: ["every day", "every {n} days"],
    week: ["every week", "every {n} weeks"],
    month: ["every month", "every {n} months"],
    year: ["every year", "every {n} years"],
  },
  "zh-TW": {
    day: ["每天", "每{n}天"],
    week: ["每週", "每{n}週"],
    month: ["每月", "每{n}個月"],
    year: ["每年", "每{n}年"],
  },
  th: {
    day: ["ทุกวัน", "ทุก {n} วัน"],
    week: ["ทุกสัปดาห์", "ทุก {n} สัปดาห์"],
    month: ["ทุกเดือน", "ทุก {n} เดือน"],
    year: ["ทุกปี", "ทุก {n} ปี"],
  },
  ja: {
    day: ["毎日", "{n}日ごと"],
    week: ["毎週", "{n}週間ごと"],
    month: ["毎月", "{n}か月ごと"],
    year: ["毎年", "{n}年ごと"],
  },
};

/** `매월`, `3개월마다`; `every month`, `every 3 months`. */
export function formatInterval(
  { unit, count }: BillingInterval,
  language: CustomerLanguage,
): string {
  const [each, every] = intervals[language][unit];
  return count === 1 ? each : every.replace("{n}", String(count));
}
