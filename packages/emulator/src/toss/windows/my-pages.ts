/** "My quick transfer": what a member sees of their accounts and merchants, and the way out. */
import { html } from "hono/html";
import {
  checkBox,
  facts,
  fillSampleLink,
  submitButton,
  textField,
} from "../../windows/form-parts.ts";
import { page, type Html } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import { maskedAccount } from "../institutions.ts";
import type { Account, BillingKey, Member } from "../records.ts";
import type { FormState } from "./forms.ts";
import type { Say } from "./texts.ts";
import { accountState, bankName, logInFields } from "./transfer-pages.ts";

interface MyView {
  readonly language: Language;
  readonly say: Say;
}

export function myLogInPage({ language, say }: MyView, form: FormState): Html {
  const body = html`<p class="lead">${say("meLead")}</p>
    ${fillSampleLink(say)}
    <form method="post">${logInFields(form)} ${submitButton(say("next"))}</form>`;
  return page({ language, say, title: say("meTitle"), body });
}

export interface MyQuickTransfer {
  readonly path: string;
  readonly member: Member;
  readonly accounts: readonly Account[];
  readonly billingKeys: readonly BillingKey[];
}

/** @param forms The state of each form that came back: one per account id, and `withdraw`. */
export function myPage(
  view: MyView,
  mine: MyQuickTransfer,
  forms: Readonly<Record<string, FormState>>,
): Html {
  const { language, say } = view;
  const { member, accounts, billingKeys, path } = mine;
  const empty: FormState = { say, typed: {}, mistakes: {} };
  const keys = billingKeys.map((key) => keyItem(view, key, accounts));
  const body = html`${facts([
      [say("name"), member.name],
      [say("phone"), member.phone],
    ])}
    <section>
      <h2>${say("myAccounts")}</h2>
      ${accounts.length === 0 ? html`<p>${say("noAccounts")}</p>` : ""}
      ${accounts.map((account) => accountItem(view, path, account, forms[account.id] ?? empty))}
    </section>
    <section>
      <h2>${say("myMerchants")}</h2>
      ${
        keys.length === 0
          ? html`<p>${say("noMerchants")}</p>`
          : html`<ul class="keys">
              ${keys}
            </ul>`
      }
    </section>
    <section class="danger">
      <h2>${say("withdraw")}</h2>
      <p>${say("withdrawLead")}</p>
      <form method="post" action="${path}/withdraw">
        ${checkBox(forms["withdraw"] ?? empty, "confirm", say("withdrawConfirm"))}
        <button type="submit">${say("withdraw")}</button>
      </form>
    </section>
    <form method="post" action="${path}/log-out">
      <button class="quiet" type="submit">${say("logOut")}</button>
    </form>`;
  return page({ language, say, title: say("meTitle"), body });
}

function accountItem(
  { language, say }: MyView,
  path: string,
  account: Account,
  form: FormState,
): Html {
  const typed = { balance: String(account.balance), ...form.typed };
  return html`<form class="account-item" method="post" action="${path}/balance">
    <p>
      <strong>${bankName(account.bankCode, language)}</strong> ${maskedAccount(account.number)} ·
      ${accountState(say, account)}
    </p>
    <p class="amount">${account.balance.toLocaleString("ko-KR")}원</p>
    <input type="hidden" name="accountId" value="${account.id}" />
    ${textField(
      { ...form, typed },
      {
        name: "balance",
        id: `balance-${account.id}`,
        label: "balance",
        numeric: true,
        maxLength: 20,
        autocomplete: "off",
      },
    )}
    <button type="submit">${say("setBalance")}</button>
  </form>`;
}

function keyItem(view: MyView, key: BillingKey, accounts: readonly Account[]): Html {
  const { say, language } = view;
  const account = accounts.find(({ id }) => id === key.accountId);
  const from =
    account === undefined
      ? ""
      : `${bankName(account.bankCode, language)} ${maskedAccount(account.number)}`;
  return html`<li>
    <strong>${key.merchantId}</strong> ${from}
    <span>${say("billingKey")} <code>${key.billingKey.slice(0, 6)}…</code></span>
    <em>${say(key.removedAt === null ? "keyActive" : "keyRemoved")}</em>
  </li>`;
}

export function withdrawnPage({ language, say }: MyView, deadKeys: number): Html {
  const body = html`<p>${say("withdrawnLead")}</p>
    ${facts([[say("billingKey"), `${deadKeys} × ${say("keyRemoved")}`]])}
    <a class="primary" href="/windows/quick-transfer/me">${say("meTitle")}</a>`;
  return page({ language, say, title: say("withdrawnTitle"), body });
}
