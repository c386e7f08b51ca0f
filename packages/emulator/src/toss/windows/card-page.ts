/** The card window: one form. */
import { html } from "hono/html";
import {
  describedBy,
  fillSampleLink,
  mistakeSummary,
  mistakeText,
  submitButton,
  textField,
} from "../../windows/form-parts.ts";
import type { Html } from "../../windows/page.ts";
import { agreements } from "./agreements.ts";
import type { FormState } from "./forms.ts";
import type { CardOwner } from "./sessions.ts";
import type { TextKey } from "./texts.ts";
import { windowPage, windowPath, type WindowView } from "./window-page.ts";

const ownerLabels: Readonly<Record<CardOwner, TextKey>> = {
  PERSONAL: "personalCard",
  CORPORATE: "corporateCard",
};

const twoDigits = { numeric: true, maxLength: 2 } as const;
const month = { name: "expiryMonth", label: "expiryMonth", autocomplete: "cc-exp-month" } as const;
const year = { name: "expiryYear", label: "expiryYear", autocomplete: "cc-exp-year" } as const;

/** @param rejection Why the card company refused the card that was just sent. */
export function cardPage(view: WindowView, form: FormState, rejection?: string): Html {
  const { say } = view;
  const body = html`${rejection === undefined ? "" : rejected(view, rejection)}
    ${fillSampleLink(say)}
    <form method="post">
      ${mistakeSummary(form)} ${ownerField(view, form)}
      ${textField(form, {
        name: "number",
        label: "cardNumber",
        numeric: true,
        maxLength: 30,
        autocomplete: "cc-number",
      })}
      <div class="pair">
        ${textField(form, { ...month, ...twoDigits })} ${textField(form, { ...year, ...twoDigits })}
      </div>
      ${textField(form, {
        name: "identityNumber",
        label: "identityNumber",
        numeric: true,
        maxLength: 14,
        autocomplete: "off",
      })}
      ${textField(form, {
        name: "passwordTwoDigits",
        label: "passwordTwoDigits",
        type: "password",
        autocomplete: "off",
        ...twoDigits,
      })}
      ${agreements(form, [
        ["agreeCard", "agreeCard"],
        ["agreePrivacy", "agreePrivacy"],
      ])}
      ${submitButton(say("cardFinish"))}
    </form>`;
  return windowPage(view, "stepCard", "cardTitle", body);
}

function ownerField({ session, say }: WindowView, form: FormState): Html {
  const chosen = form.typed["owner"] ?? session.cardOwners[0];
  return html`<fieldset class="segments" ${describedBy("owner", "owner" in form.mistakes, false)}>
    <legend>${say("cardType")}</legend>
    ${session.cardOwners.map(
      (owner) =>
        html`<label>
          <input
            type="radio"
            name="owner"
            value="${owner}"
            ${owner === chosen ? html`checked` : ""}
          />
          <span>${say(ownerLabels[owner])}</span>
        </label>`,
    )}
    ${mistakeText(form, "owner")}
  </fieldset>`;
}

function rejected({ session, say }: WindowView, reason: string): Html {
  return html`<div class="alert" role="alert">
    <p>${say("cardRejected")}</p>
    <p><strong>${reason}</strong></p>
    <form method="post" action="${windowPath(session, "reject")}">
      <button type="submit">${say("backWithRejection")} <code>REJECT_CARD_COMPANY</code></button>
    </form>
  </div>`;
}
