/**
 * The payment page of a reservation: log in, choose how to pay and agree, type the payment
 * password. Each step is a page of its own, so that the browser's back button works; a step whose
 * ground is missing leads back to the one before.
 *
 * LINE Pay Online API v3, "Redirection pages" (read 2026-11): the customer chooses a method and
 * types a password, then the browser goes to confirmUrl, or to cancelUrl. Unverified: everything
 * finer than that, the wording of the consent too.
 */
import { Hono, type Context } from "hono";
import type { Payer, Reservation } from "../records.ts";
import { cancelRedirect, confirmRedirect } from "../redirects.ts";
import type { LinePayState } from "../state.ts";
import { randomId } from "../tokens.ts";
import { endedPage, unknownPage, type EndedPayment } from "./closed-pages.ts";
import {
  automaticMethodForm,
  cardForm,
  logInForm,
  methodForm,
  passwordForm,
  readForm,
  sampleCard,
  type Mistakes,
  type Typed,
} from "./forms.ts";
import {
  addCardPage,
  logInPage,
  passwordPage,
  paymentPage,
  paymentPath,
  type PaymentView,
} from "./payment-pages.ts";
import type { PaymentWindow } from "./sessions.ts";
import { findLanguage, sayIn } from "./texts.ts";
import { askedLanguage, knownPayer, loggedIn, show, statusFor } from "./window-context.ts";
import type { WindowRouteDeps } from "./window-context.ts";

interface PaymentEnv {
  Variables: { view: PaymentView };
}

type PaymentContext = Context<PaymentEnv>;

/** Opens a window for the reservation that the address names. Reloading opens another. */
export function openPaymentWindow(context: Context, { state, windows }: WindowRouteDeps) {
  const webToken = context.req.query("transactionReserveId") ?? "";
  const reservation = state.findReservationByWebToken(webToken);
  const asked = askedLanguage(context);
  if (reservation === undefined) return show(context, unknownPage(asked ?? "en"), 404);
  const window: PaymentWindow = {
    id: randomId("payment"),
    transactionId: reservation.transactionId,
    language: asked ?? findLanguage(reservation.locale) ?? "en",
    payerId: undefined,
    method: undefined,
    hasAgreed: false,
  };
  windows.save(window);
  return context.redirect(paymentPath(window), 303);
}

/** Routes below `/web/payment/{window}`. */
export function paymentRoutes(deps: WindowRouteDeps): Hono<PaymentEnv> {
  const { state, windows } = deps;
  return new Hono<PaymentEnv>()
    .use(async (context, next) => {
      const asked = askedLanguage(context);
      const found = windows.find(context.req.param("windowId") ?? "");
      const reservation = state.getReservation(found?.transactionId ?? "");
      if (found === undefined || reservation === undefined) {
        return show(context, unknownPage(asked ?? "en"), 404);
      }
      const window = asked === undefined ? found : { ...found, language: asked };
      windows.save(window);
      const merchantName = state.merchants.get(reservation.channelId)?.name ?? "";
      const { language } = window;
      const view = { window, reservation, merchantName, language, say: sayIn(language) };
      context.set("view", view);
      return reservation.status === "waiting" ? next() : showEnding(context, state);
    })
    .get("/", (context) => {
      const { window } = context.var.view;
      const step = window.payerId === undefined ? "log-in" : "payment";
      return context.redirect(paymentPath(window, step), 303);
    })
    .route("/log-in", logInRoutes(deps))
    .route("/payment", methodRoutes(deps))
    .route("/cards/new", cardRoutes(deps))
    .route("/password", passwordRoutes(deps))
    .post("/cancel", (context) => {
      state.cancelReservation(context.var.view.reservation.transactionId);
      return showEnding(context, state);
    })
    .post("/fail", (context) => {
      state.failReservation(context.var.view.reservation.transactionId);
      return showEnding(context, state);
    })
    .get("/*", (context) => context.redirect(paymentPath(context.var.view.window), 303));
}

