/** The frame of every page inside an open window, with all the ways to leave it. */
import { html } from "hono/html";
import { progress } from "../../windows/form-parts.ts";
import type { Typed } from "../../windows/forms.ts";
import { page, type Html } from "../../windows/page.ts";
import type { FormState, Mistakes } from "./forms.ts";
import type { WindowSession } from "./sessions.ts";
import { sayIn, type Say, type TextKey } from "./texts.ts";

/** One window as its pages see it. */
export interface WindowView {
  readonly session: WindowSession;
  readonly say: Say;
}

export function viewOf(session: WindowSession): WindowView {
  return { session, say: sayIn(session.language) };
}

export function formState({ say }: WindowView, typed: Typed = {}, mistakes: Mistakes = {}) {
  return { say, typed, mistakes } satisfies FormState;
}

/** Path of a page of this window. */
export function windowPath(session: WindowSession, step = ""): string {
  return `/windows/${session.id}${step === "" ? "" : `/${step}`}`;
}

const transferSteps = ["stepIdentity", "stepAccount", "stepConsent"] as const;
type Step = (typeof transferSteps)[number] | "stepCard";

/** A page of an open window. */
export function windowPage(view: WindowView, step: Step, title: TextKey, body: Html): Html {
  const { session, say } = view;
  const steps = session.method === "TRANSFER" ? progress(say, transferSteps, step) : "";
  return page({
    language: session.language,
    say,
    title: say(title),
    body: html`${steps}${body}`,
    foot: leaving(view),
    parent: session.parent,
  });
}

/** Cancel, and the outcomes a tester may want: fail, reject, and in an iframe close. */
function leaving({ session, say }: WindowView): Html {
  const post = (step: string) => html`method="post" action="${windowPath(session, step)}"`;
  const reject = html`<form ${post("reject")}>
    <button type="submit">${say("reject")} <code>REJECT_CARD_COMPANY</code></button>
  </form>`;
  return html`<footer>
    <form ${post("cancel")}>
      <button class="quiet" type="submit">${say("cancel")}</button>
    </form>
    <details>
      <summary>${say("otherOutcomes")}</summary>
      <form ${post("fail")}>
        <label for="fail-message">${say("failMessage")}</label>
        <input id="fail-message" name="message" maxlength="200" autocomplete="off" />
        <button type="submit">${say("fail")} <code>PAY_PROCESS_ABORTED</code></button>
      </form>
      ${session.method === "CARD" ? reject : ""}
      <button type="button" hidden data-close>${say("close")} <code>USER_CANCEL</code></button>
    </details>
  </footer>`;
}
