/** The payment page, step by step: who pays, what for and how, and the payment password. */
import { html } from "hono/html";
import { z } from "zod";
import type { PayerMethods } from "../payers.ts";
import type { Card, Payer, Reservation } from "../records.ts";
import { amountText } from "./amounts.ts";
import {
  checkBox,
  describedBy,
  emulatorControl,
  facts,
  mistakeText,
  page,
  progress,
  submitButton,
  textField,
  type FormState,
  type Html,
  type Voice,
} from "./layout.ts";
import {
  addCardBody,
  balanceMark,
  brandMark,
  cardName,
  cardNumber,
  identityField,
} from "./methods.ts";
import type { PaymentWindow } from "./sessions.ts";
import type { TextKey } from "./texts.ts";

/** One open payment as its pages see it. */
export interface PaymentView extends Voice {
  readonly window: PaymentWindow;
  readonly reservation: Reservation;
  readonly merchantName: string;
}

/** Path of a page of this window. */
export function paymentPath({ id }: PaymentWindow, step = ""): string {
  return `/web/payment/${id}${step === "" ? "" : `/${step}`}`;
}

const steps = ["stepLogIn", "stepPayment", "stepPassword"] as const;

function stepPage(view: PaymentView, step: (typeof steps)[number], title: TextKey, body: Html) {
  const { say } = view;
  return page(view, {
    title: say(title),
    top: progress(say, steps, step),
    body,
    foot: leaving(view),
  });
}

/** Cancel, as in the real window, and apart from it what only a tester wants. */
function leaving({ window, say }: PaymentView): Html {
  const post = (step: string) => html`method="post" action="${paymentPath(window, step)}"`;
  const fail = html`<form ${post("fail")}>
    <button type="submit">${say("failPayment")} <code>0122</code></button>
  </form>`;
  return html`<form ${post("cancel")}>
      <button class="quiet" type="submit">${say("cancel")}</button>
    </form>
    ${emulatorControl(say, fail)}`;
}

function totalOf({ reservation, language }: PaymentView): string {
  return amountText(reservation.amountMinor, reservation.currency, language);
}

/** @param known A payer that exists, in words. */
export function logInPage(view: PaymentView, form: FormState, known: string): Html {
  const { say, reservation, merchantName } = view;
  const lead = say("logInLead", { merchant: merchantName, amount: totalOf(view) });
  const body = html`<p class="lead">${lead}</p>
    <form method="post" action="${paymentPath(view.window, "log-in")}">
      ${identityField(form, known)} ${submitButton(say("logIn"))}
    </form>
    ${
      reservation.checkConfirmUrlBrowser
        ? html`<p class="information">${say("sameBrowser")}</p>`
        : ""
    }
    <p class="information">${say("webOnly")}</p>`;
  return stepPage(view, "stepLogIn", "logInTitle", body);
}

export function paymentPage(
  view: PaymentView,
  form: FormState,
  payer: Payer,
  methods: PayerMethods,
): Html {
  const { say, window, reservation, merchantName } = view;
  const isAutomatic = reservation.payType === "PREAPPROVED";
  const body = html`<p class="amount">${totalOf(view)}</p>
    <p class="lead">${merchantName}</p>
    ${facts([
      [say("items"), itemList(reservation, view)],
      [say("orderId"), reservation.orderId],
      [
        say("payer"),
        html`${payer.name}<br /><a href="${paymentPath(window, "log-in")}"
            >${say("otherPayer")}</a
          >`,
      ],
    ])}
    <form method="post" action="${paymentPath(window, "payment")}">
      <fieldset ${describedBy("method", "method" in form.mistakes, false)}>
        <legend>${say("payWith")}</legend>
        ${balanceChoice(view, form, methods.balanceMinor)}
        ${methods.cards.map((card) => cardChoice(form, card))} ${mistakeText(form, "method")}
        <a class="secondary small" href="${paymentPath(window, "cards/new")}">
          ${say("addCard")}
        </a>
      </fieldset>
      ${isAutomatic ? consent(view, form) : ""} ${submitButton(say("next"))}
    </form>`;
  return stepPage(view, "stepPayment", "paymentTitle", body);
}

const productSchema = z.object({ name: z.string(), quantity: z.number().default(1) });

function itemList({ packages, productName }: Reservation, { language }: PaymentView): Html {
  const products = packages.flatMap((part) => part.products);
  const items = products.flatMap((product) => productSchema.safeParse(product).data ?? []);
  if (items.length === 0) return html`${productName}`;
  const count = new Intl.NumberFormat(language);
  return html`<ul class="items">
    ${items.map(
      ({ name, quantity }) => html`<li>${name} <span>× ${count.format(quantity)}</span></li>`,
    )}
  </ul>`;
}

function balanceChoice(view: PaymentView, form: FormState, balanceMinor: number): Html {
  const { say, reservation, language } = view;
  const left = amountText(balanceMinor, reservation.currency, language);
  const isShort = balanceMinor < reservation.amountMinor;
  return html`<label class="method">
    ${radio(form, "balance")}
    <span>
      <strong>${say("balance")}</strong><span>${say("balanceLeft", { amount: left })}</span>
      ${isShort ? html`<span class="caution">${say("balanceTooLow")}</span>` : ""}
    </span>
    ${balanceMark()}
  </label>`;
}

function cardChoice(form: FormState, card: Card): Html {
  return html`<label class="method">
    ${radio(form, card.id)}
    <span>
      <strong>${card.nickname === "" ? cardNumber(card) : card.nickname}</strong>
      ${card.nickname === "" ? "" : html`<span>${cardNumber(card)}</span>`}
    </span>
    ${brandMark(card)}
  </label>`;
}

function radio(form: FormState, method: string): Html {
  const isChosen = form.typed["method"] === method;
  return html`<input
    type="radio"
    name="method"
    value="${method}"
    ${isChosen ? html`checked` : ""}
  />`;
}

function consent({ say, merchantName }: PaymentView, form: FormState): Html {
  const merchant = { merchant: merchantName };
  return html`<div class="consent">
    <h2>${say("automaticTitle")}</h2>
    <p>${say("automaticLead", merchant)}</p>
    ${checkBox(form, "agreeAutomatic", say("agreeAutomatic", merchant))}
  </div>`;
}

export function addCardPage(view: PaymentView, form: FormState): Html {
  const back = paymentPath(view.window, "payment");
  return stepPage(view, "stepPayment", "addCardTitle", addCardBody(form, back));
}

/** @param method Undefined for the balance. */
export function passwordPage(view: PaymentView, form: FormState, card: Card | undefined): Html {
  const { say, window, merchantName } = view;
  const body = html`${facts([
      [say("merchant"), merchantName],
      [say("payWith"), card === undefined ? say("balance") : cardName(card)],
      [say("total"), totalOf(view)],
    ])}
    <form method="post">
      ${textField(form, {
        name: "password",
        label: say("password"),
        hint: say("passwordHint"),
        type: "password",
        keyboard: "numeric",
        maxLength: 6,
        autocomplete: "off",
      })}
      ${submitButton(say("pay", { amount: totalOf(view) }))}
    </form>
    <p class="aside"><a href="${paymentPath(window, "payment")}">${say("back")}</a></p>`;
  return stepPage(view, "stepPassword", "passwordTitle", body);
}
