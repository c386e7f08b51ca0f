/**
 * The demo shop: what a merchant builds on Maedal. It keeps nothing but a cookie that names its
 * customer; plans, subscriptions and payments are what the public API says.
 */
import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { Temporal } from "temporal-polyfill";
import type { CustomerJson } from "../../contract.ts";
import { languages, type Language } from "../../pages/format.ts";
import type { EmulatorClient } from "../emulator-client.ts";
import { MaedalProblem, type MaedalClient } from "../maedal-client.ts";
import { accountPage, readAccount, type Account } from "./account-page.ts";
import { plansPage, problemPage, signInPage, type ShopVoice } from "./pages.ts";
import { sayIn } from "./texts.ts";
import { timeAfter, travel } from "./time-travel.ts";

export interface ShopDeps {
  readonly maedal: MaedalClient;
  readonly emulator: EmulatorClient;
  readonly connectionId: string;
  readonly origin: string;
  readonly ledgerUrl: string;
  readonly myQuickTransferUrl: string;
  /** An address that logs an operator in; good for a minute. */
  readonly operatorUrl: () => string;
}

const customerCookie = "moonlight_customer";
const languageCookie = "moonlight_language";
const cookieSeconds = 365 * 24 * 60 * 60;

export function createShop(deps: ShopDeps): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    const message =
      error instanceof MaedalProblem ? `${error.message} (${error.code})` : String(error);
    return context.html(problemPage(voiceAt(context), message), 500);
  });
  return app
    .get("/", async (context) => {
      const plans = await deps.maedal.listPlans();
      const customer = await customerAt(context, deps);
      return context.html(plansPage(voiceAt(context), plans.toReversed(), customer));
    })
    .post("/subscribe", (context) => subscribe(context, deps))
    .get("/sign-in", (context) =>
      context.html(signInPage(voiceAt(context), context.req.query("plan") ?? "")),
    )
    .post("/sign-in", (context) => signIn(context, deps))
    .post("/sign-out", (context) => {
      deleteCookie(context, customerCookie);
      return context.redirect("/", 303);
    })
    .get("/account", (context) => showAccount(context, deps))
    .post("/account/method", (context) => registerMethod(context, deps))
    .post("/account/cancel", (context) => endOrKeep(context, deps, "cancel"))
    .post("/account/keep", (context) => endOrKeep(context, deps, "keep"))
    .post("/account/later", (context) => moveOn(context, deps))
    .get("/operator", (context) => context.redirect(deps.operatorUrl(), 303));
}

function voiceAt(context: Context): ShopVoice {
  const known = (text: string | undefined) => languages.find((it) => it === text);
  const asked = known(context.req.query("lang"));
  if (asked !== undefined) setCookie(context, languageCookie, asked, { sameSite: "Lax" });
  const language: Language = asked ?? known(getCookie(context, languageCookie)) ?? "ko";
  return { language, say: sayIn(language) };
}

async function customerAt(
  context: Context,
  { maedal }: ShopDeps,
): Promise<CustomerJson | undefined> {
  const id = getCookie(context, customerCookie);
  return id === undefined || !/^cus_\w{26}$/.test(id) ? undefined : await maedal.findCustomer(id);
}

async function textField(context: Context, name: string): Promise<string> {
  const value = (await context.req.parseBody())[name];
  return typeof value === "string" ? value : "";
}

async function subscribe(context: Context, deps: ShopDeps): Promise<Response> {
  const planId = await textField(context, "planId");
  const customer = await customerAt(context, deps);
  if (customer === undefined) {
    return context.redirect(`/sign-in?plan=${encodeURIComponent(planId)}`, 303);
  }
  return await startSubscription(context, deps, customer.id, planId);
}

/** Makes a customer, on a test clock that begins at the emulator's time. */
async function signIn(context: Context, deps: ShopDeps): Promise<Response> {
  const { emulator, maedal } = deps;
  const name = (await textField(context, "name")).trim().slice(0, 50) || "김하늘";
  const planId = await textField(context, "planId");
  const now = (await emulator.now()).round("second").toString();
  const clock = await maedal.createTestClock({ name, now });
  const { language } = voiceAt(context);
  const customer = await maedal.createCustomer({ name, locale: language, testClockId: clock.id });
  setCookie(context, customerCookie, customer.id, {
    httpOnly: true,
    sameSite: "Lax",
    maxAge: cookieSeconds,
  });
  if (planId === "") return context.redirect("/account", 303);
  return await startSubscription(context, deps, customer.id, planId);
}

async function startSubscription(
  context: Context,
  deps: ShopDeps,
  customerId: string,
  planId: string,
): Promise<Response> {
  const subscription = await deps.maedal.createSubscription({ customerId, planId });
  return await toRegistration(context, deps, customerId, subscription.id, "TRANSFER");
}

async function toRegistration(
  context: Context,
  { connectionId, maedal, origin }: ShopDeps,
  customerId: string,
  subscriptionId: string,
  method: "TRANSFER" | "CARD",
): Promise<Response> {
  const returnUrl = `${origin}/account`;
  const order = { customerId, connectionId, method, subscriptionId, returnUrl };
  const { url } = await maedal.openRegistration(order);
  return context.redirect(url, 303);
}

async function accountAt(context: Context, deps: ShopDeps): Promise<Account | undefined> {
  const customer = await customerAt(context, deps);
  return customer && (await readAccount(deps.maedal, customer));
}

async function showAccount(context: Context, deps: ShopDeps): Promise<Response> {
  const account = await accountAt(context, deps);
  if (account === undefined) return context.redirect("/", 303);
  const { ledgerUrl, myQuickTransferUrl } = deps;
  const isStillMoving = context.req.query("moving") !== undefined;
  const links = { ledgerUrl, myQuickTransferUrl };
  return context.html(accountPage(voiceAt(context), account, links, isStillMoving));
}

async function registerMethod(context: Context, deps: ShopDeps): Promise<Response> {
  const account = await accountAt(context, deps);
  if (account?.subscription === undefined) return context.redirect("/", 303);
  const method = (await textField(context, "method")) === "CARD" ? "CARD" : "TRANSFER";
  const { customer, subscription } = account;
  return await toRegistration(context, deps, customer.id, subscription.id, method);
}

async function endOrKeep(
  context: Context,
  deps: ShopDeps,
  what: "cancel" | "keep",
): Promise<Response> {
  const subscription = (await accountAt(context, deps))?.subscription;
  if (subscription === undefined) return context.redirect("/", 303);
  if (what === "keep") await deps.maedal.keepSubscription(subscription.id);
  else await deps.maedal.cancelSubscription(subscription.id, "period_end");
  return context.redirect("/account", 303);
}

async function moveOn(context: Context, deps: ShopDeps): Promise<Response> {
  const account = await accountAt(context, deps);
  if (account === undefined) return context.redirect("/", 303);
  const step = (await textField(context, "step")) === "day" ? "day" : "month";
  const dueAt = account.subscription?.nextDueAt ?? undefined;
  const now = Temporal.Instant.from(account.clock.now);
  const nextDueAt = dueAt === undefined ? undefined : Temporal.Instant.from(dueAt);
  const target = timeAfter(step, now, nextDueAt, account.customer.zone);
  const isDone = await travel(deps.maedal, deps.emulator, account.clock.id, target);
  return context.redirect(isDone ? "/account" : "/account?moving", 303);
}
