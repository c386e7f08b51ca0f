/**
 * Looking up: one payment by key or order id, the list of transactions, settlements.
 *
 * Toss Payments core API 2022-11-16, "paymentKey로 결제 조회", "orderId로 결제 조회", "거래 조회",
 * "정산 조회" (read 2026-11).
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { parseBody, type TossCall } from "./call.ts";
import { parseLocal, wholeSeconds } from "./korean-time.ts";
import { paymentObject, receiptUrl } from "./payment-object.ts";
import type { Payment, Transaction } from "./records.ts";
import { refused } from "./refusals.ts";
import { translated } from "./words.ts";

/** GET /v1/payments/{paymentKey} */
export function getPayment(call: TossCall): unknown {
  return shown(call, call.state.payments.get(call.parameter));
}

/** GET /v1/payments/orders/{orderId}: the newest, where several share the order id. */
export function getPaymentOfOrder(call: TossCall): unknown {
  const { state, merchant, parameter } = call;
  return shown(call, state.paymentsOfOrder(merchant.merchantId, parameter).at(-1));
}

function shown({ state, merchant, intervention, isEnglish }: TossCall, payment?: Payment): unknown {
  const isVisible = payment?.status !== "ABORTED" || state.switches().declinedChargeVisible;
  const isOurs = payment?.merchantId === merchant.merchantId;
  if (payment === undefined || !isOurs || !isVisible || intervention.isStale === true) {
    throw refused("NOT_FOUND_PAYMENT");
  }
  return paymentObject(state, payment, isEnglish);
}

const localTime = z
  .string({
    error: ({ input }) => (input === undefined ? "INVALID_REQUIRED_PARAM" : "INVALID_DATE"),
  })
  .transform((text, context) => {
    const instant = parseLocal(text);
    if (instant === undefined) context.addIssue({ code: "custom", message: "INVALID_DATE" });
    return instant?.epochMilliseconds ?? Number.NaN;
  });

const transactionsSchema = z.object({
  startDate: localTime,
  endDate: localTime,
  startingAfter: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(100),
});

/** GET /v1/transactions: approvals and cancellations, oldest first; both ends are included. */
export function listTransactions(call: TossCall): unknown {
  const { state, merchant, intervention } = call;
  const query = parseBody(transactionsSchema, Object.fromEntries(call.query));
  if (query.startDate > query.endDate) throw refused("INVALID_DATE");
  if (intervention.isStale === true) return [];

  const all = state.transactionsOfMerchant(merchant.merchantId);
  const from = positionAfter(all, query.startingAfter);
  const rows: unknown[] = [];
  for (const transaction of all.slice(from)) {
    const atMs = Temporal.Instant.from(transaction.transactionAt).epochMilliseconds;
    if (atMs < query.startDate || atMs > query.endDate) continue;
    rows.push(transactionObject(call, transaction));
    if (rows.length === query.limit) break;
  }
  return rows;
}

function positionAfter(all: readonly Transaction[], cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const position = all.findIndex(({ transactionKey }) => transactionKey === cursor);
  if (position === -1) throw refused("INVALID_TRANSACTION_KEY");
  return position + 1;
}

/** Unverified: the sign of a cancellation's amount. */
function transactionObject({ state, isEnglish }: TossCall, transaction: Transaction): unknown {
  const payment = state.payments.get(transaction.paymentKey);
  if (payment === undefined) throw new Error(`No payment for ${transaction.transactionKey}`);
  const isPositive = state.switches().cancellationAmount === "positive";
  return {
    mId: transaction.merchantId,
    transactionKey: transaction.transactionKey,
    paymentKey: transaction.paymentKey,
    orderId: payment.orderId,
    method: translated(payment.method === "CARD" ? "카드" : "계좌이체", isEnglish),
    customerKey: payment.customerKey,
    useEscrow: false,
    receiptUrl: receiptUrl(payment),
    status: transaction.status,
    transactionAt: wholeSeconds(transaction.transactionAt),
    currency: "KRW",
    amount: isPositive ? Math.abs(transaction.amount) : transaction.amount,
  };
}

const plainDate = z.iso.date({
  error: ({ input }) => (input === undefined ? "INVALID_REQUIRED_PARAM" : "INVALID_DATE"),
});

const settlementsSchema = z.object({
  startDate: plainDate,
  endDate: plainDate,
  dateType: z.enum(["soldDate", "paidOutDate"], "INVALID_REQUEST").default("soldDate"),
  page: z.coerce.number().int().min(1).default(1),
  size: z.coerce.number().int().min(1).max(5000).default(100),
});

/** GET /v1/settlements: nothing is settled in the test environment. */
export function listSettlements(call: TossCall): unknown {
  const { startDate, endDate } = parseBody(settlementsSchema, Object.fromEntries(call.query));
  if (startDate > endDate) throw refused("INVALID_DATE");
  return [];
}
