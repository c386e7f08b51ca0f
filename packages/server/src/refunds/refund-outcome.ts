/**
 * What a refund's call means, and what a look-up of its payment found. Pure: turns what a gateway
 * returned or threw into the few cases that a refund decides on. Everything that is not plainly a
 * success or a refusal is unknown (rule 5 of docs/charge-protocol.md).
 */
import {
  GatewayError,
  type FailureClass,
  type GatewayCapabilities,
  type Observation,
  type ProviderPayment,
  type ProviderRefund,
  type RefundReceipt,
} from "@maedal/gateways";
import { differsFrom, type ExpectedPayment, type FailureWords } from "../charges/outcome.ts";

export type RefundOutcome =
  | {
      readonly kind: "refunded";
      readonly refund: ProviderRefund;
      /** Σ of all refunds of the payment, this one included; undefined when the answer does not tell. */
      readonly refundedMinor: number | undefined;
      readonly observations: readonly Observation[];
    }
  /** The provider refuses this refund: no money moved, and none would if it were sent again. */
  | ({ readonly kind: "refused"; readonly failure: FailureClass } & FailureWords)
  /** No money moved, for a reason that has nothing to do with this refund. */
  | ({
      readonly kind: "put_off";
      readonly failure: "not_sent" | "outage" | "configuration";
    } & FailureWords)
  | ({
      readonly kind: "unknown";
      readonly failure: "outcome_unknown" | "mismatch";
      /** Under the same idempotency key the provider would only repeat an answer it has given. */
      readonly wasAnswered: boolean;
    } & FailureWords);

export type RefundFinding =
  | { readonly kind: "payment"; readonly payment: ProviderPayment }
  /** An answer that says nothing of the refunds: the payment is not there, or not captured. */
  | { readonly kind: "unclear"; readonly detail: string }
  /** It is not our payment. */
  | { readonly kind: "mismatch"; readonly detail: string }
  | ({ readonly kind: "no_answer" } & FailureWords);

/** What a returned answer to a refund of this amount means. */
export function outcomeOfReceipt(amountMinor: number, receipt: RefundReceipt): RefundOutcome {
  const { observations, refund, refundedMinor } = receipt;
  if (refund.amountMinor === amountMinor) {
    return { kind: "refunded", refund, refundedMinor, observations };
  }
  const message = `the answer tells of a refund of ${refund.amountMinor}, ours is ${amountMinor}`;
  return mismatch("answer_differs", message);
}

/** The answer names a refund that is in our books already: it is not about this one. */
export function alreadyBooked(transactionId: string): RefundOutcome {
  const message = `the answer names refund ${transactionId}, which is another one of ours`;
  return mismatch("refund_taken", message);
}

function mismatch(code: string, message: string): RefundOutcome {
  return { kind: "unknown", failure: "mismatch", wasAnswered: true, code, message };
}

/** What a thrown failure of a refund means. A bug of ours means: unknown. */
export function outcomeOfRefundFailure(error: unknown): RefundOutcome {
  if (!(error instanceof GatewayError)) {
    const words = { code: "internal_error", message: "our own code failed mid-call" };
    return { kind: "unknown", failure: "outcome_unknown", wasAnswered: false, ...words };
  }
  const { failure } = error;
  const words = wordsOf(error);
  switch (failure) {
    case "soft_decline":
    case "hard_decline":
    case "billing_key_invalid":
    case "invalid_request":
      return { kind: "refused", failure, ...words };
    case "not_sent":
    case "outage":
    case "configuration":
      return { kind: "put_off", failure, ...words };
    case "mismatch":
    case "outcome_unknown":
      return { kind: "unknown", failure, wasAnswered: error.httpStatus !== undefined, ...words };
  }
}

/**
 * What a look-up of the payment found.
 *
 * @param expected The order id that was paid, and what was captured.
 */
export function refundFindingOf(
  expected: ExpectedPayment,
  found: ProviderPayment | "not_found",
  { lookUpFields }: GatewayCapabilities,
): RefundFinding {
  if (found === "not_found") {
    return { kind: "unclear", detail: "the provider does not find the payment" };
  }
  const detail = differsFrom(expected, found, lookUpFields);
  if (detail !== undefined) return { kind: "mismatch", detail };
  if (found.state === "captured") return { kind: "payment", payment: found };
  return { kind: "unclear", detail: `the payment is ${found.providerStatus}` };
}

export function refundFindingOfFailure(error: unknown): RefundFinding {
  if (error instanceof GatewayError) {
    return error.failure === "mismatch"
      ? { kind: "mismatch", detail: error.message }
      : { kind: "no_answer", ...wordsOf(error) };
  }
  return { kind: "no_answer", code: "internal_error", message: "our own code failed mid-call" };
}

function wordsOf(error: GatewayError): FailureWords {
  return { code: error.code ?? error.failure, message: error.providerMessage ?? error.message };
}
