/**
 * Registration: one trip of a customer through a provider's window, to bring a method.
 *
 *   open ──► completed            the billing key is stored, and attached to its subscription
 *     ├────► failed               the provider refused; the customer may start another
 *     ├────► canceled             the customer or the merchant gave it up
 *     └────► expired              nobody came back from the window in time
 *
 * Once the window has handed over its auth key, only `completed` and `failed` are left: the auth key
 * is stored before it is exchanged, and the exchange is repeated with the same idempotency key until
 * its outcome is known. Where the window is opened for an order of ours there is nothing to exchange:
 * the provider is asked about that order, by whoever comes back and from time to time, until the key
 * is there or the registration's time is over. A registration belongs to the first browser that opens it, and to one
 * customer key of its own, which no other registration ever uses.
 *
 * Pure module: SQL is in registration-store.ts, effects in the files named after what they do.
 */
import type { FailureClass, Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";

export type RegistrationStatus = "open" | "completed" | "failed" | "canceled" | "expired";

export interface Registration {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly connectionId: string;
  /** The subscription that waits for the method; undefined when the method is only stored. */
  readonly subscriptionId: string | undefined;
  readonly method: string;
  /** `expired` as soon as its time is over, whether or not that has been written down yet. */
  readonly status: RegistrationStatus;
  readonly returnUrl: string | undefined;
  /** SHA-256 of the cookie of the browser that opened it first; undefined before. */
  readonly browserHash: Uint8Array | undefined;
  /** The window has handed over its auth key: the exchange is under way, or to be repeated. */
  readonly hasAuthKey: boolean;
  readonly idempotencyKey: string;
  /** What the window was opened with, where it is opened for an order; undefined before it was shown. */
  readonly windowAmount: Money | undefined;
  readonly billingKeyId: string | undefined;
  readonly failureCode: string | undefined;
  /** The provider's own sentence. Untrusted text. */
  readonly failureMessage: string | undefined;
  readonly retryOf: string | undefined;
  /** Real time. */
  readonly expiresAt: Temporal.Instant;
  readonly finishedAt: Temporal.Instant | undefined;
  readonly createdAt: Temporal.Instant;
}

/** How long a link is good for, and how long an exchange without an answer is repeated. */
export const registrationLifetimeMs = 60 * 60 * 1_000;

/** Who is looking: the first browser of all, the one it belongs to, or another. */
export type Visitor = "first" | "same_browser" | "other_browser";

/** @param isSame Whether the visitor's cookie is the one that was set for the first opener. */
export function visitorOf({ browserHash }: Registration, isSame: boolean): Visitor {
  if (browserHash === undefined) return "first";
  return isSame ? "same_browser" : "other_browser";
}

export type ExchangeDecision =
  /** Nothing was issued, or nobody knows: the same call again, with the same idempotency key. */
  | { readonly to: "repeat" }
  | {
      readonly to: "failed";
      readonly code: string;
      readonly message: string | undefined;
      /** Every registration of the connection would fail, or its answers are not ours. */
      readonly pausesConnection: boolean;
    };

/** What a failed exchange of the auth key means. Nothing was charged either way. */
export function afterExchangeFailure(error: {
  readonly failure: FailureClass;
  readonly code: string | undefined;
  readonly providerMessage: string | undefined;
}): ExchangeDecision {
  const { failure, providerMessage: message } = error;
  const code = error.code ?? failure;
  switch (failure) {
    case "not_sent":
    case "outage":
    case "outcome_unknown":
      return { to: "repeat" };
    case "configuration":
    case "mismatch":
      return { to: "failed", code, message, pausesConnection: true };
    case "soft_decline":
    case "hard_decline":
    case "billing_key_invalid":
    case "invalid_request":
      return { to: "failed", code, message, pausesConnection: false };
  }
}
