/** The page with the button: who collects what and when, what agreeing means, and the way into the provider's window. */
import { html, raw } from "hono/html";
import type { ScriptWindow } from "@maedal/gateways";
import type { WindowPurpose } from "../../payment-windows/payment-window.ts";
import type {
  OwedInvoice,
  RegistrationSurroundings,
  SubscriptionSurroundings,
} from "../../registrations/registration-page-reads.ts";
import type { Registration } from "../../registrations/registration.ts";
import { jsonForPage, type Html } from "../answer.ts";
import { formatDate, formatDay, formatInterval, formatMoney } from "../format.ts";
import { facts, hostedPage, type Voice } from "./layout.ts";
import { wordsOf } from "./method-words.ts";
import type { WindowRequest } from "./order-window.ts";
import { approvalScript, windowScripts } from "./page-scripts.ts";
import type { TextKey } from "./texts.ts";
import { amountNow, endOf, isHeld, offerSentences, trialEndOf } from "./window-offer.ts";

export interface RegistrationPage {
  readonly registration: Registration;
  readonly surroundings: RegistrationSurroundings;
  /** Whose window it is, in the customer's language. */
  readonly provider: string;
  readonly window: OfferedWindow | OpenableWindow;
  readonly notice: TextKey | undefined;
}

/** A payment window, before it is opened. */
interface OfferedWindow {
  readonly kind: "payment";
  readonly purpose: WindowPurpose<OwedInvoice>;
  /** One that was opened before may still be approved. */
  readonly isOpened: boolean;
}

/** A script's window with what opens it. */
interface OpenableWindow {
  readonly kind: "script";
  readonly script: ScriptWindow["script"];
  /** Half a secret: shown to the browser that the registration belongs to and to no other. */
  readonly customerKey: string;
  /** Where the window is opened for an order: what the script's call takes, and where it ends. */
  readonly order: WindowRequest | undefined;
  /** One that was opened before may have been gone through. */
  readonly isOpened: boolean;
}

export function registrationPage(voice: Voice, page: RegistrationPage): Html {
  const { say } = voice;
  const { provider, registration, surroundings, notice, window } = page;
  const { merchant, customerName, mode, subscription } = surroundings;
  const isBlocked = window.kind === "payment" && window.purpose.kind === "blocked";
  const words = wordsOf(say, registration.method, provider);
  const usual = subscription?.hasStarted === true ? say("titleReplace") : words.title;
  const title = isBlocked ? say("blockedTitle") : usual;
  const body = html`${
      customerName === undefined
        ? ""
        : html`<p class="hello">${say("hello", { name: customerName })}</p>`
    }
    <h1>${title}</h1>
    <p id="notice" class="notice" role="status">${notice === undefined ? "" : say(notice)}</p>
    ${isBlocked ? blocked(voice, registration) : offered(voice, page)}
    <form method="post" action="/r/${registration.id}/cancel">
      <button class="quiet" type="submit">${say("giveUp")}</button>
    </form>`;
  return hostedPage(voice, {
    title,
    merchant,
    isTest: mode === "test",
    body,
    ...(isBlocked ? { refresh: { seconds: 5, by: "page" } } : {}),
  });
}

/** Nothing may be collected before it is known what became of an earlier payment: no way in. */
function blocked({ say }: Voice, { id }: Registration): Html {
  return html`<p class="soft">${say("blockedLead")}</p>
    <a class="button" href="/r/${id}">${say("checkAgain")}</a>`;
}

function offered(voice: Voice, page: RegistrationPage): Html {
  const { say } = voice;
  const { surroundings, window } = page;
  const { subscription } = surroundings;
  return html`${
      subscription === undefined
        ? html`<p>${say("storedOnly")}</p>`
        : facts(planFacts(voice, subscription, window))
    }
    ${window.kind === "payment" ? offer(voice, page, window) : ""}
    <h2>${say("consentTitle")}</h2>
    <ul>
      ${consents(voice, page).map((text) => html`<li>${text}</li>`)}
    </ul>
    ${
      window.kind === "payment"
        ? paymentButton(voice, page, window)
        : scriptButton(voice, page, window)
    }`;
}

function offer(
  voice: Voice,
  { provider, surroundings: { subscription } }: RegistrationPage,
  { purpose }: OfferedWindow,
): Html | string {
  if (subscription === undefined || purpose.kind === "blocked") return "";
  const sentences = offerSentences(voice, { provider, purpose, subscription });
  return html`<div class="offer">${sentences.map((text) => html`<p>${text}</p>`)}</div>`;
}

function paymentButton(
  voice: Voice,
  { provider, registration: { id, method } }: RegistrationPage,
  { isOpened }: OfferedWindow,
): Html {
  const { say } = voice;
  return html`${isOpened ? goOn(voice, id, provider) : ""}
    <form method="post" action="/r/${id}/window">
      <button id="register" type="submit">${wordsOf(say, method, provider).button}</button>
    </form>`;
}

