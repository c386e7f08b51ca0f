/**
 * GatewayError: a call to a provider that did not end in success, sorted by what it means for the
 * money. Callers branch on `failure` alone; `code` and `providerMessage` are the provider's own
 * words, kept verbatim for people.
 */
import type { Exchange } from "./exchange.ts";
import type { ProviderPayment } from "./gateway.ts";

/**
 * | class                 | money moved? |
 * | --------------------- | ------------ |
 * | `soft_decline`        | no; the same method may work later |
 * | `hard_decline`        | no; the customer must act on the method or bring another |
 * | `billing_key_invalid` | no; the key is gone for good |
 * | `not_sent`            | no; proved that no byte was written |
 * | `outage`              | no; announced maintenance, nothing was tried |
 * | `configuration`       | no; credentials or contract: every charge of the connection would fail |
 * | `invalid_request`     | no; our own request is wrong, repeating it is useless |
 * | `mismatch`            | maybe; the answer is not about our charge |
 * | `outcome_unknown`     | maybe; look it up by order id before anything else |
 */
export const failureClasses = [
  "soft_decline",
  "hard_decline",
  "billing_key_invalid",
  "not_sent",
  "outage",
  "configuration",
  "invalid_request",
  "mismatch",
  "outcome_unknown",
] as const;

export type FailureClass = (typeof failureClasses)[number];

export interface GatewayFailure {
  readonly provider: string;
  readonly failure: FailureClass;
  /** The provider's own code, verbatim. Undefined when there was no readable answer. */
  readonly code?: string | undefined;
  /** The provider's own sentence, verbatim (often Korean). Untrusted text: escape before showing. */
  readonly providerMessage?: string | undefined;
  /** Undefined when no answer arrived at all. */
  readonly httpStatus?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** What was sent and what came back, without secrets. */
  readonly exchange?: Exchange | undefined;
  /** What the provider described instead of what we asked for: the evidence of a `mismatch`. */
  readonly payment?: ProviderPayment | undefined;
  /** All of them, where the provider described several payments instead of one; `payment` is the first. */
  readonly payments?: readonly ProviderPayment[] | undefined;
  readonly cause?: unknown;
}

export class GatewayError extends Error {
  readonly provider: string;
  readonly failure: FailureClass;
  readonly code: string | undefined;
  readonly providerMessage: string | undefined;
  readonly httpStatus: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly exchange: Exchange | undefined;
  readonly payment: ProviderPayment | undefined;
  /** Empty unless several payments were described where there must be one. */
  readonly payments: readonly ProviderPayment[];

  constructor(message: string, details: GatewayFailure) {
    super(message, { cause: details.cause });
    this.name = "GatewayError";
    this.provider = details.provider;
    this.failure = details.failure;
    this.code = details.code;
    this.providerMessage = details.providerMessage;
    this.httpStatus = details.httpStatus;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.exchange = details.exchange;
    this.payment = details.payment;
    this.payments = details.payments ?? [];
  }
}
