/**
 * Subscription: the agreement to bill a customer each period.
 *
 *   incomplete ──► trialing ──► active ◄──► past_due ──► unpaid ──► active
 *        └────────────────────────┴─────────────┴───────────┴──────► canceled
 *
 * `incomplete` waits for a method or for its first payment. `past_due` owes an invoice and is still
 * tried, or asked for a method. `unpaid` was given up: nothing is billed until a payment brings it
 * back, and then with the next period, because nobody was served in between.
 *
 * Periods are counted over the whole life and never reused: period p is number p − anchorPeriod of
 * the calendar that starts on `anchorOn`. Changing the cycle moves the anchor, not the count.
 * Pure module: SQL is in subscription-store.ts, effects in the files named after what they do.
 */
import { Temporal } from "temporal-polyfill";
import {
  billingPeriod,
  periodIndexAt,
  type BillingCalendar,
  type BillingInterval,
  type BillingPeriod,
} from "../calendar/billing-period.ts";
import type { PlanPrice } from "../plans/plan.ts";

export type SubscriptionStatus =
  "incomplete" | "trialing" | "active" | "past_due" | "paused" | "unpaid" | "canceled";

export interface Price extends PlanPrice {
  readonly id: string;
  readonly planId: string;
  readonly planName: string;
}

export interface Subscription {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly status: SubscriptionStatus;
  readonly priceId: string;
  readonly nextPriceId: string | undefined;
  readonly billingKeyId: string | undefined;
  /** Undefined until it starts. */
  readonly anchorOn: Temporal.PlainDate | undefined;
  readonly anchorPeriod: number;
  readonly zone: string;
  readonly chargeTime: Temporal.PlainTime;
  readonly nextPeriod: number;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly methodRequired: boolean;
  readonly cancelsAtPeriodEnd: boolean;
  readonly canceledAt: Temporal.Instant | undefined;
  readonly testClockId: string | undefined;
  readonly createdAt: Temporal.Instant;
}

/** The part of a subscription that decisions change. */
export interface SubscriptionState {
  readonly status: SubscriptionStatus;
  readonly priceId: string;
  readonly nextPriceId: string | undefined;
  readonly billingKeyId: string | undefined;
  readonly anchorOn: Temporal.PlainDate | undefined;
  readonly anchorPeriod: number;
  readonly nextPeriod: number;
  readonly nextDueAt: Temporal.Instant | undefined;
  readonly methodRequired: boolean;
  readonly cancelsAtPeriodEnd: boolean;
  readonly canceledAt: Temporal.Instant | undefined;
}

/** An invoice to open, and when its charge falls due. */
export interface PeriodToBill {
  readonly periodIndex: number;
  readonly price: Price;
  readonly period: BillingPeriod;
  readonly dueAt: Temporal.Instant;
}

export interface StartDecision {
  readonly state: SubscriptionState;
  /** Undefined with a trial: the first period is billed when the trial is over. */
  readonly bill: PeriodToBill | undefined;
}

/**
 * Starts a subscription that now has a method. Its first period begins today in its zone and is due
 * at once; with a trial it begins when the trial ends. Without a trial it stays `incomplete` until
 * the first payment, and nothing else is billed before that.
 */
export function start(
  subscription: Subscription,
  price: Price,
  billingKeyId: string,
  now: Temporal.Instant,
): StartDecision {
  const today = now.toZonedDateTimeISO(subscription.zone).toPlainDate();
  const started: SubscriptionState = {
    ...stateOf(subscription),
    billingKeyId,
    anchorOn: today.add({ days: price.trialDays }),
    anchorPeriod: subscription.nextPeriod,
    methodRequired: false,
  };
  const period = periodAt(subscription, started, price.interval, started.nextPeriod);
  if (price.trialDays > 0) {
    return { state: { ...started, status: "trialing", nextDueAt: period.dueAt }, bill: undefined };
  }
  const { nextPeriod } = started;
  const state = { ...started, nextPeriod: nextPeriod + 1, nextDueAt: undefined };
  return { state, bill: { periodIndex: nextPeriod, price, period, dueAt: now } };
}

