/**
 * Payments, and every movement of their money: each changes the payer's balance and adds a ledger
 * entry in the same step.
 *
 *   captured at once ──refund*──►
 *   authorized ──capture──► captured ──refund*──►
 *        ├──void, or a capture that fails──► voided
 *        └──its time is over──► expired
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { EmulatorClock } from "../clock.ts";
import type { Ledger, LedgerEntry } from "../ledger.ts";
import type { Store, Table } from "../store.ts";
import type { Payers } from "./payers.ts";
import { paymentSchema, type PayInfo, type Payment, type Refund } from "./records.ts";
import type { LinePaySwitches } from "./switches.ts";
import { randomTransactionId } from "./tokens.ts";

/** What is to be paid, by whom and for what. */
export type PaymentOrder = Omit<
  Payment,
  "capturedMinor" | "payInfo" | "status" | "authorizationExpiresAt" | "paidAt" | "refunds"
>;

export interface Payments {
  readonly payments: Table<Payment>;
  /** A payment of that merchant that was not declined, as it is now. */
  getPayment(channelId: string, transactionId: string): Payment | undefined;
  /** The payment that has this refund. */
  findPaymentByRefund(channelId: string, refundTransactionId: string): Payment | undefined;
  /** Oldest first, declined ones too: one that was paid, unless LINE Pay is broken. */
  paymentsOfOrder(channelId: string, orderId: string): Payment[];
  /** Takes the money, or holds it. */
  pay(order: PaymentOrder, wish: { capture: boolean; isMasked: boolean }): Payment;
  /** Remembers that the order was declined; nothing moves. */
  keepDeclined(order: PaymentOrder): void;
  /** Takes at most what is held; the rest goes back. */
  capturePayment(payment: Payment, amountMinor: number): Payment;
  releasePayment(payment: Payment, status: "voided" | "expired"): Payment;
  refundPayment(payment: Payment, amountMinor: number): Refund;
  /** What is left to refund, in the smallest unit. */
  refundableMinor(payment: Payment): number;
  /** Waits for the authorizations of the run before to expire. */
  resumeAuthorizations(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly payers: Payers;
  readonly switches: () => LinePaySwitches;
}

export function createPayments(deps: Deps): Payments {
  const { clock, payers, switches } = deps;
  const book = createBook(deps);
  const { record, releasePayment, expireInTime, ...finders } = book;

  return {
    ...finders,
    releasePayment,
    pay(order, { capture, isMasked }) {
      const { amountMinor, currency } = order;
      const payInfo = [payers.payInfoOf(order, amountMinor, isMasked)];
      const payment = paidPayment(order, payInfo, clock.now(), capture ? null : switches());
      record(payment, capture ? "payment" : "authorization", amountMinor);
      payers.moveMoney(order, -amountMinor, currency);
      expireInTime(payment);
      return payment;
    },
    keepDeclined: (order) =>
      finders.payments.put(order.transactionId, declinedPayment(order, clock.nowText())),
    capturePayment(payment, amountMinor) {
      const payInfo = payment.payInfo.map((info) => ({ ...info, amountMinor }));
      const amounts = { capturedMinor: amountMinor, payInfo };
      const captured: Payment = { ...payment, ...amounts, status: "captured" };
      record(captured, "capture", amountMinor);
      payers.moveMoney(payment, payment.amountMinor - amountMinor, payment.currency);
      return captured;
    },
    refundPayment(payment, amountMinor) {
      const refund = refundOf(payment, amountMinor, clock.nowText());
      record({ ...payment, refunds: [...payment.refunds, refund] }, "refund", amountMinor);
      payers.moveMoney(payment, amountMinor, payment.currency);
      return refund;
    },
    refundableMinor: ({ capturedMinor, refunds }) =>
      refunds.reduce((left, refund) => left - refund.amountMinor, capturedMinor),
    resumeAuthorizations() {
      for (const payment of finders.payments.values()) {
        if (payment.status === "authorized") expireInTime(payment);
      }
    },
  };
}

/** The payments as they are kept and found; an authorization whose time is over expires here. */
function createBook({ store, clock, ledger, payers }: Deps) {
  const payments = store.table("linePay.payments", paymentSchema);
  const paymentIdsByRefund = store.table("linePay.paymentIdsByRefund", z.string());
  const byOrder = payments.index(({ channelId, orderId }) => `${channelId} ${orderId}`);

  function record(payment: Payment, kind: LedgerEntry["kind"], amountMinor: number): void {
    const { orderId, currency, regKey, transactionId, refunds } = payment;
    payments.put(transactionId, payment);
    const refund = refunds.at(-1);
    if (refund !== undefined) paymentIdsByRefund.put(refund.refundTransactionId, transactionId);
    if (amountMinor === 0) return; // A registration of nothing moves nothing.
    const entry = { provider: "line_pay", kind, orderId, amount: amountMinor, currency };
    ledger.append({ ...entry, key: regKey, paymentId: transactionId, at: clock.nowText() });
  }

  function releasePayment(payment: Payment, status: "voided" | "expired"): Payment {
    const released: Payment = { ...payment, status };
    record(released, "void", payment.amountMinor);
    payers.moveMoney(payment, payment.amountMinor, payment.currency);
    return released;
  }

  function asItIsNow(payment: Payment): Payment {
    const { status, authorizationExpiresAt: until } = payment;
    const isOver = until !== null && Temporal.Instant.compare(clock.now(), until) >= 0;
    return status === "authorized" && isOver ? releasePayment(payment, "expired") : payment;
  }

  function getPayment(channelId: string, transactionId: string): Payment | undefined {
    const payment = payments.get(transactionId);
    const isTheirs = payment?.channelId === channelId && payment.status !== "declined";
    return isTheirs ? asItIsNow(payment) : undefined;
  }

  function expireInTime({ transactionId, authorizationExpiresAt }: Payment): void {
    if (authorizationExpiresAt === null) return;
    clock.at(Temporal.Instant.from(authorizationExpiresAt), () => {
      const payment = payments.get(transactionId);
      if (payment !== undefined) asItIsNow(payment);
      return Promise.resolve();
    });
  }

  return {
    payments,
    record,
    releasePayment,
    getPayment,
    findPaymentByRefund: (channelId: string, refundTransactionId: string) =>
      getPayment(channelId, paymentIdsByRefund.get(refundTransactionId) ?? ""),
    paymentsOfOrder: (channelId: string, orderId: string) =>
      byOrder(`${channelId} ${orderId}`).map(asItIsNow),
    expireInTime,
  };
}

/** @param separate How long the money is only held; null takes it at once. */
function paidPayment(
  order: PaymentOrder,
  payInfo: PayInfo[],
  now: Temporal.Instant,
  separate: { authorizationDays: number } | null,
): Payment {
  const until = separate === null ? null : now.add({ hours: 24 * separate.authorizationDays });
  return {
    ...order,
    capturedMinor: separate === null ? order.amountMinor : 0,
    payInfo,
    status: separate === null ? "captured" : "authorized",
    authorizationExpiresAt: until?.toString() ?? null,
    paidAt: now.toString(),
    refunds: [],
  };
}

function declinedPayment(order: PaymentOrder, at: string): Payment {
  return {
    ...order,
    capturedMinor: 0,
    payInfo: [],
    status: "declined",
    authorizationExpiresAt: null,
    paidAt: at,
    refunds: [],
  };
}

function refundOf(payment: Payment, amountMinor: number, at: string): Refund {
  return {
    refundTransactionId: randomTransactionId(at),
    // The rest after a part is listed as a part too (live sandbox, 2026).
    transactionType: amountMinor === payment.capturedMinor ? "PAYMENT_REFUND" : "PARTIAL_REFUND",
    amountMinor,
    refundedAt: at,
  };
}
