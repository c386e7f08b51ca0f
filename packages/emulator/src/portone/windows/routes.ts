/**
 * The windows of the PortOne port: wallets, card entry, and a payer's own pages. They are rendered
 * here and work without JavaScript; the one script hands a finished frame's outcome to the
 * merchant's page.
 */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { windowScript } from "../../windows/page-script.ts";
import { channelTraits } from "../channels.ts";
import { windowStyle } from "./assets.ts";
import { cardPage } from "./card-page.ts";
import { cardRoutes } from "./card-routes.ts";
import { expiredPage, usedPage } from "./closed-pages.ts";
import { failForm, readForm, samples } from "./forms.ts";
import { myRoutes } from "./my-routes.ts";
import { openWindow } from "./opening.ts";
import { logInPage } from "./wallet-pages.ts";
import { walletRoutes } from "./wallet-routes.ts";
import { askedLanguage, endWindow, show, typedAtFirst } from "./window-context.ts";
import type { WindowEnv, WindowRouteDeps } from "./window-context.ts";
import { formState, viewOf, windowPath } from "./window-page.ts";

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

/** Routes everything below `/windows`. A window that is open when the emulator stops is gone. */
export function portOneWindows(deps: WindowRouteDeps): Hono {
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
    .route("/windows/my", myRoutes(deps))
    .route("/windows/:windowId{window_[A-Za-z0-9_-]+}", openWindowRoutes(deps));
}

function openWindowRoutes(deps: WindowRouteDeps): Hono<WindowEnv> {
  const { state, sessions } = deps;
  return new Hono<WindowEnv>()
    .use(async (context, next) => {
      const asked = askedLanguage(context);
      const found = sessions.find(context.req.param("windowId") ?? "");
      const payment = state.payments.get(found?.impUid ?? "");
      if (found === undefined || payment === undefined) {
        return show(context, expiredPage(asked ?? "ko"), 404);
      }
      const session = asked === undefined ? found : { ...found, language: asked };
      sessions.save(session);
      if (session.hasEnded) return show(context, usedPage(session.language, session.parent), 410);
      context.set("view", viewOf(session, payment));
      return next();
    })
    .get("/", showStart)
    .post("/cancel", (context) => {
      const { impUid } = context.var.view.session;
      return endWindow(context, deps, { error: state.cancelCheckout(impUid) });
    })
    .post("/fail", async (context) => {
      const { impUid } = context.var.view.session;
      const sent = readForm(failForm, await context.req.parseBody());
      const reason = sent.ok && sent.data.message !== "" ? sent.data.message : undefined;
      return endWindow(context, deps, { error: state.failCheckout(impUid, reason) });
    })
    .route("/", cardRoutes(deps))
    .route("/", walletRoutes(deps))
    .get("/*", (context) => context.redirect(windowPath(context.var.view.session), 303));
}

/** The first page, which tells a frame's parent that it is there. */
function showStart(context: Context<WindowEnv>) {
  const { view } = context.var;
  const { window: kind } = channelTraits[view.payment.channel.pgProvider];
  const opened = { type: "opened" } as const;
  if (kind === "card") {
    return show(
      context,
      cardPage(view, formState(view, typedAtFirst(context, samples.card)), opened),
    );
  }
  return show(
    context,
    logInPage(view, formState(view, typedAtFirst(context, samples.logIn)), opened),
  );
}
