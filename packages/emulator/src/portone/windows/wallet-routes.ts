/**
 * The wallet's window, step by step. Each step is a page of its own, so that the browser's back
 * button works; a step whose ground is missing leads back to the start.
 *
 * Unverified: everything of how the real wallets look.
 */
import { Hono, type Context } from "hono";
import type { Typed } from "../../windows/forms.ts";
import { show, statusFor, typedAtFirst } from "../../windows/page-answers.ts";
import { channelTraits } from "../channels.ts";
import type { Means } from "../records.ts";
import {
  accountForm,
  consentForm,
  logInForm,
  meansForm,
  readForm,
  samples,
  walletCardForm,
  type Mistakes,
} from "./forms.ts";
import type { WindowSession } from "./sessions.ts";
import { consentPage, logInPage, meansPage, newAccountPage, newCardPage } from "./wallet-pages.ts";
import { endWindow, type WindowEnv, type WindowRouteDeps } from "./window-context.ts";
import { formState, windowPath } from "./window-page.ts";

type WalletContext = Context<WindowEnv>;

/** Routes below `/windows/{window}` for a PG with a wallet. */
export function walletRoutes(deps: WindowRouteDeps): Hono<WindowEnv> {
  const { state, sessions } = deps;
  return new Hono<WindowEnv>()
    .get("/log-in", toStart)
    .post("/log-in", async (context) => {
      const { view } = context.var;
      const { session, payment, say } = view;
      const sent = readForm(logInForm, await context.req.parseBody());
      if (!sent.ok) {
        return show(context, logInPage(view, formState(view, sent.typed, sent.mistakes)), 422);
      }
      const name = payment.buyer.name ?? say("newPayer");
      const payerId = state.addPayer({ name, phone: sent.data.phone }).id;
      sessions.save({ ...session, payerId, meansId: undefined });
      return context.redirect(windowPath(session, "means"), 303);
    })
    .route("/means", meansRoutes(deps))
    .route("/consent", consentRoutes(deps));
}

function toStart(context: WalletContext): Response {
  return context.redirect(windowPath(context.var.view.session), 303);
}

function meansRoutes({ state, sessions }: WindowRouteDeps): Hono<WindowEnv> {
  function choicesOf({ var: { view } }: WalletContext): Means[] {
    const { pays } = channelTraits[view.payment.channel.pgProvider];
    return state.meansOf(view.session.payerId ?? "").filter(({ kind }) => pays.includes(kind));
  }

  function takesCards({ var: { view } }: WalletContext): boolean {
    return channelTraits[view.payment.channel.pgProvider].pays.includes("card");
  }

  function showMeans(context: WalletContext, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const { meansId } = view.session;
    const form = formState(view, meansId === undefined ? {} : { meansId }, mistakes);
    const content = meansPage(view, form, choicesOf(context), takesCards(context));
    return show(context, content, statusFor(mistakes));
  }

  function goOn(context: WalletContext, session: WindowSession, meansId: string) {
    sessions.save({ ...session, meansId });
    return context.redirect(windowPath(session, "consent"), 303);
  }

  function showNewAccount(context: WalletContext, typed: Typed, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const content = newAccountPage(view, formState(view, typed, mistakes));
    return show(context, content, statusFor(mistakes));
  }

  function showNewCard(context: WalletContext, typed: Typed, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const content = newCardPage(view, formState(view, typed, mistakes));
    return show(context, content, statusFor(mistakes));
  }

  return new Hono<WindowEnv>()
    .use((context, next) =>
      context.var.view.session.payerId === undefined
        ? Promise.resolve(toStart(context))
        : next().then(() => undefined),
    )
    .get("/", (context) => showMeans(context))
    .post("/", async (context) => {
      const sent = readForm(meansForm, await context.req.parseBody());
      if (!sent.ok) return showMeans(context, sent.mistakes);
      const chosen = choicesOf(context).find(({ id }) => id === sent.data.meansId);
      if (chosen === undefined) return showMeans(context, { meansId: "meansInvalid" });
      return goOn(context, context.var.view.session, chosen.id);
    })
    .get("/new-account", (context) =>
      showNewAccount(context, typedAtFirst(context, samples.account)),
    )
    .post("/new-account", async (context) => {
      const { session } = context.var.view;
      const sent = readForm(accountForm, await context.req.parseBody());
      if (!sent.ok) return showNewAccount(context, sent.typed, sent.mistakes);
      return goOn(context, session, state.addAccount(session.payerId ?? "", sent.data).id);
    })
    .get("/new-card", (context) => showNewCard(context, typedAtFirst(context, samples.card)))
    .post("/new-card", async (context) => {
      const { session } = context.var.view;
      const sent = readForm(walletCardForm, await context.req.parseBody());
      if (!sent.ok) return showNewCard(context, sent.typed, sent.mistakes);
      const card = state.addCard(sent.data, session.payerId);
      if ("problem" in card) return showNewCard(context, sent.typed, { number: "cardUnknown" });
      return goOn(context, session, card.id);
    });
}

function consentRoutes(deps: WindowRouteDeps): Hono<WindowEnv> {
  const { state } = deps;
  /** Undefined when the payer has not come so far, or the emulator was reset meanwhile. */
  const chosenIn = ({ var: { view } }: WalletContext) =>
    state.means.get(view.session.meansId ?? "");

  return new Hono<WindowEnv>()
    .get("/", (context) => {
      const { view } = context.var;
      const means = chosenIn(context);
      if (means === undefined) return toStart(context);
      return show(context, consentPage(view, formState(view), means));
    })
    .post("/", async (context) => {
      const { view } = context.var;
      const means = chosenIn(context);
      if (means === undefined) return toStart(context);
      const sent = readForm(consentForm, await context.req.parseBody());
      if (!sent.ok) {
        const form = formState(view, sent.typed, sent.mistakes);
        return show(context, consentPage(view, form, means), 422);
      }
      return endWindow(context, deps, state.approveCheckout(view.session.impUid, means.id));
    });
}
