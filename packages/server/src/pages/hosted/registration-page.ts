/** The page with the button: who collects what and when, what agreeing means, and the way into the provider's window. */
import { html, raw } from "hono/html";
import type { PaymentWindow, ScriptWindow } from "@maedal/gateways";
import type {
  RegistrationSurroundings,
  SubscriptionSurroundings,
} from "../../registrations/registration-page-reads.ts";
import type { Registration } from "../../registrations/registration.ts";
import { jsonForPage, type Html } from "../answer.ts";
import { formatDay, formatInterval, formatMoney } from "../format.ts";
import { facts, hostedPage, type Voice } from "./layout.ts";
import { windowScript } from "./page-scripts.ts";
import type { TextKey } from "./texts.ts";

export interface RegistrationPage {
  readonly registration: Registration;
  readonly surroundings: RegistrationSurroundings;
  readonly window: PaymentWindow | OpenableWindow;
  readonly notice: TextKey | undefined;
}

/** A script's window with what opens it. */
type OpenableWindow = ScriptWindow & {
  /** Half a secret: shown to the browser that the registration belongs to and to no other. */
  readonly customerKey: string;
};

export function registrationPage(voice: Voice, page: RegistrationPage): Html {
  const { say } = voice;
  const { registration, surroundings, notice, window } = page;
  const { merchant, customerName, mode, subscription } = surroundings;
  const words = wordsOf(registration.method);
  const title = subscription?.hasStarted === true ? "titleReplace" : words.title;
  const body = html`${
      customerName === undefined
        ? ""
        : html`<p class="hello">${say("hello", { name: customerName })}</p>`
    }
    <h1>${say(title)}</h1>
    <p id="notice" class="notice" role="status">${notice === undefined ? "" : say(notice)}</p>
    ${subscription === undefined ? html`<p>${say("storedOnly")}</p>` : facts(planFacts(voice, subscription))}
    <h2>${say("consentTitle")}</h2>
    <ul>
      ${consents(voice, page).map((text) => html`<li>${text}</li>`)}
    </ul>
    ${
      window.kind === "payment"
        ? html`<form method="post" action="/r/${registration.id}/window">
            <button id="register" type="submit">${say(words.button)}</button>
          </form>`
        : scriptButton(voice, page, window)
    }
    <form method="post" action="/r/${registration.id}/cancel">
      <button class="quiet" type="submit">${say("giveUp")}</button>
    </form>`;
  return hostedPage(voice, { title: say(title), merchant, isTest: mode === "test", body });
}

/** What a method is called; one that we have no words for goes by the provider's name. */
function wordsOf(method: string): {
  readonly title: TextKey;
  readonly button: TextKey;
  readonly method: TextKey;
} {
  switch (method) {
    case "CARD":
      return { title: "titleCard", button: "buttonCard", method: "card" };
    case "LINE_PAY":
      return { title: "titleLinePay", button: "buttonLinePay", method: "linePay" };
    default:
      return { title: "titleTransfer", button: "buttonTransfer", method: "account" };
  }
}

function scriptButton(voice: Voice, page: RegistrationPage, window: OpenableWindow): Html {
  const { say, nonce } = voice;
  const request = raw(jsonForPage(windowRequest(voice, page, window)));
  return html`<noscript><p class="notice bad">${say("needsScript")}</p></noscript>
    <button id="register" type="button">${say(wordsOf(page.registration.method).button)}</button>
    <script type="application/json" id="window-request">
      ${request}
    </script>
    <script nonce="${nonce}" src="${window.script.url}"></script>
    <script nonce="${nonce}" type="module">
      ${raw(windowScript)};
    </script>`;
}

function planFacts({ say, language }: Voice, it: SubscriptionSurroundings): [string, string][] {
  const amount = formatMoney(it.amount, language);
  const pairs: [string, string][] = [
    [say("plan"), it.planName],
    [say("price"), `${formatInterval(it.interval, language)} ${amount}`],
  ];
  if (!it.hasStarted) {
    const days = String(it.trialDays);
    const key = it.trialDays > 0 ? "firstPaymentAfterTrial" : "firstPaymentNow";
    return [...pairs, [say("firstPayment"), say(key, { amount, days })]];
  }
  if (it.openInvoices > 0) {
    const owed = formatMoney(it.owed, language);
    return [...pairs, [say("owed"), say("owedNow", { amount: owed })]];
  }
  if (it.nextDueAt === undefined) return pairs;
  return [...pairs, [say("nextPayment"), formatDay(it.nextDueAt, it.zone, language)]];
}

function consents({ say, language }: Voice, { registration, surroundings }: RegistrationPage) {
  const { merchant, subscription } = surroundings;
  const method = say(wordsOf(registration.method).method);
  const charge =
    subscription === undefined
      ? say("consentChargeLater", { merchant, method })
      : say("consentCharge", {
          amount: formatMoney(subscription.amount, language),
          interval: formatInterval(subscription.interval, language),
          method,
        });
  return [charge, say("consentCancel", { merchant }), say("consentSecret", { merchant, method })];
}

function windowRequest(
  { say }: Voice,
  { registration: { method }, surroundings }: RegistrationPage,
  { customerKey, script }: OpenableWindow,
): unknown {
  const name = surroundings.customerName?.slice(0, 100);
  return {
    clientKey: script.clientKey,
    customerKey,
    request: { method, ...(name === undefined ? {} : { customerName: name }) },
    texts: {
      opening: say("opening"),
      canceled: say("noticeCanceled"),
      problem: say("windowProblem"),
      scriptMissing: say("scriptMissing"),
    },
  };
}
