/**
 * Who is let in to a registration's pages, and what everybody else is told: pages without any data of
 * the registration's.
 */
import type { Context } from "hono";
import { isId } from "../../ids/id.ts";
import { findRegistrationById } from "../../registrations/registration-store.ts";
import type { Registration } from "../../registrations/registration.ts";
import { answerPage, newNonce, pageHeaders } from "../answer.ts";
import type { PageDeps } from "../page-deps.ts";
import { messagePage, type Voice } from "./layout.ts";
import { sayIn, type TextKey } from "./texts.ts";
import { bindThisBrowser, isPreview, languageAt, visitorAt } from "./visit.ts";

export interface HostedEnv {
  Variables: { registration: Registration };
}

/** Lets the registration's own browser in; the first visitor may only look at the first page. */
export async function admit(
  context: Context<HostedEnv>,
  deps: PageDeps,
  next: () => Promise<void>,
): Promise<Response | void> {
  const id = context.req.param("id") ?? "";
  const registration = isId("reg", id)
    ? await findRegistrationById(deps.engine.database, id)
    : undefined;
  if (registration === undefined) return say(context, deps, "notFoundTitle", "notFoundLead", 404);
  if (isPreview(context)) return say(context, deps, "previewTitle", "previewLead", 200);
  const visitor = visitorAt(context, registration);
  const comesBack = /\/(confirm|back|return)$/.test(context.req.path);
  if (visitor !== "same_browser" && comesBack) return sendBack(context, deps);
  if (visitor === "other_browser") return refuseOtherBrowser(context, deps);
  const isFirstPage = context.req.method === "GET" && context.req.path.endsWith(id);
  if (visitor === "first") {
    if (!isFirstPage) return refuseOtherBrowser(context, deps);
    if (registration.status === "expired") {
      return say(context, deps, "expiredTitle", "expiredLead", 410);
    }
    if (registration.status !== "open") return say(context, deps, "overTitle", "overLead", 410);
    const isBound = await bindThisBrowser(context, deps, registration);
    if (!isBound) return refuseOtherBrowser(context, deps);
  }
  context.set("registration", registration);
  return next();
}

/** The provider's app came back in another browser: the one that began asks for the approval itself. */
function sendBack(context: Context, deps: PageDeps): Promise<Response> {
  return say(context, deps, "elsewhereTitle", "elsewhereLead", 403);
}

function refuseOtherBrowser(context: Context, deps: PageDeps): Promise<Response> {
  return say(context, deps, "otherBrowserTitle", "otherBrowserLead", 403);
}

/** A page without any data of the registration's. */
export function say(
  context: Context,
  deps: PageDeps,
  title: TextKey,
  lead: TextKey,
  status: 200 | 400 | 403 | 404 | 409 | 410,
): Promise<Response> {
  const voice = voiceFor(context, deps, undefined);
  const body = messagePage(voice, voice.say(title), voice.say(lead));
  return answerPage(context, body, voice.nonce, { status });
}

export function voiceFor(
  context: Context,
  { engine }: PageDeps,
  locale: string | undefined,
): Voice {
  const language = languageAt(context, locale);
  return { language, say: sayIn(language), nonce: newNonce(engine.effects.random) };
}

export function goTo(context: Context, path: string): Response {
  for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value);
  return context.redirect(path, 303);
}
