/**
 * What a capture or void came to, and what a look-up found of an authorization. Pure: turns what a
 * gateway returned or threw into the few cases that a charge decides on. Everything that is not
 * plainly a success or a refusal is unknown (rule 5 of docs/charge-protocol.md).
 */
import {
  GatewayError,
  type FailureClass,
  type GatewayCapabilities,
  type Money,
  type ProviderPayment,
} from "@maedal/gateways";
import {
  differsFrom,
  findingOf,
  type FailureWords,
  type LookUpFinding,
} from "../charges/outcome.ts";

export type SettleKind = "capture" | "void";

/** A refusal, with its class. */
export type Refusal = FailureWords & { readonly failure: FailureClass };

/** What one capture or void came to. */
export type SettleOutcome =
  | { readonly kind: "done"; readonly payment: ProviderPayment }
  /** Asked to capture, the provider gave the authorization up. */
  | {
      readonly kind: "released";
      readonly payment: ProviderPayment;
      readonly failure: Refusal | undefined;
    }
  /** The provider said no, and the authorization is what it was. */
  | ({ readonly kind: "refused" } & Refusal)
  /** Proved: no byte was written. */
  | ({ readonly kind: "not_sent" } & FailureWords)
  /** The answer is about something else than our payment. */
  | ({ readonly kind: "mismatch" } & FailureWords)
  /** Anything else. */
  | ({ readonly kind: "unknown" } & FailureWords);

/** Of whom a call is made: the payment as it was authorized. */
export interface HeldPayment {
  readonly paymentId: string;
  /** The order id that it was authorized under. */
  readonly orderId: string;
  /** What is held. */
  readonly amount: Money;
}

/** What a returned answer means. */
export function outcomeOfSettling(
  kind: SettleKind,
  held: HeldPayment,
  asked: Money,
  payment: ProviderPayment,
  capabilities: GatewayCapabilities,
): SettleOutcome {
  const difference =
    otherPayment(held, payment) ?? differsInOrder(held, asked, payment, capabilities);
  if (difference !== undefined) {
    return { kind: "mismatch", code: "answer_differs", message: difference };
  }
  const isDone = payment.state === (kind === "capture" ? "captured" : "voided");
  if (isDone) return { kind: "done", payment };
  if (payment.state === "voided") {
    return { kind: "released", payment, failure: payment.failure };
  }
  return {
    kind: "unknown",
    code: "not_settled",
    message: `the answer says ${payment.providerStatus}`,
  };
}

function differsInOrder(
  { orderId }: HeldPayment,
  asked: Money,
  payment: ProviderPayment,
  { answerFields }: GatewayCapabilities,
): string | undefined {
  // What was given up or given back has no amount that could be compared.
  const fields = answerFields.filter((field) => payment.state === "captured" || field !== "amount");
  return differsFrom({ orderId, amount: asked }, payment, fields);
}

function otherPayment({ paymentId }: HeldPayment, payment: ProviderPayment): string | undefined {
  return payment.paymentId === paymentId
    ? undefined
    : `payment is ${payment.paymentId}, ours is ${paymentId}`;
}

/** What a thrown failure of a capture or void means. A bug of ours means: unknown. */
export function outcomeOfSettleFailure(error: unknown): SettleOutcome {
  if (!(error instanceof GatewayError)) {
    return { kind: "unknown", code: "internal_error", message: "our own code failed mid-call" };
  }
  const { failure } = error;
  const words = {
    code: error.code ?? failure,
    message: error.providerMessage ?? error.message,
  };
  if (failure === "outcome_unknown") return { kind: "unknown", ...words };
  if (failure === "not_sent" || failure === "mismatch") return { kind: failure, ...words };
  return { kind: "refused", failure, ...words };
}

/** What a look-up by the payment's id found. The captured amount may be less than what was held. */
export function findingOfHeld(
  held: HeldPayment,
  found: ProviderPayment | "not_found",
  capabilities: GatewayCapabilities,
): LookUpFinding {
  const { amount, orderId } = held;
  const lookUpFields = capabilities.lookUpFields.filter((field) => field !== "amount");
  const expected = { orderId, amount, capture: "manual" } as const;
  const finding = findingOf(expected, found, { ...capabilities, lookUpFields });
  if (found === "not_found" || finding.kind === "mismatch") return finding;
  const taken = found.amount?.amountMinor ?? amount.amountMinor;
  const tooMuch = `amount is ${taken}, and ${amount.amountMinor} was held`;
  const isTooMuch = found.state === "captured" && (taken > amount.amountMinor || taken <= 0);
  const detail = otherPayment(held, found) ?? (isTooMuch ? tooMuch : undefined);
  return detail === undefined ? finding : { kind: "mismatch", payment: found, detail };
}