/**
 * How a payment that nobody can pay any more ended. A form that arrives now, a second click too,
 * goes where the ending leads; whoever comes back to a page reads about it.
 */
function showEnding(context: PaymentContext, state: LinePayState) {
  const { view } = context.var;
  const reservation = state.getReservation(view.reservation.transactionId) ?? view.reservation;
  const ended = endingOf(reservation, state);
  const isDecided = ended.ending === "approved" || ended.ending === "canceled";
  if (context.req.method === "POST" && isDecided && ended.shopUrl !== undefined) {
    return context.redirect(new URL(ended.shopUrl).href, 303);
  }
  return show(context, endedPage(view, ended), context.req.method === "POST" ? 200 : 410);
}

function endingOf(reservation: Reservation, state: LinePayState): EndedPayment {
  const { confirmUrl, cancelUrl, confirmUrlType } = reservation;
  const { cancelUrlCarriesIds } = state.switches();
  const back =
    cancelUrl === null ? undefined : cancelRedirect(cancelUrl, reservation, cancelUrlCarriesIds);
  switch (reservation.status) {
    case "waiting": // Nobody asks while it can be paid.
    case "authenticated": {
      const approved = { ending: "approved", shopUrl: undefined } as const;
      if (confirmUrlType === "SERVER") return { ...approved, lead: "approvedServer" };
      if (confirmUrlType === "NONE" || confirmUrl === null) {
        return { ...approved, lead: "approvedNone" };
      }
      return { ...approved, shopUrl: confirmRedirect(confirmUrl, reservation) };
    }
    case "completed":
      return { ending: "completed", shopUrl: undefined };
    case "canceled":
      return { ending: "canceled", shopUrl: back };
    case "failed":
      return { ending: "failed", shopUrl: back };
    case "expired":
      return { ending: "timedOut", shopUrl: back };
  }
}

function logInRoutes({ state, windows }: WindowRouteDeps): Hono<PaymentEnv> {
  function showLogIn(context: PaymentContext, typed: Typed, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const form = { say: view.say, typed, mistakes };
    return show(context, logInPage(view, form, knownPayer(state)), statusFor(mistakes));
  }

  return new Hono<PaymentEnv>()
    .get("/", (context) => showLogIn(context, { identity: knownPayer(state) }))
    .post("/", async (context) => {
      const { window } = context.var.view;
      const sent = readForm(logInForm, await context.req.parseBody());
      if (!sent.ok) return showLogIn(context, sent.typed, sent.mistakes);
      const payer = loggedIn(state, sent.data.identity);
      if ("mistake" in payer) return showLogIn(context, sent.typed, { identity: payer.mistake });
      windows.save({ ...window, payerId: payer.id, method: undefined, hasAgreed: false });
      return context.redirect(paymentPath(window, "payment"), 303);
    });
}

/** Undefined until somebody has logged in, and again after the emulator was reset. */
function payerOf({ var: { view } }: PaymentContext, state: LinePayState): Payer | undefined {
  return state.payers.get(view.window.payerId ?? "");
}

function toStart(context: PaymentContext): Response {
  return context.redirect(paymentPath(context.var.view.window, "log-in"), 303);
}

function showMethods(
  context: PaymentContext,
  state: LinePayState,
  payer: Payer,
  typed: Typed,
  mistakes: Mistakes = {},
) {
  const { view } = context.var;
  const form = { say: view.say, typed, mistakes };
  const methods = state.methodsOf(payer.id, view.reservation.currency);
  return show(context, paymentPage(view, form, payer, methods), statusFor(mistakes));
}

