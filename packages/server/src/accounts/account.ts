/**
 * Account: a merchant, in one mode. Rows of two accounts never meet; a merchant's test and live
 * businesses are two accounts, each with API keys of its own.
 */
import type { Temporal } from "temporal-polyfill";
import type { LatePolicy } from "../charges/late-policy.ts";

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly mode: "test" | "live";
  /** Emergency stop: while set, nothing of this account is claimed. */
  readonly chargingStoppedAt: Temporal.Instant | undefined;
  readonly overduePeriods: "collect_each" | "collect_latest";
  /** What becomes of money that shows up after its charge or its subscription had ended. */
  readonly latePayments: LatePolicy;
  readonly createdAt: Temporal.Instant;
}
