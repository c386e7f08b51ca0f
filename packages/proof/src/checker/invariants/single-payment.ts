/**
 * 1. At most one payment per subscription and period, over all order ids, connections and generations.
 * A hold that was let go is none; a refund excuses nothing.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import { judgeEach, timeOf, type Invariant } from "../invariant.ts";
import type { OrderName } from "../order-id.ts";
import type { Payment } from "../payments.ts";

export const singlePayment: Invariant = {
  number: 1,
  promise: "at most one payment per subscription and period",
  unit: "paid periods",
  judge(account) {
    const periods = Map.groupBy(account.payments, ({ order }) => whatFor(order));
    return judgeEach([...periods], ([what, payments]) => {
      const times = payments.reduce((sum, payment) => sum + payment.times, 0);
      if (times <= 1 || isNamed(account, payments)) return [];
      return [
        `${what} was paid ${times} times: ${payments.filter(isFelt).map(inWords).join("; ")}`,
      ];
    });
  },
};

function whatFor(order: OrderName): string {
  switch (order.of) {
    case "period":
      return `period ${order.periodIndex} of ${order.subscriptionId}`;
    case "invoice":
      return `invoice ${order.invoiceId}`;
    case "registration":
      return `registration ${order.registrationId}`;
  }
}

/** A provider that breaks its word is not the engine's fault, but the engine must say so. */
function isNamed(
  { events, facts, findings }: AccountEvidence,
  payments: readonly Payment[],
): boolean {
  if (!facts.providerMayPayTwice) return false;
  return payments.filter(isFelt).some(({ orderId, paymentId }) => {
    const isThis = (order: unknown, payment: unknown) => payment === paymentId || order === orderId;
    return (
      findings.some((it) => it.kind === "second_payment" && isThis(it.order_id, it.payment_id)) ||
      events.some(
        ({ data, type }) =>
          type === "charge.paid_twice" && isThis(data["orderId"], data["paymentId"]),
      )
    );
  });
}

function isFelt({ times }: Payment): boolean {
  return times > 0;
}

function inWords({
  at,
  currency,
  orderId,
  paymentId,
  provider,
  takenMinor,
  times,
}: Payment): string {
  const often = times === 1 ? "" : `${times} × `;
  return `${often}${takenMinor} ${currency} as ${paymentId} at ${provider} under ${orderId}, ${timeOf(at)}`;
}
