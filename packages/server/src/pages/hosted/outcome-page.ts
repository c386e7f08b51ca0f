/** The page after the window: how far the registration is, what was paid, and what to do next. */
import { html, raw } from "hono/html";
import type { WindowPurpose } from "../../payment-windows/payment-window.ts";
import {
  hasTaken,
  isMethodMissing,
  isMoving,
  paymentOf,
  type RegistrationOutcome,
} from "../../registrations/registration-outcome.ts";
import type {
  OwedInvoice,
  RegistrationSurroundings,
  WindowSurroundings,
} from "../../registrations/registration-page-reads.ts";
import type { Registration } from "../../registrations/registration.ts";
import { jsonForPage, type Html } from "../answer.ts";
import { formatDay, formatMoney } from "../format.ts";
import { facts, hostedPage, type Voice } from "./layout.ts";
import { waitScript } from "./page-scripts.ts";
import type { TextKey } from "./texts.ts";
import { offerSentences } from "./window-offer.ts";

export interface OutcomePage {
  readonly registration: Registration;
  /** Whose window it was, in the customer's language. */
  readonly provider: string;
  readonly surroundings: RegistrationSurroundings;
  readonly outcome: Exclude<RegistrationOutcome, "open">;
  /** What another window would be opened for, where the customer is asked to go through one. */
  readonly next: WindowPurpose<OwedInvoice> | undefined;
}

interface Told {
  readonly sign: "good" | "bad" | "wait" | "plain";
  readonly title: TextKey;
  readonly lead: TextKey;
}

const told: Readonly<Record<OutcomePage["outcome"], Told>> = {
  registering: { sign: "wait", title: "registeringTitle", lead: "registeringLead" },
  confirming: { sign: "wait", title: "confirmingTitle", lead: "confirmingLead" },
  paying: { sign: "wait", title: "payingTitle", lead: "payingLead" },
  checking: { sign: "wait", title: "checkingTitle", lead: "checkingLead" },
  paid: { sign: "good", title: "paidTitle", lead: "paidLead" },
  held: { sign: "good", title: "heldTitle", lead: "heldLead" },
  released: { sign: "plain", title: "releasedTitle", lead: "releasedLead" },
  changed: { sign: "good", title: "changedTitle", lead: "changedLead" },
  trialing: { sign: "good", title: "trialingTitle", lead: "trialingLead" },
  stored: { sign: "good", title: "storedTitle", lead: "storedLead" },
  declined: { sign: "bad", title: "declinedTitle", lead: "declinedLead" },
  key_lost: { sign: "bad", title: "keyLostTitle", lead: "keyLostLead" },
  refused: { sign: "bad", title: "refusedTitle", lead: "refusedLead" },
  window_over: { sign: "plain", title: "windowOverTitle", lead: "windowOverLead" },
  superseded: { sign: "plain", title: "supersededTitle", lead: "supersededLead" },
  ended: { sign: "plain", title: "endedTitle", lead: "endedLead" },
  failed: { sign: "bad", title: "failedTitle", lead: "failedLead" },
  canceled: { sign: "plain", title: "canceledTitle", lead: "canceledLead" },
  expired: { sign: "plain", title: "expiredTitle", lead: "expiredLead" },
};

const signs = { good: "✓", bad: "!", wait: "", plain: "–" } as const;

export function outcomePage(voice: Voice, page: OutcomePage): Html {
  const { language, say } = voice;
  const { outcome, provider, surroundings } = page;
  const { merchant, mode, window } = surroundings;
  const { sign, title, lead } = wordsFor(page);
  const payment = outcome === "key_lost" ? window : paymentOf(surroundings);
  const values = {
    merchant,
    provider,
    amount: payment === undefined ? "" : formatMoney(payment.amount, language),
  };
  const waits = isMoving(outcome);
  const body = html`<div class="sign ${sign}" aria-hidden="true">${signs[sign]}</div>
    <h1>${say(title, values)}</h1>
    <p class="soft">${say(lead, values)}</p>
    ${details(voice, page)} ${waits ? waiting(voice, page) : actions(voice, page)}`;
  return hostedPage(voice, {
    title: say(title, values),
    merchant,
    isTest: mode === "test",
    body,
    ...(waits ? { refresh: { seconds: 3, by: "script" } } : {}),
  });
}

function wordsFor({ outcome, surroundings }: OutcomePage): Told {
  const { isConnectionActive, subscription, window } = surroundings;
  if (isUnpaidFailure(outcome) && !isConnectionActive) {
    return { sign: "bad", title: "busyTitle", lead: "busyLead" };
  }
  if (outcome === "key_lost" && window?.isOfPeriod === false) {
    return { ...told.key_lost, title: "keyLostUnpaidTitle", lead: "keyLostUnpaidLead" };
  }
  if (outcome === "ended" && hasPaid(surroundings)) return { ...told.ended, lead: "endedPaidLead" };
  // Not the first: a method that replaced another one paid what was owed.
  if (outcome === "paid" && (subscription?.paidInvoices ?? 0) > 1) {
    return { ...told.paid, title: "paidAgainTitle" };
  }
  return told[outcome];
}

/** Nothing was taken, and the merchant's connection may be why. */
function isUnpaidFailure(outcome: RegistrationOutcome): boolean {
  return outcome === "failed" || outcome === "refused" || outcome === "window_over";
}

/** The registration, or its key, has moved money. */
function hasPaid({ subscription, window }: RegistrationSurroundings): boolean {
  const charge = subscription?.latestCharge;
  const isByKey = charge?.isWithThisKey === true && charge.capturedAt !== undefined;
  return isByKey || (window !== undefined && hasTaken(window));
}