export interface RollContext {
  readonly price: Price;
  /** The price from this period on, when a change was scheduled. */
  readonly nextPrice: Price | undefined;
  /** The subscription's billing key can be charged. */
  readonly hasUsableKey: boolean;
  /** An earlier invoice is still owed. */
  readonly owesEarlier: boolean;
  /** What to do with all but the last of several overdue periods. */
  readonly overduePeriods: "collect_each" | "collect_latest";
  readonly now: Temporal.Instant;
}

export type RollDecision =
  | { readonly kind: "end"; readonly state: SubscriptionState }
  /** An invoice is owed and there is nothing to charge: no more periods until the customer acts. */
  | { readonly kind: "give_up"; readonly state: SubscriptionState }
  | {
      readonly kind: "bill";
      readonly state: SubscriptionState;
      readonly bill: PeriodToBill;
      /** `void`: superseded by a later period that is due as well. */
      readonly invoice: "open" | "void";
      readonly collects: boolean;
    };

/** Decides what happens now that the subscription's next period has fallen due. */
export function roll(subscription: Subscription, context: RollContext): RollDecision {
  const { hasUsableKey, now, overduePeriods, owesEarlier } = context;
  if (subscription.cancelsAtPeriodEnd) return { kind: "end", state: canceled(subscription, now) };
  if (!hasUsableKey && owesEarlier) {
    const state = { ...stateOf(subscription), methodRequired: true };
    return { kind: "give_up", state: { ...state, status: "unpaid", nextDueAt: undefined } };
  }
  const priced = withNextPrice(subscription, context);
  const { price, state } = priced;
  const period = periodAt(subscription, state, price.interval, state.nextPeriod);
  const following = periodAt(subscription, state, price.interval, state.nextPeriod + 1);
  const isSuperseded =
    overduePeriods === "collect_latest" && Temporal.Instant.compare(following.dueAt, now) <= 0;
  const collects = hasUsableKey && !isSuperseded;
  const isOwed = !hasUsableKey && !isSuperseded;
  return {
    kind: "bill",
    bill: { periodIndex: state.nextPeriod, price, period, dueAt: period.dueAt },
    invoice: isSuperseded ? "void" : "open",
    collects,
    state: {
      ...state,
      status: isOwed ? "past_due" : state.status,
      methodRequired: !hasUsableKey,
      nextPeriod: state.nextPeriod + 1,
      nextDueAt: following.dueAt,
    },
  };
}

/** A scheduled price takes effect with the period that begins now; another cycle moves the anchor. */
function withNextPrice(
  subscription: Subscription,
  { price, nextPrice }: RollContext,
): { price: Price; state: SubscriptionState } {
  const state = stateOf(subscription);
  if (nextPrice === undefined) return { price, state };
  const repriced = { ...state, priceId: nextPrice.id, nextPriceId: undefined };
  const isSameCycle =
    price.interval.unit === nextPrice.interval.unit &&
    price.interval.count === nextPrice.interval.count;
  if (isSameCycle) return { price: nextPrice, state: repriced };
  const begins = periodAt(subscription, state, price.interval, state.nextPeriod).startsOn;
  const moved = { ...repriced, anchorOn: begins, anchorPeriod: state.nextPeriod };
  return { price: nextPrice, state: moved };
}

/** A subscription whose first period was paid in a window: it begins with that period. */
export function beganWith(
  subscription: Subscription,
  periodIndex: number,
  startsOn: Temporal.PlainDate | undefined,
): Subscription {
  if (subscription.anchorOn !== undefined || startsOn === undefined) return subscription;
  const begun = { anchorOn: startsOn, anchorPeriod: periodIndex, nextPeriod: periodIndex + 1 };
  return { ...subscription, ...begun };
}

export interface PaymentContext {
  readonly price: Price;
  /** Another invoice is still open. */
  readonly owesOthers: boolean;
  /** The subscription's billing key can be charged again. */
  readonly hasUsableKey: boolean;
  readonly now: Temporal.Instant;
}

/**
 * The state after an invoice was paid. A subscription that had not begun, or was given up, goes on
 * with the next period that begins after now: it was not served in between.
 */
