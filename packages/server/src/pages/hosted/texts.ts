/** What the hosted pages say. One file per language; every file has the same keys and placeholders. */
import type { CustomerLanguage } from "../format.ts";
import { en } from "./texts/en.ts";
import { ja } from "./texts/ja.ts";
import { ko, type Texts } from "./texts/ko.ts";
import { th } from "./texts/th.ts";
import { zhTw } from "./texts/zh-tw.ts";

export const texts: Readonly<Record<CustomerLanguage, Texts>> = { ko, en, "zh-TW": zhTw, th, ja };

/** Each language in its own words, in the order of the menu. */
export const languageNames: Readonly<Record<CustomerLanguage, string>> = {
  ko: "한국어",
  en: "English",
  "zh-TW": "繁體中文",
  th: "ไทย",
  ja: "日本語",
};

export type TextKey = keyof Texts;

/** Says one text in one language, its `{names}` filled in. */
export type Say = (key: TextKey, values?: Readonly<Record<string, string>>) => string;

export function sayIn(language: CustomerLanguage): Say {
  return (key, values = {}) =>
    texts[language][key].replaceAll(/\{(\w+)\}/g, (name, key_: string) => values[key_] ?? name);
}
