/**
 * The demo shop: what a merchant builds on Maedal. It keeps nothing but a cookie that names its
 * customer; plans, subscriptions and payments are what the public API says.
 */
import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { Temporal } from "temporal-polyfill";
import type { CustomerJson } from "../../contract.ts";
import type { ConnectionIds } from "../demo-state.ts";
import type { EmulatorClient } from "../emulator-client.ts";
import { MaedalProblem, type MaedalClient } from "../maedal-client.ts";
import { accountPage } from "./account-page.ts";
import { readAccount, type Account } from "./account.ts";
import {
  marketOf,
  marketOfCustomer,
  openWays,
  wayIn,
  wayOfKey,
  type WalletName,
  type Way,
} from "./markets.ts";
import { plansPage, problemPage, signInPage, type Choice, type ShopVoice } from "./pages.ts";
import { sayIn, shopLanguages, type ShopLanguage } from "./texts.ts";
import { timeAfter, travel } from "./time-travel.ts";

export interface ShopDeps {
  readonly maedal: MaedalClient;
  readonly emulator: EmulatorClient;
  readonly connectionIds: ConnectionIds;
  readonly origin: string;
  readonly ledgerUrl: string;
  /** Their addresses; each takes `lang`. */
  readonly wallets: Readonly<Record<WalletName, string>>;
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
    .get("/", (context) => showPlans(context, deps))
    .post("/subscribe", (context) => subscribe(context, deps))
    .get("/sign-in", async (context) => {
      const { plan = "", way = "" } = context.req.query();
      const choice = await choiceOf(deps, plan, way);
      return context.html(signInPage(voiceAt(context), choice));
    })
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
  const known = (text: string | undefined) => shopLanguages.find((it) => it === text);
  const asked = known(context.req.query("lang"));
  if (asked !== undefined) setCookie(context, languageCookie, asked, { sameSite: "Lax" });
  const language: ShopLanguage = asked ?? known(getCookie(context, languageCookie)) ?? "ko";
  const here = new URL(context.req.url).searchParams;
  here.set("lang", language === "ko" ? "en" : "ko");
  return { language, say: sayIn(language), otherLanguageUrl: `?${here.toString()}` };
}

async function showPlans(context: Context, deps: ShopDeps): Promise<Response> {
  const customer = await customerAt(context, deps);
  const asked = context.req.query("market");
  const market =
    asked === undefined && customer !== undefined ? marketOfCustomer(customer) : marketOf(asked);
  const plans = (await deps.maedal.listPlans()).filter((plan) => {
    return plan.currency === market.currency && plan.status === "active";
  });
  const ways = openWays(market, deps.connectionIds, await deps.maedal.listConnections());
  const offer = { market, plans: plans.toReversed(), ways };
  return context.html(plansPage(voiceAt(context), offer, customer));
}

/** A plan is sold in the market of its currency. */
async function choiceOf({ maedal }: ShopDeps, planId: string, way: string): Promise<Choice> {
  const plan = (await maedal.listPlans()).find((it) => it.id === planId);
  const market = marketOf(plan?.currency);
  return { planId, market, way: wayIn(market, way) };
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
  const choice = await choiceOf(deps, planId, await textField(context, "way"));
  const customer = await customerAt(context, deps);
  // Whoever lives in another market is somebody else, with a language and a calendar of their own.
  if (customer === undefined || marketOfCustomer(customer) !== choice.market) {
    const query = new URLSearchParams({ plan: planId, way: choice.way.id });
    return context.redirect(`/sign-in?${query.toString()}`, 303);
  }
  return await startSubscription(context, deps, customer.id, choice);
}

/** Makes a customer, on a test clock that begins at the emulator's time. */
async function signIn(context: Context, deps: ShopDeps): Promise<Response> {
  const { emulator, maedal } = deps;
  const planId = await textField(context, "planId");
  const choice = await choiceOf(deps, planId, await textField(context, "way"));
  const { locale, sampleName, zone } = choice.market;
  const name = (await textField(context, "name")).trim().slice(0, 50) || sampleName;
  const now = (await emulator.now()).round("second").toString();
  const clock = await maedal.createTestClock({ name, now });
  const { language } = voiceAt(context);
  const known = { name, locale: locale ?? language, zone, testClockId: clock.id };
  const customer = await maedal.createCustomer(known);
  setCookie(context, customerCookie, customer.id, {
    httpOnly: true,
    sameSite: "Lax",
    maxAge: cookieSeconds,
  });
  if (planId === "") return context.redirect("/account", 303);
  return await startSubscription(context, deps, customer.id, choice);
}

async function startSubscription(
  context: Context,
  deps: ShopDeps,
  customerId: string,
  { way, planId }: Choice,
): Promise<Response> {
  const { id: subscriptionId } = await deps.maedal.createSubscription({ customerId, planId });
  return await toRegistration(context, deps, { customerId, subscriptionId, way });
}

async function toRegistration(
  context: Context,
  { connectionIds, maedal, origin }: ShopDeps,
  trip: {
    readonly customerId: string;
    readonly subscriptionId: string;
    readonly way: Way;
  },
): Promise<Response> {
  const { customerId, way, subscriptionId } = trip;
  const returnUrl = `${origin}/account`;
  const { method } = way;
  const connectionId = connectionIds[way.connection];
  const order = { customerId, connectionId, method, subscriptionId, returnUrl };
  const { url } = await maedal.openRegistration(order);
  return context.redirect(url, 303);
}

async function accountAt(context: Context, deps: ShopDeps): Promise<Account | undefined> {
  const customer = await customerAt(context, deps);
  return customer && (await readAccount(deps.maedal, deps.connectionIds, customer));
}

async function showAccount(context: Context, deps: ShopDeps): Promise<Response> {
  const account = await accountAt(context, deps);
  if (account === undefined) return context.redirect("/", 303);
  const voice = voiceAt(context);
  const { connectionIds, ledgerUrl, wallets } = deps;
  const { billingKey, market } = account;
  const { wallet } = wayOfKey(market, connectionIds, billingKey);
  const isStillMoving = context.req.query("moving") !== undefined;
  const links = { ledgerUrl, wallets, wallet };
  return context.html(accountPage(voice, account, links, isStillMoving));
}

async function registerMethod(context: Context, deps: ShopDeps): Promise<Response> {
  const account = await accountAt(context, deps);
  if (account?.subscription === undefined) return context.redirect("/", 303);
  const { customer, market, subscription } = account;
  const way = wayIn(market, await textField(context, "way"));
  const trip = { customerId: customer.id, subscriptionId: subscription.id, way };
  return await toRegistration(context, deps, trip);
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
