/** What every route of the windows works with: the open session and how to end it. */
import type { Context } from "hono";
import { show } from "../../windows/page-answers.ts";
import type { TossState } from "../state.ts";
import { finishedPage } from "./closed-pages.ts";
import type { WindowSession, WindowSessions } from "./sessions.ts";
import { viewOf } from "./window-page.ts";

export interface WindowRouteDeps {
  readonly state: TossState;
  readonly sessions: WindowSessions;
}

/** Routes under a window's path find its open session here. */
export interface WindowEnv {
  Variables: { session: WindowSession };
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
