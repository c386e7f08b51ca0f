/**
 * Finding: something that our books and a provider's say differently. Found once, told once, and open
 * until nothing is left to do: by a person's word, or because the two agree again. Pure module.
 */
import type { Money } from "@maedal/gateways";

export const findingKinds = [
  /** Paid, while our charge counts as refused, ended or waiting. */
  "late_success",
  /** Paid under an order id of our form that this database never sent. */
  "orphan",
  /** The invoice has another payment already. */
  "second_payment",
  /** Given back by somebody at the provider. */
  "refund_elsewhere",
  /** Amount, currency or order id of a captured payment is not ours. */
  "amount_differs",
  /** Captured here, and the provider knows nothing of it. */
  "missing_at_provider",
  /** Captured, held or refunded here, and not there; or the reverse. */
  "state_differs",
] as const;

export type FindingKind = (typeof findingKinds)[number];

/**
 * What Maedal did about it by itself: nothing but telling; had the charge looked up, which adopts the
 * payment; stopped the connection; wrote it into the books.
 */
export const findingActions = ["told", "looked_up", "connection_paused", "booked"] as const;

export type FindingAction = (typeof findingActions)[number];

export interface NewFinding {
  readonly kind: FindingKind;
  readonly orderId: string | undefined;
  readonly paymentId: string | undefined;
  /** Of a refund. */
  readonly transactionId?: string | undefined;
  readonly chargeId: string | undefined;
  readonly amount: Money | undefined;
  /** A sentence for people. */
  readonly detail: string;
}

/** What is left to do about a finding of this kind, in a sentence. */
export const advice: Readonly<Record<FindingKind, string>> = {
  late_success:
    "Wait for the charge to adopt the payment. If it has ended, the payment is not what is owed: refund it in the provider's console. Then settle this.",
  orphan:
    "Find out which installation of Maedal, or which copy of its database, uses this provider account, and stop all but one. Refund in the provider's console what must not have been taken. Then settle this.",
  second_payment:
    "Refund the second payment in the provider's console, and find out why it was taken before you resume the connection. Then settle this.",
  refund_elsewhere: "Nothing: it is in the books.",
  amount_differs:
    "Compare with the provider's console. Refund the charge if it took too much, talk to the provider, and resume the connection when you know why. Then settle this.",
  missing_at_provider:
    "Look for the payment in the provider's console. If it is not there, no money was taken, although the invoice counts as paid. Then settle this.",
  state_differs:
    "Compare with the provider's console, and ask the provider when it is wrong. Then settle this.",
};
