/**
 * "My LINE Pay": a payer's own pages, outside any merchant's window. Here a payer tops up, takes
 * cards out, and ends automatic payments, of which no merchant is told: it finds out at the next
 * check or charge (1141).
 *
 * LINE Pay Online API v3 (read 2026-11): a customer can delete a registered key inside LINE Pay.
 * Unverified: how the pages look; the decline codes of cards are the emulator's own.
 */
import { Hono, type Context } from "hono";
import { z } from "zod";
import { currencies } from "../money.ts";
import type { Payer } from "../records.ts";
import { randomId } from "../tokens.ts";
import { amountForm } from "./amounts.ts";
import {
  cardForm,
  declineCodeForm,
  logInForm,
  readForm,
  sampleCard,
  type Mistakes,
  type Typed,
} from "./forms.ts";
import { sayIn } from "./texts.ts";
import {
  automaticPaymentsPage,
  fingerprint,
  paymentsPage,
  walletCardPage,
  walletLogInPage,
  walletPage,
  type WalletForms,
  type WalletView,
} from "./wallet-pages.ts";
import { askedLanguage, knownPayer, loggedIn, show, statusFor } from "./window-context.ts";
import type { WindowRouteDeps } from "./window-context.ts";

const home = "/my";
/** How many payments the history shows, newest first. */
const mostPayments = 100;

interface WalletEnv {
  Variables: { view: WalletView };
}

type WalletContext = Context<WalletEnv>;

/** Routes below `/my`. A log-in is named in the path, without cookies. */
export function walletRoutes(deps: WindowRouteDeps): Hono {
  const { state, logIns } = deps;

  function showLogIn(context: Context, typed: Typed, mistakes: Mistakes = {}) {
    const language = askedLanguage(context) ?? "en";
    const say = sayIn(language);
    const content = walletLogInPage({ language, say }, { say, typed, mistakes }, knownPayer(state));
    return show(context, content, statusFor(mistakes));
  }

  return new Hono()
    .get("/", (context) => showLogIn(context, { identity: knownPayer(state) }))
    .post("/", async (context) => {
      const sent = readForm(logInForm, await context.req.parseBody());
      if (!sent.ok) return showLogIn(context, sent.typed, sent.mistakes);
      const payer = loggedIn(state, sent.data.identity);
      if ("mistake" in payer) return showLogIn(context, sent.typed, { identity: payer.mistake });
      const id = randomId("login");
      logIns.save({ id, payerId: payer.id, language: askedLanguage(context) ?? "en" });
      return context.redirect(`${home}/${id}`, 303);
    })
    .route("/:logInId{login_[A-Za-z0-9_-]+}", loggedInRoutes(deps));
}

function loggedInRoutes(deps: WindowRouteDeps): Hono<WalletEnv> {
  const { state, logIns } = deps;
  return (
    new Hono<WalletEnv>()
      .use(async (context, next) => {
        const logIn = logIns.find(context.req.param("logInId") ?? "");
        const payer = state.payers.get(logIn?.payerId ?? "");
        if (logIn === undefined || payer === undefined) return context.redirect(home, 303);
        const language = askedLanguage(context) ?? logIn.language;
        logIns.save({ ...logIn, language });
        const path = `${home}/${logIn.id}`;
        const cardOf = (cardId: string) => state.cards.get(cardId);
        context.set("view", { language, say: sayIn(language), path, payer, cardOf });
        return next();
      })
      .get("/payments", (context) => {
        const { view } = context.var;
        const payments = state.payments
          .values()
          .filter(({ payerId }) => payerId === view.payer.id)
          .slice(-mostPayments)
          .toReversed();
        const nameOf = (channelId: string) => state.merchants.get(channelId)?.name ?? channelId;
        return show(context, paymentsPage(view, payments, nameOf));
      })
      .post("/log-out", (context) => {
        logIns.close(context.req.param("logInId") ?? "");
        return context.redirect(home, 303);
      })
      .route("/automatic-payments", automaticPaymentRoutes(deps))
      .route("/", moneyRoutes(deps))
      // A form that came back stands at its own address, and so does its language link.
      .get("/*", (context) => context.redirect(context.var.view.path, 303))
  );
}

