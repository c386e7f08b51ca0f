/**
 * What an account does with money that came too late: for a charge that had ended without it, or for a
 * subscription that had. Pure; it is carried out in give-back-late.ts.
 */
export const latePolicies = ["paid", "refund"] as const;

/** `paid`: its invoice is paid. `refund`: the money goes back, unless somebody gets something for it. */
export type LatePolicy = (typeof latePolicies)[number];

export interface LatePaymentFacts {
  readonly policy: LatePolicy;
  readonly hasSubscriptionEnded: boolean;
  /** As it was before the payment was known. */
  readonly invoiceStatus: string;
  /** Nothing of what the invoice is for lies ahead. */
  readonly isPeriodOver: boolean;
}

/** Whether the money goes back. What is still owed is paid by it, and so is a period that still runs. */
export function goesBack(facts: LatePaymentFacts): boolean {
  const { hasSubscriptionEnded, invoiceStatus, isPeriodOver, policy } = facts;
  if (policy === "paid") return false;
  if (hasSubscriptionEnded) return true;
  const isOwed = invoiceStatus === "open" || invoiceStatus === "draft";
  return !isOwed && isPeriodOver;
}
