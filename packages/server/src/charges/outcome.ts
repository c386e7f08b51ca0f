/**
 * Outcome: what one gateway call means for its attempt, and what a look-up found. Pure: turns what a
 * gateway returned or threw into the few cases that the charge decides on. Everything that is not
 * plainly a success or a refusal is unknown (rule 5 of docs/charge-protocol.md).
 */
import {
  GatewayError,
  type FailureClass,
  type GatewayCapabilities,
  type Money,
  type ProviderPayment,
  type VerifiableField,
  type WindowState,
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
  /** The provider holds the money for us, as the charge asked. */
  | { readonly kind: "authorized"; readonly payment: ProviderPayment }
  /** Not sent, because an earlier order id of the invoice turned out to be paid (rule 2). */
  | {
      readonly kind: "captured_before";
      readonly payment: ProviderPayment;
      readonly orderId: string;
      /** Where it was sent, which may be another connection than the charge's. */
      readonly connectionId: string;
    }
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
  | { readonly kind: "authorized"; readonly payment: ProviderPayment }
  /** It was held once and given back: nothing was taken, and nothing can be any more. */
  | { readonly kind: "released"; readonly payment: ProviderPayment }
  | { readonly kind: "failed"; readonly payment: ProviderPayment }
  | { readonly kind: "pending"; readonly payment: ProviderPayment }
  /** `payment` is undefined when the provider answered with something that is not one payment. */
  | { readonly kind: "mismatch"; readonly payment?: ProviderPayment; readonly detail: string }
  /** `window`: what the window that was confirmed says of itself; undefined without one. */
  | { readonly kind: "not_found"; readonly window?: WindowState | undefined }
  /** The question got no clear answer: nothing was learnt. */
  | ({ readonly kind: "no_answer" } & FailureWords);

/** What a finding says beside its kind, in the provider's words where they are known. */
export function detailOf(finding: LookUpFinding): string | undefined {
  switch (finding.kind) {
    case "no_answer":
      return `${finding.code}: ${finding.message}`;
    case "mismatch":
      return finding.detail;
    case "not_found":
      return undefined;
    case "captured":
    case "authorized":
    case "released":
    case "failed":
    case "pending":
      return finding.payment.providerStatus;
  }
}

/** Reasons of ours not to send: they do not pass by themselves, so a person hears of them. */
export const blockedCodes: readonly string[] = ["secret_unreadable", "earlier_order_unclear"];

export interface ExpectedPayment {
  readonly orderId: string;
  readonly amount: Money;
  /** `manual` asks for a hold only; automatic unless told. */
  readonly capture?: "automatic" | "manual";
}

/**
 * Compares every field that the provider returned with ours (rule 7 of docs/charge-protocol.md). A field that is absent
 * cannot differ; the sweep verifies it.
 *
 * @param fields What the provider is known to return; the others are not looked at.
 * @returns What differs, in words; undefined when all that is there is ours.
 */
export function differsFrom(
  expected: Pick<ExpectedPayment, "orderId" | "amount">,
  payment: ProviderPayment,
  fields: readonly VerifiableField[],
): string | undefined {
  const pairs: readonly [VerifiableField, string | number | undefined, string | number][] = [
    ["orderId", payment.orderId, expected.orderId],
    ["amount", payment.amount?.amountMinor, expected.amount.amountMinor],
    ["currency", payment.amount?.currency, expected.amount.currency],
  ];
  const differing = pairs.find(([field, theirs, ours]) => {
    return fields.includes(field) && theirs !== undefined && theirs !== ours;
  });
  if (differing === undefined) return undefined;
  const [field, theirs, ours] = differing;
  return `${field} is ${theirs}, ours is ${ours}`;
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
  if (payment.state === "captured") return { kind: "captured", payment };
  if (payment.state === "authorized" && expected.capture === "manual") {
    return { kind: "authorized", payment };
  }
  const message = `the answer says ${payment.providerStatus}`;
  return { kind: "unknown", code: "not_captured", message };
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
    case "authorized":
      // Nobody asked for a mere hold: what becomes of it is not ours to guess.
      return { kind: expected.capture === "manual" ? "authorized" : "pending", payment: found };
    case "voided":
    case "expired":
      return { kind: "released", payment: found };
    case "failed":
      return { kind: "failed", payment: found };
    case "pending":
    case "other":
      return { kind: "pending", payment: found };
  }
}

/** What a thrown failure of a look-up means: a payment that cannot be ours is an answer, too. */
export function findingOfFailure(error: unknown): LookUpFinding {
  if (error instanceof GatewayError) {
    const { failure, message, payments } = error;
    // Of several, the one that counts is one whose money is still there.
    const payment = payments.find(keepsMoney) ?? error.payment;
    const isAnswer = failure === "mismatch" && payment !== undefined;
    return isAnswer
      ? { kind: "mismatch", payment, detail: message }
      : { kind: "no_answer", ...wordsOf(error) };
  }
  return { kind: "no_answer", code: "internal_error", message: "our own code failed mid-call" };
}

/** Money was taken or is held, and not all of it was given back. */
export function keepsMoney({ amount, refundedMinor, state }: ProviderPayment): boolean {
  if (state === "authorized") return true;
  return state === "captured" && (amount === undefined || refundedMinor < amount.amountMinor);
}

/** The class of a failed record; one that says nothing definite decides nothing. */
export function declineOf(failure: FailureClass | undefined): DeclineClass | undefined {
  return failure === "soft_decline" ||
    failure === "hard_decline" ||
    failure === "billing_key_invalid"
    ? failure
    : undefined;
}

function wordsOf(error: GatewayError): FailureWords {
  return { code: error.code ?? error.failure, message: error.providerMessage ?? error.message };
}
