/**
 * What a customer is told after the window: how far the registration is, and what became of the money
 * that it moves: the window's own payment, or the first one that follows. Pure module.
 */
import type { Money } from "@maedal/gateways";
import { approvalStep } from "../payment-windows/payment-window.ts";
import type {
  RegistrationSurroundings,
  SubscriptionSurroundings,
  WindowSurroundings,
} from "./registration-page-reads.ts";
import type { Registration } from "./registration.ts";

export type RegistrationOutcome =
  /** Waits for the customer to go through the window. */
  | "open"
  /** The billing key is being issued. */
  | "registering"
  /** An approved window is being confirmed. */
  | "confirming"
  /** The first (or an owed) payment is on its way. */
  | "paying"
  /** Paid with the method that was registered, or by its window. */
  | "paid"
  /** The money is set aside, and collected later. */
  | "held"
  /** The money was set aside, and is not collected. */
  | "released"
  /** The method will pay from the next due date on; nothing was owed now. */
  | "changed"
  | "trialing"
  /** The payment was refused; the registration itself is fine. */
  | "declined"
  /** Nobody knows yet whether the money moved. Never try to pay again meanwhile. */
  | "checking"
  /** The window took the money, and the key that came with it was lost: no method is registered. */
  | "key_lost"
  /** The provider refused the window's payment: no money moved, no method is registered. */
  | "refused"
  /** The window can take no money any more: not approved in time, or canceled there. */
  | "window_over"
  /** Something else paid what the window offered, or nobody wants the money any more. */
  | "superseded"
  /** The method is stored, for no subscription. */
  | "stored"
  /** The subscription is canceled. */
  | "ended"
  | "failed"
  | "canceled"
  | "expired";

export function outcomeOf(
  registration: Registration,
  surroundings: RegistrationSurroundings,
): RegistrationOutcome {
  const { subscription, window } = surroundings;
  switch (registration.status) {
    case "open":
      if (registration.hasAuthKey) return outcomeOfApproval(window);
      return subscription?.status === "canceled" ? "ended" : "open";
    case "failed":
      return outcomeOfFailure(registration, surroundings);
    case "completed":
      return outcomeOfCompleted(surroundings);
    case "canceled":
    case "expired":
      return registration.status;
  }
}

/** Worth asking again in a moment. */
export function isMoving(outcome: RegistrationOutcome): boolean {
  return (
    outcome === "registering" ||
    outcome === "confirming" ||
    outcome === "paying" ||
    outcome === "checking"
  );
}

/** A payment that an outcome speaks of. */
export interface TellablePayment {
  readonly amount: Money;
  readonly refundedMinor: number;
}

/** The window's payment of a period where it made one; else the subscription's latest. */
export function paymentOf({
  subscription,
  window,
}: RegistrationSurroundings): TellablePayment | undefined {
  const isWindows = window !== undefined && window.isOfPeriod && hasTaken(window);
  return isWindows ? window : subscription?.latestCharge;
}

/** The window's own confirmation took the money, or holds it. */
export function hasTaken({ attempt, chargeStatus }: WindowSurroundings): boolean {
  // The step is named after what is left to do while no key is there.
  return approvalStep(chargeStatus, attempt) === "key_lost";
}

function outcomeOfApproval(window: WindowSurroundings | undefined): RegistrationOutcome {
  if (window === undefined) return "registering";
  return isUnresolved(window.chargeStatus) ? "checking" : "confirming";
}

function outcomeOfFailure(
  { failureCode }: Registration,
  { subscription, window }: RegistrationSurroundings,
): RegistrationOutcome {
  if (window === undefined) return "failed";
  // What the books say of the money comes before what the registration failed of.
  if (hasTaken(window)) {
    if (subscription?.status === "canceled") return "ended";
    if (subscription === undefined || isMethodMissing(subscription)) return "key_lost";
    return window.isOfPeriod ? "paid" : "changed"; // Registered again meanwhile.
  }
  const isOpen = window.attempt === null || window.attempt === "unknown";
  if (isOpen && isUndecided(window.chargeStatus)) return "checking";
  if (failureCode === "window_over" || failureCode === "superseded") return failureCode;
  return window.attempt === "declined" || window.attempt === "refused" ? "refused" : "failed";
}

/** Nothing can be collected before the customer registers a method. */
export function isMethodMissing(subscription: SubscriptionSurroundings): boolean {
  return !subscription.hasMethod || subscription.methodRequired;
}

function outcomeOfCompleted({
  subscription,
  window,
}: RegistrationSurroundings): RegistrationOutcome {
  if (subscription === undefined) return "stored";
  if (window !== undefined && isUndecided(window.chargeStatus)) return "checking";
  const { latestCharge: charge, status } = subscription;
  if (status === "canceled") {
    const isOnItsWay = charge?.isWithThisKey === true && isUndecided(charge.status);
    return isOnItsWay ? "checking" : "ended";
  }
  if (window?.isOfPeriod === true) {
    const outcome = outcomeOfMoney(window.chargeStatus);
    if (outcome !== undefined) return outcome;
  }
  return outcomeOfSubscription(subscription);
}

function outcomeOfSubscription(it: SubscriptionSurroundings): RegistrationOutcome {
  const charge = it.latestCharge;
  const outcome = charge?.isWithThisKey === true ? outcomeOfMoney(charge.status) : undefined;
  if (it.openInvoices === 0) {
    if (it.status === "trialing") return "trialing";
    return outcome ?? "changed";
  }
  if (outcome === "held" || outcome === "released") return outcome;
  if (charge === undefined) return "paying";
  switch (charge.status) {
    case "reconciling":
    case "in_review":
      return "checking";
    case "failed":
      return "declined";
    case "awaiting_customer": // Another window offers it meanwhile.
      return "changed";
    case "scheduled": {
      const { dueAt } = charge;
      const isLater = dueAt !== undefined && dueAt.epochMilliseconds > it.now.epochMilliseconds;
      return isLater || it.methodRequired ? "declined" : "paying";
    }
    default:
      return "paying";
  }
}

/** Undefined while the charge has not moved any money for good. */
function outcomeOfMoney(chargeStatus: string): "paid" | "held" | "released" | undefined {
  switch (chargeStatus) {
    case "captured":
      return "paid";
    case "authorized":
    case "capturing":
      return "held";
    case "voiding":
    case "expired":
    case "voided":
      return "released";
    default:
      return undefined;
  }
}

/** A call is open, or nobody knows how it ended. */
function isUndecided(chargeStatus: string): boolean {
  return chargeStatus === "in_flight" || isUnresolved(chargeStatus);
}

function isUnresolved(chargeStatus: string): boolean {
  return chargeStatus === "reconciling" || chargeStatus === "in_review";
}
