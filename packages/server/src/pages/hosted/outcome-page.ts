/** The page after the window: how far the registration is, what was paid, and what to do next. */
import { html, raw } from "hono/html";
import { isMoving, type RegistrationOutcome } from "../../registrations/registration-outcome.ts";
import type { RegistrationSurroundings } from "../../registrations/registration-page-reads.ts";
import type { Registration } from "../../registrations/registration.ts";
import { jsonForPage, type Html } from "../answer.ts";
import { formatDay, formatMoney } from "../format.ts";
import { facts, hostedPage, type Voice } from "./layout.ts";
import { waitScript } from "./page-scripts.ts";
import type { TextKey } from "./texts.ts";

export interface OutcomePage {
  readonly registration: Registration;
  readonly surroundings: RegistrationSurroundings;
  readonly outcome: RegistrationOutcome;
}

interface Told {
  readonly sign: "good" | "bad" | "wait" | "plain";
  readonly title: TextKey;
  readonly lead: TextKey;
}

const told: Readonly<Record<Exclude<RegistrationOutcome, "open">, Told>> = {
  registering: { sign: "wait", title: "registeringTitle", lead: "registeringLead" },
  paying: { sign: "wait", title: "payingTitle", lead: "payingLead" },
  checking: { sign: "wait", title: "checkingTitle", lead: "checkingLead" },
  paid: { sign: "good", title: "paidTitle", lead: "paidLead" },
  changed: { sign: "good", title: "changedTitle", lead: "changedLead" },
  trialing: { sign: "good", title: "trialingTitle", lead: "trialingLead" },
  stored: { sign: "good", title: "storedTitle", lead: "storedLead" },
  declined: { sign: "bad", title: "declinedTitle", lead: "declinedLead" },
  ended: { sign: "plain", title: "endedTitle", lead: "endedLead" },
  failed: { sign: "bad", title: "failedTitle", lead: "failedLead" },
  canceled: { sign: "plain", title: "canceledTitle", lead: "canceledLead" },
  expired: { sign: "plain", title: "expiredTitle", lead: "expiredLead" },
};

const signs = { good: "✓", bad: "!", wait: "", plain: "–" } as const;

export function outcomePage(voice: Voice, page: OutcomePage): Html {
  const { say } = voice;
  const { outcome, registration, surroundings } = page;
  const { merchant, mode } = surroundings;
  const { sign, title, lead } = wordsFor(page);
  const amount = surroundings.subscription?.latestCharge?.amount;
  const values = {
    merchant,
    amount: amount === undefined ? "" : formatMoney(amount, voice.language),
  };
  const waits = isMoving(outcome);
  const body = html`<div class="sign ${sign}" aria-hidden="true">${signs[sign]}</div>
    <h1>${say(title, values)}</h1>
    <p class="soft">${say(lead, values)}</p>
    ${details(voice, page)} ${waits ? waiting(voice, outcome) : actions(voice, registration)}`;
  return hostedPage(voice, {
    title: say(title, values),
    merchant,
    isTest: mode === "test",
    body,
    ...(waits ? { refreshSeconds: 3 } : {}),
  });
}

function wordsFor({ outcome, surroundings }: OutcomePage): Told {
  if (outcome === "failed" && !surroundings.isConnectionActive) {
    return { sign: "bad", title: "busyTitle", lead: "busyLead" };
  }
  // Not the first: a method that replaced another one paid what was owed.
  const paidInvoices = surroundings.subscription?.paidInvoices ?? 0;
  if (outcome === "paid" && paidInvoices > 1) return { ...told.paid, title: "paidAgainTitle" };
  return told[outcome === "open" ? "canceled" : outcome];
}

function details(voice: Voice, page: OutcomePage): Html | string {
  const { outcome, surroundings } = page;
  if (outcome === "failed") return failureDetails(voice, page);
  if (outcome === "declined") return declineDetails(voice, page);
  const pairs = outcomeFacts(voice, surroundings, outcome);
  return pairs.length === 0 ? "" : facts(pairs);
}

function outcomeFacts(
  { say, language }: Voice,
  { subscription, methodLabel }: RegistrationSurroundings,
  outcome: RegistrationOutcome,
): [string, string][] {
  const pairs: [string, string][] = [];
  if (subscription !== undefined) pairs.push([say("plan"), subscription.planName]);
  if (outcome === "paid" && subscription?.latestCharge !== undefined) {
    pairs.push([say("paidAmount"), formatMoney(subscription.latestCharge.amount, language)]);
  }
  if (methodLabel !== undefined) pairs.push([say("paidFrom"), methodLabel]);
  const isSettled = outcome === "paid" || outcome === "changed" || outcome === "trialing";
  if (isSettled && subscription?.nextDueAt !== undefined) {
    const { nextDueAt, zone } = subscription;
    pairs.push([say("nextPayment"), formatDay(nextDueAt, zone, language)]);
  }
  return pairs;
}

function failureDetails(
  { say }: Voice,
  { registration, surroundings }: OutcomePage,
): Html | string {
  if (!surroundings.isConnectionActive) return ""; // The merchant's business, not the customer's.
  const { failureCode, failureMessage } = registration;
  if (failureCode === "outcome_unknown") return html`<p>${say("unresolved")}</p>`;
  if (failureCode === undefined && failureMessage === undefined) return "";
  return providerSays(say("providerSays"), failureMessage, failureCode);
}

function declineDetails({ say, language }: Voice, { surroundings }: OutcomePage): Html {
  const { merchant, subscription } = surroundings;
  const charge = subscription?.latestCharge;
  const retryAt = charge?.status === "scheduled" ? charge.dueAt : undefined;
  const zone = subscription?.zone ?? "Asia/Seoul";
  return html`${
      charge?.failureMessage === undefined
        ? ""
        : providerSays(say("providerSays"), charge.failureMessage, undefined)
    }
    <p>
      ${
        retryAt === undefined || subscription?.methodRequired === true
          ? ""
          : say("declinedRetry", { date: formatDay(retryAt, zone, language) })
      }
      ${say("declinedAdvice", { merchant })}
    </p>`;
}

/** Untrusted text, in quotation: the template escapes it. */
function providerSays(cite: string, message: string | undefined, code: string | undefined): Html {
  return html`<blockquote>
    <cite>${cite}</cite>
    ${message ?? ""} ${code === undefined ? "" : html`<small>(${code})</small>`}
  </blockquote>`;
}

function waiting({ say, nonce }: Voice, outcome: RegistrationOutcome): Html {
  return html`<p id="slow" class="soft" role="status"></p>
    <script type="application/json" id="waiting">
      ${raw(jsonForPage({ outcome, slowText: say("slow") }))}
    </script>
    <script nonce="${nonce}" type="module">
      ${raw(waitScript)};
    </script>`;
}

function actions({ say }: Voice, { id, status, returnUrl }: Registration): Html {
  const canRetry = status === "failed" || status === "canceled";
  const quiet = canRetry ? "button quiet" : "button";
  return html`${
    canRetry
      ? html`<form method="post" action="/r/${id}/retry">
          <button type="submit">${say("retry")}</button>
        </form>`
      : ""
  }
  ${
    returnUrl === undefined
      ? html`<p class="soft">${say("closePage")}</p>`
      : html`<a class="${quiet}" href="${returnUrl}">
          ${say("returnTo", { host: new URL(returnUrl).host })}
        </a>`
  }`;
}
