/**
 * Payment window: a page of the provider's in which a customer approves one charge and, by that,
 * registers a method. Opening it moves no money and approving it moves none; the confirmation does,
 * which is claimed and recorded like any charge. Its answer alone carries the billing key.
 *
 *   open ──► paid        our confirmation took the money
 *     └────► over        canceled, timed out, failed: it can take no money any more
 *
 * Any number of windows may offer the same charge (a reload, a second tab): they share its order id,
 * which the provider pays once, and the charge is claimed by one confirmation at a time.
 * Pure module: SQL is in payment-window-store.ts, effects in the files named after what they do.
 */
import { currencies, money, type Money } from "@maedal/gateways";
import { isWaiting } from "../charges/charge.ts";
import type { UnpaidInvoice } from "../invoices/invoice-store.ts";
import type { Price, Subscription } from "../subscriptions/subscription.ts";

/** An invoice that may be paid by a window, as far as the decision needs to know it. */
type PayableInvoice = Pick<UnpaidInvoice, "status" | "capture"> & {
  readonly liveCharge:
    | Pick<NonNullable<UnpaidInvoice["liveCharge"]>, "status" | "connectionId" | "isUnresolved">
    | undefined;
};

/** What a window is opened for. */
export type WindowPurpose<Invoice extends PayableInvoice = UnpaidInvoice> =
  /** The period that the subscription begins with: nobody owes it before it is paid. */
  | { readonly kind: "first_period"; readonly capture: Price["capture"] }
  /** The oldest invoice that is owed. */
  | { readonly kind: "owed"; readonly invoice: Invoice }
  /** Nothing is owed now: a small amount registers the method, and is given back. */
  | { readonly kind: "registration"; readonly amount: Money }
  /** The outcome of an earlier payment is open: nothing else may collect meanwhile. */
  | { readonly kind: "blocked" };

/**
 * Decides what a window is for: asked when one is opened, and by the page that tells the customer so
 * beforehand.
 *
 * @param invoices What the subscription owes or was offered, oldest period first.
 * @param connectionId Where the window would be: only there does an order id that stays protect from
 *   a send whose outcome is open.
 */
export function purposeOf<Invoice extends PayableInvoice>(
  subscription: Pick<Subscription, "anchorOn">,
  price: Pick<Price, "amount" | "capture" | "registrationAmount" | "trialDays">,
  invoices: readonly Invoice[],
  connectionId: string,
): WindowPurpose<Invoice> {
  // The money for it is held until the merchant takes it: the customer owes nothing more.
  const payable = invoices.filter(({ liveCharge: live }) => live?.status !== "authorized");
  const isUndecided = ({ liveCharge: live }: Invoice) =>
    live !== undefined &&
    (!isWaiting(live) || (live.isUnresolved && live.connectionId !== connectionId));
  // Held back even if it is another invoice: the customer is told to wait rather than to pay twice.
  if (payable.some(isUndecided)) return { kind: "blocked" };
  const owed = payable.find(({ status }) => status === "open");
  if (owed !== undefined) return { kind: "owed", invoice: owed };
  if (subscription.anchorOn === undefined && price.trialDays === 0) {
    return { kind: "first_period", capture: price.capture };
  }
  return { kind: "registration", amount: registrationAmountOf(price) };
}

/** One unit of a currency is what a window takes where the plan says nothing else. */
export function registrationAmountOf(price: Pick<Price, "amount" | "registrationAmount">): Money {
  const { currency } = price.amount;
  return price.registrationAmount ?? money(10 ** currencies[currency], currency);
}

/** What the customer approved with a window, as far as it has got. */
export type Approval =
  /** Ask the provider to take the money. */
  | "confirm"
  /** A confirmation's outcome is open. */
  | "wait"
  /** The money was taken, and the key that came with it was lost on the way. */
  | "key_lost"
  /** The provider refused, without taking money. */
  | "refused"
  /** Something else paid the charge, or nobody wants the money any more. */
  | "superseded";

/**
 * Decides what to do about an approved window, however often it is asked.
 *
 * @param charge The status of the charge that the window offers.
 * @param attempt How the window's latest confirmation ended; undefined when none was sent, null
 *   while it is open.
 */
export function approvalStep(charge: string, attempt: string | null | undefined): Approval {
  switch (charge) {
    case "in_flight":
    case "reconciling":
    case "in_review":
      return "wait";
    case "captured":
    case "authorized":
    case "capturing":
    case "voiding":
    case "expired":
      return attempt === "captured" || attempt === "authorized" || attempt === "unknown"
        ? "key_lost"
        : "superseded";
    case "awaiting_customer":
      return attempt === "declined" || attempt === "refused" ? "refused" : "confirm";
    case "scheduled":
      return attempt === "declined" || attempt === "refused" ? "refused" : "superseded";
    default:
      return "superseded";
  }
}