/** A window may be open somewhere: by hand, or by the script, the page asks whether it was approved. */
function goOn({ say, nonce }: Voice, id: string, provider: string): Html {
  return html`<div class="opened">
      <p class="soft">${say("openedLead", { provider })}</p>
      <form method="get" action="/r/${id}">
        <input type="hidden" name="notice" value="waiting" />
        <button class="second" type="submit">${say("openedGoOn")}</button>
      </form>
    </div>
    <script type="application/json" id="waiting">
      ${raw(jsonForPage({ status: `/r/${id}/status` }))}
    </script>
    <script nonce="${nonce}" type="module">
      ${raw(approvalScript)};
    </script>`;
}

function scriptButton(voice: Voice, page: RegistrationPage, window: OpenableWindow): Html {
  const { say, nonce } = voice;
  const { notice, provider, registration } = page;
  const mayBeThrough = window.isOpened && notice !== "noticeCanceled";
  const request = raw(jsonForPage(windowRequest(voice, page, window)));
  return html`${mayBeThrough ? goOn(voice, registration.id, provider) : ""}<noscript
      ><p class="notice bad">${say("needsScript")}</p></noscript
    >
    <button id="register" type="button">
      ${wordsOf(say, registration.method, provider).button}
    </button>
    <script type="application/json" id="window-request">
      ${request}
    </script>
    <script nonce="${nonce}" src="${window.script.url}"></script>
    <script nonce="${nonce}" type="module">
      ${raw(windowScripts[window.script.global])};
    </script>`;
}

function planFacts(
  voice: Voice,
  it: SubscriptionSurroundings,
  window: RegistrationPage["window"],
): [string, string][] {
  const { say, language } = voice;
  const price = say("priceEach", {
    interval: formatInterval(it.interval, language),
    amount: formatMoney(it.amount, language),
  });
  const plan: [string, string][] = [
    [say("plan"), it.planName],
    [say("price"), price],
  ];
  const now = window.kind === "payment" ? nowByWindow(voice, it, window) : nowByKey(voice, it);
  return [...plan, ...now];
}

/** Approving the window takes it. */
function nowByWindow(
  { say, language }: Voice,
  subscription: SubscriptionSurroundings,
  { purpose }: OfferedWindow,
): [string, string][] {
  if (purpose.kind === "blocked") return [];
  const amount = formatMoney(amountNow({ purpose, subscription }), language);
  if (purpose.kind !== "registration")
    return [[say(isHeld(purpose) ? "holdNow" : "payNow"), amount]];
  const now: [string, string] = [say("payNow"), say("payNowAndBack", { amount })];
  return [now, ...nextFact({ say, language }, subscription)];
}

/** The billing key is charged right after the window, or when the next payment is due. */
function nowByKey({ say, language }: Voice, it: SubscriptionSurroundings): [string, string][] {
  const amount = formatMoney(it.amount, language);
  if (!it.hasStarted) {
    const days = String(it.trialDays);
    const key = it.trialDays > 0 ? "firstPaymentAfterTrial" : "firstPaymentNow";
    return [[say("firstPayment"), say(key, { amount, days })]];
  }
  if (it.openInvoices > 0) {
    const owed = formatMoney(it.owed, language);
    return [[say("owed"), say("owedNow", { amount: owed })]];
  }
  return nextFact({ say, language }, it);
}

function nextFact(
  { say, language }: Pick<Voice, "say" | "language">,
  it: SubscriptionSurroundings,
): [string, string][] {
  if (!it.hasStarted) return [[say("firstPayment"), formatDate(trialEndOf(it), language)]];
  if (it.nextDueAt === undefined) return [];
  const name = it.cancelsAtPeriodEnd ? "endsOn" : "nextPayment";
  return [[say(name), formatDay(it.nextDueAt, it.zone, language)]];
}

function consents(
  voice: Voice,
  { provider, registration, surroundings }: RegistrationPage,
): string[] {
  const { merchant, subscription } = surroundings;
  const { method, secret } = wordsOf(voice.say, registration.method, provider);
  return [
    chargeConsent(voice, method, surroundings),
    ...(subscription?.cancelsAtPeriodEnd === true
      ? []
      : [voice.say("consentCancel", { merchant })]),
    secret(merchant),
  ];
}

function chargeConsent(
  voice: Voice,
  method: string,
  { merchant, subscription }: RegistrationSurroundings,
): string {
  const { say, language } = voice;
  if (subscription === undefined) return say("consentChargeLater", { merchant, method });
  return (
    endOf(voice, subscription) ??
    say("consentCharge", {
      amount: formatMoney(subscription.amount, language),
      interval: formatInterval(subscription.interval, language),
      method,
    })
  );
}

function windowRequest(
  { say }: Voice,
  { registration: { method }, surroundings }: RegistrationPage,
  { customerKey, order, script }: OpenableWindow,
): unknown {
  const name = surroundings.customerName?.slice(0, 100);
  return {
    clientKey: script.clientKey,
    ...(order ?? {
      customerKey,
      request: { method, ...(name === undefined ? {} : { customerName: name }) },
    }),
    texts: {
      opening: say("opening"),
      canceled: say("noticeCanceled"),
      problem: say("windowProblem"),
      scriptMissing: say("scriptMissing"),
    },
  };
}
