/** The pages of a payment that is over, one way or the other, or that never was. */
import { html } from "hono/html";
import { page, type Html, type Voice } from "./layout.ts";
import { sayIn, type Language, type TextKey } from "./texts.ts";

/** How a payment stands that nobody can pay any more. */
type Ending = "approved" | "canceled" | "failed" | "completed" | "timedOut";

export interface EndedPayment {
  readonly ending: Ending;
  /** What the payer reads, where the ending alone does not say it. */
  readonly lead?: TextKey;
  /** The way back to the shop; undefined where the shop named none. */
  readonly shopUrl: string | undefined;
}

const titles: Readonly<Record<Ending, readonly [title: TextKey, lead: TextKey]>> = {
  approved: ["approvedTitle", "approvedAlready"],
  canceled: ["canceledTitle", "canceledLead"],
  failed: ["failedTitle", "failedLead"],
  completed: ["completedTitle", "completedLead"],
  timedOut: ["timedOutTitle", "timedOutLead"],
};

export function endedPage(voice: Voice, { ending, lead, shopUrl }: EndedPayment): Html {
  const { say } = voice;
  const [title, usualLead] = titles[ending];
  const link = html`<a class="primary" href="${shopUrl}">${say("toShop")}</a>`;
  return page(voice, {
    title: say(title),
    body: html`<p>${say(lead ?? usualLead)}</p>
      ${shopUrl === undefined ? "" : link}`,
  });
}

/** The address names no payment, or one that this emulator has forgotten. */
export function unknownPage(language: Language): Html {
  const say = sayIn(language);
  return page(
    { language, say },
    { title: say("unknownTitle"), body: html`<p>${say("unknownLead")}</p>` },
  );
}
