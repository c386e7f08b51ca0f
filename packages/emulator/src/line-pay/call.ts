/**
 * One call of a merchant, after it was let in: what every operation is given. An operation returns
 * its answer or throws `Refused`.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { bareNumber } from "../json.ts";
import type { Intervention } from "../stage.ts";
import { toMajor, toMinor, type Currency } from "./money.ts";
import type { Merchant, PayInfo, Reservation } from "./records.ts";
import { refused } from "./refusals.ts";
import type { LinePayState } from "./state.ts";

export interface LinePayCall {
  readonly state: LinePayState;
  readonly merchant: Merchant;
  readonly version: "v3" | "v4";
  /** Decoded path parameter: transactionId or regKey. */
  readonly parameter: string;
  readonly query: URLSearchParams;
  /** Parsed JSON; `{}` for an empty body. */
  readonly body: unknown;
  readonly intervention: Intervention;
  /** Where the payment page is served, without a path. */
  readonly origin: string;
  /** When the call is processed, UTC. */
  readonly at: string;
}

/** The envelope of an answer. `info` is absent where there is nothing to tell. */
export interface LinePayAnswer {
  readonly code: string;
  readonly message: string;
  readonly info?: unknown;
}

export type Operation = (call: LinePayCall) => LinePayAnswer;

export function success(info?: unknown, message = "OK"): LinePayAnswer {
  const answer = { code: "0000", message };
  return info === undefined ? answer : { ...answer, info };
}

/** What v4 adds to the `info` of a payment: who provides it, always TSP online. */
export function ofVersion({ version }: LinePayCall, info: object): object {
  return version === "v4" ? { ...info, paymentProvider: "TSP" } : info;
}

/**
 * Checks a body; a problem is answered with the schema's message where that is a code, else 2101.
 *
 * @throws {Refused}
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const isCode = issue !== undefined && /^\d{4}$/.test(issue.message);
  if (isCode) throw refused(issue.message);
  throw refused("2101", `Parameter error. [${issue?.path.join(".") ?? ""}]`);
}

/** An amount on the wire: major units, never negative. */
export const amountSchema = z.number().min(0);

/** @throws {Refused} 1124 when the amount is finer than the currency. */
export function minorOf(amount: number, currency: Currency): number {
  const minor = toMinor(amount, currency);
  if (minor === undefined) throw refused("1124");
  return minor;
}

/** @throws {Refused} 1178 for another currency than the contract's. */
export function refuseOtherCurrency({ merchant }: LinePayCall, currency: string): void {
  if (currency !== merchant.currency) throw refused("1178");
}

/** @throws {Refused} 1183, 1184 for an amount outside the merchant's limits. */
export function refuseAmountOutside({ merchant }: LinePayCall, amountMinor: number): void {
  if (amountMinor < Math.max(merchant.minimumMinor, 1)) throw refused("1183");
  if (amountMinor > merchant.maximumMinor) throw refused("1184");
}

/** @throws {Refused} 2103 for `capture: false` without the contract (seen live, 2026). */
export function refuseSeparateCapture({ merchant }: LinePayCall, capture: boolean): void {
  if (!capture && !merchant.captureContract) {
    throw refused("2103", "Parameter is not allowed [capture:false]");
  }
}

/** The merchant's reservation. @throws {Refused} 1159 when there is none. */
export function getReservation({ state, merchant, parameter }: LinePayCall): Reservation {
  const reservation = state.getReservation(parameter);
  if (reservation?.channelId !== merchant.channelId) throw refused("1159");
  return reservation;
}

/** An id as LINE Pay writes it: a bare number of 19 digits. */
export const wireId = bareNumber;

/** `2026-10-01T02:38:51Z`, the form of every instant in an answer. */
export function wireTime(at: string): string {
  return Temporal.Instant.from(at).toString({ fractionalSecondDigits: 0 });
}

/** `[{ method, amount }]`, what most answers tell of how it was paid. */
export function wirePayInfo(payInfo: readonly PayInfo[], currency: Currency): object[] {
  return payInfo.map(({ method, amountMinor }) => ({
    method,
    amount: toMajor(amountMinor, currency),
  }));
}
