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

/** What may be told of a customer. */
export type PayerDetail = "name" | "email" | "phone";

export interface MethodLimits {
  readonly minimumMinor: number;
  /** Undefined: the provider names no limit of its own. */
  readonly maximumMinor?: number;
}

export interface GatewayCapabilities {
  /** Methods a customer can register, each with its limits per currency. */
  readonly methods: Readonly<Record<string, Readonly<Partial<Record<Currency, MethodLimits>>>>>;
  /** `Gateway.checkBillingKey` is there. */
  readonly keyCheck: boolean;
  /** `Gateway.authorizations` is there: a charge may be authorized now and captured later. */
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
  /** The provider wants a key deleted once nothing is charged with it any more. */
  readonly deletesUnusedKeys: boolean;
  /** The contract allows periodic subscriptions only. */
  readonly recurringOnly: boolean;
  readonly maximumOrderNameLength: number;
  /** What windows and charges must be told of the customer; nothing else is told. */
  readonly payerDetails: readonly PayerDetail[];
  readonly timeouts: { readonly connectMs: number; readonly readMs: number };
}

/** Something worth telling the operator (`maedal doctor`) that did not change the outcome. */
export interface Observation {
  readonly code: string;
  readonly detail: string;
}

export interface BillingKeySecret {
  readonly billingKey: string;
  /** For providers that need a second secret with the key (Toss: `customerKey`). */
  readonly customerKey?: string | undefined;
}

/** The two shapes that providers' windows have. The engine branches on `kind`, never on a name. */
export type RegistrationWindow = ScriptWindow | PaymentWindow;

/**
 * The provider's script opens its window from our page; what it hands back through the browser is
 * exchanged for a billing key. It moves no money, unless `ordered.takesPayment` says so.
 */
export interface ScriptWindow {
  readonly kind: "script";
  /** Public values, for the page. */
  readonly script: {
    readonly url: string;
    readonly clientKey: string;
    /**
     * What the script leaves for the page to call: `TossPayments(clientKey).payment(…)
     * .requestBillingAuth(…)`, or `IMP.init(clientKey)` and `IMP.request_pay(request, callback)`.
     */
    readonly global: "TossPayments" | "IMP";
  };
  /** Present where the window is opened for an order of ours, which `exchange` then compares. */
  readonly ordered?: OrderedWindow | undefined;
  /**
   * Safe to repeat with the same idempotency key where the provider knows one.
   *
   * @throws {GatewayError} `outcome_unknown` when a key may have been issued, and money taken where
   *   the window takes it; `mismatch`, with the payment, when money was taken that is not the order's.
   */
  exchange(handle: WindowHandle): Promise<RegisteredBillingKey>;
}

/** A script's window that is opened for an order of ours. */
export interface OrderedWindow {
  /** Whether the window itself takes the money of its order. `above_zero`: unless the amount is 0. */
  readonly takesPayment: "never" | "above_zero" | "always";
  /**
   * What the script's call takes, as JSON for the page. Holds the customer key: for the browser that
   * the registration belongs to and for no other. Sends nothing.
   *
   * @throws {GatewayError} `invalid_request` when this window cannot be opened for the order;
   *   `configuration` when it cannot be opened for any.
   */
  request(opening: WindowOpening): Readonly<Record<string, unknown>>;
  /**
   * What a browser says when it comes back to `returnUrl`. Anybody can say that: a claim.
   *
   * @param query What the provider appended, or the callback of the script was given.
   * @returns undefined when it names neither a payment nor an order.
   */
  readReturn(query: Readonly<Record<string, string>>): WindowReturn | undefined;
}

/** What a script's window is opened for. The same three go into its exchange. */
export interface ScriptOrder {
  /** A charge's where its money is taken, the registration's own otherwise. New for each. */
  readonly orderId: string;
  /** What is taken; otherwise the price to be shown, which may be 0. */
  readonly amount: Money;
  /** True: the window takes the amount. False: it must take nothing. */
  readonly isPayment: boolean;
}

export interface WindowOpening extends ScriptOrder {
  readonly orderName: string;
  /** Unguessable and used for one registration only; it becomes the billing key. */
  readonly customerKey: string;
  /** Where the browser comes back to; the provider appends its own query parameters. */
  readonly returnUrl: string;
  readonly customerName?: string | undefined;
  readonly customerEmail?: string | undefined;
  readonly customerPhone?: string | undefined;
}

export interface WindowReturn {
  /** For the exchange: the payment, or our order id where the provider named no payment. */
  readonly authKey: string;
  readonly orderId: string | undefined;
  /**
   * Why the window says that it failed, to be shown. A hint: only the exchange tells whether it did.
   * Untrusted text.
   */
  readonly failure:
    { readonly code: string; readonly message: string; readonly isCanceled: boolean } | undefined;
}

export interface WindowHandle {
  readonly authKey: string;
  readonly customerKey: string;
  readonly idempotencyKey: string;
  /** What the window was opened for, from our own records. Required where the window is `ordered`. */
  readonly order?: ScriptOrder | undefined;
}

