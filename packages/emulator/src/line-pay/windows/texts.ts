/**
 * What the LINE Pay pages say, in the languages of `options.display.locale`. One file per language;
 * English names the keys. A form's schema names its errors by key, so that a mistake reads well in
 * every language.
 */
import { english, type TextKey, type Texts } from "./texts/en.ts";
import { japanese } from "./texts/ja.ts";
import { korean } from "./texts/ko.ts";
import { thai } from "./texts/th.ts";
import { simplifiedChinese } from "./texts/zh-cn.ts";
import { taiwanese } from "./texts/zh-tw.ts";

export type { TextKey };

const textsOf = {
  en: english,
  ko: korean,
  ja: japanese,
  th: thai,
  "zh-TW": taiwanese,
  "zh-CN": simplifiedChinese,
} as const satisfies Record<string, Texts>;

/** Written as in HTML's `lang`. */
export type Language = keyof typeof textsOf;

/** Each language under its own name, in the order of the language links. */
export const languageNames: readonly (readonly [language: Language, name: string])[] = [
  ["en", "English"],
  ["zh-TW", "繁體中文"],
  ["th", "ภาษาไทย"],
  ["ko", "한국어"],
  ["ja", "日本語"],
  ["zh-CN", "简体中文"],
];

/** Undefined unless it is one of ours; LINE Pay writes `zh_TW`, HTML `zh-TW`. */
export function findLanguage(locale: string | undefined): Language | undefined {
  const tag = locale?.replace("_", "-");
  return languageNames.find(([language]) => language === tag)?.[0];
}

/**
 * Says one text in one language.
 *
 * @param values What stands in for each `{name}`. Never parsed again, so a merchant's name may
 *   contain braces.
 */
export type Say = (key: TextKey, values?: Readonly<Record<string, string>>) => string;

/** What the pages say in this language. */
export function sayIn(language: Language): Say {
  const texts: Texts = textsOf[language];
  return (key, values = {}) =>
    texts[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Whether a form's error, as its schema names it, is one of our texts. */
export function isTextKey(text: string): text is TextKey {
  return Object.hasOwn(english, text);
}
