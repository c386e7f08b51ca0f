/**
 * Who visits a registration's page. The first browser is given a cookie, whose hash is stored; from
 * then on the registration is that browser's alone, so that a link that is passed on, or read in
 * somebody's history, shows nothing and registers nobody else's account.
 */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { isSameHash } from "../../security/api-key.ts";
import { browserHashOf } from "../../registrations/registration-secrets.ts";
import { bindBrowser } from "../../registrations/registration-store.ts";
import { visitorOf, type Registration, type Visitor } from "../../registrations/registration.ts";
import {
  customerLanguages,
  languageOfHeader,
  languageOfLocale,
  type CustomerLanguage,
} from "../format.ts";
import type { PageDeps } from "../page-deps.ts";

const browserCookie = "maedal_registration";
const languageCookie = "maedal_language";
/** Longer than a registration lives, for the page that follows the first payment. */
const browserCookieSeconds = 24 * 60 * 60;

export function visitorAt(context: Context, registration: Registration): Visitor {
  const cookie = getCookie(context, browserCookie);
  const { browserHash } = registration;
  const isSame =
    cookie !== undefined &&
    browserHash !== undefined &&
    isSameHash(browserHashOf(cookie), browserHash);
  return visitorOf(registration, isSame);
}

/** @returns false when another browser was a moment earlier. */
export async function bindThisBrowser(
  context: Context,
  { engine, baseUrl }: PageDeps,
  registration: Registration,
): Promise<boolean> {
  const cookie = Buffer.from(engine.effects.random.bytes(32)).toString("base64url");
  if (!(await bindBrowser(engine.database, registration, browserHashOf(cookie)))) return false;
  setCookie(context, browserCookie, cookie, {
    path: `/r/${registration.id}`,
    httpOnly: true,
    sameSite: "Lax", // The provider's redirect back is a navigation from another site.
    secure: baseUrl.startsWith("https:"),
    maxAge: browserCookieSeconds,
  });
  return true;
}

const previewAgents =
  /bot\b|crawl|spider|preview|facebookexternalhit|kakaotalk-scrap|slack|whatsapp|telegram|discord/i;

/**
 * A messenger that fetches a link to show a preview, or a browser that fetches ahead. Neither is the
 * customer, so neither may become the browser that a registration belongs to.
 */
export function isPreview(context: Context): boolean {
  const purpose = context.req.header("sec-purpose") ?? context.req.header("purpose") ?? "";
  const agent = context.req.header("user-agent") ?? "";
  return context.req.method === "HEAD" || purpose.includes("prefetch") || previewAgents.test(agent);
}

/**
 * `?lang=` once, then its cookie, then the customer's own. Where the customer is not known, or may not
 * be shown to be, what the browser asks for; Korean when it asks for nothing.
 */
export function languageAt(context: Context, locale: string | undefined): CustomerLanguage {
  const known = (text: string | undefined) => customerLanguages.find((it) => it === text);
  const asked = known(context.req.query("lang"));
  if (asked !== undefined) {
    setCookie(context, languageCookie, asked, { path: "/r", sameSite: "Lax", httpOnly: true });
    return asked;
  }
  const kept = known(getCookie(context, languageCookie));
  if (kept !== undefined) return kept;
  if (locale !== undefined) return languageOfLocale(locale);
  return languageOfHeader(context.req.header("accept-language")) ?? "ko";
}
