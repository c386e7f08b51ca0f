/**
 * The Payment object: every member is there, null where it does not apply.
 *
 * Toss Payments core API 2022-11-16, "Payment 객체" (read 2026-11).
 */
import { cardTraits, maskedCard } from "./institutions.ts";
import { wholeSeconds } from "./korean-time.ts";
import type { Cancellation, Payment } from "./records.ts";
import type { TossState } from "./state.ts";
import { translated } from "./words.ts";

const host = "https://api.tosspayments.com";
/** Links of the test environment exist but lead to nothing. */
const receiptHost = "https://dashboard.tosspayments.com";

export function paymentObject(
  state: TossState,
  payment: Payment,
  isEnglish: boolean,
): Record<string, unknown> {
  const { paymentKey, method, balanceAmount, taxFreeAmount } = payment;
  const taxFree = Math.min(taxFreeAmount, balanceAmount);
  return {
    version: payment.version,
    paymentKey,
    type: "BILLING",
    orderId: payment.orderId,
    orderName: payment.orderName,
    mId: payment.merchantId,
    currency: "KRW",
    method: translated(method === "CARD" ? "카드" : "계좌이체", isEnglish),
    totalAmount: payment.totalAmount,
    balanceAmount,
    status: payment.status,
    requestedAt: wholeSeconds(payment.requestedAt),
    approvedAt: payment.approvedAt === null ? null : wholeSeconds(payment.approvedAt),
    useEscrow: false,
    lastTransactionKey: payment.lastTransactionKey,
    ...vatOf(balanceAmount, taxFree),
    cultureExpense: false,
    taxFreeAmount: taxFree,
    taxExemptionAmount: payment.taxExemptionAmount,
    cancels: payment.cancels.length === 0 ? null : payment.cancels.map(cancelObject),
    isPartialCancelable: payment.isPartialCancelable,
    card: cardObject(state, payment, isEnglish),
    ...transferMember(state, payment),
    virtualAccount: null,
    mobilePhone: null,
    giftCertificate: null,
    easyPay: null,
    foreignEasyPay: null,
    cashReceipt: null,
    cashReceipts: null,
    discount: null,
    secret: payment.secret,
    receipt: payment.approvedAt === null ? null : { url: receiptUrl(payment) },
    checkout: { url: `${host}/v1/payments/${paymentKey}/checkout` },
    country: "KR",
    failure: payment.failure,
    metadata: null,
  };
}

/** vat = round((amount - tax free) / 11), the rest is supplied. */
export function vatOf(amount: number, taxFree: number): { suppliedAmount: number; vat: number } {
  const vat = Math.round((amount - taxFree) / 11);
  return { suppliedAmount: amount - taxFree - vat, vat };
}

export function receiptUrl({ paymentKey, method }: Payment): string {
  const kind = method === "CARD" ? "sales-slip" : "transaction-statement";
  return `${receiptHost}/receipt/${kind}?transactionId=${paymentKey}`;
}

function cardObject(state: TossState, payment: Payment, isEnglish: boolean): unknown {
  const card = payment.cardId === null ? undefined : state.cards.get(payment.cardId);
  if (card === undefined) return null;
  const { issuerCode, cardType, ownerType } = cardTraits(card.number);
  return {
    amount: payment.totalAmount,
    issuerCode,
    acquirerCode: issuerCode,
    number: maskedCard(card.number),
    installmentPlanMonths: payment.installmentPlanMonths,
    approveNo: payment.approveNo,
    useCardPoint: false,
    cardType: translated(cardType, isEnglish),
    ownerType: translated(ownerType, isEnglish),
    acquireStatus: payment.status === "CANCELED" ? "CANCELED" : "READY",
    isInterestFree: false,
    interestPayer: null,
  };
}

/** Named `transfers` instead by the official sample, hence the switch. */
function transferMember(state: TossState, payment: Payment): Record<string, unknown> {
  const account = payment.accountId === null ? undefined : state.accounts.get(payment.accountId);
  if (account === undefined) return { transfer: null };
  const transfer = { bankCode: account.bankCode, settlementStatus: "INCOMPLETED" };
  return state.switches().transferOnApprove === "transfer" ? { transfer } : { transfers: transfer };
}

function cancelObject(cancel: Cancellation): Record<string, unknown> {
  return {
    transactionKey: cancel.transactionKey,
    cancelReason: cancel.cancelReason,
    taxExemptionAmount: cancel.taxExemptionAmount,
    canceledAt: wholeSeconds(cancel.canceledAt),
    cardDiscountAmount: 0,
    transferDiscountAmount: 0,
    easyPayDiscountAmount: 0,
    receiptKey: null,
    cancelAmount: cancel.cancelAmount,
    taxFreeAmount: cancel.taxFreeAmount,
    refundableAmount: cancel.refundableAmount,
    cancelStatus: "DONE",
    cancelRequestId: null,
  };
}
