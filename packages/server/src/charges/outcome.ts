/**
 * Outcome: what one gateway call means for its attempt, and what a look-up found. Pure: turns what a
 * gateway returned or threw into the few cases that the charge decides on. Everything that is not
 * plainly a success or a refusal is unknown (design rule 5).
 */
import {
  GatewayError,
  type FailureClass,
  type GatewayCapabilities,
  type Money,
  type ProviderPayment,
  type VerifiableField,
} from "@maedal/gateways";

export type DeclineClass = "soft_decline" | "hard_decline" | "billing_key_invalid";
export type RefusalClass = "outage" | "configuration" | "invalid_request";

/** A provider's own words, kept for people. */
export interface FailureWords {
  readonly code: string;
  readonly message: string;
}

export type AttemptOutcome =
  /** The provider says that the money moved, and every field it returned is ours. */
  | { readonly kind: "captured"; readonly payment: ProviderPayment }
  /** The provider said no about the method: no money moved, a decline is counted. */
  | ({ readonly kind: "declined"; readonly failure: DeclineClass } & FailureWords)
  /** The provider said no about us or itself: no money moved, nobody's dunning advances. */
  | ({ readonly kind: "refused"; readonly failure: RefusalClass } & FailureWords)
  /** Proved: no byte was written. */
  | ({ readonly kind: "not_sent" } & FailureWords)
  /** The answer is about something else than our charge. */
  | ({ readonly kind: "mismatch" } & FailureWords)
  /** Anything else. */
  | ({ readonly kind: "unknown" } & FailureWords);

export type LookUpFinding =
  | { readonly kind: "captured"; readonly payment: ProviderPayment }
  | { readonly kind: "failed"; readonly payment: ProviderPayment }
  | { readonly kind: "pending"; readonly payment: ProviderPayment }
  | { readonly kind: "mismatch"; readonly payment: ProviderPayment; readonly detail: string }
  | { readonly kind: "not_found" }
  /** The question got no clear answer: nothing was learnt. */
  | ({ readonly kind: "no_answer" } & FailureWords);

export interface ExpectedPayment {
  readonly orderId: string;
  readonly amount: Money;
}

/**
 * Compares every field that the provider returns with ours (design rule 7).
 *
 * @returns What differs, in words; undefined when all that is there is ours. An absent field of the
 *   list differs too: the provider always sends it, so an answer without it is not one we know.
 */
export function differsFrom(
  expected: ExpectedPayment,
  payment: ProviderPayment,
  fields: readonly VerifiableField[],
): string | undefined {
  const { amount, orderId } = payment;
  if (fields.includes("orderId") && orderId !== expected.orderId) {
    return `order id is ${orderId ?? "absent"}, ours is ${expected.orderId}`;
  }
  if (fields.includes("amount") && amount?.amountMinor !== expected.amount.amountMinor) {
    return `amount is ${amount?.amountMinor ?? "absent"}, ours is ${expected.amount.amountMinor}`;
  }
  if (fields.includes("currency") && amount?.currency !== expected.amount.currency) {
    return `currency is ${amount?.currency ?? "absent"}, ours is ${expected.amount.currency}`;
  }
  return undefined;
}

/** What a returned answer to a charge means. */
export function outcomeOfAnswer(
  expected: ExpectedPayment,
  payment: ProviderPayment,
  capabilities: GatewayCapabilities,
): AttemptOutcome {
  const difference = differsFrom(expected, payment, capabilities.answerFields);
  if (difference !== undefined) {
    return { kind: "mismatch", code: "answer_differs", message: difference };
  }
  if (payment.state !== "captured") {
    const message = `the answer says ${payment.providerStatus}`;
    return { kind: "unknown", code: "not_captured", message };
  }
  return { kind: "captured", payment };
}

/** What a thrown failure of a charge means. A bug of ours means: unknown. */
export function outcomeOfFailure(error: unknown): AttemptOutcome {
  if (!(error instanceof GatewayError)) {
    return { kind: "unknown", code: "internal_error", message: "our own code failed mid-call" };
  }
  const words = wordsOf(error);
  switch (error.failure) {
    case "soft_decline":
    case "hard_decline":
    case "billing_key_invalid":
      return { kind: "declined", failure: error.failure, ...words };
    case "outage":
    case "configuration":
    case "invalid_request":
      return { kind: "refused", failure: error.failure, ...words };
    case "not_sent":
      return { kind: "not_sent", ...words };
    case "mismatch":
      return { kind: "mismatch", ...words };
    case "outcome_unknown":
      return { kind: "unknown", ...words };
  }
}

/** What a look-up by our order id found. */
export function findingOf(
  expected: ExpectedPayment,
  found: ProviderPayment | "not_found",
  capabilities: GatewayCapabilities,
): LookUpFinding {
  if (found === "not_found") return { kind: "not_found" };
  const detail = differsFrom(expected, found, capabilities.lookUpFields);
  if (detail !== undefined) return { kind: "mismatch", payment: found, detail };
  switch (found.state) {
    case "captured":
      return { kind: "captured", payment: found };
    case "failed":
      return { kind: "failed", payment: found };
    case "pending":
    case "other":
      return { kind: "pending", payment: found };
  }
}

export function findingOfFailure(error: unknown): LookUpFinding {
  if (error instanceof GatewayError) return { kind: "no_answer", ...wordsOf(error) };
  return { kind: "no_answer", code: "internal_error", message: "our own code failed mid-call" };
}

/** The class of a failed record; one that says nothing definite decides nothing. */
export function declineOf(
  failure: FailureClass | undefined,
): DeclineClass | undefined {
  return failure === "soft_decline" || failure === "hard_decline" || failure === "billing_key_invalid"
    ? failure
    : undefined;
}

function wordsOf(error: GatewayError): FailureWords {
  return { code: error.code ?? error.failure, message: error.providerMessage ?? error.message };
}
