/**
 * The windows of the PortOne port: wallets, card entry, and a payer's own pages. They are rendered
 * here and work without JavaScript; the one script hands a finished frame's outcome to the
 * merchant's page.
 */
import { Hono, type Context } from "hono";
import { askedLanguage, pageApp, show, typedAtFirst } from "../../windows/page-answers.ts";
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
import { endWindow, type WindowEnv, type WindowRouteDeps } from "./window-context.ts";
import { formState, viewOf, windowPath } from "./window-page.ts";

/** Routes everything below `/windows`. A window that is open when the emulator stops is gone. */
export function portOneWindows(deps: WindowRouteDeps): Hono {
  return pageApp(windowStyle)
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
