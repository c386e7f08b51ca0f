/**
 * 9. Every transition is told by exactly one event, nothing is told that did not happen, and the
 * events of a subscription are numbered 1, 2, 3, … without gaps.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Charge, Event, Invoice, Refund, Subscription } from "../evidence.ts";
import { judgeEach, together, type Invariant, type Judgement } from "../invariant.ts";

export const eventsTellOnce: Invariant = {
  number: 9,
  promise: "each transition has one event, in sequence",
  unit: "subscriptions, invoices, charges and refunds",
  judge(account): Judgement {
    return together(
      judgeEach(account.subscriptions, (it) => [
        ...sequenceViolations(account, it),
        ...statusViolations(account, it),
      ]),
      judgeEach(account.invoices, (it) => invoiceViolations(account, it)),
      judgeEach(account.charges, (it) => chargeViolations(account, it)),
      judgeEach(account.refunds, (it) => refundViolations(account, it)),
    );
  },
};

function sequenceViolations(
  account: AccountEvidence,
  { event_sequence, id }: Subscription,
): string[] {
  const numbers = account.eventsOf(id).map(({ sequence }) => sequence ?? 0);
  const wrong = numbers.findIndex((number, index) => number !== index + 1);
  if (wrong !== -1) {
    return [`the events of ${id} have number ${numbers[wrong]} where ${wrong + 1} belongs`];
  }
  return numbers.length === event_sequence
    ? []
    : [`${id} has counted ${event_sequence} events and has ${numbers.length}`];
}

/** What a subscription is after each event that tells of its status. */
const statusAfter: Readonly<Record<string, Subscription["status"]>> = {
  "subscription.created": "incomplete",
  "subscription.trial_started": "trialing",
  "subscription.activated": "active",
  "subscription.recovered": "active",
  "subscription.past_due": "past_due",
  "subscription.unpaid": "unpaid",
  "subscription.canceled": "canceled",
};

function statusViolations(account: AccountEvidence, { id, status }: Subscription): string[] {
  const told = account.eventsOf(id).flatMap(({ type }) => statusAfter[type] ?? []);
  const repeated = told.some((it, index) => index > 0 && it === told[index - 1]);
  const last = told.at(-1);
  return [
    ...(last === status
      ? []
      : [`${id} is ${status}, and its events end with ${last ?? "nothing"}`]),
    ...(repeated ? [`the events of ${id} tell one status twice in a row: ${told.join(", ")}`] : []),
  ];
}

function invoiceViolations(account: AccountEvidence, { id, status }: Invoice): string[] {
  const events = account.eventsAbout(id);
  const isOpened = status === "open" || status === "paid" || status === "uncollectible";
  return [
    ...(isOpened ? exactly(1, events, ["invoice.opened"]) : atMostOne(events, "invoice.opened")),
    ...exactly(status === "paid" ? 1 : 0, events, ["invoice.paid"]),
    // Given up, and paid after all: its money came late.
    ...(status === "paid"
      ? atMostOne(events, "invoice.uncollectible")
      : exactly(status === "uncollectible" ? 1 : 0, events, ["invoice.uncollectible"])),
    // What a window merely offered was never owed: nobody is told that it is void.
    ...(status === "void" && has(events, "invoice.opened")
      ? exactly(1, events, ["invoice.void"])
      : atMostOne(events, "invoice.void")),
    ...(status === "draft" ? exactly(0, events, ["invoice.void"]) : []),
  ].map((what) => `invoice ${id} is ${status}, with ${what}`);
}

function chargeViolations(account: AccountEvidence, charge: Charge): string[] {
  const { authorized_at, id, status } = charge;
  const events = account.eventsAbout(id);
  const isGivenUp = events.some(
    ({ data, type }) => type === "charge.review_resolved" && data["decision"] === "give_up",
  );
  return [
    ...exactly(status === "captured" ? 1 : 0, events, ["charge.captured"]),
    ...exactly(status === "failed" && !isGivenUp ? 1 : 0, events, ["charge.failed"]),
    ...exactly(authorized_at === null ? 0 : 1, events, ["charge.authorized"]),
    ...exactly(status === "voided" ? 1 : 0, events, [
      "charge.voided",
      "charge.authorization_released",
      "charge.authorization_expired",
    ]),
    ...(status === "canceled"
      ? atMostOne(events, "charge.canceled")
      : exactly(0, events, ["charge.canceled"])),
    ...(status === "in_review" && !has(events, "charge.in_review")
      ? ["no event charge.in_review"]
      : []),
  ].map((what) => `charge ${id} is ${status}, with ${what}`);
}

function refundViolations(account: AccountEvidence, refund: Refund): string[] {
  const { charge_id, id, origin, status } = refund;
  const events = account.eventsAbout(id);
  // What a payment had lost before we heard of it is told with the payment, in one sum.
  const isToldWithPayment =
    origin === "provider" &&
    account
      .eventsAbout(charge_id)
      .some(({ data, type }) => type === "charge.refunded" && data["refundId"] === undefined);
  const refunded = status === "refunded" && !isToldWithPayment ? 1 : 0;
  return [
    ...(isToldWithPayment
      ? atMostOne(events, "charge.refunded")
      : exactly(refunded, events, ["charge.refunded"])),
    ...exactly(status === "failed" ? 1 : 0, events, ["refund.failed"]),
  ].map((what) => `refund ${id} of charge ${charge_id} is ${status}, with ${what}`);
}

function exactly(wanted: number, events: readonly Event[], types: readonly string[]): string[] {
  const count = events.filter(({ type }) => types.includes(type)).length;
  return count === wanted ? [] : [`${count} events ${types.join(" or ")}`];
}

function atMostOne(events: readonly Event[], wanted: string): string[] {
  const count = events.filter(({ type }) => type === wanted).length;
  return count <= 1 ? [] : [`${count} events ${wanted}`];
}

function has(events: readonly Event[], wanted: string): boolean {
  return events.some(({ type }) => type === wanted);
}
