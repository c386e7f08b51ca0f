/** The frame of every page inside an open window, with all the ways to leave it. */
import { html } from "hono/html";
import { facts, progress } from "../../windows/form-parts.ts";
import type { Typed } from "../../windows/forms.ts";
import type { Html } from "../../windows/page.ts";
import { channelTraits } from "../channels.ts";
import { isCharged } from "../checkouts.ts";
import type { Payment } from "../records.ts";
import type { FormState, Mistakes } from "./forms.ts";
import { page, type Message } from "./layout.ts";
import type { WindowSession } from "./sessions.ts";
import { sayIn, wholeWon, type Say, type TextKey } from "./texts.ts";

/** One window as its pages see it. */
export interface WindowView {
  readonly session: WindowSession;
  readonly payment: Payment;
  readonly say: Say;
  /** The PG's name in the window's language. */
  readonly pgName: string;
}

export function viewOf(session: WindowSession, payment: Payment): WindowView {
  const { language } = session;
  const pgName = channelTraits[payment.channel.pgProvider].name[language];
  return { session, payment, say: sayIn(language), pgName };
}

export function formState({ say }: WindowView, typed: Typed = {}, mistakes: Mistakes = {}) {
  return { say, typed, mistakes } satisfies FormState;
}

/** Path of a page of this window. */
export function windowPath({ id }: Pick<WindowSession, "id">, step = ""): string {
  return `/windows/${id}${step === "" ? "" : `/${step}`}`;
}

const walletSteps = ["stepLogIn", "stepMeans", "stepConsent"] as const;

interface WindowContent {
  readonly title: TextKey;
  readonly body: Html;
  /** Undefined for a window of one page. */
  readonly step?: (typeof walletSteps)[number];
  readonly message?: Message;
}

/** A page of an open window. */
export function windowPage(view: WindowView, { title, body, step, message }: WindowContent): Html {
  const { session, payment, say, pgName } = view;
  return page({
    language: session.language,
    say,
    title: say(title, { pg: pgName }),
    body: html`${step === undefined ? "" : progress(say, walletSteps, step)}${body}`,
    pgProvider: payment.channel.pgProvider,
    brand: pgName,
    foot: leaving(view),
    parent: session.parent,
    message,
  });
}

/** Merchant, order and amount, and what becomes of the amount. */
export function orderFacts(view: WindowView, more: readonly (readonly [string, string])[] = []) {
  const { session, payment, say } = view;
  const isPaidNow = isCharged(payment);
  const amount = say("won", { amount: wholeWon(payment.amount) });
  const pairs: (readonly [string, string])[] = [
    [say("merchant"), session.merchantName],
    [say("order"), payment.name ?? ""],
    ...more,
    [say(isPaidNow ? "amountNow" : "amount"), amount],
  ];
  return html`${facts(pairs)}
    <p class="${isPaidNow ? "charged" : "lead"}">
      ${say(isPaidNow ? "chargedNow" : "nothingNow")}
    </p>`;
}

/** What the payer agrees to. */
export function agreement({ session, payment, say }: WindowView): string {
  if (payment.customerUid === null) return say("agreePayment");
  return say("agreeRecurring", { merchant: session.merchantName });
}

/** What the last button says. */
export function finishText({ payment, say }: WindowView): string {
  return say(isCharged(payment) ? "pay" : "register");
}

/** Cancel, and the outcomes a tester may want: fail, and in an iframe close. */
function leaving({ session, say }: WindowView): Html {
  const post = (step: string) => html`method="post" action="${windowPath(session, step)}"`;
  return html`<footer>
    <form ${post("cancel")}>
      <button class="quiet" type="submit">${say("cancel")}</button>
    </form>
    <details>
      <summary>${say("otherOutcomes")}</summary>
      <form ${post("fail")}>
        <label for="fail-message">${say("failMessage")}</label>
        <input id="fail-message" name="message" maxlength="200" autocomplete="off" />
        <button type="submit">${say("fail")} <code>F0005</code></button>
      </form>
      <button type="button" hidden data-close>${say("close")}</button>
    </details>
  </footer>`;
}