function methodRoutes({ state, windows }: WindowRouteDeps): Hono<PaymentEnv> {
  return new Hono<PaymentEnv>()
    .get("/", (context) => {
      const { method = "balance", hasAgreed } = context.var.view.window;
      const payer = payerOf(context, state);
      if (payer === undefined) return toStart(context);
      return showMethods(context, state, payer, {
        method,
        ...(hasAgreed && { agreeAutomatic: "on" }),
      });
    })
    .post("/", async (context) => {
      const { window, reservation } = context.var.view;
      const payer = payerOf(context, state);
      if (payer === undefined) return toStart(context);
      const isAutomatic = reservation.payType === "PREAPPROVED";
      const form = isAutomatic ? automaticMethodForm : methodForm;
      const sent = readForm(form, await context.req.parseBody());
      if (!sent.ok) return showMethods(context, state, payer, sent.typed, sent.mistakes);
      const { method } = sent.data;
      const { cards } = state.methodsOf(payer.id, reservation.currency);
      if (method !== "balance" && !cards.some(({ id }) => id === method)) {
        return showMethods(context, state, payer, sent.typed, { method: "methodGone" });
      }
      windows.save({ ...window, method, hasAgreed: isAutomatic });
      return context.redirect(paymentPath(window, "password"), 303);
    });
}

function cardRoutes({ state, windows }: WindowRouteDeps): Hono<PaymentEnv> {
  function showCard(context: PaymentContext, typed: Typed, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const form = { say: view.say, typed, mistakes };
    return show(context, addCardPage(view, form), statusFor(mistakes));
  }

  return new Hono<PaymentEnv>()
    .get("/", (context) => {
      if (payerOf(context, state) === undefined) return toStart(context);
      return showCard(context, context.req.query("sample") === undefined ? {} : sampleCard);
    })
    .post("/", async (context) => {
      const { window } = context.var.view;
      const payer = payerOf(context, state);
      if (payer === undefined) return toStart(context);
      const sent = readForm(cardForm, await context.req.parseBody());
      if (!sent.ok) return showCard(context, sent.typed, sent.mistakes);
      const { number, nickname } = sent.data;
      const card = state.addCard({ payerId: payer.id, nickname, ...number });
      windows.save({ ...window, method: card.id });
      return context.redirect(paymentPath(window, "payment"), 303);
    });
}

function passwordRoutes({ state, windows }: WindowRouteDeps): Hono<PaymentEnv> {
  const toChoice = (context: PaymentContext) =>
    context.redirect(paymentPath(context.var.view.window, "payment"), 303);

  /** Undefined until the payer has chosen, and agreed where that is asked. */
  function chosenBy(context: PaymentContext) {
    const { window, reservation } = context.var.view;
    const payer = payerOf(context, state);
    const mayPay = window.hasAgreed || reservation.payType === "NORMAL";
    if (payer === undefined || window.method === undefined || !mayPay) return undefined;
    return { payer, method: window.method };
  }

  function showPassword(context: PaymentContext, method: string, mistakes: Mistakes = {}) {
    const { view } = context.var;
    const form = { say: view.say, typed: {}, mistakes };
    return show(context, passwordPage(view, form, state.cards.get(method)), statusFor(mistakes));
  }

  return new Hono<PaymentEnv>()
    .get("/", (context) => {
      const chosen = chosenBy(context);
      return chosen === undefined ? toChoice(context) : showPassword(context, chosen.method);
    })
    .post("/", async (context) => {
      const { window, reservation } = context.var.view;
      const chosen = chosenBy(context);
      if (chosen === undefined) return toChoice(context);
      const sent = readForm(passwordForm, await context.req.parseBody());
      if (!sent.ok) return showPassword(context, chosen.method, sent.mistakes);
      const { payer, method } = chosen;
      const by = { payerId: payer.id, method };
      const approval = state.approveReservation(reservation.transactionId, by);
      if (!("error" in approval)) return showEnding(context, state);
      windows.save({ ...window, method: undefined });
      const mistakes = { method: "methodGone" } as const; // Taken out of the wallet meanwhile.
      return showMethods(context, state, payer, {}, mistakes);
    });
}
