/**
 * Settlement: what a decision about an authorization means for its invoice, subscription, billing
 * key and connection, and which events tell of it. Pure; record-settlement.ts writes it all in the
 * transaction of the decision.
 *
 * | the charge becomes           | the invoice | the subscription                         |
 * | ---------------------------- | ----------- | ---------------------------------------- |
 * | captured, all or a part      | paid        | as after any payment                     |
 * | voided, because we asked     | void        | goes on: this period is not charged      |
 * | voided, given up on capture  | open        | past due; collected again after the first dunning delay |
 * | voided, its date passed, or  | open        | past due; the merchant decides whether   |
 * |   somebody else voided it    |             | to collect it                            |
 * | authorized, asked, in review | open        | stays                                    |
 *
 * An invoice of a canceled subscription is void as soon as nothing is held for it.
 */
import type { Observation, ProviderRefund } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { DunningPolicy } from "../charges/charge.ts";
import type { OpenCharge } from "../charges/charge-store.ts";
import { followUp, type InvoiceChange } from "../charges/follow-up.ts";
import type { EventType, NewEvent } from "../events/event.ts";
import {
  afterWaiver,
  stateOf,
  type Price,
  type Subscription,
  type SubscriptionState,
} from "../subscriptions/subscription.ts";
import type { LatestCall } from "./authorization-store.ts";
import type { SettleDecision } from "./authorization.ts";

export interface Settlement {
  readonly invoice: InvoiceChange;
  readonly subscription: SubscriptionState;
  readonly capturedAt: Temporal.Instant | undefined;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly refunds: readonly ProviderRefund[];
  /** When the invoice is charged again, under its next order id; undefined when it is not. */
  readonly collectAgainAt: Temporal.Instant | undefined;
  readonly lostKey: { readonly status: "dead" | "suspended"; readonly reason: string } | undefined;
  /** Why nothing more may be claimed from this connection until a person has looked. */
  readonly pauseReason: string | undefined;
  readonly observations: readonly Observation[];
  readonly events: readonly NewEvent[];
}

export interface SettlementContext {
  readonly subscription: Subscription;
  readonly price: Price;
  readonly dunning: DunningPolicy;
  /** The capture or void that led here; undefined when the date of the authorization did. */
  readonly call: LatestCall | undefined;
}

export function settlementOf(
  charge: OpenCharge,
  decision: SettleDecision,
  context: SettlementContext,
): Settlement {
  switch (decision.to) {
    case "captured":
      return afterCapture(charge, decision, context);
    case "voided":
      return decision.because === "asked"
        ? afterVoid(charge, context)
        : afterLoss(charge, decision, context);
    case "authorized":
      return unchanged(charge, context, {
        events: told(charge, noEffectEvents(charge, decision, context)),
        pauseReason: pauseReasonOf(decision.failure),
      });
    case "asking":
      return unchanged(charge, context, { pauseReason: pauseReasonOf(decision.failure) });
    case "in_review": {
      const { code, message, reason } = decision;
      const isOthers = reason === "mismatch";
      const pauseReason = `charge ${charge.id}: the provider's answer is not about our payment (${message})`;
      return unchanged(charge, context, {
        events: told(charge, [["charge.in_review", { ...factsOf(charge), reason, code }]]),
        pauseReason: isOthers ? pauseReason : undefined,
      });
    }
  }
}

type Told = readonly [EventType, Readonly<Record<string, unknown>>];

function told(charge: OpenCharge, events: readonly Told[]): NewEvent[] {
  const { accountId, now: occurredAt, subscriptionId } = charge;
  return events.map(([type, data]) => ({ accountId, subscriptionId, type, data, occurredAt }));
}

function factsOf({ amount, id, invoiceId }: OpenCharge) {
  const { amountMinor, currency } = amount;
  return { chargeId: id, invoiceId, amount: amountMinor, currency };
}

function unchanged(
  charge: OpenCharge,
  { subscription }: SettlementContext,
  change: Partial<Settlement>,
): Settlement {
  return {
    invoice: { status: undefined, paidAt: undefined, generation: charge.invoiceGeneration },
    subscription: stateOf(subscription),
    capturedAt: undefined,
    capturedMinor: 0,
    refundedMinor: 0,
    refunds: [],
    collectAgainAt: undefined,
    lostKey: undefined,
    pauseReason: undefined,
    observations: [],
    events: [],
    ...change,
  };
}

/** As any capture: only what was taken counts, and it pays the invoice. */
function afterCapture(
  charge: OpenCharge,
  { amount, payment }: Extract<SettleDecision, { to: "captured" }>,
  context: SettlementContext,
): Settlement {
  const { call, price, subscription } = context;
  const taken = { ...charge, amount };
  const next = followUp(taken, { to: "captured", payment }, subscription, price, undefined);
  const { capturedAt, events, invoice, observations, refundedMinor, refunds } = next;
  const wasToBeVoided: Told = [
    "charge.void_failed",
    { ...factsOf(charge), code: "captured_before", requestedBy: call?.requestedBy },
  ];
  return unchanged(charge, context, {
    invoice,
    subscription: next.subscription,
    capturedAt,
    capturedMinor: amount.amountMinor,
    refundedMinor,
    refunds,
    observations,
    events: [...events, ...told(charge, call?.kind === "void" ? [wasToBeVoided] : [])],
  });
}

