/** A payer's ways to pay, as the pages show them. */
import { html } from "hono/html";
import type { Card } from "../records.ts";
import { textField, submitButton, type FormState, type Html } from "./layout.ts";

export function cardNumber({ brand, last4 }: Card): string {
  return `${brand} •••• ${last4}`;
}

/** The payer's own name for the card, if there is one, and its number. */
export function cardName(card: Card): string {
  return card.nickname === "" ? cardNumber(card) : `${card.nickname} · ${cardNumber(card)}`;
}

export function brandMark({ brand }: Card): Html {
  return html`<span class="brand" aria-hidden="true">${brand}</span>`;
}

export function balanceMark(): Html {
  return html`<span class="brand balance" aria-hidden="true">Pay</span>`;
}

/** The form that adds a card. @param back Where the payer came from. */
export function addCardBody(form: FormState, back: string): Html {
  const { say } = form;
  return html`<form method="post">
      ${textField(form, {
        name: "number",
        label: say("cardNumber"),
        hint: say("cardNumberHint"),
        keyboard: "numeric",
        maxLength: 24,
        autocomplete: "off",
      })}
      ${textField(form, {
        name: "nickname",
        label: say("cardNickname"),
        maxLength: 40,
        autocomplete: "off",
      })}
      ${submitButton(say("saveCard"))}
    </form>
    <p class="aside"><a href="?sample=yes">${say("fillSample")}</a></p>
    <p class="aside"><a href="${back}">${say("back")}</a></p>`;
}

/** The field that says who is paying. @param known A payer that exists, in words. */
export function identityField(form: FormState, known: string): Html {
  const { say } = form;
  return textField(
    { ...form, values: { payer: known } },
    {
      name: "identity",
      label: say("identity"),
      hint: say("identityHint", { payer: known }),
      keyboard: "email",
      maxLength: 200,
      autocomplete: "username",
    },
  );
}
