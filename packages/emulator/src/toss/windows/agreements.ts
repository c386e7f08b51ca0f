/** The terms that a buyer agrees to. */
import { html } from "hono/html";
import { checkBox } from "../../windows/form-parts.ts";
import type { Html } from "../../windows/page.ts";
import type { FormState } from "./forms.ts";
import type { TextKey } from "./texts.ts";

/** Required terms, with a box that ticks them all. The script shows that box. */
export function agreements(
  form: FormState,
  terms: readonly (readonly [name: string, label: TextKey])[],
): Html {
  return html`<fieldset class="agreements">
    <legend>${form.say("agreements")}</legend>
    <label class="check-all" hidden data-check-all>
      <input type="checkbox" /> <span>${form.say("agreeAll")}</span>
    </label>
    ${terms.map(([name, label]) => checkBox(form, name, form.say(label)))}
  </fieldset>`;
}
