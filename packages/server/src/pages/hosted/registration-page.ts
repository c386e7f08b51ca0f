/** The page with the button: who collects what and when, what agreeing means, and the way into the provider's window. */
import { html, raw } from "hono/html";
import type { RegistrationWindow } from "@maedal/gateways";
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
  readonly window: RegistrationWindow;
  /** Half a secret: shown to the browser that the registration belongs to and to no other. */
  readonly customerKey: string;
  readonly notice: "noticeCanceled" | "noticeMismatch" | undefined;
}

export function registrationPage(voice: Voice, page: RegistrationPage): Html {
  const { say } = voice;
  const { registration, surroundings, notice, window } = page;
  const { merchant, customerName, mode, subscription } = surroundings;
  const isCard = registration.method === "CARD";
  const isReplacement = subscription?.hasStarted === true;
  const title = isReplacement ? "titleReplace" : isCard ? "titleCard" : "titleTransfer";
  const button: TextKey = isCard ? "buttonCard" : "buttonTransfer";
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
    <noscript><p class="notice bad">${say("needsScript")}</p></noscript>
    <button id="register" type="button">${say(button)}</button>
    <form method="post" action="/r/${registration.id}/cancel">
      <button class="quiet" type="submit">${say("giveUp")}</button>
    </form>
    <script type="application/json" id="window-request">
      ${raw(jsonForPage(windowRequest(voice, page)))}
    </script>
    <script nonce="${voice.nonce}" src="${window.script.url}"></script>
    <script nonce="${voice.nonce}" type="module">
      ${raw(windowScript)};
    </script>`;
  return hostedPage(voice, { title: say(title), merchant, isTest: mode === "test", body });
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
  const method = say(registration.method === "CARD" ? "card" : "account");
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

function windowRequest({ say }: Voice, page: RegistrationPage): unknown {
  const { surroundings, window, customerKey } = page;
  const name = surroundings.customerName?.slice(0, 100);
  return {
    clientKey: window.script.clientKey,
    customerKey,
    request: { method: window.method, ...(name === undefined ? {} : { customerName: name }) },
    texts: {
      opening: say("opening"),
      canceled: say("noticeCanceled"),
      problem: say("windowProblem"),
      scriptMissing: say("scriptMissing"),
    },
  };
}
