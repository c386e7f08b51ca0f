/**
 * What a payment window is about to do, told before it is opened: what is taken now, what of it is
 * given back, and what is collected afterwards.
 */
import { money, type Money } from "@maedal/gateways";
import type { WindowPurpose } from "../../payment-windows/payment-window.ts";
import type {
  OwedInvoice,
  SubscriptionSurroundings,
} from "../../registrations/registration-page-reads.ts";
import { formatDate, formatDay, formatInterval, formatMoney } from "../format.ts";
import type { Voice } from "./layout.ts";

export interface WindowOffer {
  readonly provider: string;
  readonly purpose: Exclude<WindowPurpose<OwedInvoice>, { readonly kind: "blocked" }>;
  readonly subscription: SubscriptionSurroundings;
}

/** The sentences of it, in the order in which things happen. */
export function offerSentences(voice: Voice, { provider, purpose, subscription }: WindowOffer) {
  const { language, say } = voice;
  const amount = formatMoney(amountNow({ purpose, subscription }), language);
  switch (purpose.kind) {
    case "first_period": {
      const first = isHeld(purpose) ? "offerHeld" : "offerFirst";
      return [say(first, { amount, provider }), ...afterwards(voice, subscription)];
    }
    case "owed": {
      const restMinor = subscription.owed.amountMinor - purpose.invoice.amount.amountMinor;
      const rest = money(Math.max(restMinor, 0), subscription.owed.currency);
      const more = { amount: formatMoney(rest, language) };
      return [
        say(isHeld(purpose) ? "offerHeld" : "offerOwed", { amount, provider }),
        ...(restMinor > 0 ? [say("offerOwedMore", more)] : []),
        ...afterwards(voice, subscription),
      ];
    }
    case "registration":
      return [say("offerRegistration", { amount, provider }), ...nextPayment(voice, subscription)];
  }
}

/** Approving only sets the money aside: the merchant takes it later. */
export function isHeld(purpose: WindowOffer["purpose"]): boolean {
  switch (purpose.kind) {
    case "first_period":
      return purpose.capture === "manual";
    case "owed":
      return purpose.invoice.capture === "manual";
    case "registration":
      return false;
  }
}

/** What approving takes, or sets aside. */
export function amountNow({
  purpose,
  subscription,
}: Pick<WindowOffer, "purpose" | "subscription">): Money {
  switch (purpose.kind) {
    case "first_period":
      return subscription.amount;
    case "owed":
      return purpose.invoice.amount;
    case "registration":
      return purpose.amount;
  }
}

function afterwards({ language, say }: Voice, it: SubscriptionSurroundings): string[] {
  const ending = endOf({ language, say }, it);
  if (ending !== undefined) return [ending];
  const amount = formatMoney(it.amount, language);
  return [say("offerAfter", { amount, interval: formatInterval(it.interval, language) })];
}

function nextPayment({ language, say }: Voice, it: SubscriptionSurroundings): string[] {
  const amount = formatMoney(it.amount, language);
  if (!it.hasStarted) {
    const date = formatDate(trialEndOf(it), language);
    return [say("offerTrial", { amount, date, days: String(it.trialDays) })];
  }
  const ending = endOf({ language, say }, it);
  if (ending !== undefined) return [ending];
  if (it.nextDueAt === undefined) return [];
  return [say("offerNext", { amount, date: formatDay(it.nextDueAt, it.zone, language) })];
}

/** Undefined for a subscription that goes on. */
export function endOf(
  { language, say }: Pick<Voice, "language" | "say">,
  { cancelsAtPeriodEnd, nextDueAt, zone }: SubscriptionSurroundings,
): string | undefined {
  if (!cancelsAtPeriodEnd || nextDueAt === undefined) return undefined;
  return say("offerEnds", { date: formatDay(nextDueAt, zone, language) });
}

/** The day of the first payment, when the trial begins today. */
export function trialEndOf({ now, trialDays, zone }: SubscriptionSurroundings) {
  return now.toZonedDateTimeISO(zone).toPlainDate().add({ days: trialDays });
}
