/** What every route of the windows works with: the open session and how to end it. */
import type { Context } from "hono";
import { show } from "../../windows/page-answers.ts";
import type { WindowError } from "../checkouts.ts";
import type { Payment } from "../records.ts";
import type { PortOneState } from "../state.ts";
import { handingOverPage, lostPage } from "./closed-pages.ts";
import { failureRedirect, failureRsp, successRedirect, successRsp } from "./redirects.ts";
import type { WindowSessions } from "./sessions.ts";
import type { WindowView } from "./window-page.ts";

export interface WindowRouteDeps {
  readonly state: PortOneState;
  readonly sessions: WindowSessions;
}

/** Routes under a window's path find their view of it here. */
export interface WindowEnv {
  Variables: { view: WindowView };
}

/**
 * Ends the window and sends the buyer to the merchant: the merchant's page does it when the window
 * is an iframe, this answer when the window has the tab to itself.
 */
export function endWindow(
  context: Context<WindowEnv>,
  { state, sessions }: WindowRouteDeps,
  outcome: Payment | { readonly error: WindowError },
): Response | Promise<Response> {
  const { session, payment } = context.var.view;
  sessions.save({ ...session, hasEnded: true });
  const { redirectUrl, parent, language } = session;
  const ids = { impUid: payment.impUid, merchantUid: payment.merchantUid };
  if (parent !== undefined) {
    const rsp = "error" in outcome ? failureRsp(ids, outcome.error) : successRsp(outcome);
    return show(context, handingOverPage(language, parent, { type: "ended", rsp }));
  }
  if (redirectUrl === null) return show(context, lostPage(language, !("error" in outcome)));
  return context.redirect(outcomeUrl(redirectUrl, payment, outcome, state), 303);
}

/** Where the buyer's browser goes in the end. */
export function outcomeUrl(
  redirectUrl: string,
  { impUid, merchantUid }: Payment,
  outcome: Payment | { readonly error: WindowError },
  state: PortOneState,
): string {
  const switches = state.switches();
  const url =
    "error" in outcome
      ? failureRedirect(redirectUrl, { impUid, merchantUid }, outcome.error, switches)
      : successRedirect(redirectUrl, outcome, switches);
  return URL.canParse(url) ? new URL(url).href : url;
}
