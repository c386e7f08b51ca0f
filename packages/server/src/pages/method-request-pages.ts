/**
 * The pages of method requests: lasting links that ask a customer for a method.
 *
 *   GET  /m/{id}   who asks and why, and a button for each method; changes nothing, whoever looks
 *   POST /m/{id}   opens a registration, or goes on with the open one, and leads to its page
 *
 * Whoever has the link may look and register, in any browser: it is mailed, and opened on another
 * device. So the page shows the plan and its price, and nothing of the customer. What is registered
 * then is bound to one browser by the registration that it opens.
 */
import { Hono, type Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { AppError } from "../app-error.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { isId } from "../ids/id.ts";
import { followMethodRequest, getConnectionsOf } from "../method-requests/follow-method-request.ts";
import { getMethodRequestSurroundings } from "../method-requests/method-request-page-reads.ts";
import { findMethodRequestById } from "../method-requests/method-request-store.ts";
import type { MethodRequest } from "../method-requests/method-request.ts";
import { listMethodsThatPay } from "../method-requests/methods-that-pay.ts";
import { registrationLifetimeMs } from "../registrations/registration.ts";
import { gatewayOf } from "../registrations/open-registration.ts";
import { answerPage } from "./answer.ts";
import { goTo, say, voiceFor } from "./hosted/admit.ts";
import {
  methodRequestPage,
  type MethodOffer,
  type MethodRequestStanding,
} from "./hosted/method-request-page.ts";
import { providerName } from "./hosted/method-words.ts";
import type { Say } from "./hosted/texts.ts";
import { isPreview } from "./hosted/visit.ts";
import type { PageDeps } from "./page-deps.ts";

interface RequestEnv {
  Variables: { request: MethodRequest };
}

/** The registration that this browser was sent to. Not a secret: that page knows its browser itself. */
const sentCookie = "maedal_method_request";

const chosenForm = z.object({ method: z.string().min(1).max(40) });

export function methodRequestPages(deps: PageDeps): Hono {
  const pages = new Hono<RequestEnv>()
    .use("/:id", (context, next) => admit(context, deps, next))
    .get("/:id", (context) => showRequest(context, deps))
    .post("/:id", (context) => follow(context, deps));
  return new Hono().route("/m", pages);
}

async function admit(
  context: Context<RequestEnv>,
  deps: PageDeps,
  next: () => Promise<void>,
): Promise<Response | void> {
  const id = context.req.param("id") ?? "";
  const request = isId("mrq", id)
    ? await findMethodRequestById(deps.engine.database, id)
    : undefined;
  if (request === undefined) return say(context, deps, "notFoundTitle", "notFoundLead", 404);
  // Of a link in a chat everybody there sees the preview.
  if (isPreview(context)) return say(context, deps, "previewTitle", "previewLead", 200);
  context.set("request", request);
  return next();
}

async function showRequest(
  context: Context<RequestEnv>,
  deps: PageDeps,
  known?: { readonly standing: MethodRequestStanding; readonly status: 409 },
): Promise<Response> {
  const { request } = context.var;
  const surroundings = await getMethodRequestSurroundings(deps.engine.database, request);
  const voice = voiceFor(context, deps, surroundings.locale);
  const hasEnded = surroundings.subscriptionStatus === "canceled";
  const standing = known?.standing ?? (await standingOf(deps.engine, request, hasEnded, voice.say));
  const body = methodRequestPage(voice, { request, surroundings, standing });
  return answerPage(context, body, voice.nonce, { status: known?.status ?? 200 });
}

async function standingOf(
  engine: Engine,
  request: MethodRequest,
  hasEnded: boolean,
  sayText: Say,
): Promise<MethodRequestStanding> {
  switch (request.status) {
    case "completed":
      return { kind: "completed" };
    case "withdrawn":
      return { kind: hasEnded ? "ended" : "withdrawn" };
    case "open": {
      const offer = await offerOf(engine, request, sayText);
      return offer === undefined ? { kind: "unavailable" } : { kind: "open", offer };
    }
  }
}

/** @returns undefined while nothing can be registered there. */
async function offerOf(
  engine: Engine,
  request: MethodRequest,
  sayText: Say,
): Promise<MethodOffer | undefined> {
  const { connection, left } = await getConnectionsOf(engine, request);
  if (connection.state !== "active") return undefined;
  try {
    const { gateway, methods } = await listMethodsThatPay(engine, connection, request);
    const provider = providerName(sayText, gateway);
    const name = left === undefined ? undefined : await nameOf(engine, left, sayText);
    // To another contract with the same company: its name would only confuse.
    return { methods, provider, left: name === provider ? "" : name };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    engine.log.warn({ methodRequestId: request.id, code: error.code }, error.message);
    return undefined;
  }
}

/** "" when its credentials make no gateway any more. */
async function nameOf(engine: Engine, connection: Connection, sayText: Say): Promise<string> {
  try {
    return providerName(sayText, await gatewayOf(engine, connection));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return "";
  }
}

async function follow(context: Context<RequestEnv>, deps: PageDeps): Promise<Response> {
  const { request } = context.var;
  const given = chosenForm.safeParse(await context.req.parseBody());
  if (request.status !== "open" || !given.success) return goTo(context, `/m/${request.id}`);
  const broughtId = getCookie(context, sentCookie);
  try {
    const chosen = { method: given.data.method, broughtId };
    const { id } = await followMethodRequest(deps.engine, request, chosen);
    setCookie(context, sentCookie, id, {
      path: `/m/${request.id}`,
      httpOnly: true,
      sameSite: "Lax",
      secure: deps.baseUrl.startsWith("https:"),
      maxAge: registrationLifetimeMs / 1_000,
    });
    // Its page remembers the language.
    const language = context.req.query("lang");
    return goTo(
      context,
      `/r/${id}${language === undefined ? "" : `?lang=${encodeURIComponent(language)}`}`,
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.engine.log.warn({ methodRequestId: request.id, code: error.code }, error.message);
    return showRequest(context, deps, { standing: { kind: "unavailable" }, status: 409 });
  }
}
