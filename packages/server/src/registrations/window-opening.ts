/**
 * What a script's window is opened with, where it is opened for an order: how much it shows, and what
 * the provider is told of the customer. The window takes nothing; what is due is collected afterwards
 * with the key that it issues.
 */
import {
  GatewayError,
  money,
  type Currency,
  type Gateway,
  type Money,
  type WindowOpening,
} from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import type { WindowForOrder } from "./ask-about-window.ts";
import type { SubscriptionSurroundings } from "./registration-page-reads.ts";

/** What is collected as soon as the method is registered: the window shows it, and takes nothing. */
export function amountToShow(
  subscription: SubscriptionSurroundings | undefined,
  currency: Currency,
): Money {
  if (subscription === undefined) return money(0, currency);
  const { amount, hasStarted, openInvoices, owed, trialDays } = subscription;
  if (openInvoices > 0) return owed;
  return hasStarted || trialDays > 0 ? money(0, amount.currency) : amount;
}

/** In which a method can be charged, where nothing else says so. */
export function currencyOf({ capabilities }: Gateway, method: string): Currency {
  const [currency = "KRW"] = Object.keys(capabilities.methods[method] ?? {}) as Currency[];
  return currency;
}

/** @returns `name` as far as the provider takes it. */
export function orderNameOf({ capabilities }: Gateway, name: string): string {
  return Array.from(name).slice(0, capabilities.maximumOrderNameLength).join("");
}

/**
 * What the script's call takes.
 *
 * @throws {AppError} `invalid_request` when the provider must be told something of the customer that
 *   is not known; `connection_refused` when its window opens for nobody.
 */
export function requestOf(
  { ordered }: WindowForOrder,
  opening: WindowOpening,
): Readonly<Record<string, unknown>> {
  try {
    return ordered.request(opening);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const code = error.failure === "invalid_request" ? "invalid_request" : "connection_refused";
    throw new AppError(code, error.message, {}, error);
  }
}
