/**
 * What a customer is told after the window: how far the registration is, and what became of the
 * first payment that follows from it. Pure module.
 */
import type {
  RegistrationSurroundings,
  SubscriptionSurroundings,
} from "./registration-page-reads.ts";
import type { Registration } from "./registration.ts";

export type RegistrationOutcome =
  /** Waits for the customer to go through the window. */
  | "open"
  /** The billing key is being issued. */
  | "registering"
  /** The first (or an owed) payment is on its way. */
  | "paying"
  /** Paid with the method that was registered. */
  | "paid"
  /** The method will pay from the next due date on; nothing was owed now. */
  | "changed"
  | "trialing"
  /** The bank or card company refused the payment; the registration itself is fine. */
  | "declined"
  /** Nobody knows yet whether the money moved. Never try to pay again meanwhile. */
  | "checking"
  /** The method is stored, for no subscription. */
  | "stored"
  /** The subscription was canceled meanwhile. */
  | "ended"
  | "failed"
  | "canceled"
  | "expired";

export function outcomeOf(
  registration: Registration,
  { subscription }: RegistrationSurroundings,
): RegistrationOutcome {
  if (registration.status === "open") return registration.hasAuthKey ? "registering" : "open";
  if (registration.status !== "completed") return registration.status;
  return subscription === undefined ? "stored" : outcomeOfSubscription(subscription);
}

/** Worth asking again in a moment. */
export function isMoving(outcome: RegistrationOutcome): boolean {
  return outcome === "registering" || outcome === "paying" || outcome === "checking";
}

function outcomeOfSubscription(it: SubscriptionSurroundings): RegistrationOutcome {
  if (it.status === "canceled") return "ended";
  const charge = it.latestCharge;
  if (it.openInvoices === 0) {
    if (it.status === "trialing") return "trialing";
    return charge?.status === "captured" && charge.isWithThisKey ? "paid" : "changed";
  }
  if (charge === undefined) return "paying";
  switch (charge.status) {
    case "reconciling":
    case "in_review":
      return "checking";
    case "failed":
      return "declined";
    case "scheduled": {
      const { dueAt } = charge;
      const isLater = dueAt !== undefined && dueAt.epochMilliseconds > it.now.epochMilliseconds;
      return isLater || it.methodRequired ? "declined" : "paying";
    }
    default:
      return "paying";
  }
}
