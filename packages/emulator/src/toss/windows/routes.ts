/**
 * The windows of the Toss port: quick transfer, card, and "my quick transfer". Pages are rendered
 * here and work without JavaScript; the one script hands a finished iframe's outcome to the
 * merchant's page.
 */
import { Hono, type Context } from "hono";
import { askedLanguage, pageApp, show } from "../../windows/page-answers.ts";
import type { TossState } from "../state.ts";
import { windowStyle } from "./assets.ts";
import { cardRoutes, showCardStart } from "./card-routes.ts";
import { expiredPage, usedPage } from "./closed-pages.ts";
import { failForm, readForm } from "./forms.ts";
import { myQuickTransfer } from "./my-routes.ts";
import { openWindow } from "./opening.ts";
import { failureRedirect } from "./redirects.ts";
import { createWindowSessions } from "./sessions.ts";
import { showTransferStart, transferRoutes } from "./transfer-routes.ts";
import { endWindow, type WindowEnv, type WindowRouteDeps } from "./window-context.ts";
import { viewOf, windowPath } from "./window-page.ts";

/**
 * Routes everything below `/windows`. Sessions live in the returned app; a window that is open when
 * the emulator stops is gone.
 */
export function tossWindows({ state }: { readonly state: TossState }): Hono {
  const deps = { state, sessions: createWindowSessions(state.clock) };
  return pageApp(windowStyle)
    .get("/windows/open", (context) => openWindow(context, deps))
    .route("/windows/quick-transfer/me", myQuickTransfer(state))
    .route("/windows/:windowId{window_[A-Za-z0-9_-]+}", openWindowRoutes(deps));
}

function openWindowRoutes(deps: WindowRouteDeps): Hono<WindowEnv> {
  const { state, sessions } = deps;

  function fail(context: Context<WindowEnv>, code: string, message?: string) {
    const { billingAuthId, failUrl } = context.var.session;
    const failure = state.failBillingAuth(billingAuthId, code);
    const told = message === undefined || message === "" ? failure.message : message;
    return endWindow(context, sessions, failureRedirect(failUrl, { code, message: told }));
  }

  return new Hono<WindowEnv>()
    .use(async (context, next) => {
      const asked = askedLanguage(context);
      const found = sessions.find(context.req.param("windowId") ?? "");
      if (found === undefined) return show(context, expiredPage(asked ?? "ko"), 404);
      const session = asked === undefined ? found : { ...found, language: asked };
      sessions.save(session);
      if (session.hasEnded) return show(context, usedPage(viewOf(session)), 410);
      context.set("session", session);
      return next();
    })
    .get("/", (context) =>
      context.var.session.method === "CARD" ? showCardStart(context) : showTransferStart(context),
    )
    .post("/cancel", (context) => fail(context, "PAY_PROCESS_CANCELED"))
    .post("/reject", (context) => fail(context, "REJECT_CARD_COMPANY"))
    .post("/fail", async (context) => {
      const sent = readForm(failForm, await context.req.parseBody());
      return fail(context, "PAY_PROCESS_ABORTED", sent.ok ? sent.data.message : undefined);
    })
    .route("/", cardRoutes(deps))
    .route("/", transferRoutes(deps))
    .get("/*", (context) => context.redirect(windowPath(context.var.session), 303));
}
