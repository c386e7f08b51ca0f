/**
 * Follow-up: what a decision about a charge means for its attempt, invoice, subscription, billing
 * key and connection, and which events tell of it. Pure; record-outcomes.ts writes it all in the
 * transaction of the decision.
 */
import type { Observation, ProviderRefund } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { EventType, NewEvent } from "../events/event.ts";
import { orderIdOf } from "../ids/order-id.ts";
import {
  afterDecline,
  afterFailure,
  afterPayment,
  beganWith,
  stateOf,
  type Price,
  type Subscription,
  type SubscriptionState,
} from "../subscriptions/subscription.ts";
import type { OpenCharge } from "./charge-store.ts";
import type { ChargeDecision } from "./charge.ts";

export interface InvoiceChange {
  readonly status: "open" | "paid" | "void" | undefined;
  readonly paidAt: Temporal.Instant | undefined;
  readonly generation: number;
}

/** What the provider holds for us. */
export interface Authorization {
  readonly authorizedAt: Temporal.Instant;
  /** By the provider's own word; undefined when it told none. */
  readonly expiresAt: Temporal.Instant | undefined;
}

export interface FollowUp {
  readonly orderId: string;
  readonly generation: number;
  readonly capturedAt: Temporal.Instant | undefined;
  readonly capturedMinor: number;
  readonly authorization: Authorization | undefined;
  readonly refundedMinor: number;
  readonly refunds: readonly ProviderRefund[];
  readonly invoice: InvoiceChange;
  readonly subscription: SubscriptionState;
  /** The key can no longer be charged, and why. */
  readonly lostKey: { readonly status: "dead" | "suspended"; readonly reason: string } | undefined;
  /** How the payment describes the method, when we did not know it yet. */
  readonly methodLabel: string | undefined;
  /** Why nothing more may be claimed from this connection until a person has looked. */
  readonly pauseReason: string | undefined;
  readonly observations: readonly Observation[];
  readonly events: readonly NewEvent[];
}

/**
 * @param failure The class of the refusal that was decided on; undefined when there was none.
 */
export function followUp(
  charge: OpenCharge,
  decision: ChargeDecision,
  subscription: Subscription,
  price: Price,
  failure: string | undefined,
): FollowUp {
  const state = subscriptionAfter(charge, decision, subscription, price);
  const generation = generationAfter(charge, decision);
  const invoice = invoiceAfter(charge, decision, subscription, generation);
  const captured = decision.to === "captured" ? decision.payment : undefined;
  const authorized = decision.to === "authorized" ? decision.payment : undefined;
  const capturedMinor = captured === undefined ? 0 : charge.amount.amountMinor;
  return {
    generation,
    orderId: generation === charge.generation ? charge.orderId : orderIdOf(charge, generation),
    capturedAt: captured && capturedAtOf(charge, captured.approvedAt),
    capturedMinor,
    authorization: authorized && {
      authorizedAt: capturedAtOf(charge, authorized.approvedAt),
      expiresAt: authorized.authorizationExpiresAt,
    },
    refundedMinor: Math.min(captured?.refundedMinor ?? 0, capturedMinor),
    refunds: captured?.refunds ?? [],
    invoice,
    subscription: state,
    lostKey: lostKeyOf(charge, failure, decision),
    methodLabel:
      charge.via === "key" && charge.methodLabel === undefined
        ? (captured ?? authorized)?.methodLabel
        : undefined,
    pauseReason: pauseReasonOf(charge, decision, failure),
    observations: captured?.observations ?? [],
    events: eventsOf(charge, decision, { subscription, state, invoice, failure }),
  };
}

/** The provider's own instant, except on a test clock, where only that clock's time makes sense. */
function capturedAtOf(
  charge: OpenCharge,
  approvedAt: Temporal.Instant | undefined,
): Temporal.Instant {
  return charge.isOnTestClock ? charge.now : (approvedAt ?? charge.now);
}

/** A generation is used once per invoice, over all its charges: count on from the invoice's last. */
function generationAfter(charge: OpenCharge, decision: ChargeDecision): number {
  const isNext = "orderId" in decision && decision.orderId === "next";
  return isNext ? charge.invoiceGeneration + 1 : charge.generation;
}

function invoiceAfter(
  charge: OpenCharge,
  decision: ChargeDecision,
  subscription: Subscription,
  generation: number,
): InvoiceChange {
  const highest = Math.max(charge.invoiceGeneration, generation);
  if (decision.to === "captured") {
    return { status: "paid", paidAt: charge.now, generation: highest };
  }
  // The period has begun, and somebody who gives the money up still owes for it.
  if (decision.to === "authorized" && charge.invoiceStatus === "draft") {
    return { status: "open", paidAt: undefined, generation: highest };
  }
  const isOver = decision.to === "canceled" || decision.to === "failed" || decision.to === "voided";
  const isUnpaid = charge.invoiceStatus === "open" || charge.invoiceStatus === "draft";
  const voids = isOver && subscription.status === "canceled" && isUnpaid;
  return { status: voids ? "void" : undefined, paidAt: undefined, generation: highest };
}

function subscriptionAfter(
  charge: OpenCharge,
  decision: ChargeDecision,
  subscription: Subscription,
  price: Price,
): SubscriptionState {
  // What a window took to register a method is owed for no period.
  if (charge.periodIndex === undefined) return stateOf(subscription);
  switch (decision.to) {
    case "captured":
    case "authorized": {
      const { hasUsableKey, now, periodStartsOn } = charge;
      const owesOthers = charge.otherOpenInvoices > 0;
      const begun = beganWith(subscription, charge.periodIndex, periodStartsOn);
      return afterPayment(begun, { price, owesOthers, hasUsableKey, now });
    }
    case "voided":
      return afterDecline(subscription);
    case "scheduled":
      return decision.declines > charge.declines
        ? afterDecline(subscription)
        : stateOf(subscription);
    case "failed":
      // The method that was refused is no longer the subscription's: its successor is charged next.
      return isMethodReplaced(charge, subscription)
        ? afterDecline(subscription)
        : afterFailure(subscription, decision.failure.failure !== "soft_decline");
    case "awaiting_customer":
    case "reconciling":
    case "in_review":
    case "canceled":
      return stateOf(subscription);
  }
}

