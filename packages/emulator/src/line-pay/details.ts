/**
 * Payment details: paid and authorized payments by their ids, or by the ids of their refunds.
 *
 * LINE Pay Online API v3, "Payment details" (read 2026-11): 1150 and not an empty list when nothing
 * is found, ids repeated under their bare name, refund amounts negative (seen live, 2026).
 * Unverified: the entry of a refund that was asked for by its own id.
 */
import { Temporal } from "temporal-polyfill";
import {
  ofVersion,
  success,
  wireId,
  wirePayInfo,
  wireTime,
  type LinePayAnswer,
  type LinePayCall,
} from "./call.ts";
import { toMajor } from "./money.ts";
import type { Payment, Refund } from "./records.ts";
import { refused } from "./refusals.ts";

/** More than so many ids answer 1177. */
const mostIds = 100;

/** What was found under one id: payments, or one refund of a payment. */
type Found = { readonly payment: Payment; readonly refund?: Refund };

/** GET /v3/payments */
export function paymentDetails(call: LinePayCall): LinePayAnswer {
  const orderIds = idsIn(call, "orderId");
  const transactionIds = idsIn(call, "transactionId");
  const asked = orderIds.length + transactionIds.length;
  if (asked === 0) throw refused("2101", "Parameter error. [orderId or transactionId]");
  if (asked > mostIds) throw refused("1177");
  if (call.intervention.isStale === true) throw refused("1150");

  const found = [
    ...orderIds.map((orderId) => ofOrder(call, orderId)),
    ...transactionIds.map((transactionId) => ofTransaction(call, transactionId)),
  ];
  const isMissing = found.some((entries) => entries.length === 0);
  if (isMissing && call.state.switches().mixedDetails === "1150") throw refused("1150");
  const entries = new Map(found.flat().map((entry) => [idOf(entry), entry]));
  if (entries.size === 0) throw refused("1150");
  return success(
    [...entries.values()].map((entry) => detailsOf(call, entry)),
    "Success.",
  );
}

function idsIn({ state, query }: LinePayCall, name: string): string[] {
  const { commaJoinedIds, bracketedIds } = state.switches();
  const values = [...query.getAll(name), ...(bracketedIds ? query.getAll(`${name}[]`) : [])];
  const ids = commaJoinedIds ? values.flatMap((value) => value.split(",")) : values;
  return [...new Set(ids.filter((id) => id !== ""))];
}

function ofOrder(call: LinePayCall, orderId: string): Found[] {
  return call.state
    .paymentsOfOrder(call.merchant.channelId, orderId)
    .filter((payment) => isVisible(call, payment))
    .map((payment) => ({ payment }));
}

function ofTransaction(call: LinePayCall, transactionId: string): Found[] {
  const { state, merchant } = call;
  const payment = state.getPayment(merchant.channelId, transactionId);
  if (payment !== undefined) return isVisible(call, payment) ? [{ payment }] : [];
  const refunded = state.findPaymentByRefund(merchant.channelId, transactionId);
  const refund = refunded?.refunds.find((each) => each.refundTransactionId === transactionId);
  return refunded === undefined || refund === undefined ? [] : [{ payment: refunded, refund }];
}

function isVisible({ state, at }: LinePayCall, { status, paidAt }: Payment): boolean {
  if (status === "declined") return false;
  const age = Temporal.Instant.from(paidAt).until(at).total("seconds");
  return age >= state.switches().detailsLagSeconds;
}

function idOf({ payment, refund }: Found): string {
  return refund?.refundTransactionId ?? payment.transactionId;
}

function detailsOf(call: LinePayCall, { payment, refund }: Found): object {
  const { orderId, productName, currency, channelId } = payment;
  const merchantName = call.state.merchants.get(channelId)?.name;
  const what = { orderId, productName, merchantName, currency };
  if (refund === undefined) return ofVersion(call, { ...paymentEntry(call, payment), ...what });
  return ofVersion(call, {
    transactionId: wireId(refund.refundTransactionId),
    transactionDate: wireTime(refund.refundedAt),
    transactionType: refund.transactionType,
    ...what,
    payInfo: payment.payInfo.map(({ method }) => ({ method, amount: minus(refund, payment) })),
    originalTransactionId: wireId(payment.transactionId),
  });
}

function paymentEntry({ state }: LinePayCall, payment: Payment): object {
  const { detailsCarryPayStatus, detailsCarryRegKey } = state.switches();
  const { currency, refunds, regKey, authorizationExpiresAt, packages } = payment;
  return {
    transactionId: wireId(payment.transactionId),
    transactionDate: wireTime(payment.paidAt),
    transactionType: "PAYMENT",
    ...(detailsCarryPayStatus ? { payStatus: payStatusOf(payment) } : {}),
    ...(detailsCarryRegKey && regKey !== null ? { regKey } : {}),
    ...(authorizationExpiresAt === null
      ? {}
      : { authorizationExpireDate: wireTime(authorizationExpiresAt) }),
    payInfo: wirePayInfo(payment.payInfo, currency),
    ...(refunds.length === 0
      ? {}
      : { refundList: refunds.map((each) => refundRow(each, payment)) }),
    ...(packages.length === 0
      ? {}
      : { packages: packages.map((each) => packageRow(each, payment)) }),
  };
}

function refundRow(refund: Refund, payment: Payment): object {
  return {
    refundTransactionId: wireId(refund.refundTransactionId),
    transactionType: refund.transactionType,
    refundAmount: minus(refund, payment),
    refundTransactionDate: wireTime(refund.refundedAt),
  };
}

function packageRow(wanted: Payment["packages"][number], { currency }: Payment): object {
  const { amountMinor, userFeeMinor, ...rest } = wanted;
  const amount = toMajor(amountMinor, currency);
  return { ...rest, amount, userFeeAmount: toMajor(userFeeMinor, currency) };
}

function minus({ amountMinor }: Refund, { currency }: Payment): number {
  return -toMajor(amountMinor, currency);
}

function payStatusOf({ status }: Payment): string {
  switch (status) {
    case "captured":
      return "CAPTURE";
    case "authorized":
      return "AUTHORIZATION";
    case "voided":
      return "VOIDED_AUTHORIZATION";
    case "expired":
      return "EXPIRED_AUTHORIZATION";
    case "declined":
      throw new Error("A declined payment is in no list.");
  }
}
