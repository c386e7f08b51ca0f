import type { LinePayApiVersion } from "./transport.ts";

/** What `options.display.locale` takes; Japanese is in the list of v4 and older lists only. */
export type LinePayLocale = "en" | "ko" | "th" | "zh_TW" | "zh_CN" | "ja";

/**
 * The language of LINE Pay's window for a BCP 47 tag such as `zh-TW`; English where it has none.
 *
 * @see LINE Pay Online API v3 and v4, "Request payment" (read 2026-11).
 */
export function linePayLocale(tag: string, apiVersion: LinePayApiVersion): LinePayLocale {
  const { language, script } = readTag(tag);
  if (language === "ko" || language === "th") return language;
  if (language === "zh") return script === "Hant" ? "zh_TW" : "zh_CN";
  return language === "ja" && apiVersion === "v4" ? "ja" : "en";
}

/** With its likely script: Hant for Taiwan, Hong Kong and Macao. */
function readTag(tag: string): Intl.Locale {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return new Intl.Locale("en"); // Not a BCP 47 tag.
  }
}
