/** The way in, and the page for what did not work. */
import { html } from "hono/html";
import type { Html } from "../answer.ts";
import { operatorPage, type Desk } from "./layout.ts";
import type { TextKey } from "./texts.ts";

export function logInPage(desk: Desk, problem: TextKey | undefined): Html {
  const { say } = desk;
  const body = html`<div class="sheet pad log-in">
    <p class="soft">${say("logInLead")}</p>
    ${problem === undefined ? "" : html`<p class="notice bad" role="alert">${say(problem)}</p>`}
    <form method="post" action="/operator/log-in">
      <label
        >${say("apiKey")}
        <input type="password" name="apiKey" autocomplete="off" required placeholder="mdl_test_…" />
      </label>
      <button type="submit">${say("logIn")}</button>
    </form>
  </div>`;
  return operatorPage(desk, { title: say("logInTitle"), body });
}

export function problemPage(desk: Desk, message: string): Html {
  const { say } = desk;
  const body = html`<p class="notice bad" role="alert">${message}</p>
    <p><a href="/operator">${say("backToOverview")}</a></p>`;
  return operatorPage(desk, { title: say("problemTitle"), body });
}
