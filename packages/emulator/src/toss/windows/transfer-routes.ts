/**
 * The quick-transfer window, step by step. Each step is a page of its own, so that the browser's
 * back button works; a step whose ground is missing leads back to the start.
 *
 * Toss Payments docs, "퀵계좌이체 자동결제 연동" (read 2026-11): a first-time buyer signs up and
 * registers an account, a known one logs in and chooses. Unverified: everything finer than that.
 */
import { Hono, type Context } from "hono";
import type { Typed } from "../../windows/forms.ts";
import { show, statusFor, typedAtFirst } from "../../windows/page-answers.ts";
import type { TossState } from "../state.ts";
import { refusalText } from "./closed-pages.ts";
import {
  accountChoiceForm,
  accountForm,
  consentForm,
  logInForm,
  readForm,
  samples,
  signUpForm,
  type Mistakes,
} from "./forms.ts";
import { successRedirect } from "./redirects.ts";
import type { WindowSession } from "./sessions.ts";
import {
  accountsPage,
  addAccountPage,
  consentPage,
  logInPage,
  signUpPage,
  startPage,
} from "./transfer-pages.ts";
import { endWindow, type WindowEnv, type WindowRouteDeps } from "./window-context.ts";
import { formState, viewOf, windowPath } from "./window-page.ts";

/** Routes below `/windows/{window}` for method TRANSFER. */
export function transferRoutes(deps: WindowRouteDeps): Hono<WindowEnv> {
  const { state, sessions } = deps;
  const goOn = (context: Context, session: WindowSession, step: string) => {
    sessions.save(session);
    return context.redirect(windowPath(session, step), 303);
  };

  function showSignUp(context: Context<WindowEnv>, typed: Typed, mistakes: Mistakes = {}) {
    const view = viewOf(context.var.session);
    const form = formState(view, typed, mistakes);
    return show(context, signUpPage(view, form), statusFor(mistakes));
  }

  function showLogIn(context: Context<WindowEnv>, typed: Typed, mistakes: Mistakes = {}) {
    const view = viewOf(context.var.session);
    const form = formState(view, typed, mistakes);
    return show(context, logInPage(view, form), statusFor(mistakes));
  }

  return new Hono<WindowEnv>()
    .get("/sign-up", (context) => {
      const sample = { ...samples.signUp, phone: unusedPhone(state) };
      return showSignUp(context, typedAtFirst(context, sample));
    })
    .post("/sign-up", async (context) => {
      const sent = readForm(signUpForm, await context.req.parseBody());
      if (!sent.ok) return showSignUp(context, sent.typed, sent.mistakes);
      if (state.findMemberByPhone(sent.data.phone) !== undefined) {
        return showSignUp(context, sent.typed, { phone: "alreadySignedUp" });
      }
      const { name, phone } = sent.data;
      const memberId = state.signUpMember({ name, phone }).id;
      const session = { ...context.var.session, memberId, accountId: undefined };
      return goOn(context, session, "accounts/new");
    })
    .get("/log-in", (context) => showLogIn(context, typedAtFirst(context, samples.logIn)))
    .post("/log-in", async (context) => {
      const sent = readForm(logInForm, await context.req.parseBody());
      if (!sent.ok) return showLogIn(context, sent.typed, sent.mistakes);
      const member = state.findMemberByPhone(sent.data.phone);
      if (member === undefined) return showLogIn(context, sent.typed, { phone: "notSignedUp" });
      const session = { ...context.var.session, memberId: member.id, accountId: undefined };
      return goOn(context, session, "accounts");
    })
    .route("/accounts", accountRoutes(deps, goOn))
    .route("/consent", consentRoutes(deps));
}

/** So that the example works each time, not only the first. */
function unusedPhone(state: TossState): string {
  for (let last = 1; last < 10_000; last += 1) {
    const phone = `010-2345-${String(last).padStart(4, "0")}`;
    if (state.findMemberByPhone(phone) === undefined) return phone;
  }
  return samples.signUp.phone;
}

type GoOn = (context: Context, session: WindowSession, step: string) => Response;

