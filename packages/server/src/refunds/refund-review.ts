/**
 * Review of a refund: what the provider's list of the payment's refunds says now, held against our
 * books, and what that says against a person's decision. Pure: asking is in ask-about-refund.ts.
 */
import type { ProviderRefund } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { unbookedIn, type Books, type RefundReviewDecision } from "./refund.ts";
import type { RefundFinding } from "./refund-outcome.ts";

/** What the provider says now of a refund's payment. */
export interface RefundNow {
  readonly askedAt: Temporal.Instant;
  /** `payment`: its refunds are below. `no_answer`: nothing is known. */
  readonly finding: RefundFinding["kind"];
  readonly detail: string | undefined;
  /** Σ of all refunds of the payment; undefined when it is not known. */
  readonly refundedMinor: number | undefined;
  /** Those that are not in our books. */
  readonly unbooked: readonly ProviderRefund[];
  /** The one among them that a look-up would take for this refund. */
  readonly adoptable: ProviderRefund | undefined;
}

/** Holds an answer against our books. */
export function readRefundNow(
  amountMinor: number,
  finding: RefundFinding,
  books: Books,
  askedAt: Temporal.Instant,
): RefundNow {
  const nothing = { refundedMinor: undefined, unbooked: [], adoptable: undefined };
  switch (finding.kind) {
    case "payment": {
      const { refundedMinor } = finding.payment;
      const unbooked = unbookedIn(finding.payment, books);
      const about = { askedAt, finding: finding.kind, refundedMinor };
      if (typeof unbooked === "string") {
        return { ...about, detail: unbooked, unbooked: [], adoptable: undefined };
      }
      // Of several nobody can tell which is ours: that is for the person to say.
      const fitting = unbooked.filter((entry) => entry.amountMinor === amountMinor);
      const adoptable = fitting.length === 1 ? fitting[0] : undefined;
      return { ...about, detail: undefined, unbooked, adoptable };
    }
    case "unclear":
    case "mismatch":
      return { askedAt, finding: finding.kind, detail: finding.detail, ...nothing };
    case "no_answer": {
      const detail = `${finding.code}: ${finding.message}`;
      return { askedAt, finding: finding.kind, detail, ...nothing };
    }
  }
}

/** What the provider's present answer says against a decision; undefined when it says nothing. */
export function objectionToRefund(
  decision: RefundReviewDecision,
  { adoptable, finding }: RefundNow,
): "contradicted" | "silent" | undefined {
  if (decision === "look_up_again") return undefined;
  if (adoptable !== undefined) return "contradicted";
  return finding === "no_answer" ? "silent" : undefined;
}
