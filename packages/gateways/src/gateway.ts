/**
 * Gateway: the one interface the engine knows of a provider. What differs between providers is
 * data (`capabilities`), not `if provider === …`. Every call either returns, or throws a
 * GatewayError whose class says what it means for the money.
 */
import type { Temporal } from "temporal-polyfill";
import type { Exchange } from "./exchange.ts";
import type { FailureClass } from "./gateway-error.ts";
import type { Currency, Money } from "./money.ts";

/** Fields that a provider's payment carries, so that they can be compared with ours before it is adopted. */
export type VerifiableField = "orderId" | "amount" | "currency" | "payer";

export interface MethodLimits {
  readonly minimumMinor: number;
  /** Undefined: the provider names no limit of its own. */
  readonly maximumMinor?: number;
}

export interface GatewayCapabilities {
  /** Methods a customer can register, each with its limits per currency. */
  readonly methods: Readonly<Record<string, Readonly<Partial<Record<Currency, MethodLimits>>>>>;
  /** True when the registration window itself takes the first payment. */
  readonly registrationCharges: boolean;
  readonly keyCheck: boolean;
  readonly separateCapture: boolean;
  /** Which fields a charge's answer carries. */
  readonly answerFields: readonly VerifiableField[];
  /** Which fields a look-up carries. */
  readonly lookUpFields: readonly VerifiableField[];
  readonly listByDate: boolean;
  /** How long the provider remembers an idempotency key; undefined when it knows none. */
  readonly idempotencyWindowDays?: number;
  /** False until proven: an order id whose charge was declined is never charged again. */
  readonly declinedIdReusable: boolean;
  /** After so long without a payment the key dies; undefined when no such rule is known. */
  readonly unusedKeyLifetimeDays?: number;
  /** The contract allows periodic subscriptions only. */
  readonly recurringOnly: boolean;
  readonly maximumOrderNameLength: number;
  readonly timeouts: { readonly connectMs: number; readonly readMs: number };
}

/** Something worth telling the operator (`maedal doctor`) that did not change the outcome. */
export interface Observation {
  readonly code: string;
  readonly detail: string;
}

export interface BillingKeySecret {
  readonly billingKey: string;
  /** Providers that need a second secret with the key (Toss: `customerKey`). */
  readonly customerKey: string;
}

export interface RegistrationWindow {
  /** What our hosted page hands to the provider's browser script; public values only. */
  readonly script: { readonly url: string; readonly clientKey: string };
  readonly method: string;
}

export interface CompleteRegistration {
  readonly authKey: string;
  readonly customerKey: string;
  readonly idempotencyKey: string;
}

export interface RegisteredBillingKey {
  readonly secret: BillingKeySecret;
  readonly method: string;
  /** For people, never the account number: `토스뱅크 ****1234`. Undefined when not known yet. */
  readonly methodLabel: string | undefined;
  readonly observations: readonly Observation[];
  readonly exchange: Exchange;
}

export interface ChargeOrder {
  readonly secret: BillingKeySecret;
  readonly orderId: string;
  readonly orderName: string;
  readonly amount: Money;
  readonly idempotencyKey: string;
  readonly customerName?: string | undefined;
  readonly customerEmail?: string | undefined;
}

export interface ProviderRefund {
  readonly transactionId: string;
  readonly amountMinor: number;
  readonly refundedAt: Temporal.Instant | undefined;
  readonly reason: string | undefined;
}

