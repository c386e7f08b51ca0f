/**
 * App: everything that the server answers over HTTP.
 *
 *   /v1/…                   the API, for merchants' servers
 *   /notifications/{token}  providers' webhooks
 *   /openapi.json, /docs    what the API is, for programs and for people
 *   /healthz                whether it works
 *   /readyz                 whether it sends, and what stops it
 *   everything else         pages, given by compose.ts
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpSender } from "@maedal/gateways";
import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import type { Api, ApiEnv } from "./api.ts";
import { authenticate } from "./authenticate.ts";
import { docsPage } from "./docs-page.ts";
import { idempotent } from "./idempotency.ts";
import { notificationRoute } from "./notifications-route.ts";
import { describeApi, type ApiDocument } from "./openapi.ts";
import { answerError } from "./problem.ts";
import { limitRate, type RateLimit } from "./rate-limit.ts";
import { nameRequest } from "./request-id.ts";
import { accountRoutes } from "./routes/account.ts";
import { billingKeyRoutes } from "./routes/billing-keys.ts";
import { chargeRoutes } from "./routes/charges.ts";
import { customerRoutes } from "./routes/customers.ts";
import { eventRoutes } from "./routes/events.ts";
import { connectionRoutes } from "./routes/gateway-connections.ts";
import { invoiceRoutes } from "./routes/invoices.ts";
import { methodRequestRoutes } from "./routes/method-requests.ts";
import { planRoutes } from "./routes/plans.ts";
import { refundRoutes } from "./routes/refunds.ts";
import { registrationRoutes } from "./routes/registrations.ts";
import { reviewRoutes } from "./routes/reviews.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";
import { sunsetRoutes } from "./routes/sunsets.ts";
import { sweepRoutes } from "./routes/sweeps.ts";
import { testClockRoutes } from "./routes/test-clocks.ts";
import { refuseEscapes, unknownRoute } from "./unknown-route.ts";

export interface AppOptions {
  readonly engine: Engine;
  /** Makes gateways of credentials that are only being checked. */
  readonly sender: HttpSender;
  /** Origin under which we are reached, without a slash at its end. */
  readonly baseUrl: string;
  readonly rateLimit: RateLimit;
  /** What is served beside the API. */
  readonly pages: readonly Hono[];
}

const maximumBodyBytes = 64 * 1024;

export function createApp(options: AppOptions): OpenAPIHono<ApiEnv> {
  const { baseUrl, engine, pages } = options;
  const app = new OpenAPIHono<ApiEnv>();
  app.onError((error, c) => answerError(error, c, engine.log));
  // Answered and not thrown: what is thrown here passes by whoever waits for the answer.
  app.notFound((c) => answerError(unknownRoute(app, c.req), c, engine.log));
  app.use(nameRequest(engine.effects.random));
  app.use(limitBody());

  app.get("/healthz", async (c) => {
    await engine.database.query("select 1");
    return c.json({ status: "ok" });
  });
  app.get("/readyz", (c) => {
    // Codes only: anybody may ask. `maedal doctor` has the sentences.
    const stops = engine.sends.troubles().map(({ code, stops: whose }) => ({ code, stops: whose }));
    const isReady = stops.every((it) => it.stops === "live");
    return c.json({ status: isReady ? "ready" : "stopped", stops }, isReady ? 200 : 503);
  });
  app.route("/", notificationRoute(engine));
  addApi(app, options);
  addDocumentation(app, baseUrl);
  for (const page of pages) app.route("/", page);
  return app;
}

function addApi(app: Api, { baseUrl, engine, rateLimit, sender }: AppOptions): void {
  app.use("/v1/*", secureHeaders());
  app.use("/v1/*", async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });
  app.use("/v1/*", refuseEscapes);
  app.use("/v1/*", authenticate(engine));
  app.use("/v1/*", limitRate(rateLimit, engine.effects.clock));
  app.use("/v1/*", idempotent());
  const notificationUrlOf = (token: string) => `${baseUrl}/notifications/${token}`;
  const requestUrlOf = (id: string) => `${baseUrl}/m/${id}`;
  const routes: readonly Api[] = [
    accountRoutes(),
    customerRoutes(),
    planRoutes(),
    registrationRoutes((id) => `${baseUrl}/r/${id}`),
    methodRequestRoutes(requestUrlOf),
    billingKeyRoutes(),
    subscriptionRoutes(),
    invoiceRoutes(),
    chargeRoutes(),
    refundRoutes(),
    reviewRoutes(),
    sweepRoutes(),
    eventRoutes(),
    connectionRoutes({ sender, notificationUrlOf }),
    sunsetRoutes({ notificationUrlOf, requestUrlOf }),
    testClockRoutes(),
  ];
  for (const route of routes) app.route("/v1", route);
}

/** Made once: the routes are all there when somebody asks. */
function addDocumentation(app: Api, baseUrl: string): void {
  let made: ApiDocument | undefined;
  const document = () => (made ??= describeApi(app, baseUrl));
  app.get("/openapi.json", (c) => c.json(document()));
  app.get("/docs", (c) => {
    c.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    return c.html(docsPage(document()));
  });
}

function limitBody() {
  return bodyLimit({
    maxSize: maximumBodyBytes,
    onError: () => {
      throw new AppError("body_too_large", "A body has at most 64 KiB: send less.");
    },
  });
}