function details(voice: Voice, page: OutcomePage): Html | string {
  const { outcome } = page;
  if (outcome === "failed" || outcome === "refused") return failureDetails(voice, page);
  if (outcome === "declined") return declineDetails(voice, page);
  const pairs = outcomeFacts(voice, page);
  const list = pairs.length === 0 ? "" : facts(pairs);
  return outcome === "key_lost" ? html`${list}${nextWindow(voice, page)}` : list;
}

function outcomeFacts(
  { say, language }: Voice,
  { outcome, surroundings }: OutcomePage,
): [string, string][] {
  const { merchant, methodLabel, subscription, window } = surroundings;
  const pairs: [string, string][] = [];
  if (subscription !== undefined) pairs.push([say("plan"), subscription.planName]);
  const payment = paymentOf(surroundings);
  const isTold = outcome === "paid" || (outcome === "ended" && hasPaid(surroundings));
  if (isTold && payment !== undefined && isCaptured(surroundings)) {
    pairs.push([say("paidAmount"), formatMoney(payment.amount, language)]);
    if (payment.refundedMinor > 0) {
      const refunded = { ...payment.amount, amountMinor: payment.refundedMinor };
      pairs.push([say("refunded"), formatMoney(refunded, language)]);
    }
  }
  if (window !== undefined && !window.isOfPeriod && hasTaken(window)) {
    const values = { merchant, amount: formatMoney(window.amount, language) };
    pairs.push([say("registrationAmount"), say(givingBack(window), values)]);
  }
  if (methodLabel !== undefined) pairs.push([say("paidFrom"), methodLabel]);
  if (outcome === "paid" && subscription !== undefined && subscription.openInvoices > 0) {
    pairs.push([say("owed"), formatMoney(subscription.owed, language)]);
  }
  return [...pairs, ...nextFact({ say, language }, outcome, surroundings)];
}

/** The payment that is told of took the money for good, be it given back since. */
function isCaptured({ subscription, window }: RegistrationSurroundings): boolean {
  if (window?.isOfPeriod === true && hasTaken(window)) return window.capturedMinor > 0;
  return subscription?.latestCharge?.capturedAt !== undefined;
}

function nextFact(
  { say, language }: Pick<Voice, "say" | "language">,
  outcome: RegistrationOutcome,
  { subscription }: RegistrationSurroundings,
): [string, string][] {
  const isSettled =
    outcome === "paid" || outcome === "held" || outcome === "changed" || outcome === "trialing";
  if (!isSettled || subscription?.nextDueAt === undefined) return [];
  const { cancelsAtPeriodEnd, nextDueAt, zone } = subscription;
  const name = cancelsAtPeriodEnd ? "endsOn" : "nextPayment";
  return [[say(name), formatDay(nextDueAt, zone, language)]];
}

function givingBack({ capturedMinor, refundedMinor, refundingMinor }: WindowSurroundings) {
  if (capturedMinor > 0 && refundedMinor >= capturedMinor) return "givenBack";
  return refundingMinor > 0 ? "beingGivenBack" : "notGivenBack";
}

/** What registering once more takes, so that nobody fears to pay twice. */
function nextWindow(voice: Voice, page: OutcomePage): Html {
  const { say } = voice;
  const { next, provider, surroundings } = page;
  const { subscription, window } = surroundings;
  const notTwice = window?.isOfPeriod === true ? html`<p>${say("keyLostNotTwice")}</p>` : "";
  if (next === undefined || subscription === undefined) return html`${notTwice}`;
  const sentences =
    next.kind === "blocked"
      ? [say("blockedLead")]
      : offerSentences(voice, { provider, purpose: next, subscription });
  return html`<h2>${say("keyLostAgain")}</h2>
    <div class="offer">${notTwice}${sentences.map((text) => html`<p>${text}</p>`)}</div>`;
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

function waiting({ say, nonce }: Voice, { outcome, registration: { id } }: OutcomePage): Html {
  const asked = { outcome, slowText: say("slow"), status: `/r/${id}/status` };
  return html`<p id="slow" class="soft" role="status"></p>
    <script type="application/json" id="waiting">
      ${raw(jsonForPage(asked))}
    </script>
    <script nonce="${nonce}" type="module">
      ${raw(waitScript)};
    </script>`;
}

function actions({ say }: Voice, page: OutcomePage): Html {
  const { id, returnUrl } = page.registration;
  const { isConnectionActive, merchant } = page.surroundings;
  const asks = isWorthAnotherTry(page);
  const isPossible = asks && (isConnectionActive || page.outcome !== "key_lost");
  const quiet = isPossible ? "button quiet" : "button";
  return html`${
    isPossible
      ? html`<form method="post" action="/r/${id}/retry">
          <button type="submit">${say("retry")}</button>
        </form>`
      : ""
  }
  ${asks && !isPossible ? html`<p>${say("retryLater", { merchant })}</p>` : ""}
  ${
    returnUrl === undefined
      ? asks
        ? ""
        : html`<p class="soft">${say("closePage")}</p>`
      : html`<a class="${quiet}" href="${returnUrl}">
          ${say("returnTo", { host: new URL(returnUrl).host })}
        </a>`
  }`;
}

/** The registration ended without a method, and its customer may still need one. */
function isWorthAnotherTry({ outcome, registration, surroundings }: OutcomePage): boolean {
  const { status } = registration;
  if (status !== "failed" && status !== "canceled") return false;
  const { subscription } = surroundings;
  if (subscription?.status === "canceled") return false;
  if (outcome === "paid" || outcome === "changed") return false;
  return outcome !== "superseded" || (subscription !== undefined && isMethodMissing(subscription));
}
