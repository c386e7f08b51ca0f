/**
 * A Payment of Toss Payments in the words that all gateways share. Pure: the same Payment always
 * reads the same, whether it came from a charge, a refund or a look-up.
 */
import { Temporal } from "temporal-polyfill";
import type { Exchange } from "../exchange.ts";
import type { Observation, ProviderPayment, ProviderRefund } from "../gateway.ts";
import { currencies, money, type Currency, type Money } from "../money.ts";
import { classifyRecordedFailure } from "./failures.ts";
import { paymentLabel, type TossPayment } from "./payment.ts";
import { readTossTime } from "./time.ts";

/**
 * @param expectedVersion The API version that the connection is known to have; undefined compares
 *   none.
 */
export function toProviderPayment(
  payment: TossPayment,
  exchange: Exchange,
  expectedVersion: string | undefined,
): ProviderPayment {
  const state = stateOf(payment);
  return {
    paymentId: payment.paymentKey,
    state,
    providerStatus: payment.status,
    orderId: payment.orderId,
    amount: amountOf(payment),
    payer: undefined, // A Payment does not carry its customer key.
    refundedMinor: state === "captured" ? refundedMinorOf(payment) : 0,
    refunds: refundsOf(payment),
    requestedAt: timeOf(payment.requestedAt),
    approvedAt: timeOf(payment.approvedAt),
    methodLabel: paymentLabel(payment),
    failure: state === "failed" ? failureOf(payment) : undefined,
    observations: observationsOf(payment, state, expectedVersion),
    exchange,
  };
}

/**
 * Toss Payments, "Payment 객체" (core API 2022-11-16, read 2026-11). `CANCELED` is also the end of a
 * payment that was cancelled before any money moved: its `approvedAt` is null, not absent.
 */
function stateOf({ status, approvedAt }: TossPayment): ProviderPayment["state"] {
  switch (status) {
    case "DONE":
    case "PARTIAL_CANCELED":
      return "captured";
    case "CANCELED":
      return approvedAt === null ? "failed" : "captured";
    case "ABORTED":
    case "EXPIRED":
      return "failed";
    case "READY":
    case "IN_PROGRESS":
      return "pending";
    default:
      return "other";
  }
}

function amountOf({ totalAmount, currency }: TossPayment): Money | undefined {
  if (!currency || !Object.hasOwn(currencies, currency) || totalAmount < 0) return undefined;
  return money(totalAmount, currency as Currency);
}

/**
 * From the balance, because after partial refunds the status stays `PARTIAL_CANCELED` even at
 * balance 0 (measured by a third party, 2026). Without a balance, from the refunds.
 */
function refundedMinorOf(payment: TossPayment): number {
  const { status, totalAmount, balanceAmount, cancels } = payment;
  if (balanceAmount != null) return Math.max(0, totalAmount - balanceAmount);
  if (status === "CANCELED") return totalAmount;
  return (cancels ?? []).reduce((sum, { cancelAmount }) => sum + cancelAmount, 0);
}

function refundsOf({ cancels }: TossPayment): readonly ProviderRefund[] {
  return (cancels ?? []).map((cancel) => ({
    transactionId: cancel.transactionKey,
    amountMinor: cancel.cancelAmount,
    refundedAt: timeOf(cancel.canceledAt),
    reason: cancel.cancelReason ?? undefined,
  }));
}

function failureOf({ failure, status }: TossPayment): ProviderPayment["failure"] {
  const code = failure?.code ?? status;
  return { failure: classifyRecordedFailure(code), code, message: failure?.message ?? "" };
}

function timeOf(text: string | null | undefined): Temporal.Instant | undefined {
  return text == null ? undefined : readTossTime(text);
}

/** What an operator should know of an answer that is otherwise accepted. */
function observationsOf(
  payment: TossPayment,
  state: ProviderPayment["state"],
  expectedVersion: string | undefined,
): readonly Observation[] {
  const { version, type, method, transfer, card } = payment;
  const observations: Observation[] = [];
  if (expectedVersion !== undefined && version && version !== expectedVersion) {
    const detail = `The payment is of API version ${version}, the connection expects ${expectedVersion}: check the version of the key in the developer centre.`;
    observations.push({ code: "other_api_version", detail });
  }
  if (type && type !== "BILLING") {
    const detail = `The payment is of type ${type}, not BILLING.`;
    observations.push({ code: "not_a_billing_payment", detail });
  }
  if (state !== "captured") return observations;
  if (method === "계좌이체" && !transfer) {
    const detail = "A transfer without its `transfer` object: check the API version of the key.";
    observations.push({ code: "transfer_missing", detail });
  }
  if (method === "카드" && !card) {
    const detail = "A card payment without its `card` object: check the API version of the key.";
    observations.push({ code: "card_missing", detail });
  }
  if (method !== "계좌이체" && method !== "카드" && !transfer && !card) {
    const detail = `The payment names neither an account nor a card (method: ${method ?? "none"}).`;
    observations.push({ code: "method_missing", detail });
  }
  return observations;
}
