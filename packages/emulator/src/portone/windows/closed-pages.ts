/** The pages of a window that has ended, was never opened, or could not be. */
import { html } from "hono/html";
import type { FrameParent, Html } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import type { WindowError } from "../checkouts.ts";
import { page, type Message } from "./layout.ts";
import { sayIn, type TextKey } from "./texts.ts";

/** In an iframe: hands the message to the merchant's page. */
export function handingOverPage(
  language: Language,
  parent: FrameParent | undefined,
  message: Message,
): Html {
  const say = sayIn(language);
  const title = say("finishedTitle");
  return page({ language, say, title, body: html`<p>${say("finishedLead")}</p>`, parent, message });
}

/** The outcome has nowhere to go. */
export function lostPage(language: Language, isDone: boolean): Html {
  const say = sayIn(language);
  const outcome = say(isDone ? "outcomeDone" : "outcomeFailed");
  const body = html`<p>${say("lostLead", { outcome })}</p>`;
  return page({ language, say, title: say("lostTitle"), body });
}

/** The buyer came back to a window whose outcome the merchant already has. */
export function usedPage(language: Language, parent: FrameParent | undefined): Html {
  return closedPage(language, "usedTitle", "usedLead", parent);
}

/** There is no such window, or no longer. */
export function expiredPage(language: Language): Html {
  return closedPage(language, "expiredTitle", "expiredLead", undefined);
}

function closedPage(
  language: Language,
  title: TextKey,
  lead: TextKey,
  parent: FrameParent | undefined,
): Html {
  const say = sayIn(language);
  const body = html`<p>${say(lead)}</p>
    <button class="primary" type="button" hidden data-close>${say("close")}</button>`;
  return page({ language, say, title: say(title), body, parent });
}

/** PortOne will not open a window. The merchant's page is told, where there is one around us. */
export function refusedPage(
  language: Language,
  error: WindowError,
  parent: FrameParent | undefined,
  message: Message,
): Html {
  const say = sayIn(language);
  const body = html`<p>${error.message}</p>
    ${error.code === null ? "" : html`<p><code>${error.code}</code></p>`}`;
  return page({ language, say, title: say("refusedTitle"), body, parent, message });
}

/** Somebody opened a window without the script. */
export function brokenRequestPage(language: Language, problems: readonly string[]): Html {
  const say = sayIn(language);
  const body = html`<p>${say("brokenLead")}</p>
    <ul>
      ${problems.map((problem) => html`<li><code>${problem}</code></li>`)}
    </ul>`;
  return page({ language, say, title: say("refusedTitle"), body });
}
