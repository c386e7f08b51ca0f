/** The card window: one form. */
import { html } from "hono/html";
import {
  checkBox,
  fillSampleLink,
  mistakeSummary,
  submitButton,
  textField,
} from "../../windows/form-parts.ts";
import type { Html } from "../../windows/page.ts";
import type { FormState } from "./forms.ts";
import type { Message } from "./layout.ts";
import { cardFields } from "./wallet-pages.ts";
import {
  agreement,
  finishText,
  orderFacts,
  windowPage,
  windowPath,
  type WindowView,
} from "./window-page.ts";

export function cardPage(view: WindowView, form: FormState, message?: Message): Html {
  const { say, session } = view;
  const body = html`${orderFacts(view)} ${fillSampleLink(say)}
    <form method="post" action="${windowPath(session, "card")}">
      ${mistakeSummary(form)} ${cardFields(form)}
      ${textField(form, {
        name: "birth",
        label: "birth",
        numeric: true,
        maxLength: 14,
        autocomplete: "off",
      })}
      ${textField(form, {
        name: "passwordTwoDigits",
        label: "passwordTwoDigits",
        type: "password",
        isForgotten: true,
        numeric: true,
        maxLength: 2,
        autocomplete: "off",
      })}
      ${checkBox(form, "agree", agreement(view))} ${submitButton(finishText(view))}
    </form>`;
  const opened = message === undefined ? {} : { message };
  return windowPage(view, { title: "cardTitle", body, ...opened });
}
