/**
 * The frame around every page of the windows, and the pieces forms are made of. Plain HTML that
 * works without JavaScript; hono/html escapes every value.
 */
import { html } from "hono/html";
import type { Mistakes, Typed } from "./forms.ts";
import type { FrameParent } from "./sessions.ts";
import type { Language, Say, TextKey } from "./texts.ts";

export type Html = ReturnType<typeof html>;

export interface PageContent {
  readonly language: Language;
  readonly say: Say;
  readonly title: string;
  readonly body: Html;
  /** Below the card: how to leave the window. */
  readonly foot?: Html;
  /** The page that shows this one in an iframe. */
  readonly parent?: FrameParent | undefined;
}

/** One whole page. Its style and script are files, so that no inline code is needed. */
export function page({ language, say, title, body, foot, parent }: PageContent): Html {
  const other = language === "ko" ? "en" : "ko";
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/windows/assets/window.css" />
        <script src="/windows/assets/window.js" defer></script>
      </head>
      <body ${parent === undefined ? "" : parentAttributes(parent)}>
        <header class="notice">
          <p>${say("notice")}</p>
          <a href="?lang=${other}" hreflang="${other}" lang="${other}">${say("switchLanguage")}</a>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        ${foot ?? ""}
      </body>
    </html>`;
}

function parentAttributes({ merchantOrigin, channel }: FrameParent): Html {
  return html`data-merchant-origin="${merchantOrigin}" data-channel="${channel}"`;
}

/** "1 본인 확인 · 2 계좌 · 3 동의", with the step the buyer is at marked. */
export function progress(say: Say, steps: readonly TextKey[], current: TextKey): Html {
  return html`<ol class="steps" aria-label="${say("steps")}">
    ${steps.map(
      (step) => html`<li ${step === current ? html`aria-current="step"` : ""}>${say(step)}</li>`,
    )}
  </ol>`;
}

/** What a form shows: the language, what was typed so far, and what was wrong with it. */
export interface FormState {
  readonly say: Say;
  readonly typed: Typed;
  readonly mistakes: Mistakes;
}

/** Stands above a form that came back. */
export function mistakeSummary({ say, mistakes }: FormState): Html {
  if (Object.keys(mistakes).length === 0) return html``;
  return html`<p class="alert" role="alert">${say("checkFields")}</p>`;
}

interface TextField {
  readonly name: string;
  /** Where a page has the same field several times; the name otherwise. */
  readonly id?: string;
  readonly label: TextKey;
  readonly hint?: TextKey;
  readonly type?: "text" | "tel" | "password";
  /** Shows the number pad on phones. */
  readonly numeric?: boolean;
  readonly maxLength: number;
  readonly autocomplete: string;
}

export function textField(form: FormState, field: TextField): Html {
  const { name, id = name, label, hint, type = "text", numeric = false } = field;
  const isWrong = name in form.mistakes;
  return html`<div class="field">
    <label for="${id}">${form.say(label)}</label>
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      value="${form.typed[name] ?? ""}"
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

export function mistakeText({ say, mistakes }: FormState, name: string, id = name): Html {
  const mistake = mistakes[name];
  if (mistake === undefined) return html``;
  return html`<p class="mistake" id="${id}-mistake">${say(mistake)}</p>`;
}

export function checkBox(form: FormState, name: string, label: TextKey): Html {
  const isWrong = form.mistakes[name] !== undefined;
  return html`<div class="check">
    <label>
      <input
        type="checkbox"
        name="${name}"
        ${form.typed[name] === "on" ? html`checked` : ""}
        ${describedBy(name, isWrong, false)}
      />
      <span>${form.say(label)}</span>
    </label>
    ${mistakeText(form, name)}
  </div>`;
}

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
    ${terms.map(([name, label]) => checkBox(form, name, label))}
  </fieldset>`;
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

export function submitButton(say: Say, label: TextKey): Html {
  return html`<button class="primary" type="submit">${say(label)}</button>`;
}

export function fillSampleLink(say: Say): Html {
  return html`<p class="aside"><a href="?sample=yes">${say("fillSample")}</a></p>`;
}
