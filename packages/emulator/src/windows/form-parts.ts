/**
 * The pieces that the pages of Toss and PortOne are made of. Plain HTML that works without
 * JavaScript; hono/html escapes every value.
 */
import { html } from "hono/html";
import type { Mistakes, Typed } from "./forms.ts";
import type { Html } from "./page.ts";
import type { CommonKey, Say } from "./texts.ts";

/** "1. 로그인 2. 결제수단 3. 동의", with the step the buyer is at marked. */
export function progress<Key extends string>(
  say: Say<Key | CommonKey>,
  steps: readonly (Key | CommonKey)[],
  current: Key | CommonKey,
): Html {
  return html`<ol class="steps" aria-label="${say("steps")}">
    ${steps.map(
      (step) => html`<li ${step === current ? html`aria-current="step"` : ""}>${say(step)}</li>`,
    )}
  </ol>`;
}

/** What a form shows: the language, what was typed so far, and what was wrong with it. */
export interface FormState<Key extends string> {
  readonly say: Say<Key | CommonKey>;
  readonly typed: Typed;
  readonly mistakes: Mistakes<Key>;
}

/** Stands above a form that came back. */
export function mistakeSummary<Key extends string>({ say, mistakes }: FormState<Key>): Html {
  if (Object.keys(mistakes).length === 0) return html``;
  return html`<p class="alert" role="alert">${say("checkFields")}</p>`;
}

interface TextField<Key extends string> {
  readonly name: string;
  /** Where a page has the same field several times; the name otherwise. */
  readonly id?: string;
  readonly label: Key | CommonKey;
  readonly hint?: Key | CommonKey;
  readonly type?: "text" | "tel" | "password";
  /** Never shown again: a form that comes back asks for it anew. */
  readonly isForgotten?: boolean;
  /** Shows the number pad on phones. */
  readonly numeric?: boolean;
  readonly maxLength: number;
  readonly autocomplete: string;
}

export function textField<Key extends string>(form: FormState<Key>, field: TextField<Key>): Html {
  const { name, id = name, label, hint, type = "text", numeric = false } = field;
  const isWrong = name in form.mistakes;
  return html`<div class="field">
    <label for="${id}">${form.say(label)}</label>
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      value="${field.isForgotten === true ? "" : (form.typed[name] ?? "")}"
      maxlength="${field.maxLength}"
      autocomplete="${field.autocomplete}"
      ${numeric ? html`inputmode="numeric"` : ""}
      ${describedBy(id, isWrong, hint !== undefined)}
    />
    ${hint === undefined ? "" : html`<p class="hint" id="${id}-hint">${form.say(hint)}</p>`}
    ${mistakeText(form, name, id)}
  </div>`;
}

/** The attributes that let a screen reader read a field's hint and mistake. */
export function describedBy(id: string, isWrong: boolean, hasHint: boolean): Html {
  const ids = [isWrong ? `${id}-mistake` : "", hasHint ? `${id}-hint` : ""].filter(Boolean);
  const described = ids.length > 0 ? html`aria-describedby="${ids.join(" ")}"` : html``;
  return isWrong ? html`${described} aria-invalid="true"` : described;
}

export function mistakeText<Key extends string>(
  { say, mistakes }: FormState<Key>,
  name: string,
  id = name,
): Html {
  const mistake = mistakes[name];
  if (mistake === undefined) return html``;
  return html`<p class="mistake" id="${id}-mistake">${say(mistake)}</p>`;
}

export function checkBox<Key extends string>(
  form: FormState<Key>,
  name: string,
  label: string,
): Html {
  const isWrong = form.mistakes[name] !== undefined;
  return html`<div class="check">
    <label>
      <input
        type="checkbox"
        name="${name}"
        ${form.typed[name] === "on" ? html`checked` : ""}
        ${describedBy(name, isWrong, false)}
      />
      <span>${label}</span>
    </label>
    ${mistakeText(form, name)}
  </div>`;
}

/** Name and value pairs of a page, such as merchant and account. */
export function facts(pairs: readonly (readonly [label: string, value: string])[]): Html {
  return html`<dl class="facts">
    ${pairs.map(
      ([label, value]) =>
        html`<dt>${label}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export function submitButton(text: string): Html {
  return html`<button class="primary" type="submit">${text}</button>`;
}

export function fillSampleLink(say: Say<CommonKey>): Html {
  return html`<p class="aside"><a href="?sample=yes">${say("fillSample")}</a></p>`;
}
