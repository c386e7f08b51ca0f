/**
 * Review: a charge or refund whose outcome only a person can decide. What the provider says at the
 * moment of the decision is the last word: whoever decides against it is refused. Pure: asking is in
 * ask-provider.ts, deciding in resolve-review.ts.
 */
import type { Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { LookUpFinding } from "./outcome.ts";

/** What a person can decide about a charge in review; resolve-review.ts says what each does. */
export const reviewDecisions = ["look_up_again", "not_paid", "give_up"] as const;

export type ReviewDecision = (typeof reviewDecisions)[number];

/** What a person may decide in spite of: the provider gives no answer, and they know by other means. */
export const despites = ["provider_silent"] as const;

export type Despite = (typeof despites)[number];

/** What the provider says now of one order id, or of one payment. */
export interface OrderNow {
  readonly connectionId: string;
  /** The charge that it was sent for. */
  readonly chargeId: string;
  readonly orderId: string;
  /** As of a look-up. `no_answer`: unknown. */
  readonly finding: LookUpFinding["kind"];
  readonly detail: string | undefined;
  readonly paymentId: string | undefined;
  readonly amount: Money | undefined;
  readonly refundedMinor: number;
  /** Money was taken or is held, and not all of it was given back. */
  readonly hasMoney: boolean;
}

/** What speaks against a decision. */
export type Objection =
  | { readonly kind: "contradicted"; readonly by: OrderNow }
  | { readonly kind: "silent"; readonly about: readonly OrderNow[] };

/**
 * What the provider's present answers say against a decision about a charge. Asking again is always
 * right; to send again or to give up is wrong while the provider shows the payment.
 */
export function objectionTo(
  decision: ReviewDecision,
  orders: readonly OrderNow[],
): Objection | undefined {
  if (decision === "look_up_again") return undefined;
  const by = orders.find(showsPayment);
  if (by !== undefined) return { kind: "contradicted", by };
  const about = orders.filter(({ finding }) => finding === "no_answer");
  return about.length === 0 ? undefined : { kind: "silent", about };
}

/**
 * Ours and taken: a look-up adopts it, with what was refunded. Ours in part: somebody has to give the
 * money back first.
 */
function showsPayment({ finding, hasMoney }: OrderNow): boolean {
  switch (finding) {
    case "captured":
    case "authorized":
      return true;
    case "mismatch":
      return hasMoney;
    case "released":
    case "failed":
    case "pending":
    case "not_found":
    case "no_answer":
      return false;
  }
}

/** What was answered, and when it was asked. */
export interface ProviderNow {
  readonly askedAt: Temporal.Instant;
  readonly orders: readonly OrderNow[];
}
