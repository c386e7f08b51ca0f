/** Asking PortOne for payments. PortOne V1 API schema (read 2026-08). */
import type { Temporal } from "temporal-polyfill";
import type { Exchange } from "../exchange.ts";
import {
  classifyPortOneAnswer,
  portOneFailure,
  refusedByUs,
  unreadableAnswer,
} from "./failures.ts";
import { checkCustomerUid, checkImpUid, checkMerchantUid } from "./limits.ts";
import {
  readPayment,
  readPaymentPage,
  readPayments,
  type PaymentPage,
  type PortOnePayment,
} from "./payment.ts";
import type { PortOneAnswer, PortOneCall, PortOneTransport } from "./transport.ts";
import { writeSeconds } from "./wire.ts";

export type PaymentStatus = "ready" | "paid" | "failed" | "cancelled";

/** Newest first with a minus. */
export type PaymentSorting = "-started" | "started" | "-paid" | "paid" | "-updated" | "updated";

export interface FoundPayment {
  readonly payment: PortOnePayment;
  readonly exchange: Exchange;
}

export interface PaymentQuery {
  readonly impUid: string;
  /** Without it PortOne hides payments of test channels, since January 2026. */
  readonly includeSandbox: boolean;
}

/** Why one payment is asked for: to learn of money, or of a window. */
type Question = "payment" | "issuance";

/**
 * One payment by PortOne's id.
 *
 * @returns "not_found" when PortOne has none *now*, or hides it.
 * @throws {GatewayError} the question got no clear answer: nothing is known of the payment.
 */
export async function getPayment(
  transport: PortOneTransport,
  query: PaymentQuery,
): Promise<FoundPayment | "not_found"> {
  return await askForPayment(transport, "payment", query);
}

export async function askForPayment(
  transport: PortOneTransport,
  operation: Question,
  { impUid, includeSandbox }: PaymentQuery,
): Promise<FoundPayment | "not_found"> {
  checkImpUid(operation, impUid);
  const query = new URLSearchParams(includeSandbox ? { include_sandbox: "true" } : {});
  const path = ["payments", impUid];
  const answer = await transport.send({ operation, method: "GET", path, query });
  if (!isThere(answer)) return "not_found";
  return { payment: readPayment(answer), exchange: answer.exchange };
}

export interface OrderQuery {
  readonly merchantUid: string;
  readonly status?: PaymentStatus | undefined;
  readonly sorting?: PaymentSorting | undefined;
}

/**
 * The newest payment of an order id, or the newest of a status. There may be several of one id, and a
 * failed one may be newer than a paid one: for "is it paid" ask for `paid`, or for all of them.
 *
 * @returns "not_found" when PortOne has none *now*.
 * @throws {GatewayError} the question got no clear answer: nothing is known of the payment.
 */
export async function findPayment(
  transport: PortOneTransport,
  query: OrderQuery,
): Promise<FoundPayment | "not_found"> {
  return await askForOrder(transport, "payment", query);
}

export async function askForOrder(
  transport: PortOneTransport,
  operation: Question,
  query: OrderQuery,
): Promise<FoundPayment | "not_found"> {
  const answer = await transport.send(orderCall("find", query, operation));
  if (!isThere(answer)) return "not_found";
  const payment = readPayment(answer);
  // The status that was asked for is what makes the answer worth anything.
  if (query.status !== undefined && payment.status !== query.status) {
    throw unreadableAnswer(answer, `payment that is ${query.status}`);
  }
  return { payment, exchange: answer.exchange };
}

export type FoundPage = PaymentPage & { readonly exchange: Exchange };

/**
 * A page of all payments of an order id.
 *
 * @returns "not_found" when PortOne has none *now*.
 * @throws {GatewayError} the question got no clear answer: nothing is known of the payments.
 */
export async function findAllPayments(
  transport: PortOneTransport,
  query: OrderQuery & { readonly page?: number | undefined },
): Promise<FoundPage | "not_found"> {
  const answer = await transport.send(orderCall("findAll", query, "payment", query.page));
  return isThere(answer) ? pageOf(answer) : "not_found";
}