/** A payment as the provider describes it. Absent fields were not in the answer: unknown, not empty. */
export interface ProviderPayment {
  readonly paymentId: string;
  /**
   * `captured`: approved, whatever was refunded since. `failed`: the provider's record of a refusal.
   * `pending`: exists, not decided. `other`: a state we have no word for; treat as unknown.
   */
  readonly state: "captured" | "failed" | "pending" | "other";
  readonly providerStatus: string;
  readonly orderId: string | undefined;
  readonly amount: Money | undefined;
  readonly payer: string | undefined;
  /** Σ of the refunds so far, in the payment's currency. */
  readonly refundedMinor: number;
  readonly refunds: readonly ProviderRefund[];
  readonly requestedAt: Temporal.Instant | undefined;
  readonly approvedAt: Temporal.Instant | undefined;
  readonly methodLabel: string | undefined;
  /** Filled when `state` is `failed`: the classified refusal. */
  readonly failure:
    { readonly failure: FailureClass; readonly code: string; readonly message: string } | undefined;
  readonly observations: readonly Observation[];
  readonly exchange: Exchange;
}

/** One movement in the provider's own list. A hint: look the payment up before acting on it. */
export interface ProviderTransaction {
  readonly transactionId: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly providerStatus: string;
  /** As listed. Unverified: whether a provider lists refunds as negative amounts. */
  readonly amountMinor: number | undefined;
  readonly happenedAt: Temporal.Instant | undefined;
}

export interface RefundOrder {
  readonly paymentId: string;
  /** Undefined refunds all that is left. */
  readonly amount: Money | undefined;
  /** What we believe is left before this refund; the provider refuses when it differs. */
  readonly refundableMinor: number;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/**
 * A provider's webhook, read. A hint to look up, never proof. `deliveryId` names the delivery, for
 * deduplication; undefined when the provider sent none.
 */
export type Notification =
  | {
      readonly kind: "billing_key_deleted";
      readonly billingKey: string;
      readonly reason: string | undefined;
      readonly createdAt: Temporal.Instant | undefined;
      readonly deliveryId?: string | undefined;
    }
  | {
      readonly kind: "payment_changed";
      readonly paymentId: string;
      readonly orderId: string | undefined;
      readonly createdAt: Temporal.Instant | undefined;
      readonly deliveryId?: string | undefined;
    }
  | {
      readonly kind: "ignored";
      readonly eventType: string;
      readonly deliveryId?: string | undefined;
    };

export interface Gateway {
  readonly provider: string;
  readonly capabilities: GatewayCapabilities;

  registrationWindow(method: string): RegistrationWindow;

  /** Exchanges what the window returned for a billing key. Never charges with Toss. */
  completeRegistration(registration: CompleteRegistration): Promise<RegisteredBillingKey>;

  /**
   * Charges a billing key once. Returning means that the provider says the money moved.
   *
   * @throws {GatewayError} `outcome_unknown` when the payment may exist: look it up first;
   *   `mismatch` when the answer is not about this order. Every other class: no money moved.
   */
  chargeBillingKey(order: ChargeOrder): Promise<ProviderPayment>;

  /**
   * Asks what became of an order id of ours.
   *
   * @returns "not_found" when the provider says that it knows no such payment *now*.
   * @throws {GatewayError} when the question itself got no clear answer: nothing is known.
   */
  lookUpByOrderId(orderId: string): Promise<ProviderPayment | "not_found">;

  lookUpByPaymentId(paymentId: string): Promise<ProviderPayment | "not_found">;

  /**
   * Gives captured money back. In the payment returned, this refund is the last of `refunds`.
   *
   * @throws {GatewayError} `outcome_unknown`: look the payment up and compare its refunds.
   */
  refund(order: RefundOrder): Promise<ProviderPayment>;

  /**
   * Every movement from `from` to `to`, oldest page first. Present where `capabilities.listByDate`
   * is true. For the daily sweep: a list may lag behind.
   */
  listTransactions?(range: {
    readonly from: Temporal.Instant;
    readonly to: Temporal.Instant;
  }): AsyncIterable<ProviderTransaction>;

  /** Deletes the key at the provider. Safe to repeat: a key that is gone already is a success. */
  deleteBillingKey(secret: BillingKeySecret): Promise<void>;

  /**
   * Reads a webhook's body.
   *
   * @returns "unreadable" when the bytes are not a notification of this provider.
   */
  readNotification(
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Notification | "unreadable";
}
