/**
 * Explain: what happened to a charge, an invoice or a subscription and what is next, in sentences,
 * from what the tables say. Pure: why.ts reads and prints.
 */
import type { AttemptView, ChargeView, FailureView, LookUpView } from "../charges/charge-reads.ts";
import type { InvoiceView } from "../invoices/invoice-reads.ts";
import { formatMoney } from "../pages/format.ts";
import type { SubscriptionView } from "../subscriptions/subscription-reads.ts";

export interface ChargeEvidence {
  readonly charge: ChargeView;
  readonly attempts: readonly AttemptView[];
  readonly lookUps: readonly LookUpView[];
}

export function explainCharge({ attempts, charge, lookUps }: ChargeEvidence): readonly string[] {
  const opening = `Charge ${charge.id}: ${formatMoney(charge.amount, "en")} for “${charge.orderName}”, order ${charge.orderId}.`;
  const story = [
    ...attempts.map((attempt) => ({ at: attempt.claimedAt, text: explainAttempt(attempt) })),
    ...lookUps.map((lookUp) => ({ at: lookUp.lookedUpAt, text: explainLookUp(lookUp) })),
  ].sort((a, b) => a.at.epochMilliseconds - b.at.epochMilliseconds);
  return [opening, ...story.map(({ text }) => text), explainStatus(charge)];
}

function explainAttempt(attempt: AttemptView): string {
  const start = `${attempt.claimedAt.toString()}: attempt ${attempt.n} under ${attempt.orderId}`;
  switch (attempt.outcome) {
    case undefined:
      return `${start} is on its way, or its worker died.`;
    case "captured":
      return `${start} was paid.`;
    case "authorized":
      return `${start} was authorized: the money is held, not taken.`;
    case "declined":
    case "refused":
      return `${start} was ${attempt.outcome}${because(attempt.failure)}. No money moved.`;
    case "not_sent":
      return `${start} was not sent${because(attempt.failure)}. No money moved.`;
    case "unknown":
      return `${start} got no clear answer${because(attempt.failure)}: the money may have moved.`;
  }
}

function explainLookUp({ detail, finding, lookedUpAt, orderId }: LookUpView): string {
  const why = detail === undefined ? "" : ` (${detail})`;
  return `${lookedUpAt.toString()}: the provider was asked about ${orderId}: ${finding.replaceAll("_", " ")}${why}.`;
}

function explainStatus(charge: ChargeView): string {
  switch (charge.status) {
    case "awaiting_customer":
      return "Next: the customer has to finish in the provider's window.";
    case "scheduled": {
      const after = charge.declines === 0 ? "" : ` after ${charge.declines} declines`;
      const held =
        charge.heldUntil === undefined ? "" : `, not before ${charge.heldUntil.toString()}`;
      return `Next: it is due at ${charge.dueAt?.toString()}${after}${held}, and is charged by the next free worker while its subscription, billing key and connection are active.`;
    }
    case "in_flight":
      return `Next: its answer is awaited until ${charge.leaseUntil?.toString()}; after that the provider is asked.`;
    case "reconciling":
      return `Next: the provider is asked what became of it at ${charge.lookUpAt?.toString()}. It is not charged again before that is known.`;
    case "in_review":
      return `Next: a person decides (${charge.reviewReason}): POST /v1/reviews/${charge.id}/resolve.`;
    case "captured": {
      const refunded =
        charge.refundedMinor === 0 ? "" : ` Refunded since: ${charge.refundedMinor}.`;
      return `It was paid at ${charge.capturedAt?.toString()}, payment ${charge.paymentId}.${refunded} Nothing more will be charged for it.`;
    }
    case "failed":
      return `It was given up${because(charge.failure)}. Next: a new method of the customer makes a new charge.`;
    case "canceled":
      return "It was canceled before anything was charged.";
    case "authorized":
      return `The money is held until ${charge.authorizationExpiresAt?.toString() ?? "the provider lets go"}. Next: somebody captures or voids it: POST /v1/charges/${charge.id}/capture or /void.`;
    case "capturing":
    case "voiding":
    case "expired":
      return "Next: the provider is asked what became of the money that it held.";
    case "voided":
      return "Its hold was released: nothing was taken.";
  }
}

export function explainInvoice(
  invoice: InvoiceView,
  charges: readonly ChargeEvidence[],
): readonly string[] {
  const { period: of } = invoice;
  const period =
    of === undefined
      ? "registering a method"
      : `${of.startsOn.toString()} up to, not including, ${of.endsOn.toString()}`;
  const opening = `Invoice ${invoice.id}: ${formatMoney(invoice.amount, "en")} for ${period}, due ${invoice.dueAt.toString()}. It is ${invoice.status}.`;
  const none = "It has no charge: there was no billing key to charge, or nothing to collect.";
  const story = charges.flatMap((charge) => explainCharge(charge));
  return [opening, ...(story.length === 0 ? [none] : story)];
}

export function explainSubscription(
  it: SubscriptionView,
  invoices: readonly (readonly string[])[],
): readonly string[] {
  const opening = `Subscription ${it.id} to “${it.planName}” is ${it.status.replaceAll("_", " ")}; ${it.nextPeriod} periods were billed.`;
  return [opening, ...nextOf(it), ...invoices.flat()];
}

function nextOf(it: SubscriptionView): readonly string[] {
  if (it.status === "canceled") {
    const reason = it.cancelReason === undefined ? "" : ` (${it.cancelReason})`;
    return [`It ended at ${it.canceledAt?.toString()}${reason}. Nothing more will be billed.`];
  }
  const next = [];
  if (it.methodRequired) next.push("The customer has to bring a method: open a registration.");
  if (it.billingKeyId === undefined) next.push("It has no billing key: open a registration.");
  if (it.nextDueAt === undefined) {
    next.push("No period falls due until something else happens.");
  } else if (it.cancelsAtPeriodEnd) {
    next.push(`It ends at ${it.nextDueAt.toString()}.`);
  } else {
    const clock = it.testClockId === undefined ? "" : ` on test clock ${it.testClockId}`;
    next.push(`Its next period is billed at ${it.nextDueAt.toString()}${clock}.`);
  }
  return next;
}

function because(failure: FailureView | undefined): string {
  if (failure === undefined) return "";
  const words = [failure.code, failure.message].filter((word) => word !== undefined).join(": ");
  return words === "" ? ` (${failure.class})` : ` (${failure.class}; ${words})`;
}
