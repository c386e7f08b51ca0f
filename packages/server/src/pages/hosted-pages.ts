/**
 * Hosted pages: where a customer registers a method, in their own browser, for one subscription.
 *
 *   GET  /r/{id}           what it costs and means, and the button that opens the provider's window
 *   GET  /r/{id}/success   the window's result: stored, exchanged, and off the address bar at once
 *   GET  /r/{id}/fail      the window's failure
 *   GET  /r/{id}/return    back from a window that was opened for an order of ours, however it ended
 *   POST /r/{id}/window    opens a payment window (providers whose window takes the first payment)
 *   GET  /r/{id}/go        on the way there
 *   GET  /r/{id}/confirm   back from there, approved; asked about, confirmed, and on to /done
 *   GET  /r/{id}/back      back from there, not approved
 *   GET  /r/{id}/done      how far it is, until the first payment is known
 *   GET  /r/{id}/status    the same for the page's script
 *   POST /r/{id}/cancel, /r/{id}/retry
 *
 * Everything that comes through the browser is a claim: the customer key is compared with ours, codes
 * and messages are only shown, and the result counts once. Cookies are SameSite=Lax, so no other
 * site's form reaches the two POSTs.
 */
import { GatewayError, type Gateway } from "@maedal/gateways";
import { Hono, type Context } from "hono";
import { z } from "zod";
import { AppError } from "../app-error.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import { acceptApproval, findApproval } from "../payment-windows/accept-approval.ts";
import { openPaymentWindow } from "../payment-windows/open-payment-window.ts";
import { listOpenWindows } from "../payment-windows/payment-window-store.ts";
import { acceptAuthKey } from "../registrations/accept-auth-key.ts";
import {
  askAboutWindow,
  revealCustomerKey,
  windowForOrder,
} from "../registrations/ask-about-window.ts";
import { completeRegistration } from "../registrations/complete-registration.ts";
import { endRegistration } from "../registrations/end-registration.ts";
import { outcomeOf } from "../registrations/registration-outcome.ts";
import {
  findWindowPurpose,
  getRegistrationSurroundings,
} from "../registrations/registration-page-reads.ts";
import { findRegistrationById } from "../registrations/registration-store.ts";
import type { Registration } from "../registrations/registration.ts";
import { retryRegistration } from "../registrations/retry-registration.ts";
import { answerPage, originsOfScript, pageHeaders } from "./answer.ts";
import { admit, goTo, say, voiceFor, type HostedEnv } from "./hosted/admit.ts";
import { leavingPage } from "./hosted/leaving-page.ts";
import { providerName } from "./hosted/method-words.ts";
import { openingOf, takeReturn } from "./hosted/order-window.ts";
import { outcomePage } from "./hosted/outcome-page.ts";
import { registrationPage } from "./hosted/registration-page.ts";
import type { TextKey } from "./hosted/texts.ts";
import { languageAt } from "./hosted/visit.ts";
import type { PageDeps } from "./page-deps.ts";

/** How long a browser waits for the exchange before it is shown the page that waits. */
const patienceMs = 3_000;

const successQuery = z.object({
  authKey: z.string().min(1).max(300),
  customerKey: z.string().min(1).max(300),
});

/** As the provider documents them; anything else is kept out of our records. */
const failQuery = z.object({
  code: z
    .string()
    .regex(/^[A-Z0-9_]{1,64}$/)
    .catch("UNKNOWN"),
  message: z
    .string()
    .transform((text) => text.trim().slice(0, 200))
    .optional(),
});

export function hostedPages(deps: PageDeps): Hono {
  const pages = new Hono<HostedEnv>()
    .use("/:id/*", (context, next) => admit(context, deps, next))
    .get("/:id/success", (context) => showSuccess(context, deps))
    .get("/:id/fail", (context) => takeFailure(context, deps))
    .get("/:id/return", (context) => showReturn(context, deps))
    .post("/:id/window", (context) => openWindow(context, deps))
    .get("/:id/go", (context) => showTheWay(context, deps))
    .get("/:id/confirm", (context) => takeApproval(context, deps))
    .get("/:id/back", (context) =>
      goTo(context, `/r/${context.var.registration.id}?notice=canceled`),
    )
    .get("/:id/done", (context) => showOutcome(context, deps))
    .get("/:id/status", (context) => tellStatus(context, deps))
    .post("/:id/cancel", async (context) => {
      await endRegistration(deps.engine, context.var.registration, { status: "canceled" });
      return toDone(context);
    })
    .post("/:id/retry", (context) => retry(context, deps))
    .get("/:id", (context) => showRegistration(context, deps));
  return new Hono().route("/r", pages);
}