/**
 * A page of the provider's that asks the customer to approve a payment. The browser is sent there
 * and comes back; only our confirm takes the money, and its answer alone carries the billing key.
 */
export interface PaymentWindow {
  readonly kind: "payment";
  /**
   * Asks for a window. Moves no money; a window that nobody approves is over by itself.
   *
   * @throws {GatewayError} Whatever the class: no money moved.
   */
  open(order: WindowOrder): Promise<OpenedWindow>;
  /**
   * Which window a browser says that it comes back from. Anybody can say that: `check` tells.
   *
   * @param query What the provider appended to `confirmUrl`.
   * @returns undefined when it names none.
   */
  readReturn(query: Readonly<Record<string, string>>): string | undefined;
  /**
   * Where the customer stands.
   *
   * @throws {GatewayError} when the question got no clear answer: nothing is known.
   */
  check(windowId: string): Promise<WindowState>;
  /**
   * Takes the money of an approved window and receives the key. Not safe to repeat blindly.
   *
   * @throws {GatewayError} as `chargeBillingKey` does. After `outcome_unknown` the money may have
   *   moved, and the key of that payment can no longer be learnt.
   */
  confirm(order: ConfirmOrder): Promise<ConfirmedWindow>;
}

export interface WindowOrder {
  readonly orderId: string;
  readonly orderName: string;
  readonly amount: Money;
  /** `manual`: the confirmation only authorizes; the money is captured by a call of its own. */
  readonly capture?: "automatic" | "manual" | undefined;
  /** Where the browser comes back to; the provider appends its own query parameters. */
  readonly confirmUrl: string;
  readonly cancelUrl: string;
  /** BCP 47, such as `zh-TW`; the window falls back to a language that it has. */
  readonly locale: string;
}

export interface OpenedWindow {
  /** The provider's name of this window, comes back in the browser's address. */
  readonly windowId: string;
  /** Where to send the browser. */
  readonly url: string;
  readonly exchange: Exchange;
}

/** `over`: canceled, failed or timed out, no money can be taken any more. `paid`: confirmed. */
export type WindowState = "waiting" | "approved" | "over" | "paid";

export interface ConfirmOrder {
  readonly windowId: string;
  readonly orderId: string;
  /** Exactly what the window was opened with. */
  readonly amount: Money;
}

export interface ConfirmedWindow {
  readonly payment: ProviderPayment;
  /** Undefined when the money moved and the answer carried no key all the same. */
  readonly billingKey: RegisteredBillingKey | undefined;
}

export interface RegisteredBillingKey {
  readonly secret: BillingKeySecret;
  readonly method: string;
  /** For people, never the account number: `토스뱅크 ****1234`. Undefined when not known yet. */
  readonly methodLabel: string | undefined;
  /** What the window took, where it takes money itself. */
  readonly payment?: ProviderPayment | undefined;
  readonly observations: readonly Observation[];
  readonly exchange: Exchange;
}

export interface ChargeOrder {
  readonly secret: BillingKeySecret;
  readonly orderId: string;
  readonly orderName: string;
  readonly amount: Money;
  readonly idempotencyKey: string;
  /**
   * Asked by clients that have to wait for something else before they can send, such as a token: false
   * means `not_sent`. Undefined: always in time.
   */
  readonly isStillInTime?: (() => boolean) | undefined;
  /** `manual` only authorizes; the money is captured by a call of its own. */
  readonly capture?: "automatic" | "manual" | undefined;
  readonly customerName?: string | undefined;
  readonly customerEmail?: string | undefined;
  readonly customerPhone?: string | undefined;
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
   * `captured`: approved, whatever was refunded since. `authorized`: held, not yet taken. `voided`
   * and `expired`: held once, given back, never taken. `failed`: the provider's record of a refusal.
   * `pending`: exists, not decided. `other`: a state we have no word for; treat as unknown.
   */
  readonly state: "captured" | "authorized" | "voided" | "expired" | "failed" | "pending" | "other";
  readonly providerStatus: string;
  readonly orderId: string | undefined;
  /** What was captured, or is held while it is `authorized`. */
  readonly amount: Money | undefined;
  readonly payer: string | undefined;
  /** Σ of the refunds so far, in the payment's currency. */
  readonly refundedMinor: number;
  readonly refunds: readonly ProviderRefund[];
  readonly requestedAt: Temporal.Instant | undefined;
  readonly approvedAt: Temporal.Instant | undefined;
  /** Until when an authorization can be captured. */
  readonly authorizationExpiresAt?: Temporal.Instant | undefined;
  readonly methodLabel: string | undefined;
  /** Filled when `state` is `failed`, and when a capture ended `voided`: the classified refusal. */
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
  /** Negative for a refund. */
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
  /** As for a charge. */
  readonly isStillInTime?: (() => boolean) | undefined;
}

