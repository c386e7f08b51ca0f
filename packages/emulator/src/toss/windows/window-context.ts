/** What every route of the windows works with: the open session and how to end it. */
import type { Context } from "hono";
import type { TossState } from "../state.ts";
import { finishedPage } from "./closed-pages.ts";
import type { Mistakes, Typed } from "./forms.ts";
import type { Html } from "./layout.ts";
import type { WindowSession, WindowSessions } from "./sessions.ts";
import { languages, type Language } from "./texts.ts";
import { viewOf } from "./window-page.ts";

export interface WindowRouteDeps {
  readonly state: TossState;
  readonly sessions: WindowSessions;
}

/** Routes under a window's path find its open session here. */
export interface WindowEnv {
  Variables: { session: WindowSession };
}

/** Undefined unless the address asks for one of our languages. */
export function askedLanguage(context: Context): Language | undefined {
  const asked = context.req.query("lang");
  return languages.find((language) => language === asked);
}

/** Answers with a page; 422 for a form that has to be corrected. */
export function show(context: Context, content: Html, status: 200 | 404 | 410 | 422 = 200) {
  return context.html(content, status);
}

export function statusFor(mistakes: Mistakes): 200 | 422 {
  return Object.keys(mistakes).length === 0 ? 200 : 422;
}

/** What a form shows before anything is sent: nothing, or its example when asked for. */
export function typedAtFirst(context: Context, sample: Typed): Typed {
  return context.req.query("sample") === undefined ? {} : sample;
}

/**
 * Ends the window and sends the buyer to the merchant: the merchant's page does it when the window
 * is an iframe, this answer when the window has the tab to itself.
 */
export function endWindow(
  context: Context<WindowEnv>,
  sessions: WindowSessions,
  url: string,
): Response | Promise<Response> {
  const session = { ...context.var.session, hasEnded: true };
  sessions.save(session);
  const asciiUrl = new URL(url).href;
  if (session.parent === undefined) return context.redirect(asciiUrl, 303);
  return show(context, finishedPage(viewOf(session), asciiUrl));
}