function automaticPaymentRoutes({ state }: WindowRouteDeps): Hono<WalletEnv> {
  const listPath = ({ var: { view } }: WalletContext) => `${view.path}/automatic-payments`;
  return new Hono<WalletEnv>()
    .get("/", (context) => {
      const { view } = context.var;
      return show(context, automaticPaymentsPage(view, state.keysOfPayer(view.payer.id)));
    })
    .post("/delete", async (context) => {
      const body = await context.req.parseBody();
      const keys = state.keysOfPayer(context.var.view.payer.id);
      const key = keys.find(({ regKey }) => fingerprint(regKey) === body["fingerprint"]);
      if (key !== undefined) state.deleteKeyAsCustomer(key.regKey);
      return context.redirect(listPath(context), 303);
    })
    .get("/*", (context) => context.redirect(listPath(context), 303));
}

const currencySchema = z.enum(currencies);

function moneyRoutes({ state }: WindowRouteDeps): Hono<WalletEnv> {
  const toWallet = (context: WalletContext) => context.redirect(context.var.view.path, 303);
  const cardsOf = ({ id }: Payer) => state.methodsOf(id, "TWD").cards;

  function showWallet(context: WalletContext, forms: WalletForms = {}) {
    const { view } = context.var;
    const status = Object.keys(forms).length === 0 ? 200 : 422;
    return show(context, walletPage(view, cardsOf(view.payer), forms), status);
  }

  function showCard(context: WalletContext, typed: Typed, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const form = { say: view.say, typed, mistakes };
    return show(context, walletCardPage(view, form), statusFor(mistakes));
  }

  return new Hono<WalletEnv>()
    .get("/", (context) => showWallet(context))
    .post("/balances/:currency", async (context) => {
      const { payer, say } = context.var.view;
      const currency = currencySchema.safeParse(context.req.param("currency")).data;
      if (currency === undefined) return toWallet(context);
      const values = { example: "1000" };
      const sent = readForm(amountForm(currency), await context.req.parseBody());
      if (!sent.ok) {
        const { typed, mistakes } = sent;
        return showWallet(context, { [currency]: { say, typed, mistakes, values } });
      }
      const { amount: amountMinor } = sent.data;
      const isWithdrawal = sent.typed["move"] === "withdraw";
      if (isWithdrawal && amountMinor > payer.balances[currency]) {
        const mistakes = { amount: "amountTooHigh" } as const;
        return showWallet(context, { [currency]: { say, typed: sent.typed, mistakes } });
      }
      const chosen = { payerId: payer.id, method: "balance" };
      state.moveMoney(chosen, isWithdrawal ? -amountMinor : amountMinor, currency);
      return toWallet(context);
    })
    .get("/cards/new", (context) =>
      showCard(context, context.req.query("sample") === undefined ? {} : sampleCard),
    )
    .post("/cards/new", async (context) => {
      const sent = readForm(cardForm, await context.req.parseBody());
      if (!sent.ok) return showCard(context, sent.typed, sent.mistakes);
      const { number, nickname } = sent.data;
      state.addCard({ payerId: context.var.view.payer.id, nickname, ...number });
      return toWallet(context);
    })
    .post("/cards/remove", async (context) => {
      const { cardId } = await context.req.parseBody();
      const card = cardsOf(context.var.view.payer).find(({ id }) => id === cardId);
      if (card !== undefined) state.removeCard(card.id);
      return toWallet(context);
    })
    .post("/cards/decline-code", async (context) => {
      const { payer, say } = context.var.view;
      const sent = readForm(declineCodeForm, await context.req.parseBody());
      const { cardId = "" } = sent.typed;
      if (!sent.ok) {
        const { typed, mistakes } = sent;
        return showWallet(context, { [cardId]: { say, typed, mistakes } });
      }
      const card = cardsOf(payer).find(({ id }) => id === cardId);
      const declineCode = sent.data.declineCode === "" ? null : sent.data.declineCode;
      if (card !== undefined) state.cards.put(card.id, { ...card, declineCode });
      return toWallet(context);
    });
}