/** The customer brought another method while the call with the old one was open. */
export function isMethodReplaced(charge: OpenCharge, subscription: Subscription): boolean {
  return (
    charge.via === "key" &&
    subscription.billingKeyId !== undefined &&
    subscription.billingKeyId !== charge.billingKeyId
  );
}

function lostKeyOf(
  charge: OpenCharge,
  failure: string | undefined,
  decision: ChargeDecision,
): FollowUp["lostKey"] {
  if (decision.to === "reconciling" || charge.via === "window") return undefined;
  const reason = "failure" in decision ? (decision.failure?.code ?? failure) : failure;
  if (failure === "billing_key_invalid") return { status: "dead", reason: reason ?? failure };
  if (failure === "hard_decline") return { status: "suspended", reason: reason ?? failure };
  return undefined;
}

function pauseReasonOf(
  charge: OpenCharge,
  decision: ChargeDecision,
  failure: string | undefined,
): string | undefined {
  if (decision.to === "in_review" && decision.reason === "mismatch") {
    return `charge ${charge.id}: the provider's answer is not about our order (${decision.message})`;
  }
  const goesOn = decision.to === "scheduled" || decision.to === "awaiting_customer";
  if (failure === "configuration" && goesOn) {
    return `the provider refuses the connection: ${decision.failure?.code} ${decision.failure?.message}`;
  }
  return undefined;
}

interface EventContext {
  readonly subscription: Subscription;
  readonly state: SubscriptionState;
  readonly invoice: InvoiceChange;
  readonly failure: string | undefined;
}

function eventsOf(
  charge: OpenCharge,
  decision: ChargeDecision,
  context: EventContext,
): readonly NewEvent[] {
  const told = [
    ...chargeEvents(charge, decision, context),
    ...invoiceEvents(charge, context),
    ...subscriptionEvents(charge, context),
  ];
  return told.map(([type, data]) => ({
    accountId: charge.accountId,
    subscriptionId: charge.subscriptionId,
    type,
    data,
    occurredAt: charge.now,
  }));
}

type Told = readonly [EventType, Readonly<Record<string, unknown>>];

function chargeEvents(charge: OpenCharge, decision: ChargeDecision, it: EventContext): Told[] {
  const { amountMinor, currency } = charge.amount;
  const facts = { chargeId: charge.id, invoiceId: charge.invoiceId, amount: amountMinor, currency };
  switch (decision.to) {
    case "captured": {
      const { paymentId, refundedMinor, orderId = charge.orderId } = decision.payment;
      const late = it.subscription.status === "canceled";
      return [
        ["charge.captured", { ...facts, orderId, paymentId }],
        ...(refundedMinor > 0 ? [["charge.refunded", { ...facts, refundedMinor }] as Told] : []),
        ...(late ? [["charge.captured_after_cancel", facts] as Told] : []),
      ];
    }
    case "authorized": {
      const { authorizationExpiresAt, orderId = charge.orderId, paymentId } = decision.payment;
      const expiresAt = authorizationExpiresAt?.toString();
      return [["charge.authorized", { ...facts, orderId, paymentId, expiresAt }]];
    }
    case "voided":
      return [["charge.voided", { ...facts, paymentId: decision.payment.paymentId }]];
    case "scheduled": {
      if (decision.declines === charge.declines) return [];
      const nextAttemptAt = decision.dueAt.toString();
      return [["charge.declined", { ...facts, ...decision.failure, nextAttemptAt }]];
    }
    case "failed":
      return [["charge.failed", { ...facts, ...decision.failure }]];
    case "in_review":
      return [["charge.in_review", { ...facts, reason: decision.reason, code: decision.code }]];
    case "canceled":
      return [["charge.canceled", facts]];
    case "awaiting_customer":
    case "reconciling":
      return [];
  }
}

function invoiceEvents(charge: OpenCharge, { invoice }: EventContext): Told[] {
  const facts = { invoiceId: charge.invoiceId, periodIndex: charge.periodIndex };
  const { amountMinor: amount, currency } = charge.amount;
  const opened: Told = ["invoice.opened", { ...facts, amount, currency }];
  if (invoice.status === "open") return [opened];
  if (invoice.status === "paid") {
    // One that a window offered was owed by nobody until it was paid.
    return [...(charge.invoiceStatus === "draft" ? [opened] : []), ["invoice.paid", facts]];
  }
  if (invoice.status === "void") return [["invoice.void", facts]];
  return [];
}

function subscriptionEvents(charge: OpenCharge, { subscription, state }: EventContext): Told[] {
  const facts = { subscriptionId: subscription.id, chargeId: charge.id };
  const told: Told[] = [];
  if (state.status !== subscription.status) {
    const was = subscription.status;
    if (state.status === "active") {
      const back = was === "past_due" || was === "unpaid";
      told.push([back ? "subscription.recovered" : "subscription.activated", facts]);
    }
    if (state.status === "past_due") told.push(["subscription.past_due", facts]);
    if (state.status === "unpaid") told.push(["subscription.unpaid", facts]);
  }
  if (state.methodRequired && !subscription.methodRequired) {
    told.push(["subscription.method_required", facts]);
  }
  return told;
}