function toDone(context: Context<HostedEnv>): Response {
  return goTo(context, `/r/${context.var.registration.id}/done`);
}

const notices: ReadonlyMap<string, TextKey> = new Map([
  ["canceled", "noticeCanceled"],
  ["mismatch", "noticeMismatch"],
  ["waiting", "noticeWaiting"],
  ["over", "noticeOver"],
  ["unavailable", "noticeUnavailable"],
]);

interface Desk {
  readonly connection: Connection;
  readonly gateway: Gateway;
}

async function deskOf({ engine }: PageDeps, registration: Registration): Promise<Desk> {
  const { accountId, connectionId } = registration;
  const connection = await findConnection(engine.database, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no gateway connection ${connectionId}`);
  return { connection, gateway: await engine.gateways.of(engine.database, connection) };
}

async function showRegistration(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  if (registration.status !== "open" || registration.hasAuthKey) return toDone(context);
  const desk = await deskOf(deps, registration);
  const { window } = desk.gateway;
  if (await isDoneElsewhere(deps, registration, desk)) return toDone(context);
  const { database } = deps.engine;
  const surroundings = await getRegistrationSurroundings(database, registration);
  if (outcomeOf(registration, surroundings) !== "open") return toDone(context);
  const voice = voiceFor(context, deps, surroundings.locale);
  const notice = notices.get(context.req.query("notice") ?? "");
  const provider = providerName(voice.say, desk.gateway);
  const page = { registration, surroundings, provider, notice };
  if (window.kind === "payment") {
    const purpose = await findWindowPurpose(database, registration);
    if (purpose === undefined) throw new Error(`registration ${registration.id} pays nothing`);
    const isOpened = (await listOpenWindows(database, registration)).length > 0;
    const offered = { kind: window.kind, purpose, isOpened };
    return answerPage(context, registrationPage(voice, { ...page, window: offered }), voice.nonce);
  }
  const { kind, script } = window;
  const customerKey = await revealCustomerKey(deps.engine, registration);
  const forOrder = windowForOrder(desk.gateway);
  const order =
    forOrder && (await openingOf(deps, registration, surroundings, { ...desk, window: forOrder }));
  if (forOrder !== undefined && order === undefined) return toDone(context);
  const isOpened = registration.windowAmount !== undefined;
  const openable = { kind, script, customerKey, order, isOpened };
  const body = registrationPage(voice, { ...page, window: openable });
  const foreign = originsOfScript(window.script.url);
  return answerPage(context, body, voice.nonce, { foreign });
}

async function showReturn(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const window = windowForOrder((await deskOf(deps, registration)).gateway);
  if (window === undefined) return goTo(context, `/r/${registration.id}?notice=mismatch`);
  return await takeReturn(context, deps, window);
}

/** The customer went through the window in another tab or app: whoever asks takes it up. */
async function isDoneElsewhere(
  deps: PageDeps,
  registration: Registration,
  desk: Desk,
): Promise<boolean> {
  if (windowForOrder(desk.gateway) !== undefined) {
    return (await askAboutWindow(deps.engine, registration)).kind === "issued";
  }
  if (!(await isApprovedElsewhere(deps, registration, desk))) return false;
  await exchangeSoon(deps, registration);
  return true;
}

/** The customer approved in an app, another tab or browser, and nobody has come back with it. */
async function isApprovedElsewhere(
  { engine }: PageDeps,
  registration: Registration,
  { gateway }: Desk,
): Promise<boolean> {
  if (gateway.window.kind !== "payment") return false;
  try {
    return await findApproval(engine, registration, gateway);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return false; // Not known at the moment: the page is shown, and nothing is lost.
  }
}

async function openWindow(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const { id } = registration;
  const surroundings = await getRegistrationSurroundings(deps.engine.database, registration);
  try {
    const desk = await deskOf(deps, registration);
    // No page of ours asks for one then.
    if (desk.gateway.window.kind !== "payment") return goTo(context, `/r/${id}?notice=mismatch`);
    const here = `${deps.baseUrl.replace(/\/$/, "")}/r/${id}`;
    const to = {
      confirmUrl: `${here}/confirm`,
      cancelUrl: `${here}/back`,
      locale: languageAt(context, surroundings.locale), // The window goes on in this page's.
    };
    await openPaymentWindow(deps.engine, registration, desk, to);
    return goTo(context, `/r/${id}/go`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.engine.log.warn({ registrationId: id, code: error.code }, error.message);
    if (error.code === "payment_in_progress") return goTo(context, `/r/${id}`); // It says so.
    if (error.code === "window_unavailable") return goTo(context, `/r/${id}?notice=unavailable`);
    return toDone(context);
  }
}

/** A page of its own, because a form may only lead to where its page's policy says. */
async function showTheWay(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const [newest] = await listOpenWindows(deps.engine.database, registration);
  if (newest === undefined || registration.status !== "open") return toDone(context);
  const { locale, merchant, mode } = await getRegistrationSurroundings(
    deps.engine.database,
    registration,
  );
  const voice = voiceFor(context, deps, locale);
  const { gateway } = await deskOf(deps, registration);
  const provider = providerName(voice.say, gateway);
  const page = { merchant, isTest: mode === "test", provider, url: newest.url };
  return answerPage(context, leavingPage(voice, page), voice.nonce);
}

async function takeApproval(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const { engine } = deps;
  const toStart = (notice: string) => goTo(context, `/r/${registration.id}?notice=${notice}`);
  if (registration.status !== "open" || registration.hasAuthKey) return toDone(context);
  const { gateway } = await deskOf(deps, registration);
  if (gateway.window.kind !== "payment") return toStart("mismatch");
  const windowId = gateway.window.readReturn(context.req.query());
  if (windowId === undefined) return toStart("mismatch");
  try {
    const state = await acceptApproval(engine, registration, gateway, windowId);
    if (state === "waiting" || state === "over") return toStart(state);
  } catch (error) {
    if (error instanceof GatewayError) return toStart("waiting"); // Asked again from there.
    if (!(error instanceof AppError)) throw error;
    engine.log.warn({ registrationId: registration.id, code: error.code }, error.message);
    return toStart("mismatch");
  }
  await exchangeSoon(deps, registration);
  return toDone(context);
}

async function showSuccess(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const given = successQuery.safeParse(context.req.query());
  const toStart = () => goTo(context, `/r/${registration.id}?notice=mismatch`);
  if (!given.success) return toStart();
  try {
    await acceptAuthKey(deps.engine, registration, given.data);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.engine.log.warn({ registrationId: registration.id, code: error.code }, error.message);
    return error.code === "registration_mismatch" ? toStart() : toDone(context);
  }
  await exchangeSoon(deps, registration);
  return toDone(context);
}

/** Waits a moment for the exchange, which goes on in any case and is repeated if it breaks off. */
async function exchangeSoon({ engine }: PageDeps, registration: Registration): Promise<void> {
  const exchange = completeRegistration(engine, registration).catch((error: unknown) => {
    engine.log.error({ registrationId: registration.id, error }, "completing failed");
  });
  await Promise.race([exchange, engine.effects.timers.sleep(patienceMs)]);
}

async function takeFailure(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const { code, message } = failQuery.parse(context.req.query());
  if (code === "PAY_PROCESS_CANCELED") {
    return goTo(context, `/r/${registration.id}?notice=canceled`);
  }
  await endRegistration(deps.engine, registration, { status: "failed", code, message });
  return toDone(context);
}

async function showOutcome(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { registration } = context.var;
  const surroundings = await getRegistrationSurroundings(deps.engine.database, registration);
  const outcome = outcomeOf(registration, surroundings);
  if (outcome === "open") return goTo(context, `/r/${registration.id}`);
  const voice = voiceFor(context, deps, surroundings.locale);
  const next =
    outcome === "key_lost"
      ? await findWindowPurpose(deps.engine.database, registration)
      : undefined;
  const { gateway } = await deskOf(deps, registration);
  const provider = providerName(voice.say, gateway);
  const body = outcomePage(voice, { registration, provider, surroundings, outcome, next });
  return answerPage(context, body, voice.nonce);
}

async function tellStatus(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  const { id } = context.var.registration;
  await goOn(deps, context.var.registration);
  const registration = await findRegistrationById(deps.engine.database, id);
  if (registration === undefined) throw new Error(`there is no registration ${id}`);
  const surroundings = await getRegistrationSurroundings(deps.engine.database, registration);
  return context.json({ outcome: outcomeOf(registration, surroundings) }, 200, pageHeaders);
}

/** Whoever asks takes up what a process that died, or another browser, has left. */
async function goOn(deps: PageDeps, registration: Registration): Promise<void> {
  if (registration.status !== "open") return;
  const desk = await deskOf(deps, registration);
  if (registration.hasAuthKey) await exchangeSoon(deps, registration);
  else await isDoneElsewhere(deps, registration, desk);
}

async function retry(context: Context<HostedEnv>, deps: PageDeps): Promise<Response> {
  try {
    const next = await retryRegistration(deps.engine, context.var.registration);
    return goTo(context, `/r/${next.id}`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "connection_not_active" || error.code === "connection_refused") {
      return toDone(context); // It says so, in the customer's words.
    }
    return say(context, deps, "overTitle", "overLead", 409);
  }
}
