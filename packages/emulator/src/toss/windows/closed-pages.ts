/** The pages of a window that has ended, was never opened, or could not be. */
import { html } from "hono/html";
import { page, type FrameParent, type Html } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import type { Refusal } from "../refusals.ts";
import { sayIn, type TextKey } from "./texts.ts";
import type { WindowView } from "./window-page.ts";

/** In an iframe: hands the outcome to the merchant's page. The link serves without JavaScript. */
export function finishedPage({ session, say }: WindowView, url: string): Html {
  return page({
    language: session.language,
    say,
    title: say("finishedTitle"),
    body: html`<p>${say("finishedLead")}</p>
      <a class="primary" href="${url}" target="_top" ${message({ type: "finished", url })}>
        ${say("toMerchant")}
      </a>`,
    parent: session.parent,
  });
}

/** The buyer came back to a window whose outcome the merchant already has. */
export function usedPage({ session }: WindowView): Html {
  return closedPage(session.language, "usedTitle", "usedLead", session.parent);
}

/** There is no such window, or no longer. */
export function expiredPage(language: Language): Html {
  return closedPage(language, "expiredTitle", "expiredLead");
}

function closedPage(language: Language, title: TextKey, lead: TextKey, parent?: FrameParent): Html {
  const say = sayIn(language);
  return page({
    language,
    say,
    title: say(title),
    body: html`<p>${say(lead)}</p>
      <button class="primary" type="button" hidden data-close>${say("close")}</button>`,
    parent,
  });
}

/**
 * The provider will not open a window for these keys. In an iframe the request is rejected with the
 * refusal's code; a window in its own tab offers the way to failUrl.
 */
export function refusedPage(
  refusal: Refusal,
  language: Language,
  failUrl: string,
  parent: FrameParent | undefined,
): Html {
  const say = sayIn(language);
  const { code } = refusal;
  const text = refusalText(refusal, language);
  return page({
    language,
    say,
    title: say("refusedTitle"),
    body: html`<p>${text}</p>
      <p><code>${code}</code></p>
      <a
        class="primary"
        href="${failUrl}"
        target="_top"
        ${parent === undefined ? "" : message({ type: "refused", code, message: refusal.message })}
      >
        ${say("toMerchant")}
      </a>`,
    parent,
  });
}

/** Somebody opened a window without the SDK, or with parameters the SDK would have refused. */
export function brokenRequestPage(language: Language, problems: readonly string[]): Html {
  const say = sayIn(language);
  return page({
    language,
    say,
    title: say("brokenRequestTitle"),
    body: html`<p>${say("brokenRequestLead")}</p>
      <ul>
        ${problems.map((problem) => html`<li><code>${problem}</code></li>`)}
      </ul>`,
  });
}

/** What the buyer reads when the provider said no, in the window's language. */
export function refusalText(refusal: Refusal, language: Language): string {
  return language === "ko" ? refusal.message : refusal.messageEnglish;
}

/** What the page's script tells the merchant's page as soon as it runs. */
function message(content: Readonly<Record<string, string>>): Html {
  return html`data-message="${JSON.stringify(content)}"`;
}