/** The merchant does not want this period's money: the subscription goes on as if it were paid. */
function afterVoid(charge: OpenCharge, context: SettlementContext): Settlement {
  const { call, price, subscription } = context;
  const { hasUsableKey, invoiceGeneration, invoiceStatus, now, otherOpenInvoices } = charge;
  const isPeriod = charge.periodIndex !== undefined;
  const owesOthers = otherOpenInvoices > 0;
  const payment = { price, owesOthers, hasUsableKey, now };
  const state = isPeriod ? afterWaiver(subscription, payment) : stateOf(subscription);
  const invoiceFacts = { invoiceId: charge.invoiceId, periodIndex: charge.periodIndex };
  const events: Told[] = [
    ["charge.voided", { ...factsOf(charge), reason: "asked", requestedBy: call?.requestedBy }],
    ...(invoiceStatus === "open" ? [["invoice.void", invoiceFacts] as const] : []),
    ...statusEvents(subscription, state),
  ];
  return unchanged(charge, context, {
    invoice: { status: "void", paidAt: undefined, generation: invoiceGeneration },
    subscription: state,
    events: told(charge, events),
  });
}

function statusEvents({ id, status }: Subscription, state: SubscriptionState): Told[] {
  if (state.status === status) return [];
  const data = { subscriptionId: id };
  if (state.status === "canceled") return [["subscription.canceled", data]];
  const isBack = status === "past_due" || status === "unpaid";
  return [[isBack ? "subscription.recovered" : "subscription.activated", data]];
}

const lossEvents = {
  released: "charge.authorization_released",
  expired: "charge.authorization_expired",
  elsewhere: "charge.voided",
} as const satisfies Record<string, EventType>;

/** Nothing is held any more, and nothing was taken: the period is still owed. */
function afterLoss(
  charge: OpenCharge,
  decision: Extract<SettleDecision, { to: "voided" }>,
  context: SettlementContext,
): Settlement {
  const { call, dunning, price, subscription } = context;
  const { because, failure, payment } = decision;
  const next = followUp(charge, { to: "voided", payment }, subscription, price, undefined);
  const lostKey = lostKeyOf(decision);
  const [wait] = dunning.retryDelays;
  const isOwed = next.invoice.status === undefined && charge.periodIndex !== undefined;
  const goesOn = because === "released" && isOwed && charge.hasUsableKey && lostKey === undefined;
  const collectAgainAt =
    goesOn && wait !== undefined
      ? charge.now.toZonedDateTimeISO("UTC").add(wait).toInstant()
      : undefined;
  const type = because === "asked" ? "charge.voided" : lossEvents[because];
  const data = {
    ...factsOf(charge),
    reason: because,
    ...(call === undefined ? {} : { requestedBy: call.requestedBy }),
    ...failure,
    ...(collectAgainAt === undefined ? {} : { nextAttemptAt: collectAgainAt.toString() }),
  };
  const others = next.events.filter((event) => event.type !== "charge.voided");
  return unchanged(charge, context, {
    invoice: next.invoice,
    subscription: next.subscription,
    collectAgainAt,
    lostKey,
    observations: payment.observations,
    events: [...told(charge, [[type, data]]), ...others],
  });
}

/** A refusal at capture that says that the method is gone, or that its owner must act. */
function lostKeyOf({
  because,
  failure,
}: Extract<SettleDecision, { to: "voided" }>): Settlement["lostKey"] {
  if (because !== "released" || failure === undefined) return undefined;
  if (failure.failure === "billing_key_invalid") return { status: "dead", reason: failure.code };
  if (failure.failure === "hard_decline") return { status: "suspended", reason: failure.code };
  return undefined;
}

/** What was asked has not happened: whoever asked must hear, and may ask again. */
function noEffectEvents(
  charge: OpenCharge,
  { failure }: Extract<SettleDecision, { to: "authorized" }>,
  { call }: SettlementContext,
): Told[] {
  if (failure === undefined || call === undefined) return [];
  const { amountMinor: amount, kind, requestedBy } = call;
  const words = call.failure ?? failure;
  const data = { ...factsOf(charge), amount, requestedBy, ...words };
  return [[kind === "capture" ? "charge.capture_failed" : "charge.void_failed", data]];
}

function pauseReasonOf(
  failure: Extract<SettleDecision, { to: "asking" }>["failure"],
): string | undefined {
  return failure?.failure === "configuration"
    ? `the provider refuses the connection: ${failure.code} ${failure.message}`
    : undefined;
}