/** The first page of a quick-transfer window. */
export function showTransferStart(context: Context<WindowEnv>) {
  return show(context, startPage(viewOf(context.var.session)));
}

function accountRoutes({ state }: WindowRouteDeps, goOn: GoOn): Hono<WindowEnv> {
  function showAccounts(context: Context<WindowEnv>, memberId: string, mistakes: Mistakes = {}) {
    const { session } = context.var;
    const view = viewOf(session);
    const typed: Typed = session.accountId === undefined ? {} : { accountId: session.accountId };
    const form = formState(view, typed, mistakes);
    return show(context, accountsPage(view, form, state.accountsOf(memberId)), statusFor(mistakes));
  }

  function showAddAccount(context: Context<WindowEnv>, typed: Typed, mistakes: Mistakes = {}) {
    const view = viewOf(context.var.session);
    const form = formState(view, typed, mistakes);
    return show(context, addAccountPage(view, form), statusFor(mistakes));
  }

  return new Hono<WindowEnv>()
    .get("/", (context) => {
      const { session } = context.var;
      if (session.memberId === undefined) return toStart(context);
      return showAccounts(context, session.memberId);
    })
    .post("/", async (context) => {
      const { session } = context.var;
      if (session.memberId === undefined) return toStart(context);
      const sent = readForm(accountChoiceForm, await context.req.parseBody());
      if (!sent.ok) return showAccounts(context, session.memberId, sent.mistakes);
      const { accountId } = sent.data;
      const isTheirs = state.accountsOf(session.memberId).some(({ id }) => id === accountId);
      if (isTheirs) return goOn(context, { ...session, accountId }, "consent");
      return showAccounts(context, session.memberId, { accountId: "accountChoiceInvalid" });
    })
    .get("/new", (context) => {
      if (context.var.session.memberId === undefined) return toStart(context);
      return showAddAccount(context, typedAtFirst(context, samples.account));
    })
    .post("/new", async (context) => {
      const { session } = context.var;
      if (session.memberId === undefined) return toStart(context);
      const sent = readForm(accountForm, await context.req.parseBody());
      if (!sent.ok) return showAddAccount(context, sent.typed, sent.mistakes);
      const accountId = state.registerAccount(session.memberId, sent.data).id;
      return goOn(context, { ...session, accountId }, "consent");
    });
}

function consentRoutes({ state, sessions }: WindowRouteDeps): Hono<WindowEnv> {
  /** Undefined when the buyer has not come so far, or the emulator was reset meanwhile. */
  function agreement(session: WindowSession) {
    const { memberId, accountId, billingAuthId } = session;
    if (memberId === undefined || accountId === undefined) return undefined;
    const account = state.accountsOf(memberId).find(({ id }) => id === accountId);
    const auth = state.getBillingAuth(billingAuthId);
    return account === undefined || auth === undefined ? undefined : { memberId, account, auth };
  }

  return new Hono<WindowEnv>()
    .get("/", (context) => {
      const view = viewOf(context.var.session);
      const found = agreement(view.session);
      if (found === undefined) return toStart(context);
      return show(context, consentPage(view, formState(view), found.auth, found.account));
    })
    .post("/", async (context) => {
      const view = viewOf(context.var.session);
      const { session } = view;
      const found = agreement(session);
      if (found === undefined) return toStart(context);
      const { memberId, account, auth } = found;
      const sent = readForm(consentForm, await context.req.parseBody());
      if (!sent.ok) {
        const form = formState(view, sent.typed, sent.mistakes);
        return show(context, consentPage(view, form, auth, account), 422);
      }
      const approval = state.approveBillingAuth(session.billingAuthId, { accountId: account.id });
      if ("error" in approval) {
        const problem = refusalText(approval.error, session.language);
        const accounts = state.accountsOf(memberId);
        return show(context, accountsPage(view, formState(view), accounts, problem), 422);
      }
      return endWindow(context, sessions, successRedirect(session.successUrl, approval));
    });
}

function toStart(context: Context<WindowEnv>): Response {
  return context.redirect(windowPath(context.var.session), 303);
}
