/**
 * Payments, and every movement of their money: each changes the payer's balance and adds a ledger
 * entry in the same step.
 *
 *   ready ──► paid ──► cancelled (refunded, also in part)
 *     └────► failed ──► paid, when a PG reports a failure and approves later
 */
import { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { Store, Table } from "../store.ts";
import type { Payers } from "./payers.ts";
import { paymentSchema, type Payment } from "./records.ts";
import type { PortOneSwitches } from "./switches.ts";
import { randomApplyNum, randomId, randomImpUid, randomPgTid } from "./tokens.ts";

/** What is to be paid, by whom and for what. */
export type PaymentOrder = Pick<
  Payment,
  | "impCode"
  | "merchantUid"
  | "origin"
  | "channel"
  | "payMethod"
  | "name"
  | "amount"
  | "buyer"
  | "customData"
  | "userAgent"
  | "customerUid"
  | "usage"
  | "meansId"
  | "cardQuota"
  | "noticeUrls"
>;

/** Told of a payment whose new state a webhook tells merchants. */
export type PaymentNotice = (payment: Payment, cancellationId?: string) => void;

export interface Payments {
  readonly payments: Table<Payment>;
  getPayment(impCode: string, impUid: string): Payment | undefined;
  /** Newest start first. */
  paymentsOf(impCode: string, merchantUid: string): Payment[];
  paymentsWithKey(impCode: string, customerUid: string): Payment[];
  /** A record that is `ready`. */
  begin(order: PaymentOrder): Payment;
  /** Takes the money, unless the payment only stands for a key that was made. */
  pay(payment: Payment, wish: { tookMoney: boolean }): Payment;
  fail(payment: Payment, failReason: string): Payment;
  /** The failed payment is paid after all, at its time, whatever happened meanwhile. */
  approveLater(payment: Payment, afterSeconds: number): Payment;
  /** Gives money back. */
  cancel(payment: Payment, amount: number, reason: string): Payment;
  /** Waits for the late approvals of the run before. */
  resumeApprovals(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly payers: Payers;
  readonly switches: () => PortOneSwitches;
  readonly notify: PaymentNotice;
}

export function createPayments(deps: Deps): Payments {
  const { store, clock, ledger, payers, switches, notify } = deps;
  const payments = store.table("portone.payments", paymentSchema);
  const byOrder = payments.index(({ impCode, merchantUid }) => `${impCode} ${merchantUid}`);
  const byKey = payments.index(({ impCode, customerUid }) =>
    customerUid === null ? undefined : `${impCode} ${customerUid}`,
  );

  function save(payment: Payment): Payment {
    const saved = { ...payment, updatedAt: clock.nowText() };
    payments.put(payment.impUid, saved);
    return saved;
  }

  function move(payment: Payment, kind: "payment" | "refund", amount: number): void {
    const { meansId, merchantUid: orderId, customerUid: key, impUid: paymentId } = payment;
    if (amount === 0) return;
    const entry = { provider: "portone", kind, orderId, amount, currency: "KRW", key, paymentId };
    ledger.append({ ...entry, at: clock.nowText() });
    if (meansId !== null) payers.moveMoney(meansId, kind === "payment" ? -amount : amount);
  }

  function pay(payment: Payment, { tookMoney }: { tookMoney: boolean }): Payment {
    const applyNum = payment.payMethod === "card" && tookMoney ? randomApplyNum() : null;
    const approval = { paidAt: clock.nowText(), pgTid: randomPgTid(), applyNum, approvesAt: null };
    const paid = save({ ...payment, ...approval, status: "paid", failedAt: null, tookMoney });
    if (tookMoney) move(paid, "payment", paid.amount);
    if (tookMoney || switches().issuanceWebhook) notify(paid);
    return paid;
  }

  function approveInTime({ impUid, approvesAt }: Payment): void {
    if (approvesAt === null) return;
    clock.at(Temporal.Instant.from(approvesAt), () => {
      const payment = payments.get(impUid);
      const isOpen = payment?.approvesAt === approvesAt && payment.status === "failed";
      if (isOpen) pay({ ...payment, failReason: null }, { tookMoney: true });
      return Promise.resolve();
    });
  }

  return {
    payments,
    ...finders(payments, byOrder, byKey),
    pay,
    begin(order) {
      const impUid = unusedImpUid(payments);
      return save({
        ...freshRecord(clock.nowText()),
        ...order,
        impUid,
        sequence: payments.size + 1,
      });
    },
    fail: (payment, failReason) =>
      save({ ...payment, status: "failed", failedAt: clock.nowText(), failReason }),
    approveLater(payment, afterSeconds) {
      const approvesAt = clock.now().add({ seconds: afterSeconds }).toString();
      const waiting = save({ ...payment, approvesAt });
      approveInTime(waiting);
      return waiting;
    },
    cancel(payment, amount, reason) {
      const cancelled = save(afterCancel(payment, { amount, reason }, clock.nowText(), switches()));
      move(cancelled, "refund", amount);
      return cancelled;
    },
    resumeApprovals: () => payments.values().forEach(approveInTime),
  };
}

type Find = (indexKey: string) => Payment[];

function finders(payments: Table<Payment>, byOrder: Find, byKey: Find) {
  return {
    getPayment(impCode: string, impUid: string): Payment | undefined {
      const payment = payments.get(impUid);
      return payment?.impCode === impCode ? payment : undefined;
    },
    paymentsOf: (impCode: string, merchantUid: string) =>
      byOrder(`${impCode} ${merchantUid}`).toSorted((a, b) => b.sequence - a.sequence),
    paymentsWithKey: (impCode: string, customerUid: string) =>
      byKey(`${impCode} ${customerUid}`).toSorted((a, b) => b.sequence - a.sequence),
  };
}

function unusedImpUid(payments: Table<Payment>): string {
  const impUid = randomImpUid();
  return payments.get(impUid) === undefined ? impUid : unusedImpUid(payments);
}

function freshRecord(startedAt: string): Omit<Payment, keyof PaymentOrder | "impUid" | "sequence"> {
  return {
    cancelAmount: 0,
    tookMoney: false,
    status: "ready",
    startedAt,
    updatedAt: startedAt,
    paidAt: null,
    failedAt: null,
    cancelledAt: null,
    failReason: null,
    pgTid: null,
    applyNum: null,
    cancellations: [],
    approvesAt: null,
  };
}

function afterCancel(
  payment: Payment,
  { amount, reason }: { amount: number; reason: string },
  cancelledAt: string,
  { partialCancelStatus }: PortOneSwitches,
): Payment {
  const cancelAmount = payment.cancelAmount + amount;
  const ids = { cancellationId: randomId("cancellation"), pgTid: randomPgTid() };
  return {
    ...payment,
    cancelAmount,
    cancelledAt,
    status: cancelAmount >= payment.amount ? "cancelled" : partialCancelStatus,
    cancellations: [...payment.cancellations, { ...ids, amount, reason, cancelledAt }],
  };
}
