/**
 * Gateway connection: an account's credentials at one provider. Its merchant identity (host, keys)
 * never changes: other credentials are another connection, so an old attempt is always looked up
 * where it was sent. `paused` means that nothing is claimed until a person resumes it.
 */
import type { Temporal } from "temporal-polyfill";

export type Mode = "test" | "live";
export type ConnectionState = "active" | "paused" | "sunset";

export interface Connection {
  readonly accountId: string;
  readonly id: string;
  readonly mode: Mode;
  readonly provider: "toss";
  readonly name: string;
  readonly apiHost: string;
  /** The provider's browser script, as our pages load it. */
  readonly scriptUrl: string;
  /** Public. */
  readonly clientKey: string;
  readonly apiVersion: string | undefined;
  readonly state: ConnectionState;
  readonly pausedReason: string | undefined;
  readonly pausedAt: Temporal.Instant | undefined;
  /** Most charges on their way at once, over all workers. */
  readonly concurrency: number;
  /** Secret segment of the URL for the provider's webhooks. */
  readonly notificationToken: string;
  readonly createdAt: Temporal.Instant;
}
