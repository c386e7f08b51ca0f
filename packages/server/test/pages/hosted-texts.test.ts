import { currencies, money, type Currency } from "@maedal/gateways";
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  customerLanguages,
  formatDay,
  formatInterval,
  formatMoney,
  languageOfHeader,
  languageOfLocale,
  type CustomerLanguage,
} from "../../src/pages/format.ts";
import { texts } from "../../src/pages/hosted/texts.ts";

const namesIn = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

/** What is the same in every language: names, and placeholders. */
const namesOfOthers = /\{\w+\}|LINE Pay|Toss Payments|Maedal|JavaScript/g;

const scripts: Readonly<Record<CustomerLanguage, { own: RegExp; foreign: RegExp }>> = {
  ko: { own: /\p{Script=Hangul}/u, foreign: /[a-z]|\p{Script=Han}|\p{Script=Kana}/iu },
  en: { own: /[a-z]/i, foreign: /\p{Script=Hangul}|\p{Script=Han}|\p{Script=Thai}/u },
  "zh-TW": {
    own: /\p{Script=Han}/u,
    // Simplified forms, and kana, would be another language's.
    foreign: /[a-z]|\p{Script=Hangul}|\p{Script=Hiragana}|[们为这产还发请费账额单应经续处订绑]/iu,
  },
  th: { own: /\p{Script=Thai}/u, foreign: /[a-z]|\p{Script=Hangul}|\p{Script=Han}/iu },
  ja: {
    own: /\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Han}/u,
    foreign: /[a-z]|\p{Script=Hangul}|\p{Script=Thai}/iu,
  },
};

describe.each(customerLanguages)("the texts in %s", (language) => {
  const own = texts[language];

  it("are as many as in Korean, with the same values to fill in", () => {
    const namesOf = (all: Readonly<Record<string, string>>) =>
      Object.entries(all).map(([key, text]) => [key, namesIn(text)]);
    expect(namesOf(own)).toEqual(namesOf(texts.ko));
  });

  it("are all written in that language, and in no other", () => {
    const { own: isOwn, foreign } = scripts[language];
    const strange = Object.entries(own).filter(([, text]) => {
      const words = text.replaceAll(namesOfOthers, "").replaceAll(/[^\p{L}]/gu, "");
      return words !== "" && (!isOwn.test(words) || foreign.test(words));
    });
    const allowed = language === "ko" ? ["poweredBy"] : [];
    expect(strange.map(([key]) => key).filter((key) => !allowed.includes(key))).toEqual([]);
  });

  it("are not those of another language left standing", () => {
    const others = customerLanguages.filter((it_) => it_ !== language);
    const isName = (text: string) => text.replaceAll(namesOfOthers, "").trim() === "";
    const same = Object.entries(own).filter(
      ([key, text]) =>
        !isName(text) &&
        !/^\{\w+\}$/.test(text) &&
        others.some((other) =>
          Object.entries(texts[other]).some(([k, t]) => k === key && t === text),
        ),
    );
    expect(same.map(([key]) => key)).toEqual([]);
  });

  it("name every currency, so that no amount can be taken for another one's", () => {
    const written = Object.keys(currencies).map((currency) =>
      formatMoney(money(29_900, currency as Currency), language),
    );
    expect(new Set(written).size).toBe(written.length);
    for (const text of written) expect(text).toMatch(/[^\d.,]/);
  });

  it("write every amount with all its digits", () => {
    fc.assert(
      fc.property(fc.nat(99_999_999), fc.constantFrom("KRW", "TWD", "THB"), (minor, currency) => {
        const digits = formatMoney(money(minor, currency), language).replaceAll(/\D/g, "");
        expect(Number(digits)).toBe(minor);
      }),
    );
  });
});

describe("money", () => {
  it("is written as each language writes it", () => {
    const all = (currency: Currency, minor: number) =>
      customerLanguages.map((language) => formatMoney(money(minor, currency), language));
    expect(all("TWD", 1_299)).toEqual(["NT$1,299", "NT$1,299", "1,299元", "NT$1,299", "NT$1,299"]);
    expect(all("KRW", 9_900)).toEqual(["9,900원", "₩9,900", "₩9,900", "₩9,900", "₩9,900"]);
    expect(all("THB", 9_950)).toEqual(customerLanguages.map(() => "฿99.50"));
    expect(all("USD", 999)).toEqual(customerLanguages.map(() => "US$9.99"));
  });
});

describe("a date", () => {
  it("is the customer's own day, in the Gregorian calendar everywhere", () => {
    const at = Temporal.Instant.from("2026-12-21T16:30:00Z");
    const days = customerLanguages.map((language) => formatDay(at, "Asia/Taipei", language));
    expect(days).toEqual([
      "2026년 12월 22일",
      "22 December 2026",
      "2026年12月22日",
      "22 ธันวาคม ค.ศ. 2026",
      "2026年12月22日",
    ]);
    expect(formatDay(at, "Europe/London", "en")).toBe("21 December 2026");
  });
});

describe("an interval", () => {
  it("is said for one and for several", () => {
    const said = (count: number) =>
      customerLanguages.map((language) => formatInterval({ unit: "month", count }, language));
    expect(said(1)).toEqual(["매월", "every month", "每月", "ทุกเดือน", "毎月"]);
    expect(said(3)).toEqual(["3개월마다", "every 3 months", "每3個月", "ทุก 3 เดือน", "3か月ごと"]);
  });
});

describe("the language of somebody", () => {
  it("whom the shop knows is the one of their locale; English where we do not speak it", () => {
    const spoken = ["ko-KR", "zh-TW", "zh_HK", "th", "ja-JP", "en-US", "fr-CA", "xx"];
    expect(spoken.map(languageOfLocale)).toEqual([
      "ko",
      "zh-TW",
      "zh-TW",
      "th",
      "ja",
      "en",
      "en",
      "en",
    ]);
  });

  it("whom nobody knows is the first that their browser asks for and we speak", () => {
    expect(languageOfHeader("fr-FR,fr;q=0.9,th;q=0.5,en;q=0.3")).toBe("th");
    expect(languageOfHeader("en;q=0.4, zh-TW;q=0.8")).toBe("zh-TW");
    expect(languageOfHeader("ja;q=0, de")).toBe("en");
    expect(languageOfHeader("*")).toBeUndefined();
    expect(languageOfHeader(undefined)).toBeUndefined();
  });
});
