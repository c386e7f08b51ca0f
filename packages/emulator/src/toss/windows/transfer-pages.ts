/** The quick-transfer (퀵계좌이체) window: who are you, which account, do you agree. */
import { html } from "hono/html";
import {
  checkBox,
  describedBy,
  facts,
  fillSampleLink,
  mistakeSummary,
  mistakeText,
  submitButton,
  textField,
} from "../../windows/form-parts.ts";
import type { Html } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import { bankNames, maskedAccount } from "../institutions.ts";
import type { Account, BillingAuth } from "../records.ts";
import { agreements } from "./agreements.ts";
import type { FormState } from "./forms.ts";
import type { Say, TextKey } from "./texts.ts";
import { windowPage, windowPath, type WindowView } from "./window-page.ts";

const phoneField = {
  name: "phone",
  label: "phone",
  type: "tel",
  numeric: true,
  maxLength: 20,
  autocomplete: "tel-national",
} as const;

const codeField = {
  name: "code",
  label: "identityCode",
  hint: "identityCodeHint",
  numeric: true,
  maxLength: 6,
  autocomplete: "one-time-code",
} as const;

export function startPage(view: WindowView): Html {
  const { session, say } = view;
  const choice = (step: string, title: string, hint: string) =>
    html`<a class="choice" href="${windowPath(session, step)}">
      <strong>${title}</strong><span>${hint}</span>
    </a>`;
  const body = html`<p class="lead">${say("startLead")}</p>
    <nav class="choices">
      ${choice("sign-up", say("firstTime"), say("firstTimeHint"))}
      ${choice("log-in", say("alreadyMember"), say("alreadyMemberHint"))}
    </nav>
    <p class="aside">
      <a href="/windows/quick-transfer/me?lang=${session.language}" target="_blank" rel="noopener">
        ${say("manageLink")}
      </a>
    </p>`;
  return windowPage(view, "stepIdentity", "transferTitle", body);
}

export function signUpPage(view: WindowView, form: FormState): Html {
  const { session, say } = view;
  const isMember = form.mistakes["phone"] === "alreadySignedUp";
  const name = { name: "name", label: "name", maxLength: 50, autocomplete: "name" } as const;
  const body = html`${fillSampleLink(say)}
    <form method="post">
      ${mistakeSummary(form)} ${textField(form, name)} ${textField(form, phoneField)}
      ${isMember ? html`<p><a href="${windowPath(session, "log-in")}">${say("toLogIn")}</a></p>` : ""}
      ${textField(form, codeField)}
      ${agreements(form, [
        ["agreeService", "agreeService"],
        ["agreePrivacy", "agreePrivacy"],
        ["agreeIdentity", "agreeIdentity"],
      ])}
      ${submitButton(say("next"))}
    </form>
    ${backLink(view)}`;
  return windowPage(view, "stepIdentity", "signUpTitle", body);
}

export function logInPage(view: WindowView, form: FormState): Html {
  const { session, say } = view;
  const isUnknown = form.mistakes["phone"] === "notSignedUp";
  const toSignUp = html`<p>
    <a href="${windowPath(session, "sign-up")}">${say("toSignUp")}</a>
  </p>`;
  const body = html`${fillSampleLink(say)}
    <form method="post">${logInFields(form)} ${submitButton(say("next"))}</form>
    ${isUnknown ? toSignUp : ""} ${backLink(view)}`;
  return windowPage(view, "stepIdentity", "logInTitle", body);
}

/** Phone and code, as "my quick transfer" asks for them too. */
export function logInFields(form: FormState): Html {
  return html`${mistakeSummary(form)} ${textField(form, { ...phoneField, hint: "knownMemberHint" })}
  ${textField(form, codeField)}`;
}

export function accountsPage(
  view: WindowView,
  form: FormState,
  accounts: readonly Account[],
  problem?: string,
): Html {
  const { session, say } = view;
  const choose = html`<form method="post">
    <fieldset class="accounts" ${describedBy("accountId", "accountId" in form.mistakes, false)}>
      <legend class="visually-hidden">${say("accountsTitle")}</legend>
      ${accounts.map((account) => accountChoice(view, account, form.typed["accountId"]))}
    </fieldset>
    ${mistakeText(form, "accountId")} ${submitButton(say("next"))}
  </form>`;
  const body = html`${
      problem === undefined ? "" : html`<p class="alert" role="alert">${problem}</p>`
    }
    ${accounts.length === 0 ? html`<p>${say("noAccounts")}</p>` : choose}
    <p>
      <a class="secondary" href="${windowPath(session, "accounts/new")}">${say("addAccount")}</a>
    </p>`;
  return windowPage(view, "stepAccount", "accountsTitle", body);
}

function accountChoice(view: WindowView, account: Account, chosenId: string | undefined): Html {
  const { say, session } = view;
  const isUsable = account.state === "open";
  return html`<label class="option">
    <input
      type="radio"
      name="accountId"
      value="${account.id}"
      ${account.id === chosenId ? html`checked` : ""}
      ${isUsable ? "" : html`disabled`}
    />
    <span>
      <strong>${bankName(account.bankCode, session.language)}</strong>
      <span>${maskedAccount(account.number)}</span>
      ${isUsable ? "" : html`<em>${accountState(say, account)}</em>`}
    </span>
  </label>`;
}

export function addAccountPage(view: WindowView, form: FormState): Html {
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
    <p class="aside"><a href="${windowPath(session, "accounts")}">${say("back")}</a></p>`;
  return windowPage(view, "stepAccount", "addAccountTitle", body);
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

export function consentPage(
  view: WindowView,
  form: FormState,
  auth: BillingAuth,
  account: Account,
): Html {
  const { session, say } = view;
  const bank = bankName(account.bankCode, session.language);
  const pairs: [string, string][] = [
    [say("merchant"), auth.merchantId],
    [say("account"), `${bank} ${maskedAccount(account.number)}`],
    [say("payer"), auth.customerName ?? account.holder],
  ];
  const body = html`<p class="lead">${say("consentLead")}</p>
    ${facts(pairs)}
    <form method="post">
      ${checkBox(form, "agreeRecurring", say("agreeRecurring"))}
      <p class="hint">${say("consentNote")}</p>
      ${submitButton(say("consentFinish"))}
    </form>
    <p class="aside"><a href="${windowPath(session, "accounts")}">${say("changeAccount")}</a></p>`;
  return windowPage(view, "stepConsent", "consentTitle", body);
}

/** A code that is not in our list is shown as it is. */
export function bankName(bankCode: string, language: Language): string {
  return bankNames[bankCode]?.[language] ?? bankCode;
}

const accountStates: Readonly<Record<Account["state"], TextKey>> = {
  open: "stateOpen",
  closed: "stateClosed",
  on_hold: "stateOnHold",
};

export function accountState(say: Say, account: Account): string {
  return say(accountStates[account.state]);
}

function backLink({ session, say }: WindowView): Html {
  return html`<p class="aside"><a href="${windowPath(session)}">${say("back")}</a></p>`;
}
