/** The wallet's window: who are you, what do you pay with, do you agree. */
import { html } from "hono/html";
import {
  checkBox,
  describedBy,
  fillSampleLink,
  mistakeSummary,
  mistakeText,
  submitButton,
  textField,
} from "../../windows/form-parts.ts";
import type { Html } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import { bankNames, cardNames, masked } from "../institutions.ts";
import type { Means } from "../records.ts";
import type { FormState } from "./forms.ts";
import type { Message } from "./layout.ts";
import { wholeWon, type Say } from "./texts.ts";
import {
  agreement,
  finishText,
  orderFacts,
  windowPage,
  windowPath,
  type WindowView,
} from "./window-page.ts";

export function logInPage(view: WindowView, form: FormState, message?: Message): Html {
  const { say } = view;
  const body = html`<p class="lead">${say("logInLead")}</p>
    ${orderFacts(view)} ${fillSampleLink(say)}
    <form method="post" action="${windowPath(view.session, "log-in")}">${logInFields(form)}</form>`;
  const opened = message === undefined ? {} : { message };
  return windowPage(view, { title: "logInTitle", step: "stepLogIn", body, ...opened });
}

/** The phone number and its button, as the payer's own pages ask for it too. */
export function logInFields(form: FormState): Html {
  return html`${mistakeSummary(form)}
  ${textField(form, {
    name: "phone",
    label: "phone",
    hint: "phoneHint",
    type: "tel",
    numeric: true,
    maxLength: 20,
    autocomplete: "tel-national",
  })}
  ${submitButton(form.say("logIn"))}`;
}

/** @param takesCards Whether the PG's wallet holds cards beside accounts. */
export function meansPage(
  view: WindowView,
  form: FormState,
  means: readonly Means[],
  takesCards: boolean,
): Html {
  const { session, say } = view;
  const choose = html`<form method="post">
    <fieldset ${describedBy("meansId", "meansId" in form.mistakes, false)}>
      <legend class="visually-hidden">${say("meansTitle")}</legend>
      ${means.map((each) => meansChoice(view, each, form.typed["meansId"]))}
    </fieldset>
    ${mistakeText(form, "meansId")} ${submitButton(say("next"))}
  </form>`;
  const addCard = html`<a class="secondary" href="${windowPath(session, "means/new-card")}">
    ${say("addCard")}
  </a>`;
  const body = html`${means.length === 0 ? html`<p>${say("noMeans")}</p>` : choose}
    <p class="more">
      <a class="secondary" href="${windowPath(session, "means/new-account")}">
        ${say("addAccount")}
      </a>
      ${takesCards ? addCard : ""}
    </p>`;
  return windowPage(view, { title: "meansTitle", step: "stepMeans", body });
}

function meansChoice(view: WindowView, means: Means, chosenId: string | undefined): Html {
  const { say, session } = view;
  return html`<label class="option">
    <input
      type="radio"
      name="meansId"
      value="${means.id}"
      ${means.id === chosenId ? html`checked` : ""}
    />
    ${meansLines(say, session.language, means)}
  </label>`;
}

/** Name, number, balance, and with which code it declines. */
export function meansLines(say: Say, language: Language, means: Means): Html {
  const { declineCode, balance } = means;
  return html`<span>
    <strong>${institutionName(means, language)}</strong>
    <span>${masked(means.number)} · ${say("balance", { amount: wholeWon(balance) })}</span>
    ${declineCode === null ? "" : html`<em>${say("declines", { code: declineCode })}</em>`}
  </span>`;
}

/** A code that is not in our lists is shown as it is. */
function institutionName({ kind, institutionCode }: Means, language: Language): string {
  const names = kind === "account" ? bankNames : cardNames;
  return names[institutionCode]?.[language] ?? institutionCode;
}

export function newAccountPage(view: WindowView, form: FormState): Html {
  const { session, say } = view;
  const body = html`${fillSampleLink(say)}
    <form method="post">
      ${mistakeSummary(form)} ${bankField(form, session.language)}
      ${textField(form, {
        name: "number",
        label: "accountNumber",
        hint: "accountNumberHint",
        numeric: true,
        maxLength: 24,
        autocomplete: "off",
      })}
      ${submitButton(say("next"))}
    </form>
    ${backToMeans(view)}`;
  return windowPage(view, { title: "addAccountTitle", step: "stepMeans", body });
}

function bankField(form: FormState, language: Language): Html {
  const { say, typed, mistakes } = form;
  const option = ([code, name]: [string, { ko: string; en: string }]) =>
    html`<option value="${code}" ${code === typed["bankCode"] ? html`selected` : ""}>
      ${name[language]} (${code})
    </option>`;
  return html`<div class="field">
    <label for="bankCode">${say("bank")}</label>
    <select id="bankCode" name="bankCode" ${describedBy("bankCode", "bankCode" in mistakes, false)}>
      <option value="">${say("chooseBank")}</option>
      ${Object.entries(bankNames).map(option)}
    </select>
    ${mistakeText(form, "bankCode")}
  </div>`;
}

export function newCardPage(view: WindowView, form: FormState): Html {
  const { say } = view;
  const body = html`${fillSampleLink(say)}
    <form method="post">
      ${mistakeSummary(form)} ${cardFields(form)} ${submitButton(say("next"))}
    </form>
    ${backToMeans(view)}`;
  return windowPage(view, { title: "addCardTitle", step: "stepMeans", body });
}

/** Number and expiry, as the card window asks for them too. */
export function cardFields(form: FormState): Html {
  return html`${textField(form, {
    name: "number",
    label: "cardNumber",
    numeric: true,
    maxLength: 24,
    autocomplete: "cc-number",
  })}
  ${textField(form, { name: "expiry", label: "expiry", maxLength: 7, autocomplete: "cc-exp" })}`;
}

export function consentPage(view: WindowView, form: FormState, means: Means): Html {
  const { session, payment, say } = view;
  const chosen = `${institutionName(means, session.language)} ${masked(means.number)}`;
  const body = html`${orderFacts(view, [[say("means"), chosen]])}
    <form method="post">
      ${mistakeSummary(form)} ${checkBox(form, "agree", agreement(view))}
      ${textField(form, {
        name: "password",
        label: "password",
        hint: "passwordHint",
        type: "password",
        isForgotten: true,
        numeric: true,
        maxLength: 6,
        autocomplete: "off",
      })}
      ${submitButton(finishText(view))}
    </form>
    <p class="aside"><a href="${windowPath(session, "means")}">${say("changeMeans")}</a></p>`;
  const title = payment.customerUid === null ? "payTitle" : "consentTitle";
  return windowPage(view, { title, step: "stepConsent", body });
}

function backToMeans({ session, say }: WindowView): Html {
  return html`<p class="aside"><a href="${windowPath(session, "means")}">${say("back")}</a></p>`;
}
