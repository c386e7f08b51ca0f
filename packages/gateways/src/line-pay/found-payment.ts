/**
 * What payment details say of one payment, in the words that all gateways share. Pure. A part that is
 * there and cannot be read makes the whole unreadable: an amount that nobody can compare must not
 * pass for one that is absent.
 */
import type { Exchange } from "../exchange.ts";
import type { ProviderPayment, ProviderRefund } from "../gateway.ts";
import type { Money } from "../money.ts";
import {
  isLinePayCurrency,
  readAmountMinor,
  sumOfAmounts,
  type AnsweredAmount,
  type LinePayCurrency,
} from "./amounts.ts";
import { methodLabel } from "./labels.ts";
import type { LinePayPayment } from "./payment-details.ts";
import { providerPayment } from "./provider-payment.ts";
import { readLinePayTime } from "./time.ts";

/**
 * @returns `unreadable` when the rows make no sense; `several` when more than one payment took or
 *   holds money, which must not happen under one order id.
 */
export type FoundPayment =
  | { readonly kind: "one"; readonly payment: ProviderPayment }
  | { readonly kind: "several"; readonly payments: readonly ProviderPayment[] }
  | { readonly kind: "unreadable" };

/**
 * Picks the payment out of the rows that one question was answered with. Refunds that are listed as
 * rows of their own join the payment that they name, or the only one.
 *
 * @param rows At least one.
 */
export function foundPayment(rows: readonly LinePayPayment[], exchange: Exchange): FoundPayment {
  const paymentRows = distinctPayments(rows);
  const refundRows = rows.filter(({ transactionType }) => transactionType !== "PAYMENT");
  const isKnown = refundRows.every(
    (row) =>
      isRefund(row) && paymentRows.some(({ transactionId }) => transactionId === ownerOf(row)),
  );
  if (!isKnown) return { kind: "unreadable" };

  const payments: ProviderPayment[] = [];
  for (const row of paymentRows) {
    const own = refundRows.filter((refund) => ownerOf(refund) === row.transactionId);
    const payment = readPayment(row, own, exchange);
    if (payment === undefined) return { kind: "unreadable" };
    payments.push(payment);
  }

  function ownerOf({ originalTransactionId }: LinePayPayment): string | undefined {
    const only = paymentRows.length === 1 ? paymentRows[0] : undefined;
    return originalTransactionId ?? only?.transactionId;
  }

  const withMoney = payments.filter(({ state }) => state !== "voided" && state !== "expired");
  if (withMoney.length > 1) return { kind: "several", payments: withMoney };
  const payment = withMoney[0] ?? payments.at(-1);
  return payment === undefined ? { kind: "unreadable" } : { kind: "one", payment };
}

/** A payment asked for by both of its ids may be listed twice. */
function distinctPayments(rows: readonly LinePayPayment[]): readonly LinePayPayment[] {
  const byId = new Map<string, LinePayPayment>();
  for (const row of rows) {
    if (row.transactionType === "PAYMENT") byId.set(row.transactionId, row);
  }
  return [...byId.values()];
}

function isRefund({ transactionType }: LinePayPayment): boolean {
  return transactionType === "PAYMENT_REFUND" || transactionType === "PARTIAL_REFUND";
}

function readPayment(
  row: LinePayPayment,
  refundRows: readonly LinePayPayment[],
  exchange: Exchange,
): ProviderPayment | undefined {
  const amount = amountOf(row);
  const refunds = refundsOf(row, refundRows);
  const state = stateOf(row);
  if (amount === "unreadable" || refunds === undefined) return undefined;
  return providerPayment({
    paymentId: row.transactionId,
    state,
    providerStatus: row.payStatus ?? row.transactionType,
    orderId: row.orderId ?? undefined,
    amount,
    refundedMinor: refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    refunds,
    approvedAt: readLinePayTime(row.transactionDate),
    // Also sent with a captured payment, of which it says nothing any more.
    authorizationExpiresAt:
      state === "authorized" ? readLinePayTime(row.authorizationExpireDate) : undefined,
    methodLabel: methodLabel(row.payInfo),
    exchange,
  });
}

/**
 * LINE Pay Online API v3, "Payment details" (read 2026-11). A refund does not change the status. One
 * official sample has none: then a payment is captured unless it could be one that is only held.
 */
function stateOf({ payStatus, authorizationExpireDate }: LinePayPayment): ProviderPayment["state"] {
  switch (payStatus) {
    case undefined:
    case null:
      return authorizationExpireDate == null ? "captured" : "other";
    case "CAPTURE":
      return "captured";
    case "AUTHORIZATION":
      return "authorized";
    case "VOIDED_AUTHORIZATION":
      return "voided";
    case "EXPIRED_AUTHORIZATION":
      return "expired";
    default:
      return "other";
  }
}

/** What was paid before any refund: refunds are listed beside it, not taken off. */
function amountOf({ payInfo, currency }: LinePayPayment): Money | "unreadable" | undefined {
  if (!payInfo?.length || currency == null) return undefined;
  if (!isLinePayCurrency(currency)) return "unreadable";
  const sum = sumOfAmounts(
    payInfo.map(({ amount }) => amount),
    currency,
  );
  return sum ?? "unreadable";
}

/** From the payment's own list, and from rows of their own that are not in it. */
function refundsOf(
  row: LinePayPayment,
  refundRows: readonly LinePayPayment[],
): readonly ProviderRefund[] | undefined {
  const listed = (row.refundList ?? []).map((entry) => ({
    transactionId: entry.refundTransactionId,
    amounts: [entry.refundAmount],
    date: entry.refundTransactionDate,
  }));
  const known = new Set(listed.map(({ transactionId }) => transactionId));
  const rowsOfTheirOwn = refundRows
    .filter(({ transactionId }) => !known.has(transactionId))
    .map(({ transactionId, payInfo, transactionDate }) => ({
      transactionId,
      amounts: (payInfo ?? []).map(({ amount }) => amount),
      date: transactionDate,
    }));
  const found = [...listed, ...rowsOfTheirOwn];
  if (found.length === 0) return [];
  const { currency } = row;
  if (!isLinePayCurrency(currency)) return undefined;

  const refunds: ProviderRefund[] = [];
  for (const { transactionId, amounts, date } of found) {
    const amountMinor = refundedAmountMinor(amounts, currency);
    if (amountMinor === undefined) return undefined;
    refunds.push({
      transactionId,
      amountMinor,
      refundedAt: readLinePayTime(date),
      reason: undefined,
    });
  }
  return refunds;
}

/** Written as a negative amount; positive here. Undefined when it cannot be read, or there is none. */
function refundedAmountMinor(
  amounts: readonly AnsweredAmount[],
  currency: LinePayCurrency,
): number | undefined {
  let sum = 0;
  for (const answered of amounts) {
    const amountMinor = readAmountMinor(answered, currency);
    if (amountMinor === undefined) return undefined;
    sum += amountMinor;
  }
  return amounts.length > 0 && Number.isSafeInteger(sum) ? Math.abs(sum) : undefined;
}
