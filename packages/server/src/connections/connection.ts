/**
 * Gateway connection: an account's credentials at one provider. Its merchant identity (host, keys)
 * never changes: other credentials are another connection, so an old attempt is always looked up
 * where it was sent. `paused` means that nothing is claimed until a person resumes it; `sunset`, that
 * no method is registered there any more and nothing is claimed after `chargesUntil` (see ../sunsets/sunset.ts).
 */
import type { Temporal } from "temporal-polyfill";
import type { ConnectionSettings } from "./connection-settings.ts";

export type Mode = "test" | "live";
export type Provider = "toss" | "line_pay" | "portone";
export type ConnectionState = "active" | "paused" | "sunset";

/** What a gateway is made of, beside the secret. */
export interface Merchant {
  readonly mode: Mode;
  readonly provider: Provider;
  readonly apiHost: string;
  /** The public half of the credentials: Toss's client key, LINE Pay's channel id, PortOne's `imp…`. */
  readonly publicId: string;
  /** PortOne: the company behind it, such as `chai` or `kakaopay.{merchant id}`. */
  readonly channel: string | undefined;
  /** PortOne: what windows are opened with instead of `pg`; from its console. */
  readonly channelKey: string | undefined;
  /** The provider's browser script, as our pages load it; undefined where there is none. */
  readonly scriptUrl: string | undefined;
  /** Toss: of the keys, a date. LINE Pay: `v3` or `v4`, the prefix of its paths. */
  readonly apiVersion: string | undefined;
  readonly settings: ConnectionSettings;
}

export interface Connection extends Merchant {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly state: ConnectionState;
  /** Also of one that is sunset and was stopped before its time. */
  readonly pausedReason: string | undefined;
  readonly pausedAt: Temporal.Instant | undefined;
  /** A connection that is sunset goes on charging until then; undefined: it has stopped. */
  readonly chargesUntil: Temporal.Instant | undefined;
  /** Most charges on their way at once, over all workers. */
  readonly concurrency: number;
  /** Secret segment of the URL for the provider's webhooks. */
  readonly notificationToken: string;
  readonly createdAt: Temporal.Instant;
}
