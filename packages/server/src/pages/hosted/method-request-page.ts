/** The page of a method request: who asks, what for and why, and a button for each method. */
import { html } from "hono/html";
import type { MethodRequestSurroundings } from "../../method-requests/method-request-page-reads.ts";
import type { MethodRequest } from "../../method-requests/method-request.ts";
import type { Html } from "../answer.ts";
import { formatDay, formatInterval, formatMoney } from "../format.ts";
import { facts, hostedPage, type Voice } from "./layout.ts";
import { wordsOf } from "./method-words.ts";
import type { TextKey } from "./texts.ts";

export interface MethodRequestPage {
  readonly request: MethodRequest;
  readonly surroundings: MethodRequestSurroundings;
  readonly standing: MethodRequestStanding;
}

/** What the page can offer now. */
export type MethodRequestStanding =
  | { readonly kind: "open"; readonly offer: MethodOffer }
  /** Nothing can be registered at the moment, and later perhaps again. */
  | { readonly kind: "unavailable" }
  | { readonly kind: "completed" }
  | { readonly kind: "withdrawn" }
  | { readonly kind: "ended" };

export interface MethodOffer {
  readonly methods: readonly string[];
  /** Where they are registered, in the customer's language. */
  readonly provider: string;
  /** Whom the merchant leaves; undefined when that is not why, "" when it has no name to be told. */
  readonly left: string | undefined;
}

export function methodRequestPage(voice: Voice, page: MethodRequestPage): Html {
  const { say } = voice;
  const { merchant, mode } = page.surroundings;
  const { standing } = page;
  const told = standing.kind === "open" ? undefined : notOpen[standing.kind];
  const title = say(told?.title ?? titleOf(page.surroundings));
  const body =
    standing.kind === "open"
      ? openBody(voice, page, standing.offer, title)
      : html`<div class="sign ${told?.sign ?? ""}" aria-hidden="true">
            ${told?.sign === "good" ? "✓" : "–"}
          </div>
          <h1>${title}</h1>
          <p class="soft">${told === undefined ? "" : say(told.lead, { merchant })}</p>`;
  return hostedPage(voice, { title, merchant, isTest: mode === "test", body });
}

interface Told {
  readonly title: TextKey;
  readonly lead: TextKey;
  readonly sign: "good" | "";
}

const notOpen: Readonly<Record<Exclude<MethodRequestStanding["kind"], "open">, Told>> = {
  unavailable: { title: "busyTitle", lead: "askBusyLead", sign: "" },
  completed: { title: "askDoneTitle", lead: "askDoneLead", sign: "good" },
  withdrawn: { title: "askOverTitle", lead: "askOverLead", sign: "" },
  ended: { title: "endedTitle", lead: "endedPaidLead", sign: "" },
};

function titleOf({ hasStarted }: MethodRequestSurroundings): TextKey {
  return hasStarted ? "titleReplace" : "askTitle";
}

function openBody(
  voice: Voice,
  { request, surroundings }: MethodRequestPage,
  { left, methods, provider }: MethodOffer,
  title: string,
): Html {
  const { language, say } = voice;
  return html`<h1>${title}</h1>
    <p>${why(voice, surroundings, left)}</p>
    ${facts(planFacts(voice, surroundings))}
    ${methods.map(
      // The language goes along, so that the page that follows is in the same one.
      (method, n) =>
        html`<form method="post" action="/m/${request.id}?lang=${language}">
          <input type="hidden" name="method" value="${method}" />
          <button class="${n === 0 ? "" : "second"}" type="submit">
            ${wordsOf(say, method, provider).button}
          </button>
        </form>`,
    )}
    <p class="soft stays">${say("askStays")}</p>`;
}

function why(
  { say }: Voice,
  { merchant }: MethodRequestSurroundings,
  left: string | undefined,
): string {
  if (left === undefined) return say("askLead", { merchant });
  if (left === "") return say("askSunsetUnnamed", { merchant });
  return say("askSunset", { merchant, provider: left });
}

function planFacts({ language, say }: Voice, it: MethodRequestSurroundings): [string, string][] {
  const price = say("priceEach", {
    interval: formatInterval(it.interval, language),
    amount: formatMoney(it.amount, language),
  });
  const owed: [string, string][] =
    it.owed.amountMinor === 0 ? [] : [[say("owed"), formatMoney(it.owed, language)]];
  const next: [string, string][] =
    it.nextDueAt === undefined
      ? []
      : [
          [
            say(it.cancelsAtPeriodEnd ? "endsOn" : "nextPayment"),
            formatDay(it.nextDueAt, it.zone, language),
          ],
        ];
  return [[say("plan"), it.planName], [say("price"), price], ...owed, ...next];
}