export function afterPayment(
  subscription: Subscription,
  { price, owesOthers, hasUsableKey, now }: PaymentContext,
): SubscriptionState {
  const state = stateOf(subscription);
  if (state.status === "canceled" || state.status === "paused" || owesOthers) return state;
  const wasServed = state.status !== "unpaid" && state.status !== "incomplete";
  const nextPeriod = wasServed ? state.nextPeriod : periodAfter(subscription, price, now);
  const { dueAt } = periodAt(subscription, state, price.interval, nextPeriod);
  const methodRequired = state.methodRequired && !hasUsableKey;
  return { ...state, status: "active", nextPeriod, nextDueAt: dueAt, methodRequired };
}

/**
 * The state after a person gave an invoice up: it is no longer owed. A subscription that waited for
 * this very payment to begin ends; any other goes on as if it were paid.
 */
export function afterWaiver(
  subscription: Subscription,
  context: PaymentContext,
): SubscriptionState {
  return subscription.status === "incomplete"
    ? canceled(subscription, context.now)
    : afterPayment(subscription, context);
}

/** The state after a decline that will be tried again. */
export function afterDecline(subscription: Subscription): SubscriptionState {
  const state = stateOf(subscription);
  const owes = state.status === "active" || state.status === "trialing";
  return owes ? { ...state, status: "past_due" } : state;
}

/**
 * The state after a charge was given up.
 *
 * @param methodRequired The method is the reason: the customer is asked for another. Otherwise the
 *   retries are exhausted, and the subscription counts as unpaid.
 */
export function afterFailure(
  subscription: Subscription,
  methodRequired: boolean,
): SubscriptionState {
  const state = { ...stateOf(subscription), methodRequired: true };
  // What has not begun or was given up stays so, and goes on billing nothing.
  const { status } = state;
  if (status === "canceled" || status === "incomplete" || status === "unpaid") return state;
  if (methodRequired) return { ...state, status: "past_due" };
  return { ...state, status: "unpaid", nextDueAt: undefined };
}

/** The end, now. */
export function canceled(subscription: Subscription, now: Temporal.Instant): SubscriptionState {
  const state = stateOf(subscription);
  if (state.status === "canceled") return state;
  return {
    ...state,
    status: "canceled",
    canceledAt: now,
    nextDueAt: undefined,
    cancelsAtPeriodEnd: false,
    nextPriceId: undefined,
  };
}

/** Period p of a subscription's life, by the calendar that its anchor starts. */
function periodAt(
  { zone, chargeTime }: Pick<Subscription, "zone" | "chargeTime">,
  { anchorOn, anchorPeriod }: Pick<SubscriptionState, "anchorOn" | "anchorPeriod">,
  interval: BillingInterval,
  periodIndex: number,
): BillingPeriod {
  if (anchorOn === undefined) throw new RangeError("the subscription has not started");
  const calendar: BillingCalendar = { anchorOn, zone, interval, chargeTime };
  return billingPeriod(calendar, periodIndex - anchorPeriod);
}

/** The first period that begins after today, at least the next one. */
function periodAfter(subscription: Subscription, price: Price, now: Temporal.Instant): number {
  const { anchorOn, zone, chargeTime, anchorPeriod, nextPeriod } = subscription;
  if (anchorOn === undefined) return nextPeriod;
  const calendar: BillingCalendar = { anchorOn, zone, interval: price.interval, chargeTime };
  const today = now.toZonedDateTimeISO(zone).toPlainDate();
  const running = periodIndexAt(calendar, today) ?? -1;
  return Math.max(nextPeriod, anchorPeriod + running + 1);
}

export function stateOf(subscription: Subscription): SubscriptionState {
  const { status, priceId, nextPriceId, billingKeyId, anchorOn, anchorPeriod } = subscription;
  const { nextPeriod, nextDueAt, methodRequired, cancelsAtPeriodEnd, canceledAt } = subscription;
  return {
    status,
    priceId,
    nextPriceId,
    billingKeyId,
    anchorOn,
    anchorPeriod,
    nextPeriod,
    nextDueAt,
    methodRequired,
    cancelsAtPeriodEnd,
    canceledAt,
  };
}
