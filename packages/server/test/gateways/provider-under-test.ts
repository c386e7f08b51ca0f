/**
 * ProviderUnderTest: what the conformance suite needs of a provider to try a gateway on it: the
 * gateway, a customer who passes the provider's window, trouble on order, and the provider's own
 * count of money. How a provider does these things is its description's business; how gateways
 * differ is told by their capabilities alone.
 */
import type { CompleteRegistration, Currency, Gateway } from "@maedal/gateways";
import { GatewayError } from "@maedal/gateways";

export type Operation = "register" | "charge" | "refund" | "look_up" | "delete";

/**
 * What can go wrong with one request. `…_before`: the provider does nothing. `…_after`: it does
 * what was asked, and the answer goes wrong.
 */
export type Trouble =
  | "soft_decline"
  | "hard_decline"
  | "maintenance"
  | "silence_before"
  | "silence_after"
  | "cut_before"
  | "cut_after"
  | "error_before"
  | "error_after"
  | "garbage_after"
  /** Answered only after half a second, in which the provider has not begun yet. */
  | "slow_before"
  /** 503 from in front of the provider. */
  | "unavailable_before"
  /** 429 with `Retry-After: 7`. */
  | "rate_limit"
  /** A look-up answers as if the payment were not there yet. */
  | "not_visible_yet";

/** In what a connection differs from the one that works. */
export type Difference =
  /** Gives up after 300 ms, for tests in which the provider is silent. */
  "impatient" | "nobody_listens" | "unknown_credentials" | "no_contract";

export interface Movement {
  readonly kind: string;
  readonly amountMinor: number;
}

/** A notification as it came over HTTP; header names in lower case. */
export interface ReceivedNotification {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
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
  /** A customer agrees in the provider's window; returns what its redirect brings back. */
  passWindow(): Promise<CompleteRegistration>;
  /** The next request of this kind goes wrong, once. */
  spoil(operation: Operation, trouble: Trouble): Promise<void>;
  /** Money that moved, oldest first, by the provider's own books. */
  movements(of: { readonly orderId: string } | { readonly key: string }): Promise<Movement[]>;
  /** The customer ends it at the provider's; undefined where they cannot. */
  readonly withdraw: ((billingKey: string) => Promise<void>) | undefined;
  /** All that the provider sends because of what is done, in the order of arrival. */
  notificationsOf(act: () => Promise<unknown>): Promise<readonly ReceivedNotification[]>;
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
