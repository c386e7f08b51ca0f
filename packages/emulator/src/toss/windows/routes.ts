/**
 * The windows of the Toss port: quick transfer, card, and "my quick transfer". Pages are rendered
 * here and work without JavaScript; the one script hands a finished iframe's outcome to the
 * merchant's page.
 */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { windowScript } from "../../windows/page-script.ts";
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
import { askedLanguage, endWindow, show } from "./window-context.ts";
import type { WindowEnv, WindowRouteDeps } from "./window-context.ts";
import { viewOf, windowPath } from "./window-page.ts";

/**
 * For every page and asset. A page may be framed by any merchant, also one that is isolated across
 * origins, and is never kept: going back to an ended window must say that it has ended.
 */
const pageHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/**
 * Routes everything below `/windows`. Sessions live in the returned app; a window that is open when
 * the emulator stops is gone.
 */
export function tossWindows({ state }: { readonly state: TossState }): Hono {
  const deps = { state, sessions: createWindowSessions(state.clock) };
  return new Hono()
    .use("/windows/*", async (context, next) => {
      await next();
      for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value);
    })
    .use("/windows/*", bodyLimit({ maxSize: 64 * 1024 }))
    .get("/windows/assets/window.css", (context) =>
      context.body(windowStyle, 200, { "Content-Type": "text/css; charset=utf-8" }),
    )
    .get("/windows/assets/window.js", (context) =>
      context.body(windowScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
    )
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
