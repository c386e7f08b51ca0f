/**
 * Looking payments up, by imp_uid, by merchant_uid, and in lists.
 *
 * PortOne V1 REST API, "payments" (read 2026-11): since 2026-01-26 a payment of a test channel is
 * 404 by its imp_uid unless `include_sandbox` is true. `find` tells the newest of a merchant_uid, so
 * that a failed one hides one that was paid before.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import {
  isVisible,
  listSchema,
  numberSchema,
  paged,
  parse,
  type PortOneAnswer,
  type PortOneCall,
} from "./call.ts";
import { pageSchema } from "./customers.ts";
import { paymentStatuses, type Payment } from "./records.ts";
import { badRequest, notFound, texts } from "./refusals.ts";
import { unixSeconds } from "./time.ts";
import { paymentObject } from "./wire.ts";

const sortings = ["-started", "started", "-paid", "paid", "-updated", "updated"] as const;
type Sorting = (typeof sortings)[number];
const sortingSchema = z.enum(sortings).default("-started");

/** GET /payments/{imp_uid} */
export function showPayment(call: PortOneCall): PortOneAnswer {
  const { state, merchant, parameter } = call;
  const payment = state.getPayment(merchant.impCode, parameter);
  if (payment === undefined || !isVisible(call, payment, true)) throw notFound(texts.noPayment);
  return { response: paymentObject(state, payment) };
}

/** More than so many ids are refused. */
const mostIds = 100;
const manySchema = z.object({ imp_uid: listSchema, merchant_uid: listSchema });

/** GET /payments?imp_uid[]=…&merchant_uid[]=…: 207 when some are missing, 404 when all are. */
export function showPayments(call: PortOneCall): PortOneAnswer {
  const { state, merchant, query } = call;
  const { imp_uid: impUids, merchant_uid: merchantUids } = parse(manySchema, query);
  const asked = impUids.length + merchantUids.length;
  if (asked === 0 || asked > mostIds) throw badRequest("imp_uid, merchant_uid");
  const found = [
    ...impUids.map((impUid) => state.getPayment(merchant.impCode, impUid)),
    ...merchantUids.map((id) => visibleOf(call, id)[0]),
  ].filter((payment) => payment !== undefined && isVisible(call, payment, false));
  if (found.length === 0) throw notFound(texts.noPayment);
  const response = found.flatMap((payment) =>
    payment === undefined ? [] : [paymentObject(state, payment)],
  );
  return found.length < asked ? { response, status: 207 } : { response };
}

const foundSchema = z.object({ sorting: sortingSchema });

/** GET /payments/find/{merchant_uid}[/{status}]: the first by `sorting`. */
export function findPayment(call: PortOneCall): PortOneAnswer {
  const { sorting } = parse(foundSchema, call.query);
  const [first] = sorted(ofStatus(call, visibleOf(call, call.parameter)), sorting);
  if (first === undefined) throw notFound(texts.noPayment);
  return { response: paymentObject(call.state, first) };
}

const foundAllSchema = z.object({ sorting: sortingSchema, page: pageSchema });

/** GET /payments/findAll/{merchant_uid}[/{status}]: 20 a page. */
export function findAllPayments(call: PortOneCall): PortOneAnswer {
  const { sorting, page } = parse(foundAllSchema, call.query);
  const rows = sorted(ofStatus(call, visibleOf(call, call.parameter)), sorting);
  if (rows.length === 0) throw notFound(texts.noPayment);
  return pageOf(call, rows, page, 20);
}

const windowSeconds = 90 * 24 * 60 * 60;

const listedSchema = z.object({
  page: pageSchema,
  limit: numberSchema.pipe(z.int().min(1).max(1000)).default(20),
  from: numberSchema.optional(),
  to: numberSchema.optional(),
  sorting: sortingSchema,
});

/** GET /payments/status/{status}: within at most 90 days, the last 90 when not said. */
export function listPayments(call: PortOneCall): PortOneAnswer {
  const { state, merchant, parameter, query } = call;
  const wish = parse(listedSchema, query);
  const to = wish.to ?? (wish.from === undefined ? Infinity : wish.from + windowSeconds);
  const now = Math.floor(state.clock.nowMs() / 1000);
  const from = wish.from ?? Math.min(to, now) - windowSeconds;
  if (to < from || (to !== Infinity && to - from > windowSeconds)) throw badRequest("from, to");
  const status = z.enum([...paymentStatuses, "all"]).safeParse(parameter).data;
  if (status === undefined) throw badRequest("status");
  const rows = state.payments
    .values()
    .filter((payment) => payment.impCode === merchant.impCode && isVisible(call, payment, false))
    .filter((payment) => status === "all" || payment.status === status)
    .filter((payment) => {
      const at = unixSeconds(basisOf(payment, status));
      return from <= at && at <= to;
    });
  return pageOf(call, sorted(rows, wish.sorting), wish.page, wish.limit);
}

/** The time by which a list of that status goes. */
function basisOf(payment: Payment, status: Payment["status"] | "all"): string | null {
  switch (status) {
    case "paid":
      return payment.paidAt;
    case "failed":
      return payment.failedAt;
    case "cancelled":
      return payment.cancelledAt;
    case "ready":
    case "all":
      return payment.startedAt;
  }
}

function visibleOf(call: PortOneCall, merchantUid: string): Payment[] {
  return call.state
    .paymentsOf(call.merchant.impCode, merchantUid)
    .filter((payment) => isVisible(call, payment, false));
}

/** @throws {Refused} 400 for a status that there is not. */
function ofStatus({ status }: PortOneCall, payments: Payment[]): Payment[] {
  if (status === "") return payments;
  const known = z.enum(paymentStatuses).safeParse(status).data;
  if (known === undefined) throw badRequest("status");
  return payments.filter((payment) => payment.status === known);
}

/** What began later comes first where times are equal, or last when the order is upwards. */
function sorted(payments: readonly Payment[], sorting: Sorting): Payment[] {
  const isDown = sorting.startsWith("-");
  const upwards = payments.toSorted((a, b) => {
    const byTime = millisecondsOf(a, sorting) - millisecondsOf(b, sorting);
    return byTime === 0 ? a.sequence - b.sequence : byTime;
  });
  return isDown ? upwards.toReversed() : upwards;
}

function millisecondsOf(payment: Payment, sorting: Sorting): number {
  const { paidAt, updatedAt, startedAt } = payment;
  const by = sorting.endsWith("paid")
    ? paidAt
    : sorting.endsWith("updated")
      ? updatedAt
      : startedAt;
  return by === null ? 0 : Temporal.Instant.from(by).epochMilliseconds;
}

function pageOf(call: PortOneCall, rows: Payment[], page: number, limit: number): PortOneAnswer {
  const { list, ...counts } = paged(rows, page, limit);
  const objects = list.map((payment) => paymentObject(call.state, payment));
  return { response: { ...counts, list: objects } };
}
