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
}

export interface Plan extends PlanPrice {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly status: "active" | "retired";
  readonly priceId: string;
  readonly createdAt: Temporal.Instant;
}
