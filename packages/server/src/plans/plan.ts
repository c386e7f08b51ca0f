/**
 * Plan: what can be subscribed to, at its present price. Prices are immutable: a plan moves to a new
 * one, and subscriptions stay at the price they have until their plan is changed.
 */
import type { Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { BillingInterval } from "../calendar/billing-period.ts";

export interface PlanPrice {
  readonly amount: Money;
  readonly interval: BillingInterval;
  readonly trialDays: number;
  /** `manual`: a charge only authorizes, and somebody captures or voids it. */
  readonly capture: "automatic" | "manual";
  /**
   * What a window that must take money takes while nothing is owed, and is given back at once.
   * Undefined: the currency's smallest usual coin.
   */
  readonly registrationAmount: Money | undefined;
  /** The merchant accepts that a billing key may die of disuse between two payments. */
  readonly outlivesUnusedKeys: boolean;
}

export interface Plan extends PlanPrice {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly status: "active" | "retired";
  readonly priceId: string;
  readonly createdAt: Temporal.Instant;
}
