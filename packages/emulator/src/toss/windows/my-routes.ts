/**
 * "My quick transfer": a buyer's own page at the provider, outside any merchant's window. Here a
 * member withdraws, which kills their billing keys and sends BILLING_DELETED.
 *
 * Toss Payments docs, "퀵계좌이체 자동결제 연동", 웹훅 (read 2026-11): withdrawing makes every key
 * invalid. Unverified: that a buyer can do it on a web page; the balances are the emulator's own.
 */
import { Hono, type Context } from "hono";
import type { Typed } from "../../windows/forms.ts";
import { askedLanguage, show, statusFor, typedAtFirst } from "../../windows/page-answers.ts";
import type { Language } from "../../windows/texts.ts";
import type { Member } from "../records.ts";
import type { TossState } from "../state.ts";
import { randomId } from "../tokens.ts";
import {
  balanceForm,
  logInForm,
  readForm,
  samples,
  withdrawForm,
  type FormState,
  type Mistakes,
} from "./forms.ts";
import { myLogInPage, myPage, withdrawnPage } from "./my-pages.ts";
import { sayIn } from "./texts.ts";

const home = "/windows/quick-transfer/me";
/** The oldest log-ins are forgotten first. */
const mostLogIns = 1_000;

interface LogIn {
  readonly memberId: string;
  readonly language: Language;
}

interface MyEnv {
  Variables: { logInId: string; language: Language; member: Member };
}

/** Routes below `/windows/quick-transfer/me`. A log-in is named in the path, without cookies. */
export function myQuickTransfer(state: TossState): Hono {
  const logIns = new Map<string, LogIn>();

  function showLogIn(context: Context, typed: Typed, mistakes: Mistakes = {}) {
    const language = askedLanguage(context) ?? "ko";
    const say = sayIn(language);
    const form = { say, typed, mistakes };
    return show(context, myLogInPage({ language, say }, form), statusFor(mistakes));
  }

  return new Hono()
    .get("/", (context) => showLogIn(context, typedAtFirst(context, samples.logIn)))
    .post("/", async (context) => {
      const sent = readForm(logInForm, await context.req.parseBody());
      if (!sent.ok) return showLogIn(context, sent.typed, sent.mistakes);
      const member = state.findMemberByPhone(sent.data.phone);
      if (member === undefined) return showLogIn(context, sent.typed, { phone: "notSignedUp" });
      const id = randomId("login");
      logIns.set(id, { memberId: member.id, language: askedLanguage(context) ?? "ko" });
      const [oldest] = logIns.keys();
      if (logIns.size > mostLogIns && oldest !== undefined) logIns.delete(oldest);
      return context.redirect(`${home}/${id}`, 303);
    })
    .route("/:logInId{login_[A-Za-z0-9_-]+}", loggedInRoutes(state, logIns));
}

function loggedInRoutes(state: TossState, logIns: Map<string, LogIn>): Hono<MyEnv> {
  function showMine(context: Context<MyEnv>, forms: Readonly<Record<string, FormState>> = {}) {
    const { logInId, language, member } = context.var;
    const accounts = state.accountsOf(member.id);
    const ids = new Set(accounts.map(({ id }) => id));
    const billingKeys = state.billingKeys
      .values()
      .filter(({ accountId }) => accountId !== null && ids.has(accountId));
    const mine = { path: `${home}/${logInId}`, member, accounts, billingKeys };
    const status = Object.keys(forms).length === 0 ? 200 : 422;
    return show(context, myPage({ language, say: sayIn(language) }, mine, forms), status);
  }

  return (
    new Hono<MyEnv>()
      .use(async (context, next) => {
        const logInId = context.req.param("logInId") ?? "";
        const logIn = logIns.get(logInId);
        const member = state.members.get(logIn?.memberId ?? "");
        if (logIn === undefined || member?.status !== "active") return context.redirect(home, 303);
        const language = askedLanguage(context) ?? logIn.language;
        logIns.set(logInId, { ...logIn, language });
        context.set("logInId", logInId);
        context.set("language", language);
        context.set("member", member);
        return next();
      })
      .get("/", (context) => showMine(context))
      .post("/balance", async (context) => {
        const { logInId, language, member } = context.var;
        const sent = readForm(balanceForm, await context.req.parseBody());
        const accountId = sent.typed["accountId"] ?? "";
        if (!sent.ok) {
          const { typed, mistakes } = sent;
          return showMine(context, { [accountId]: { say: sayIn(language), typed, mistakes } });
        }
        const account = state.accountsOf(member.id).find(({ id }) => id === accountId);
        if (account !== undefined) {
          state.accounts.put(account.id, { ...account, balance: sent.data.balance });
        }
        return context.redirect(`${home}/${logInId}`, 303);
      })
      .post("/withdraw", async (context) => {
        const { logInId, language, member } = context.var;
        const say = sayIn(language);
        const sent = readForm(withdrawForm, await context.req.parseBody());
        if (!sent.ok) {
          const { typed, mistakes } = sent;
          return showMine(context, { withdraw: { say, typed, mistakes } });
        }
        const { billingKeys } = state.withdrawMember(member.id);
        logIns.delete(logInId);
        return show(context, withdrawnPage({ language, say }, billingKeys.length));
      })
      .post("/log-out", (context) => {
        logIns.delete(context.var.logInId);
        return context.redirect(home, 303);
      })
      // A form that came back stands at its own address, and so does its language link.
      .get("/*", (context) => context.redirect(`${home}/${context.var.logInId}`, 303))
  );
}
