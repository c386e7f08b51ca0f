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
function isNamed(account: AccountEvidence, payments: readonly Payment[]): boolean {
  const [first, ...others] = payments.filter(isFelt);
  const isOneOrder =
    first !== undefined && others.every(({ orderId }) => orderId === first.orderId);
  if (!account.facts.providerMayPayTwice || !isOneOrder) return false;
  const { orderId } = first;
  return (
    account.findings.some((it) => it.kind === "second_payment" && it.order_id === orderId) ||
    account.events.some((it) => it.type === "charge.paid_twice" && it.data["orderId"] === orderId)
  );
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
