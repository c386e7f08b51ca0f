/**
 * The pages of the LINE Pay port that a person clicks through: the payment page that
 * `paymentUrl.web` names, and the payer's own wallet. Rendered here, without any script.
 */
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { LinePayState } from "../state.ts";
import { openPaymentWindow, paymentRoutes } from "./payment-routes.ts";
import { createSessions, type PaymentWindow, type WalletLogIn } from "./sessions.ts";
import { windowStyle } from "./style.ts";
import { walletRoutes } from "./wallet-routes.ts";
import type { WindowRouteDeps } from "./window-context.ts";

/**
 * For every page and asset. No page may be framed, as a payment password is typed here, and none is
 * kept: going back to an ended payment must say that it has ended.
 */
const pageHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

const securePage: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value);
};

/**
 * Routes `/web/…` and `/my`. Who has which page open is kept in the returned app: after a restart
 * people open the address again.
 */
export function linePayWindowRoutes({ state }: { readonly state: LinePayState }): Hono {
  const windows = createSessions<PaymentWindow>();
  const logIns = createSessions<WalletLogIn>();
  const deps: WindowRouteDeps = { state, windows, logIns };
  const smallForms = bodyLimit({ maxSize: 64 * 1024 });
  return new Hono()
    .use("/web/*", securePage, smallForms)
    .use("/my/*", securePage, smallForms)
    .get("/web/assets/line-pay.css", (context) =>
      context.body(windowStyle, 200, { "Content-Type": "text/css; charset=utf-8" }),
    )
    .get("/web/payment/wait", (context) => openPaymentWindow(context, deps))
    .route("/web/payment/:windowId{payment_[A-Za-z0-9_-]+}", paymentRoutes(deps))
    .route("/my", walletRoutes(deps));
}
