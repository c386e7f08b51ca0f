/**
 * The frame around every LINE Pay page, and the pieces forms are made of. Plain HTML without a
 * script of our own; hono/html escapes every value.
 */
import { html } from "hono/html";
import type { Mistakes, Typed } from "./forms.ts";
import { languageNames, type Language, type Say, type TextKey } from "./texts.ts";

export type Html = ReturnType<typeof html>;

/** The language of a page, and the voice that goes with it. */
export interface Voice {
  readonly language: Language;
  readonly say: Say;
}

interface PageContent {
  readonly title: string;
  readonly body: Html;
  /** Between the bar and the title, such as the steps. */
  readonly top?: Html;
  /** Below the panel: how to leave, and what only the emulator has. */
  readonly foot?: Html;
}

/** One whole page. Its style is a file, so that no inline code is needed. */
export function page({ language, say }: Voice, { title, body, top, foot }: PageContent): Html {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · LINE Pay ${say("emulator")}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/web/assets/line-pay.css" />
      </head>
      <body>
        <header>
          <div class="bar">
            <strong>LINE Pay</strong>
            <span class="badge">${say("emulator")}</span>
          </div>
          <p class="notice">${say("notice")}</p>
        </header>
        <main>
          ${top ?? ""}
          <div class="panel">
            <h1>${title}</h1>
            ${body}
          </div>
          ${foot ?? ""}
        </main>
        <nav class="languages" aria-label="${say("languages")}">
          ${languageNames.map((entry) => languageLink(entry, language))}
        </nav>
      </body>
    </html>`;
}

function languageLink([code, name]: readonly [Language, string], current: Language): Html {
  if (code === current) return html`<strong lang="${code}">${name}</strong>`;
  return html`<a href="?lang=${code}" hreflang="${code}" lang="${code}">${name}</a>`;
}

/** "1 Log in · 2 Payment · 3 Password", with the step the payer is at marked. */
export function progress(say: Say, steps: readonly TextKey[], current: TextKey): Html {
  return html`<ol class="steps" aria-label="${say("steps")}">
    ${steps.map(
      (step) => html`<li ${step === current ? html`aria-current="step"` : ""}>${say(step)}</li>`,
    )}
  </ol>`;
}

/** What the real pages do not have, kept visibly apart from what they have. */
export function emulatorControl(say: Say, content: Html): Html {
  return html`<aside class="control" aria-label="${say("control")}">
    <p><strong>${say("control")}</strong> ${say("controlLead")}</p>
    ${content}
  </aside>`;
}

/** The same, out of the way where a page has many. */
export function foldedControl(say: Say, content: Html, isOpen: boolean): Html {
  return html`<details class="control" ${isOpen ? html`open` : ""}>
    <summary><strong>${say("control")}</strong></summary>
    <p>${say("controlLead")}</p>
    ${content}
  </details>`;
}

/** What a form shows: the language, what was typed so far, and what was wrong with it. */
export interface FormState {
  readonly say: Say;
  readonly typed: Typed;
  readonly mistakes: Mistakes;
  /** Stand in for `{name}` in a mistake's text. */
  readonly values?: Readonly<Record<string, string>>;
}

interface TextField {
  readonly name: string;
  /** Where a page has the same field several times; the name otherwise. */
  readonly id?: string;
  readonly label: string;
  readonly hint?: string;
  readonly type?: "text" | "password";
  readonly keyboard?: "text" | "numeric" | "decimal" | "email";
  readonly maxLength: number;
  readonly autocomplete: string;
}

export function textField(form: FormState, field: TextField): Html {
  const { name, id = name, label, hint, type = "text", keyboard = "text" } = field;
  const isWrong = name in form.mistakes;
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      inputmode="${keyboard}"
      value="${type === "password" ? "" : (form.typed[name] ?? "")}"
      maxlength="${field.maxLength}"
      autocomplete="${field.autocomplete}"
      ${describedBy(id, isWrong, hint !== undefined)}
      ${isWrong ? html`autofocus` : ""}
    />
    ${hint === undefined ? "" : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${mistakeText(form, name, id)}
  </div>`;
}

/** The attributes that let a screen reader read a field's hint and mistake. */
export function describedBy(id: string, isWrong: boolean, hasHint: boolean): Html {
  const ids = [isWrong ? `${id}-mistake` : "", hasHint ? `${id}-hint` : ""].filter(Boolean);
  const described = ids.length > 0 ? html`aria-describedby="${ids.join(" ")}"` : html``;
  return isWrong ? html`${described} aria-invalid="true"` : described;
}

export function mistakeText(form: FormState, name: string, id = name): Html {
  const mistake = form.mistakes[name];
  if (mistake === undefined) return html``;
  return html`<p class="mistake" id="${id}-mistake" role="alert">
    ${form.say(mistake, form.values)}
  </p>`;
}

export function checkBox(form: FormState, name: string, label: string): Html {
  const isWrong = name in form.mistakes;
  return html`<div class="check">
    <label>
      <input
        type="checkbox"
        name="${name}"
        ${form.typed[name] === "on" ? html`checked` : ""}
        ${describedBy(name, isWrong, false)}
        ${isWrong ? html`autofocus` : ""}
      />
      <span>${label}</span>
    </label>
    ${mistakeText(form, name)}
  </div>`;
}

/** Name and value pairs of a page, such as merchant and order. */
export function facts(pairs: readonly (readonly [label: string, value: string | Html])[]): Html {
  return html`<dl class="facts">
    ${pairs.map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

export function submitButton(text: string): Html {
  return html`<button class="primary" type="submit">${text}</button>`;
}
