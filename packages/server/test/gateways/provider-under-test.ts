/**
 * ProviderUnderTest: what the conformance suite needs of a provider to try a gateway on it: the
 * gateway, a customer who passes the provider's window, trouble on order, and the provider's own
 * count of money. How a provider does these things is its description's business; how gateways
 * differ is told by their capabilities alone.
 */
import type {
  Currency,
  Gateway,
  OpenedWindow,
  ScriptOrder,
  WindowHandle,
  WindowReturn,
} from "@maedal/gateways";
import { GatewayError } from "@maedal/gateways";

/**
 * `register` is the request whose answer brings the billing key: the exchange of a script window,
 * the confirm of a payment window.
 */
export type Operation =
  | "open_window"
  | "check_window"
  | "register"
  | "charge"
  | "capture"
  | "void"
  | "refund"
  | "look_up"
  | "check_key"
  | "delete";

/**
 * What can go wrong with one request. `…_before`: the provider does nothing. `…_after`: it does
 * what was asked, and the answer goes wrong.
 */
export type Trouble =
  | "soft_decline"
  | "hard_decline"
  /** Refused, and the key with it is gone for good. */
  | "dead_key"
  | "maintenance"
  | "silence_before"
  | "silence_after"
  | "cut_before"
  | "cut_after"
  | "error_before"
  | "error_after"
  | "garbage_after"
  /** Answered only after two seconds, in which the provider has not begun yet. */
  | "slow_before"
  /** A 5xx from in front of the provider. */
  | "unavailable_before"
  /** 429 with `Retry-After: 7`. */
  | "rate_limit"
  /** A look-up answers as if the payment were not there yet. */
  | "not_visible_yet";

/** In what a connection differs from the one that works. */
export type Difference =
  /** Gives up after a second, for tests in which the provider is silent. */
  | "impatient"
  | "nobody_listens"
  | "unknown_credentials"
  /** A merchant that the provider knows and refuses: no contract, or an address not allowed. */
  | "no_contract";

export interface Movement {
  readonly kind: string;
  readonly amountMinor: number;
}

/** A notification as it came over HTTP; header names in lower case. */
export interface ReceivedNotification {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The customer and their browser in the provider's window, whichever kind the gateway's is. */
export type Customer = ScriptCustomer | PaymentCustomer;

export interface ScriptCustomer {
  readonly kind: "script";
  /**
   * Agrees; returns what the redirect brings back.
   *
   * @param order What an ordered window is opened for; not given, it takes no money.
   */
  passWindow(order?: ScriptOrder): Promise<WindowHandle>;
  /** Closes the window instead; undefined where nothing comes back then. */
  readonly leaveWindow: ((order?: ScriptOrder) => Promise<LeftWindow>) | undefined;
}

/** What the browser of a customer who did not agree comes back with. */
export interface LeftWindow {
  readonly said: WindowReturn;
  readonly handle: WindowHandle;
}

export interface PaymentCustomer {
  readonly kind: "payment";
  /** Agrees to the payment; returns the address that the browser is then sent to. */
  approve(window: OpenedWindow): Promise<string>;
  /** Refuses. */
  cancel(window: OpenedWindow): Promise<void>;
  /** Does nothing until the window is over. */
  ignore(window: OpenedWindow): Promise<void>;
}

export interface ProviderUnderTest {
  readonly name: string;
  readonly gateway: Gateway;
  /** One of `gateway.capabilities.methods`, with a currency that it takes. */
  readonly method: string;
  readonly currency: Currency;
  /** What the label of a registered method looks like. */
  readonly label: RegExp;
  gatewayWith(difference: Difference): Promise<Gateway>;
  readonly customer: Customer;
  /** Troubles that this provider has no way to cause. */
  readonly unheardOf: readonly Trouble[];
  /** What a charge is refused as when its key has ended, and it was not us who deleted it. */
  readonly endedKeyFailure: "billing_key_invalid" | "hard_decline";
  /** The next request of this kind goes wrong, once. */
  spoil(operation: Operation, trouble: Trouble): Promise<void>;
  /** From now on the method behind a key has nothing to pay with, or enough again. */
  setFunds(billingKey: string, funds: "none" | "enough"): Promise<void>;
  /** In the form of the provider's payment ids, and the name of no payment. */
  readonly unknownPaymentId: string;
  /** Waits, by the provider's clock, until no authorization of now can be captured any more. */
  readonly outliveAuthorizations: (() => Promise<void>) | undefined;
  /** Money that moved, oldest first, by the provider's own books. */
  movements(of: { readonly orderId: string } | { readonly key: string }): Promise<Movement[]>;
  /** The customer ends it at the provider's; undefined where they cannot. */
  readonly withdraw: ((billingKey: string) => Promise<void>) | undefined;
  /** Whether a notification says so. */
  readonly tellsOfWithdrawals: boolean;
  /**
   * All that the provider sends because of what is done, in the order of arrival. Undefined where
   * it sends nothing, ever.
   */
  readonly notificationsOf:
    ((act: () => Promise<unknown>) => Promise<readonly ReceivedNotification[]>) | undefined;
  stop(): Promise<void>;
}

/** The error that a call must end in. */
export async function errorOf(call: Promise<unknown>): Promise<GatewayError> {
  const error = await call.then(
    (value) => new Error(`A GatewayError was expected, not ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw error;
  return error;
}

/** A value without its evidence, whose trace ids differ from call to call. */
export function withoutExchange<T extends object>(value: T): Omit<T, "exchange">;
export function withoutExchange<T extends object>(
  value: T | "not_found",
): Omit<T, "exchange"> | "not_found";
export function withoutExchange(value: object | "not_found"): object | "not_found" {
  if (value === "not_found") return value;
  const { exchange: _, ...rest } = value as { exchange?: unknown };
  return rest;
}
