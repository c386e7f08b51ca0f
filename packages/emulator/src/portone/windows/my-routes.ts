/**
 * A payer's own pages, outside any merchant's window: methods with their balances, and automatic
 * payments, which can be ended here without any merchant being told.
 *
 * CHAI's Android SDK (read 2026-11) knows the subscription states inactive and churn: the payer
 * ended it in the app. PortOne V1 has no webhook for it.
 */
import { Hono, type Context } from "hono";
import { html } from "hono/html";
import type { Typed } from "../../windows/forms.ts";
import { askedLanguage, show, statusFor, typedAtFirst } from "../../windows/page-answers.ts";
import type { Html } from "../../windows/page.ts";
import { channelTraits } from "../channels.ts";
import type { Means, PgKey } from "../records.ts";
import {
  balanceForm,
  logInForm,
  readForm,
  samples,
  type FormState,
  type Mistakes,
} from "./forms.ts";
import { page } from "./layout.ts";
import type { LogIn } from "./sessions.ts";
import { sayIn } from "./texts.ts";
import { logInFields, meansLines } from "./wallet-pages.ts";
import type { WindowRouteDeps } from "./window-context.ts";

const home = "/windows/my";

interface MyEnv {
  Variables: { logIn: LogIn };
}

/** Routes below `/windows/my`. A log-in is named in the path, without cookies. */
export function myRoutes(deps: WindowRouteDeps): Hono {
  const { state, sessions } = deps;

  function showLogIn(context: Context, typed: Typed, mistakes: Mistakes = {}) {
    const language = askedLanguage(context) ?? "ko";
    const say = sayIn(language);
    const form: FormState = { say, typed, mistakes };
    const body = html`<form method="post" action="${home}?lang=${language}">
      ${logInFields(form)}
    </form>`;
    return show(context, page({ language, say, title: say("myTitle"), body }), statusFor(mistakes));
  }

  return new Hono()
    .get("/", (context) => showLogIn(context, { ...samples.logIn, ...typedAtFirst(context, {}) }))
    .post("/", async (context) => {
      const sent = readForm(logInForm, await context.req.parseBody());
      if (!sent.ok) return showLogIn(context, sent.typed, sent.mistakes);
      const language = askedLanguage(context) ?? "ko";
      const name = sayIn(language)("newPayer");
      const payer = state.addPayer({ name, phone: sent.data.phone });
      return context.redirect(`${home}/${sessions.logIn(payer.id, language).id}`, 303);
    })
    .route("/:logInId{login_[A-Za-z0-9_-]+}", loggedInRoutes(deps));
}

function loggedInRoutes({ state, sessions }: WindowRouteDeps): Hono<MyEnv> {
  const keysOf = ({ payerId }: LogIn): PgKey[] =>
    state.pgKeysOn(state.meansOf(payerId).map(({ id }) => id));
  const toPage = (context: Context<MyEnv>) =>
    context.redirect(`${home}/${context.var.logIn.id}`, 303);

  return new Hono<MyEnv>()
    .use(async (context, next) => {
      const found = sessions.findLogIn(context.req.param("logInId") ?? "");
      if (found === undefined || state.payers.get(found.payerId) === undefined) {
        return context.redirect(home, 303);
      }
      context.set("logIn", { ...found, language: askedLanguage(context) ?? found.language });
      return next();
    })
    .get("/", (context) => {
      const { logIn } = context.var;
      return show(context, myPage(logIn, state.meansOf(logIn.payerId), keysOf(logIn)));
    })
    .post("/balance", async (context) => {
      const sent = readForm(balanceForm, await context.req.parseBody());
      if (!sent.ok) return toPage(context);
      const { meansId, balance } = sent.data;
      const means = state.meansOf(context.var.logIn.payerId).find(({ id }) => id === meansId);
      if (means !== undefined) state.means.put(meansId, { ...means, balance });
      return toPage(context);
    })
    .post("/end-key", async (context) => {
      const { keyId } = await context.req.parseBody();
      const key = keysOf(context.var.logIn).find(({ id }) => id === keyId);
      if (key !== undefined) state.endPgKey(key.id, "payer");
      return toPage(context);
    })
    .post("/log-out", (context) => {
      sessions.logOut(context.var.logIn.id);
      return context.redirect(home, 303);
    })
    .get("/*", toPage);
}

function myPage(logIn: LogIn, means: readonly Means[], keys: readonly PgKey[]): Html {
  const { language } = logIn;
  const say = sayIn(language);
  const path = `${home}/${logIn.id}`;
  const body = html`<p class="lead">${say("myLead")}</p>
    <h2>${say("myKeys")}</h2>
    ${keys.length === 0 ? html`<p>${say("noKeys")}</p>` : ""}
    <ul class="rows">
      ${keys.map((key) => keyRow(logIn, path, key))}
    </ul>
    <h2>${say("myMeans")}</h2>
    <ul class="rows">
      ${means.map((each) => meansRow(logIn, path, each))}
    </ul>
    <form method="post" action="${path}/log-out">
      <button class="quiet" type="submit">${say("logOut")}</button>
    </form>`;
  return page({ language, say, title: say("myTitle"), body });
}

function keyRow({ language }: LogIn, path: string, key: PgKey): Html {
  const say = sayIn(language);
  const end = html`<form method="post" action="${path}/end-key">
    <input type="hidden" name="keyId" value="${key.id}" />
    <button class="danger" type="submit">${say("endKey")}</button>
  </form>`;
  return html`<li>
    <strong>${channelTraits[key.pgProvider].name[language]}</strong>
    <span>${key.customerUid} · ${key.issuedAt.slice(0, 10)}</span>
    ${key.ended === null ? end : html`<em>${say("endedKey")}</em>`}
  </li>`;
}

function meansRow({ language }: LogIn, path: string, means: Means): Html {
  const say = sayIn(language);
  const field = `balance-${means.id}`;
  return html`<li>
    ${meansLines(say, language, means)}
    <form method="post" action="${path}/balance" class="inline">
      <input type="hidden" name="meansId" value="${means.id}" />
      <label for="${field}">${say("newBalance")}</label>
      <input id="${field}" name="balance" value="${means.balance}" inputmode="numeric" />
      <button type="submit">${say("setBalance")}</button>
    </form>
  </li>`;
}
