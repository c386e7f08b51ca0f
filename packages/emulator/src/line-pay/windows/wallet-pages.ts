/** A payer's own pages at LINE Pay: what they have, who may collect from them, what they paid. */
import { createHash } from "node:crypto";
import { html } from "hono/html";
import type { RegisteredKey } from "../keys.ts";
import { currencies, type Currency } from "../money.ts";
import type { Card, Payer, Payment } from "../records.ts";
import { amountText, instantText } from "./amounts.ts";
import {
  foldedControl,
  facts,
  page,
  submitButton,
  textField,
  type FormState,
  type Html,
  type Voice,
} from "./layout.ts";
import { addCardBody, balanceMark, brandMark, cardName, identityField } from "./methods.ts";
import type { TextKey } from "./texts.ts";

/** The wallet of one payer who is logged in. */
export interface WalletView extends Voice {
  readonly path: string;
  readonly payer: Payer;
  /** Removed ones too. */
  readonly cardOf: (cardId: string) => Card | undefined;
}

/** The state of each form that came back, by the currency or the card it is about. */
export type WalletForms = Readonly<Record<string, FormState>>;

const tabs = [
  ["", "wallet"],
  ["/automatic-payments", "automaticPayments"],
  ["/payments", "payments"],
] as const;

/** @param known A payer that exists, in words. */
export function walletLogInPage(voice: Voice, form: FormState, known: string): Html {
  const { say } = voice;
  const body = html`<p class="lead">${say("walletLead")}</p>
    <form method="post">${identityField(form, known)} ${submitButton(say("logIn"))}</form>`;
  return page(voice, { title: say("walletTitle"), body });
}

function walletTab(view: WalletView, tab: (typeof tabs)[number][1], body: Html): Html {
  const { say, path, payer } = view;
  const links = html`<nav class="tabs">
    ${tabs.map(
      ([step, key]) =>
        html`<a href="${path}${step}" ${key === tab ? html`aria-current="page"` : ""}>
          ${say(key)}
        </a>`,
    )}
  </nav>`;
  const logOut = html`<form method="post" action="${path}/log-out">
    <button class="quiet" type="submit">${say("logOut")} · ${payer.name}</button>
  </form>`;
  return page(view, { title: say(tab), top: links, body, foot: logOut });
}

export function walletPage(view: WalletView, cards: readonly Card[], forms: WalletForms): Html {
  const { say, path } = view;
  const body = html`${currencies.map((currency) => balanceEntry(view, currency, forms))}
    <section>
      <h2>${say("cards")}</h2>
      ${cards.length === 0 ? html`<p>${say("noCards")}</p>` : ""}
      ${cards.map((card) => cardEntry(view, card, forms))}
      <a class="secondary" href="${path}/cards/new">${say("addCard")}</a>
    </section>`;
  return walletTab(view, "wallet", body);
}

function formFor({ say }: Voice, forms: WalletForms, name: string): FormState {
  return forms[name] ?? { say, typed: {}, mistakes: {} };
}

function balanceEntry(view: WalletView, currency: Currency, forms: WalletForms): Html {
  const { say, path, payer, language } = view;
  const form = formFor(view, forms, currency);
  return html`<form class="entry" method="post" action="${path}/balances/${currency}">
    <div class="head">
      <div>${say("balance")}</div>
      ${balanceMark()}
    </div>
    <p class="amount">${amountText(payer.balances[currency], currency, language)}</p>
    ${textField(form, {
      name: "amount",
      id: `amount-${currency}`,
      label: say("amount", { currency }),
      keyboard: "decimal",
      maxLength: 20,
      autocomplete: "off",
    })}
    <div class="pair">
      <button class="small" name="move" value="top-up">${say("topUp")}</button>
      <button class="small" name="move" value="withdraw">${say("withdraw")}</button>
    </div>
  </form>`;
}

