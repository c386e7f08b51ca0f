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
import { paymentSchema, type Payment, type Refund } from "./records.ts";
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

export function createPayments({ store, clock, ledger, payers, switches }: Deps): Payments {
  const payments = store.table("linePay.payments", paymentSchema);
  const paymentIdsByRefund = store.table("linePay.paymentIdsByRefund", z.string());
  const byOrder = payments.index(({ channelId, orderId }) => `${channelId} ${orderId}`);

  function record(payment: Payment, kind: LedgerEntry["kind"], amountMinor: number): void {
    payments.put(payment.transactionId, payment);
    if (amountMinor === 0) return; // A registration of nothing moves nothing.
    const { orderId, currency, regKey, transactionId } = payment;
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
    getPayment,
    findPaymentByRefund: (channelId, refundTransactionId) =>
      getPayment(channelId, paymentIdsByRefund.get(refundTransactionId) ?? ""),
    paymentsOfOrder: (channelId, orderId) => byOrder(`${channelId} ${orderId}`).map(asItIsNow),
    pay(order, { capture, isMasked }) {
      const { amountMinor, currency } = order;
      const until = clock.now().add({ hours: 24 * switches().authorizationDays });
      const payment: Payment = {
        ...order,
        capturedMinor: capture ? amountMinor : 0,
        payInfo: [payers.payInfoOf(order, amountMinor, isMasked)],
        status: capture ? "captured" : "authorized",
        authorizationExpiresAt: capture ? null : until.toString(),
        paidAt: clock.nowText(),
        refunds: [],
      };
      record(payment, capture ? "payment" : "authorization", amountMinor);
      payers.moveMoney(order, -amountMinor, currency);
      expireInTime(payment);
      return payment;
    },
    keepDeclined: (order) =>
      payments.put(order.transactionId, declinedPayment(order, clock.nowText())),
    capturePayment(payment, amountMinor) {
      const payInfo = payment.payInfo.map((info) => ({ ...info, amountMinor }));
      const captured: Payment = {
        ...payment,
        status: "captured",
        capturedMinor: amountMinor,
        payInfo,
      };
      record(captured, "capture", amountMinor);
      payers.moveMoney(payment, payment.amountMinor - amountMinor, payment.currency);
      return captured;
    },
    releasePayment,
    refundPayment(payment, amountMinor) {
      const refund = refundOf(payment, amountMinor, clock.nowText());
      paymentIdsByRefund.put(refund.refundTransactionId, payment.transactionId);
      record({ ...payment, refunds: [...payment.refunds, refund] }, "refund", amountMinor);
      payers.moveMoney(payment, amountMinor, payment.currency);
      return refund;
    },
    refundableMinor: ({ capturedMinor, refunds }) =>
      refunds.reduce((left, refund) => left - refund.amountMinor, capturedMinor),
    resumeAuthorizations() {
      for (const payment of payments.values()) {
        if (payment.status === "authorized") expireInTime(payment);
      }
    },
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
