/**
 * Whether a connection can collect a price by a method: asked before a customer is sent through a
 * window, a subscription starts or its plan changes, because afterwards it would only show as a
 * failed charge.
 */
import type { GatewayCapabilities, Money } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import type { BillingUnit } from "../calendar/billing-period.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import type { PlanPrice } from "./plan.ts";

/** @throws {AppError} `not_found`, and what `checkPrice` throws. */
export async function checkLimits(
  engine: Engine,
  accountId: string,
  via: { readonly connectionId: string; readonly method: string },
  price: PlanPrice,
): Promise<void> {
  const connection = await findConnection(engine.database, accountId, via.connectionId);
  if (connection === undefined) {
    throw new AppError("not_found", `There is no gateway connection ${via.connectionId}.`);
  }
  const { capabilities } = await engine.gateways.of(engine.database, connection);
  checkPrice(capabilities, via.method, price);
}

/** What a subscription pays that has begun already. */
export function withoutTrial<Price extends PlanPrice>(price: Price): Price {
  return { ...price, trialDays: 0 };
}

/**
 * @throws {AppError} `currency_not_supported`, `amount_out_of_range`, `capture_not_supported`,
 *   `interval_outlives_key`.
 */
export function checkPrice(
  capabilities: GatewayCapabilities,
  method: string,
  price: PlanPrice,
): void {
  checkAmount(capabilities, method, price.amount);
  if (price.capture === "manual" && !capabilities.separateCapture) {
    throw new AppError(
      "capture_not_supported",
      `${method} takes the money at once: give the plan a price with capture automatic, or use a connection that can capture later.`,
    );
  }
  const lifetimeDays = capabilities.unusedKeyLifetimeDays ?? Infinity;
  const waitDays = longestWaitDays(price);
  if (price.outlivesUnusedKeys || waitDays <= lifetimeDays) return;
  throw new AppError(
    "interval_outlives_key",
    `The provider drops a billing key after ${lifetimeDays} days without a payment, and this plan may wait ${waitDays} days for one. Let it pay more often; or set outlivesUnusedKeys on its price, and customers are asked for a new method whenever theirs is gone.`,
    { lifetimeDays, waitDays },
  );
}

/** @throws {AppError} `currency_not_supported`, `amount_out_of_range`. */
export function checkAmount(
  { methods }: GatewayCapabilities,
  method: string,
  { amountMinor, currency }: Money,
): void {
  const limits = methods[method]?.[currency];
  if (limits === undefined) {
    const message = `This connection does not charge ${currency} by ${method}.`;
    throw new AppError("currency_not_supported", message);
  }
  const { minimumMinor, maximumMinor = Number.MAX_SAFE_INTEGER } = limits;
  if (amountMinor >= minimumMinor && amountMinor <= maximumMinor) return;
  const most = limits.maximumMinor === undefined ? "" : ` and at most ${limits.maximumMinor}`;
  throw new AppError(
    "amount_out_of_range",
    `${method} charges at least ${minimumMinor}${most} ${currency}, not ${amountMinor}.`,
    { minimum: minimumMinor, maximum: limits.maximumMinor, amount: amountMinor },
  );
}

/** The longest that each unit can be, so that no calendar makes a promise false. */
const longestDays: Readonly<Record<BillingUnit, number>> = {
  day: 1,
  week: 7,
  month: 31,
  year: 366,
};

/** Between the registration and the first payment, or between two payments. */
function longestWaitDays({ interval, trialDays }: PlanPrice): number {
  return Math.max(trialDays, interval.count * longestDays[interval.unit]);
}