function orderCall(
  name: "find" | "findAll",
  { merchantUid, status, sorting }: OrderQuery,
  operation: Question,
  page?: number,
): PortOneCall {
  checkMerchantUid(operation, merchantUid);
  const query = new URLSearchParams(sorting === undefined ? {} : { sorting });
  if (page !== undefined) query.set("page", String(page));
  const path = ["payments", name, merchantUid, ...(status === undefined ? [] : [status])];
  return { operation, method: "GET", path, query };
}

/**
 * Up to 100 payments by ids of either kind, in no order that means anything. Those that PortOne does
 * not have are not in the answer.
 *
 * @throws {GatewayError} the question got no clear answer: nothing is known of the payments.
 */
export async function getPayments(
  transport: PortOneTransport,
  ids: { readonly impUids?: readonly string[]; readonly merchantUids?: readonly string[] },
): Promise<{ readonly payments: readonly PortOnePayment[]; readonly exchange: Exchange }> {
  const { impUids = [], merchantUids = [] } = ids;
  const count = impUids.length + merchantUids.length;
  if (count < 1 || count > 100) throw refusedByUs("payment", "name 1 to 100 ids.");
  for (const each of impUids) checkImpUid("payment", each);
  for (const each of merchantUids) checkMerchantUid("payment", each);
  const query = new URLSearchParams([
    ...impUids.map((each): [string, string] => ["imp_uid[]", each]),
    ...merchantUids.map((each): [string, string] => ["merchant_uid[]", each]),
  ]);
  const operation = "payment";
  const answer = await transport.send({ operation, method: "GET", path: ["payments"], query });
  return {
    payments: isThere(answer) ? readPayments(answer) : [],
    exchange: answer.exchange,
  };
}

export interface StatusListQuery {
  readonly status: PaymentStatus | "all";
  /** At most 90 days before `to`. */
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  /** From 1. */
  readonly page?: number | undefined;
  /** 1 to 1000. Default 20. */
  readonly pageSize?: number | undefined;
  readonly sorting?: PaymentSorting | undefined;
}

/**
 * A page of the payments of a time. Unverified: which of a payment's times counts; the schema says that
 * it depends on the status.
 *
 * @throws {GatewayError} the page is unknown; asking again is safe.
 */
export async function listPayments(
  transport: PortOneTransport,
  list: StatusListQuery,
): Promise<FoundPage> {
  const { status, from, to, page = 1, pageSize = 20, sorting } = list;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1_000) {
    throw refusedByUs("list", "a page has 1 to 1000 payments.");
  }
  const query = new URLSearchParams({
    page: String(page),
    limit: String(pageSize),
    from: writeSeconds(from, "floor"),
    to: writeSeconds(to, "ceil"),
    ...(sorting === undefined ? {} : { sorting }),
  });
  const path = ["payments", "status", status];
  const answer = await transport.send({ operation: "list", method: "GET", path, query });
  return isThere(answer) ? pageOf(answer) : noPayments(answer);
}

/**
 * A page of 20 payments that were made with a billing key.
 *
 * @returns No payments as well when PortOne does not know the key.
 * @throws {GatewayError} the page is unknown; asking again is safe.
 */
export async function listCustomerPayments(
  transport: PortOneTransport,
  { customerUid, page = 1 }: { readonly customerUid: string; readonly page?: number | undefined },
): Promise<FoundPage> {
  checkCustomerUid("list", customerUid);
  const key = { secret: customerUid, label: "[billing key]" };
  const query = new URLSearchParams({ page: String(page) });
  const path = ["subscribe", "customers", key, "payments"];
  const answer = await transport.send({ operation: "list", method: "GET", path, query });
  return isThere(answer) ? pageOf(answer) : noPayments(answer);
}

function noPayments({ exchange }: PortOneAnswer): FoundPage {
  return { payments: [], total: 0, nextPage: undefined, exchange };
}

function pageOf(answer: PortOneAnswer): FoundPage {
  return { ...readPaymentPage(answer), exchange: answer.exchange };
}

/** @throws {GatewayError} when it is neither there nor not. */
function isThere(answer: PortOneAnswer): boolean {
  const verdict = classifyPortOneAnswer(answer);
  if (verdict === "not_found") return false;
  if (verdict !== "done") throw portOneFailure(answer);
  return true;
}