/** A refund that was made. */
export interface RefundReceipt {
  readonly refund: ProviderRefund;
  /** Σ of all refunds of the payment, this one included; undefined when the answer does not tell. */
  readonly refundedMinor: number | undefined;
  readonly observations: readonly Observation[];
  readonly exchange: Exchange;
}

/** Capturing and voiding what was only authorized. Look a lost answer up by `lookUpByPaymentId`. */
export interface Authorizations {
  /**
   * Takes the money, all or part of it; the rest is released.
   *
   * @returns A payment `captured`; or `voided`, with its `failure`, when the provider gave the
   *   authorization up instead.
   * @throws {GatewayError} `outcome_unknown`: look the payment up. Other classes: nothing changed.
   */
  capture(order: CaptureOrder): Promise<ProviderPayment>;
  /**
   * Gives the whole authorization back.
   *
   * @returns A payment `voided`.
   * @throws {GatewayError} as `capture` does.
   */
  void(order: VoidOrder): Promise<ProviderPayment>;
}

export interface CaptureOrder {
  readonly paymentId: string;
  readonly orderId: string;
  /** At most what was authorized. */
  readonly amount: Money;
}

export interface VoidOrder {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
}

/** `blocked`: the key exists, its method cannot be charged now. `gone`: for good. */
export interface KeyHealth {
  readonly state: "usable" | "blocked" | "gone";
  /** The provider's own code and words. */
  readonly code: string;
  readonly message: string;
  readonly exchange: Exchange;
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

/** A key that was registered before Maedal came, as its provider knows it. */
export interface ExistingKey {
  readonly secret: BillingKeySecret;
  readonly method: string;
  readonly methodLabel: string | undefined;
  /** Why it cannot be charged by this connection, as sentences for people; empty when it can. */
  readonly problems: readonly string[];
  /**
   * Charges that the provider is told to make with it by itself. As long as there is one, the customer
   * would be charged twice.
   */
  readonly scheduled: readonly ScheduledElsewhere[];
}

export interface ScheduledElsewhere {
  readonly orderId: string;
  readonly at: Temporal.Instant;
  readonly amountMinor: number;
}

/** Asks for keys by the names that the merchant gave them. */
export interface ExistingKeys {
  /** How many can be asked for at once. */
  readonly atOnce: number;
  /**
   * @param names At most `atOnce`, each once.
   * @returns An entry for each key that the provider has; those it does not have are left out.
   * @throws {GatewayError} the question got no clear answer: nothing is known of any of them.
   */
  find(names: readonly string[]): Promise<ReadonlyMap<string, ExistingKey>>;
  /**
   * Revokes what is scheduled on a key. Safe to repeat.
   *
   * @returns The order ids that this call revoked. One that was scheduled a moment ago and is missing
   *   here has run since, unless an earlier call revoked it.
   * @throws {GatewayError} ask again.
   */
  unschedule(name: string): Promise<readonly string[]>;
}

/** Something at the provider that a person should know of, in a sentence that names the fix. */
export interface Finding {
  /** `failed`: charges or registrations go wrong by it. `notice`: they might. */
  readonly state: "failed" | "notice";
  readonly code: string;
  readonly detail: string;
}

export interface Gateway {
  readonly provider: string;
  /** Whom the customer sees: `카카오페이`, `LINE Pay`. */
  readonly label: string;
  readonly capabilities: GatewayCapabilities;

  /** How a customer registers a method. */
  readonly window: RegistrationWindow;

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
   * Gives captured money back.
   *
   * @throws {GatewayError} `outcome_unknown`: look the payment up and compare its refunds.
   */
  refund(order: RefundOrder): Promise<RefundReceipt>;

  /** Present where `capabilities.separateCapture` is true. */
  readonly authorizations?: Authorizations;

  /**
   * Asks whether a key can still be charged. Present where `capabilities.keyCheck` is true.
   *
   * @throws {GatewayError} when the question got no clear answer: nothing is known of the key.
   */
  checkBillingKey?(secret: BillingKeySecret): Promise<KeyHealth>;

  /**
   * Every movement from `from` to `to`, oldest page first. Present where `capabilities.listByDate`
   * is true. For the daily sweep: a list may lag behind.
   */
  listTransactions?(range: {
    readonly from: Temporal.Instant;
    readonly to: Temporal.Instant;
  }): AsyncIterable<ProviderTransaction>;

  /** Present where keys of an earlier system can be taken over. */
  readonly existingKeys?: ExistingKeys;

  /**
   * Which billing key a payment was made with, where the provider tells: for a payment that is none of
   * ours and may have been made with a key of ours. A secret.
   *
   * @returns undefined when it was made with none, or is not found.
   * @throws {GatewayError} the question got no clear answer.
   */
  findKeyOfPayment?(paymentId: string): Promise<string | undefined>;

  /**
   * Looks at the merchant's own settings at the provider; changes nothing. For `maedal doctor`.
   *
   * @returns Empty when nothing is wrong.
   * @throws {GatewayError} the question got no clear answer.
   */
  diagnose?(): Promise<readonly Finding[]>;

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
