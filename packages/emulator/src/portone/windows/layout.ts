/**
 * The frame around every page of the windows, and the pieces forms are made of. Plain HTML that
 * works without JavaScript; hono/html escapes every value.
 */
import { html } from "hono/html";
import type { PgProvider } from "../channels.ts";
import type { Mistakes, Typed } from "./forms.ts";
import type { FrameParent } from "./sessions.ts";
import type { Language, Say, TextKey } from "./texts.ts";

export type Html = ReturnType<typeof html>;

/** What the page's script tells the merchant's page as soon as it runs. */
export type Message =
  | { readonly type: "opened" }
  | { readonly type: "leave"; readonly url: string }
  | { readonly type: "ended"; readonly rsp: object };

interface PageContent {
  readonly language: Language;
  readonly say: Say;
  readonly title: string;
  readonly body: Html;
  /** Whose colours it wears. */
  readonly pgProvider?: PgProvider | undefined;
  /** The name in the bar. */
  readonly brand?: string;
  /** Below the panel: how to leave the window. */
  readonly foot?: Html;
  /** The page that shows this one in an iframe. */
  readonly parent?: FrameParent | undefined;
  readonly message?: Message | undefined;
}

/** One whole page. Its style and script are files, so that no inline code is needed. */
export function page(content: PageContent): Html {
  const { language, say, title, body, pgProvider = "chai", brand = "PortOne", foot } = content;
  const { parent, message } = content;
  const other = language === "ko" ? "en" : "ko";
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · ${brand}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/windows/assets/window.css" />
        <script src="/windows/assets/window.js" defer></script>
      </head>
      <body
        data-pg="${pgProvider}"
        ${parent === undefined ? "" : parentAttributes(parent)}
        ${message === undefined ? "" : html`data-message="${JSON.stringify(message)}"`}
      >
        <header class="notice">
          <p>${say("notice")}</p>
          <a href="?lang=${other}" hreflang="${other}" lang="${other}">${say("switchLanguage")}</a>
        </header>
        <main>
          <p class="brand">${brand}</p>
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

/** "1. 로그인 2. 결제수단 3. 동의", with the step the payer is at marked. */
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
      value="${type === "password" ? "" : (form.typed[name] ?? "")}"
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

export function checkBox(form: FormState, name: string, label: string): Html {
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

/** Name and value pairs of a page, such as merchant and order. */
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

export function fillSampleLink(say: Say): Html {
  return html`<p class="aside"><a href="?sample=yes">${say("fillSample")}</a></p>`;
}
