/** Customer: who pays. */
import type { Temporal } from "temporal-polyfill";

export interface Customer {
  readonly accountId: string;
  readonly id: string;
  /** The merchant's own id; unique in the account. */
  readonly externalId: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** As it was given: digits, `+`, `-` and spaces. */
  readonly phone: string | undefined;
  /** Language tag of the customer's pages. */
  readonly locale: string;
  /** IANA zone in which the periods of new subscriptions begin and end. */
  readonly zone: string;
  readonly testClockId: string | undefined;
  readonly createdAt: Temporal.Instant;
}