function cardEntry(view: WalletView, card: Card, forms: WalletForms): Html {
  const { say, path } = view;
  const form = formFor(view, forms, card.id);
  const typed = { declineCode: card.declineCode ?? "", ...form.typed };
  const control = html`<form method="post" action="${path}/cards/decline-code">
    <input type="hidden" name="cardId" value="${card.id}" />
    ${textField(
      { ...form, typed },
      {
        name: "declineCode",
        id: `decline-${card.id}`,
        label: say("declineCode"),
        hint: say("declineCodeHint"),
        keyboard: "numeric",
        maxLength: 4,
        autocomplete: "off",
      },
    )}
    <button type="submit">${say("setDeclineCode")}</button>
  </form>`;
  const isControlOpen = card.declineCode !== null || card.id in forms;
  return html`<div class="entry">
    <div class="head">
      <h3>${cardName(card)}</h3>
      ${brandMark(card)}
    </div>
    ${
      card.declineCode === null
        ? ""
        : html`<p class="caution">${say("declinesWith", { code: card.declineCode })}</p>`
    }
    <form method="post" action="${path}/cards/remove">
      <input type="hidden" name="cardId" value="${card.id}" />
      <button class="small" type="submit">${say("removeCard")}</button>
    </form>
    ${foldedControl(say, control, isControlOpen)}
  </div>`;
}

export function walletCardPage(view: WalletView, form: FormState): Html {
  const title = view.say("addCardTitle");
  return page(view, { title, body: addCardBody(form, view.path) });
}

export function automaticPaymentsPage(view: WalletView, keys: readonly RegisteredKey[]): Html {
  const { say } = view;
  const body = html`<p class="lead">${say("automaticPaymentsLead")}</p>
    ${keys.length === 0 ? html`<p>${say("noKeys")}</p>` : keys.map((key) => keyEntry(view, key))}`;
  return walletTab(view, "automaticPayments", body);
}

/** The key itself is the merchant's secret: the form names it by its fingerprint. */
export function fingerprint(regKey: string): string {
  return createHash("sha256").update(regKey).digest("hex").slice(0, 32);
}

function keyEntry(view: WalletView, key: RegisteredKey): Html {
  const { say, path, cardOf } = view;
  const card = cardOf(key.method);
  return html`<div class="entry">
    <div class="head"><h3>${key.merchantName}</h3></div>
    ${facts([
      [say("product"), key.productName],
      [say("payWith"), card === undefined ? say("balance") : cardName(card)],
      [say("since"), instantText(key.issuedAt)],
      [say("lastUsed"), instantText(key.lastUsedAt)],
    ])}
    <details>
      <summary class="secondary small">${say("deleteKey")}</summary>
      <p>${say("deleteKeyLead")}</p>
      <form method="post" action="${path}/automatic-payments/delete">
        <input type="hidden" name="fingerprint" value="${fingerprint(key.regKey)}" />
        <button class="danger small" type="submit">${say("deleteKeyYes")}</button>
      </form>
    </details>
  </div>`;
}

const statuses: Readonly<Record<Payment["status"], readonly [TextKey, string]>> = {
  authorized: ["statusAuthorized", ""],
  captured: ["statusCaptured", "good"],
  voided: ["statusVoided", ""],
  expired: ["statusExpired", ""],
  declined: ["statusDeclined", "bad"],
};

/** @param merchantNameOf By channel id. */
export function paymentsPage(
  view: WalletView,
  payments: readonly Payment[],
  merchantNameOf: (channelId: string) => string,
): Html {
  const { say } = view;
  const body =
    payments.length === 0
      ? html`<p>${say("noPayments")}</p>`
      : html`${payments.map((payment) => paymentEntry(view, payment, merchantNameOf))}`;
  return walletTab(view, "payments", body);
}

function paymentEntry(
  { say, language }: WalletView,
  payment: Payment,
  merchantNameOf: (channelId: string) => string,
): Html {
  const { amountMinor, currency, status, refunds } = payment;
  const [label, kind] = statuses[status];
  const refundedMinor = refunds.reduce((sum, refund) => sum + refund.amountMinor, 0);
  const refunded: readonly (readonly [string, string])[] =
    refundedMinor === 0 ? [] : [[say("refunded"), amountText(refundedMinor, currency, language)]];
  return html`<div class="entry">
    <div class="head">
      <h3>${merchantNameOf(payment.channelId)}</h3>
      <span class="state ${kind}">${say(label)}</span>
    </div>
    ${facts([
      [say("total"), amountText(amountMinor, currency, language)],
      [say("product"), payment.productName],
      [say("orderId"), payment.orderId],
      [say("paidAt"), instantText(payment.paidAt)],
      ...refunded,
    ])}
  </div>`;
}
